"""Rows whose offering or customer is not known: listed, mapped later or ignored with a reason."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Count

from itil_strategy.exceptions import UsageImportError
from itil_strategy.it_finance.usage.mapping import (
	get_conversion_factors,
	get_offering_facts,
	resolve_values,
)
from itil_strategy.it_finance.usage.moving import DOCTYPE, move_rows, refresh_counts, require_completed
from itil_strategy.utils.money import exact_sum, join_quantity

# Values of a file are compared byte by byte, not by the database's collation: "acct-x" is not "ACCT-X".
Binary = CustomFunction("BINARY", ["value"])
SIDES = (
	("offering_value", "service_offering", "Service Offering"),
	("customer_value", "customer", "Customer"),
)


def list_unmapped(usage_import: str) -> list[dict]:
	"""Unmapped value pairs with the number of rows and the amount, largest number first."""
	usage = frappe.qb.DocType(DOCTYPE)
	rows = (
		frappe.qb.from_(usage)
		.select(
			usage.offering_value,
			usage.service_offering,
			usage.customer_value,
			usage.customer,
			usage.uom,
			Count("*").as_("rows"),
			exact_sum(usage.quantity).as_("quantity"),
			exact_sum(usage.quantity_remainder).as_("remainder"),
		)
		.where((usage.usage_import == usage_import) & (usage.mapping_status == "Unmapped"))
		.groupby(
			Binary(usage.offering_value),
			usage.service_offering,
			Binary(usage.customer_value),
			usage.customer,
			usage.uom,
		)
	).run(as_dict=True)
	for row in rows:
		row.quantity = f"{join_quantity(row.quantity, row.pop('remainder')).normalize():f}"
	return sorted(rows, key=lambda row: (-row.rows, row.offering_value or "", row.customer_value or ""))


def map_later(doc: Document) -> str | None:
	"""Map what the mapping knows now; the rows move to a new import, whose name is the answer."""
	require_completed(doc)
	mapping = frappe.get_doc("Usage Mapping", doc.usage_mapping) if doc.usage_mapping else None
	pairs = list_unmapped(doc.name)
	for column, target, doctype in SIDES:
		# All values again: the mapping may have been corrected since the import.
		values = {row[column] for row in pairs if row[column]}
		for value, record in resolve_values(mapping, doctype, values).items():
			_set_target(doc.name, column, value, target, record)
	usage = frappe.qb.DocType(DOCTYPE)
	ready = (
		(usage.usage_import == doc.name)
		& (usage.mapping_status == "Unmapped")
		& usage.service_offering.isnotnull()
		& usage.customer.isnotnull()
	)
	_refuse_unfit_rows(ready)
	_mark_before_operation(ready)
	moved = move_rows(doc, lambda query: query.where(ready))
	if not moved:
		# Rows may have been found to be before operation.
		refresh_counts(doc.name)
	return moved


def ignore_unmapped(doc: Document, reason: str) -> int:
	"""Mark the unmapped rows as ignored; the reason is kept on the import."""
	require_completed(doc)
	if not (reason or "").strip():
		frappe.throw(_("Say why the rows are ignored."), UsageImportError, title=_("Reason Needed"))
	count = frappe.db.count(DOCTYPE, {"usage_import": doc.name, "mapping_status": "Unmapped"})
	usage = frappe.qb.DocType(DOCTYPE)
	(
		frappe.qb.update(usage)
		.set(usage.mapping_status, "Ignored")
		.where((usage.usage_import == doc.name) & (usage.mapping_status == "Unmapped"))
	).run()
	doc.add_comment(
		"Comment", _("{0} unmapped rows ignored: {1}").format(count, frappe.utils.escape_html(reason))
	)
	doc.db_set("ignore_reason", reason.strip())
	refresh_counts(doc.name)
	return count


def _set_target(usage_import: str, column: str, value: str, target: str, record: str) -> None:
	usage = frappe.qb.DocType(DOCTYPE)
	(
		frappe.qb.update(usage)
		.set(usage[target], record)
		.where(
			(usage.usage_import == usage_import)
			& (usage.mapping_status == "Unmapped")
			& (Binary(usage[column]) == value)
		)
	).run()


def _refuse_unfit_rows(ready) -> None:
	"""Rows mapped later must be in the unit of their offering, up to the last day of its service."""
	usage = frappe.qb.DocType(DOCTYPE)
	pairs = (
		frappe.qb.from_(usage)
		.select(usage.service_offering, usage.uom, usage.usage_date)
		.where(ready)
		.distinct()
	).run()
	facts = get_offering_facts(offering for offering, _uom, _day in pairs)
	for offering, uom, day in pairs:
		fact = facts[offering]
		if uom != fact.uom:
			known = (uom, fact.uom) in get_conversion_factors([uom])
			hint = _("Import the file again after mapping: it converts units.") if known else ""
			frappe.throw(
				_(
					"The rows are in {0}, but offering {1} is counted in {2}. Map them to another offering. {3}"
				)
				.format(frappe.bold(uom), frappe.bold(offering), frappe.bold(fact.uom), hint)
				.strip(),
				UsageImportError,
				title=_("Unit Does Not Fit"),
			)
		if fact.last_day and day > fact.last_day:
			frappe.throw(
				_("Rows of {0} are after the last day of the service of offering {1}.").format(day, offering),
				UsageImportError,
				title=_("Service Retired"),
			)


def _mark_before_operation(ready) -> None:
	usage, offering = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Service Offering")
	service = frappe.qb.DocType("IT Service")
	(
		frappe.qb.update(usage)
		.join(offering)
		.on(offering.name == usage.service_offering)
		.join(service)
		.on(service.name == offering.it_service)
		.set(usage.mapping_status, "Not Chargeable")
		.where(ready & (service.operational_from.isnull() | (usage.usage_date < service.operational_from)))
	).run()
