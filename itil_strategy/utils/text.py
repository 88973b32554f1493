"""Messages are HTML and names are not: escaped once on the way in, turned back for plain-text fields."""

import re
from html import escape, unescape

LINE_END = re.compile(r"<br\s*/?>|</(?:li|p|div|tr)>", re.IGNORECASE)
# Only what can be a tag: "5 < 6" in a message of ERPNext stays.
TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
SPACE_AROUND_LINES = re.compile(r"\s*\n\s*")


def as_html(text: str | None) -> str:
	"""A name or plain sentence as it must stand in an HTML message."""
	return escape(text or "")


def bold(text: str | None) -> str:
	"""A name in bold for an HTML message; `frappe.bold` would take markup in it for real."""
	return f"<strong>{as_html(text)}</strong>"


def as_stored_text(text: str) -> str:
	"""Text of strangers as it is stored: escaped, nothing lost.

	Frappe prints and lists text fields as HTML. `html.unescape` gives back what was entered.
	"""
	return escape(text, quote=False).replace('"', "&quot;")


def storable(text: str) -> str:
	"""What was typed, escaped only where Frappe would cut signs out of it; `html.unescape` gives back all of it.

	For values that are written past the document, which Frappe does not clean.
	"""
	# Here, because the rest of this module needs no Frappe.
	from frappe.utils.html_utils import sanitize_html

	return text if sanitize_html(text) == text else as_stored_text(text)


def as_plain(message: str) -> str:
	"""An HTML message as plain text, one line per line of the message."""
	lines = TAG.sub("", LINE_END.sub("\n", message))
	return unescape(SPACE_AROUND_LINES.sub("\n", lines)).strip()
