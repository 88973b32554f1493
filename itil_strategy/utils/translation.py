"""Sentences of the domain in the language of the viewer."""

from frappe import _

from itil_strategy.domain.text import Text


def translate(text: Text | None) -> str:
	"""The translated sentence with the sentences in it, or an empty string."""
	if not text:
		return ""
	values = [translate(value) if isinstance(value, Text) else value for value in text.values]
	return _(text.template).format(*values)
