"""Stored values as the words that a page shows; the templates escape them."""

from decimal import Decimal
from html import unescape

from frappe.utils import cstr, format_date, format_datetime
from frappe.utils.html_utils import sanitize_html

from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.prices import quantity
from itil_strategy.utils.text import as_plain, as_stored_text


def typed(text: str | None) -> str:
	"""Text as somebody typed it: Frappe stores some signs escaped."""
	return unescape(cstr(text))


def storable(text: str) -> str:
	"""Escaped where Frappe would cut signs out of it, so that `typed` gives back all of it."""
	return text if sanitize_html(text) == text else as_stored_text(text)


def plain(rich_text: str | None) -> str:
	"""Formatted text without its markup, line by line."""
	return as_plain(cstr(rich_text))


def number(value: float | Decimal | None) -> str:
	return quantity(to_decimal(value))


def day(value) -> str:
	return format_date(value) if value else ""


def moment(value) -> str:
	return format_datetime(value) if value else ""
