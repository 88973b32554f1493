"""Questions about usage that more than one module asks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from itil_strategy.utils.money import exact_sum, join_quantity

NOT_SETTLED = ("Calculated", "Held")


def imports_with_open_groups(company: str | None = None) -> list[str]:
	"""Completed imports with more groups than claims: fully charged ones need not be summed again."""
	imports, claim = frappe.qb.DocType("Usage Import"), frappe.qb.DocType("Usage Claim")
	claims = (
		frappe.qb.from_(claim)
		.select(claim.usage_import, claim.company, Count("*").as_("claims"))
		.groupby(claim.usage_import, claim.company)
	)
	query = (
		frappe.qb.from_(imports)
		.left_join(claims)
		.on((claims.usage_import == imports.name) & (claims.company == imports.company))
		.select(imports.name)
		.where(
			(imports.status == "Completed")
			& (claims.claims.isnull() | (imports.group_count > claims.claims))
			& (imports.group_count > 0)
		)
		.orderby(imports.name)
	)
	if company:
		query = query.where(imports.company == company)
	return [row[0] for row in query.run()]


def find_uncharged_usage(services: Sequence[str]) -> dict[str, tuple[str, ...]]:
	"""Per service what is measured but not charged yet, as short phrases; services without it are left out.

	Three queries, however many services there are.
	"""
	found: dict[str, list[str]] = defaultdict(list)
	if not services:
		return {}
	for service, offering, month, groups in _unclaimed_groups(services):
		found[service].append(_("{0} in {1} ({2} customers)").format(offering, f"{month:%Y-%m}", groups))
	for service, run, charges in _unsettled_charges(services):
		found[service].append(_("{0} charges of {1} are not settled").format(charges, run))
	return {service: tuple(phrases) for service, phrases in found.items()}


def customers_with_usage(since: date, company: str | None = None) -> dict[str, set[str]]:
	"""Who used each service in the months from `since` on, of one company or of all.

	Three queries; that of the usage joins nothing, so that its index answers it alone.
	"""
	filters = {"status": "Completed", **({"company": company} if company else {})}
	imports = frappe.get_all("Usage Import", filters, pluck="name", order_by="name", limit=0)
	usage = frappe.qb.DocType("Service Usage")
	rows = (
		frappe.qb.from_(usage)
		.select(usage.service_offering, usage.customer)
		.where(
			(usage.mapping_status == "Mapped")
			& usage.usage_import.isin(imports or [""])
			& (usage.usage_month >= since.replace(day=1))
		)
		.groupby(usage.service_offering, usage.customer)
	).run()
	service_of = dict(
		frappe.get_all("Service Offering", fields=["name", "it_service"], limit=0, as_list=True)
	)
	customers: dict[str, set[str]] = defaultdict(set)
	for offering, customer in rows:
		customers[service_of[offering]].add(customer)
	return customers


def usage_by_month(first: date, last: date, customer: str | None = None) -> dict[str, dict[date, Decimal]]:
	"""Units per offering and month, first and last month included, of all companies; of one customer or of all.

	Two queries; that of the usage keeps to its index and its order, which answers it alone.
	"""
	imports = frappe.get_all("Usage Import", {"status": "Completed"}, pluck="name", order_by="name", limit=0)
	quantities: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	if not imports:
		return quantities
	usage = frappe.qb.DocType("Service Usage")
	keys = (usage.usage_month, usage.customer, usage.service_offering)
	query = (
		frappe.qb.from_(usage)
		.select(*keys, exact_sum(usage.quantity), exact_sum(usage.quantity_remainder))
		.where(
			(usage.mapping_status == "Mapped")
			& usage.usage_import.isin(imports)
			& (usage.usage_month >= first)
			& (usage.usage_month <= last)
		)
		.groupby(usage.usage_import, *keys)
	)
	if customer:
		query = query.where(usage.customer == customer)
	for month, _customer, offering, quantity, remainder in query.run():
		quantities[offering][month] += join_quantity(quantity, remainder)
	return quantities


def _unclaimed_groups(services: Sequence[str]) -> list[tuple]:
	imports = imports_with_open_groups()
	if not imports:
		return []
	usage, claim, delivered, offering = (
		frappe.qb.DocType("Service Usage"),
		frappe.qb.DocType("Usage Claim"),
		frappe.qb.DocType("Usage Import"),
		frappe.qb.DocType("Service Offering"),
	)
	keys = (usage.usage_import, usage.usage_month, usage.customer, usage.service_offering)
	# Along the index first: a join of the rows themselves takes five times as long.
	groups = (
		frappe.qb.from_(usage)
		.select(*keys)
		.where((usage.mapping_status == "Mapped") & usage.usage_import.isin(imports))
		.groupby(*keys)
	)
	return (
		frappe.qb.from_(groups)
		.inner_join(offering)
		.on(offering.name == groups.service_offering)
		.inner_join(delivered)
		.on(delivered.name == groups.usage_import)
		.left_join(claim)
		.on(
			(claim.usage_import == groups.usage_import)
			& (claim.company == delivered.company)
			& (claim.customer == groups.customer)
			& (claim.service_offering == groups.service_offering)
			& (claim.usage_month == groups.usage_month)
		)
		.select(
			offering.it_service,
			groups.service_offering,
			groups.usage_month,
			Count(groups.customer).distinct(),
		)
		.where(offering.it_service.isin(list(services)) & claim.name.isnull())
		.groupby(offering.it_service, groups.service_offering, groups.usage_month)
		.orderby(offering.it_service, groups.service_offering, groups.usage_month)
	).run()


def _unsettled_charges(services: Sequence[str]) -> list[tuple]:
	charge = frappe.qb.DocType("Service Charge")
	return (
		frappe.qb.from_(charge)
		.select(charge.it_service, charge.charging_run, Count("*"))
		.where(charge.it_service.isin(list(services)) & charge.status.isin(NOT_SETTLED))
		.groupby(charge.it_service, charge.charging_run)
		.orderby(charge.it_service, charge.charging_run)
	).run()
