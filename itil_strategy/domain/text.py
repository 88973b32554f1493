"""Sentences that are translated where they are shown: the domain knows no language."""

from dataclasses import dataclass


def _(template: str) -> str:
	"""Mark a template for the extraction of translatable strings."""
	return template


@dataclass(frozen=True, slots=True)
class Text:
	"""A template with places {0}, {1} … and what goes there."""

	template: str
	values: tuple[str, ...] = ()

	def __str__(self) -> str:
		return self.template.format(*self.values)
