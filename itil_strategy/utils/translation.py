"""Sentences of the domain in the language of the viewer."""

from frappe import _

from itil_strategy.domain.text import Text


def translate(text: Text | None) -> str:
	"""The translated sentence, or an empty string."""
	return _(text.template).format(*text.values) if text else ""
