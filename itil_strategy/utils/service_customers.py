"""Which customers a service has: those with measured usage or settled charges."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import frappe

SETTLED = ("Published", "Held", "Posted")


def customers_of_services(services: Sequence[str], since: date) -> dict[str, set[str]]:
	"""Customers per service with usage or a charge in the month of `since` or later.

	A fixed number of queries; services without customers are left out.
	"""
	found: dict[str, set[str]] = defaultdict(set)
	if not services:
		return {}
	first_month = since.replace(day=1)
	for service, customer in _charged(services, first_month):
		found[service].add(customer)
	offerings = dict(
		frappe.get_all(
			"Service Offering",
			{"it_service": ("in", services)},
			["name", "it_service"],
			limit=0,
			as_list=True,
		)
	)
	for offering, customer in _used(first_month) if offerings else ():
		if offering in offerings:
			found[offerings[offering]].add(customer)
	return dict(found)


def _charged(services: Sequence[str], first_month: date) -> list[tuple]:
	charge = frappe.qb.DocType("Service Charge")
	return (
		frappe.qb.from_(charge)
		.select(charge.it_service, charge.customer)
		.distinct()
		.where(
			charge.it_service.isin(list(services))
			& (charge.usage_month >= first_month)
			& charge.status.isin(SETTLED)
		)
	).run()


def _used(first_month: date) -> list[tuple]:
	"""Along the index of usage groups, which holds everything that is asked."""
	imports = frappe.get_all(
		"Usage Import",
		{"status": "Completed", "last_date": (">=", first_month)},
		pluck="name",
		limit=0,
	)
	if not imports:
		return []
	usage = frappe.qb.DocType("Service Usage")
	keys = (usage.usage_import, usage.usage_month, usage.customer, usage.service_offering)
	rows = (
		frappe.qb.from_(usage)
		.select(*keys)
		.where(
			(usage.mapping_status == "Mapped")
			& usage.usage_import.isin(imports)
			& (usage.usage_month >= first_month)
		)
		.groupby(*keys)
	).run()
	return sorted({(offering, customer) for _import, _month, customer, offering in rows})
