"""Sentences that are translated where they are shown: the domain knows no language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


def _(template: str) -> str:
	"""Mark a template for the extraction of translatable strings."""
	return template


@dataclass(frozen=True, slots=True)
class Text:
	"""A template with places {0}, {1} … and what goes there; a value can be a sentence itself."""

	template: str
	values: tuple[str | Text, ...] = ()

	def __str__(self) -> str:
		return self.template.format(*self.values)


def make_text(template: str, values: Iterable[object]) -> Text:
	"""A Text of any values; those that are sentences stay translatable."""
	return Text(template, tuple(value if isinstance(value, Text) else str(value) for value in values))
