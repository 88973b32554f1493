"""Stored values as the words that a page shows; the templates escape them."""

from decimal import Decimal
from html import unescape

from frappe.utils import cstr, format_date, format_datetime

from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.prices import quantity
from itil_strategy.utils.text import as_plain


def typed(text: str | None) -> str:
	"""Text as somebody typed it: Frappe stores some signs escaped."""
	return unescape(cstr(text))


def plain(rich_text: str | None) -> str:
	"""Formatted text without its markup, line by line."""
	return as_plain(cstr(rich_text))


def number(value: float | Decimal | None) -> str:
	return quantity(to_decimal(value))


def day(value) -> str:
	return format_date(value) if value else ""


def moment(value) -> str:
	return format_datetime(value) if value else ""
