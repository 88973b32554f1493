"""What a site already has under our names. Found before anything is installed, because Frappe would write over it."""

import json
from pathlib import Path

import frappe
from frappe import _

from erpnext.accounts.doctype.accounting_dimension.accounting_dimension import get_doctypes_with_dimensions

from itil_strategy.setup.custom_fields import get_custom_fields
from itil_strategy.setup.defaults import OUR_MODULES
from itil_strategy.setup.dimension import DOCUMENT_TYPE, FIELDNAME
from itil_strategy.utils.text import bold

PACKAGE = Path(__file__).parents[1]
# As ERPNext makes them, and leaves them behind for a deleted dimension.
DIMENSION_FIELD = ("Link", DOCUMENT_TYPE)


def find_conflicts() -> list[str]:
	"""One sentence each, with the way out. What is just like ours is adopted and is no conflict."""
	return [*_doctypes(), *_dimensions(), *_fields(), *_dimension_fields()]


def _doctypes() -> list[str]:
	names = [
		doc["name"]
		for path in sorted(PACKAGE.glob("*/doctype/*/*.json"))
		if (doc := json.loads(path.read_text(encoding="utf-8"))).get("doctype") == "DocType"
	]
	return [
		_("The DocType {0} of the module {1} has the name of one of ours. Rename or delete it.").format(
			bold(row.name), bold(row.module)
		)
		for row in frappe.get_all(
			"DocType",
			{"name": ("in", names), "module": ("not in", OUR_MODULES)},
			["name", "module"],
			order_by="name asc",
		)
	]


def _dimensions() -> list[str]:
	return [
		_(
			"The accounting dimension {0} of {1} uses the field {2}, which we need for IT Service. Delete it, or give it another label."
		).format(bold(row.name), bold(row.document_type), bold(FIELDNAME))
		for row in frappe.get_all(
			"Accounting Dimension",
			{"fieldname": FIELDNAME, "document_type": ("!=", DOCUMENT_TYPE)},
			["name", "document_type"],
		)
	]


def _fields() -> list[str]:
	"""Our custom fields on ERPNext's doctypes, there already as something else."""
	wanted = {
		(doctype, field["fieldname"]): (field["fieldtype"], field.get("options"))
		for doctype, fields in get_custom_fields().items()
		for field in fields
	}
	return _different(wanted)


def _dimension_fields() -> list[str]:
	return _different({(doctype, FIELDNAME): DIMENSION_FIELD for doctype in get_doctypes_with_dimensions()})


def _different(wanted: dict[tuple[str, str], tuple[str, str | None]]) -> list[str]:
	found = frappe.get_all(
		"Custom Field",
		{
			"dt": ("in", {doctype for doctype, _field in wanted}),
			"fieldname": ("in", {name for _dt, name in wanted}),
		},
		["dt", "fieldname", "fieldtype", "options"],
		order_by="dt asc, fieldname asc",
		limit=0,
	)
	return [
		_("The custom field {0} of {1} is a {2}; we need it as {3}. Rename or delete it.").format(
			bold(row.fieldname), bold(row.dt), _(row.fieldtype), " ".join(filter(None, expected))
		)
		for row in found
		if (expected := wanted.get((row.dt, row.fieldname)))
		and expected != (row.fieldtype, row.options or None)
	]
