"""Figures of everything the app keeps and of the ledger. Knows nothing of the app's code, so that it runs beside an old version."""

from decimal import Decimal

import frappe

APP = "itil_strategy"
LEDGER = (
	"GL Entry",
	"Journal Entry",
	"Journal Entry Account",
	"Sales Invoice",
	"Sales Invoice Item",
	"Payment Ledger Entry",
)
NUMBERS = ("Currency", "Float", "Int", "Percent", "Check")
ROWS = "rows"


def read_figures() -> dict[str, dict[str, Decimal]]:
	"""By table: how many rows, under `rows`, and the sum of every numeric column."""
	modules = frappe.get_all("Module Def", {"app_name": APP}, pluck="name")
	ours = frappe.get_all("DocType", {"module": ("in", modules), "issingle": 0}, pluck="name", limit=0)
	found = {}
	for doctype in sorted({*ours, *LEDGER}):
		numeric = [field.fieldname for field in frappe.get_meta(doctype).fields if field.fieldtype in NUMBERS]
		sums = ", ".join([f"COUNT(*) AS `{ROWS}`", *(f"SUM(`{name}`) AS `{name}`" for name in numeric)])
		# Raw, as one sum per column of a table that is not known beforehand is no query of a builder.
		(row,) = frappe.db.sql(f"SELECT {sums} FROM `tab{doctype}`", as_dict=True)
		found[doctype] = {name: Decimal(str(total or 0)) for name, total in row.items()}
	return found
