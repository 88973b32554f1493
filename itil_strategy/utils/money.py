"""The edge between ERPNext's floats and the exact Decimals of `domain`."""

from decimal import ROUND_DOWN, Decimal

from pypika.terms import Term

import frappe
from frappe.model.meta import get_field_precision
from frappe.query_builder.functions import Cast_, Sum

BILLIONTH = Decimal("1e-9")


def to_decimal(value: float | int | str | Decimal | None) -> Decimal:
	"""The exact decimal of a stored value; floats by their shortest representation, None as 0."""
	if value is None or value == "":
		return Decimal(0)
	return value if isinstance(value, Decimal) else Decimal(str(value))


def exact_sum(term: Term) -> Term:
	"""SUM that leaves the database as text: the driver would turn a DECIMAL into a float."""
	return Cast_(Sum(term), "CHAR")


def exact(term: Term) -> Term:
	"""A DECIMAL column as text, for the same reason."""
	return Cast_(term, "CHAR")


def as_number(term: Term) -> Term:
	"""A link to a numbered record, which is stored as text: only as a number it finds the record by its key."""
	return Cast_(term, "SIGNED")


def join_quantity(quantity: str | None, remainder: str | None) -> Decimal:
	"""One exact quantity from its two columns (nine decimals each; Frappe's Float holds no more)."""
	return to_decimal(quantity) + to_decimal(remainder) * BILLIONTH


def split_quantity(quantity: Decimal) -> tuple[Decimal, Decimal]:
	"""A quantity of up to 18 decimals as (nine decimals, rest in billionths)."""
	head = quantity.quantize(BILLIONTH, rounding=ROUND_DOWN)
	return head, ((quantity - head) / BILLIONTH).quantize(BILLIONTH)


def currency_precision() -> int:
	"""Decimals of money as ERPNext rounds it: one setting for the site, whatever the currency."""
	return get_field_precision(frappe._dict(fieldtype="Currency"))


def company_currency(company: str) -> str:
	"""The currency the company keeps its books in."""
	return frappe.get_cached_value("Company", company, "default_currency")
