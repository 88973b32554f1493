"""What happens once the last day of a service is over, whether or not anybody decides it (SP-6)."""

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.utils import today

from itil_strategy.service_portfolio.doctype.service_retirement.service_retirement import (
	LAST_DAY_PASSED,
	NOTICE_GIVEN,
)
from itil_strategy.utils.usage import find_uncharged_usage

OPEN_CHARGES = ("Calculated", "Published", "Held")


def apply_last_days() -> None:
	"""Daily: offerings of services that ended are disabled, and items once nothing of them is open."""
	# Without "is set" Frappe takes services that have no last day for ended ones.
	services = frappe.get_all(
		"IT Service",
		[["last_day", "is", "set"], ["last_day", "<", today()]],
		pluck="name",
		limit=0,
	)
	if not services:
		return
	disable_offerings(services)
	mark_plans(services)
	disable_settled_items(services)


def disable_offerings(services: Sequence[str]) -> None:
	"""Nobody can choose them any more; usage up to the last day may still arrive and be charged."""
	offerings = frappe.get_all(
		"Service Offering", {"it_service": ("in", services), "disabled": 0}, pluck="name", limit=0
	)
	for name in offerings:
		offering = frappe.get_doc("Service Offering", name)
		offering.db_set("disabled", 1)
		offering.add_comment("Info", _("Disabled: the last day of {0} is over.").format(offering.it_service))


def mark_plans(services: Sequence[str]) -> None:
	for name in frappe.get_all(
		"Service Retirement",
		{"it_service": ("in", services), "docstatus": 1, "status": NOTICE_GIVEN},
		pluck="name",
		limit=0,
	):
		frappe.get_doc("Service Retirement", name).db_set("status", LAST_DAY_PASSED)


def disable_settled_items(services: Sequence[str]) -> None:
	"""Items that only ended services sell, with nothing uncharged, open, disputed or unpaid.

	A disabled item would break the invoices that are still to come.
	"""
	items = _items_of_ended_offerings()
	if not items:
		return
	open_services = set(find_uncharged_usage(services)) | _services_with_open_charges(services)
	blocked = _unpaid_items(list(items))
	for item, item_services in sorted(items.items()):
		if item in blocked or item_services & open_services:
			continue
		_disable_item(item)


def _disable_item(name: str) -> None:
	"""One item that ERPNext refuses to change does not hold up the others."""
	frappe.db.savepoint("disable_item")
	try:
		item = frappe.get_doc("Item", name)
		item.disabled = 1
		item.save(ignore_permissions=True)
		item.add_comment("Info", _("Disabled: the services that sold it ended and nothing of it is open."))
	except frappe.ValidationError:
		frappe.db.rollback(save_point="disable_item")
		frappe.log_error(_("Item {0} of an ended service could not be disabled").format(name))


def _items_of_ended_offerings() -> dict[str, set[str]]:
	"""Enabled items all of whose offerings are disabled and belong to services that ended."""
	offering, service, item = (
		frappe.qb.DocType("Service Offering"),
		frappe.qb.DocType("IT Service"),
		frappe.qb.DocType("Item"),
	)
	rows = (
		frappe.qb.from_(offering)
		.inner_join(service)
		.on(service.name == offering.it_service)
		.inner_join(item)
		.on(item.name == offering.item)
		.select(offering.item, offering.it_service, offering.disabled, service.last_day)
		.where(item.disabled == 0)
	).run(as_dict=True)
	items: dict[str, set[str]] = {}
	in_use = set()
	for row in rows:
		items.setdefault(row.item, set()).add(row.it_service)
		if not row.disabled or not row.last_day or str(row.last_day) >= today():
			in_use.add(row.item)
	return {name: services for name, services in items.items() if name not in in_use}


def _services_with_open_charges(services: Sequence[str]) -> set[str]:
	"""Charges that are still to be posted, disputed or corrected; showback ones are never posted."""
	listed = ("in", list(services))
	disputed = frappe.get_all(
		"Charge Dispute", {"it_service": listed, "status": "Open"}, pluck="it_service", limit=0
	)
	to_correct = frappe.get_all(
		"Charge Correction", {"it_service": listed, "status": "Open"}, pluck="it_service", limit=0
	)
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.it_service)
		.distinct()
		.where(
			charge.it_service.isin(list(services))
			& charge.status.isin(OPEN_CHARGES)
			& (charge.mode == "Chargeback")
		)
	).run()
	return {row[0] for row in rows} | set(disputed) | set(to_correct)


def _unpaid_items(items: Sequence[str]) -> set[str]:
	"""Items on submitted invoices that are not settled, and on drafts."""
	line, invoice = frappe.qb.DocType("Sales Invoice Item"), frappe.qb.DocType("Sales Invoice")
	rows = (
		frappe.qb.from_(line)
		.inner_join(invoice)
		.on(invoice.name == line.parent)
		.select(line.item_code)
		.distinct()
		.where(
			line.item_code.isin(list(items))
			& ((invoice.docstatus == 0) | ((invoice.docstatus == 1) & (invoice.outstanding_amount != 0)))
		)
	).run()
	return {row[0] for row in rows}
