"""Questions about usage that more than one module asks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Sum

from itil_strategy.utils.database import IN_THIS_ORDER, Names
from itil_strategy.utils.money import exact_sum, join_quantity, to_decimal

NOT_SETTLED = ("Calculated", "Held")
GROUP = ("usage_import", "usage_month", "customer", "service_offering")


def imports_with_open_groups(company: str | None = None) -> list[str]:
	"""Completed imports with more groups than claims: fully charged ones need not be summed again.

	Claims are counted by their import alone, which has one company: asked for both, the database may read
	all claims of the company for each import.
	"""
	imports, claim = frappe.qb.DocType("Usage Import"), frappe.qb.DocType("Usage Claim")
	claims = frappe.qb.from_(claim).select(Count("*")).where(claim.usage_import == imports.name)
	query = (
		frappe.qb.from_(imports)
		.select(imports.name)
		.where((imports.status == "Completed") & (imports.group_count > claims))
		.orderby(imports.name)
	)
	if company:
		query = query.where(imports.company == company)
	return [row[0] for row in query.run()]


def find_uncharged_usage(services: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
	"""Per service what is measured but not charged yet, as short phrases; services without it are left out.

	`services` None: all. Three queries, however many services there are.
	"""
	found: dict[str, list[str]] = defaultdict(list)
	if services is not None and not services:
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

	At most three queries; like `measure_usage`.
	"""
	return _sum_tables(_measured_groups(None, (first, last), customer=customer))


def _unclaimed_groups(services: Sequence[str] | None) -> list[tuple]:
	imports = imports_with_open_groups()
	if not imports:
		return []
	groups = _groups_of(imports)
	claim, delivered, offering = (
		frappe.qb.DocType("Usage Claim"),
		frappe.qb.DocType("Usage Import"),
		frappe.qb.DocType("Service Offering"),
	)
	keys = (offering.it_service, groups.service_offering, groups.usage_month)
	query = (
		frappe.qb.from_(groups)
		.modifier(IN_THIS_ORDER)
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
		.select(*keys, Count(groups.customer).distinct())
		.where(claim.name.isnull())
		.groupby(*keys)
		.orderby(*keys)
	)
	if services is not None:
		query = query.where(offering.it_service.isin(Names(services)))
	return query.run()


def _unsettled_charges(services: Sequence[str] | None) -> list[tuple]:
	charge = frappe.qb.DocType("Service Charge")
	keys = (charge.it_service, charge.charging_run)
	query = (
		frappe.qb.from_(charge)
		.select(*keys, Count("*"))
		.where(charge.status.isin(NOT_SETTLED))
		.groupby(*keys)
		.orderby(*keys)
	)
	if services is not None:
		query = query.where(charge.it_service.isin(Names(services)))
	return query.run()


# Sums over many months


@dataclass(frozen=True, slots=True)
class MeasuredUsage:
	"""Units per offering and month, and the customers of each offering."""

	quantities: dict[str, dict[date, Decimal]]
	customers: dict[str, set[str]]


def measure_usage(
	company: str, months: Sequence[date], offerings: Sequence[str] | None = None
) -> MeasuredUsage:
	"""Mapped usage of completed imports of the company, from the first to the last of the months.

	`offerings` None: all. An import that is fully charged is summed over its claims: a claim holds the
	sum of its group, and rows of a completed import never change.
	"""
	tables = _measured_groups(company, months, offerings)
	customers: dict[str, set[str]] = defaultdict(set)
	for table in tables:
		for offering, customer in (
			frappe.qb.from_(table).select("service_offering", "customer").distinct().run()
		):
			customers[offering].add(customer)
	return MeasuredUsage(_sum_tables(tables), customers)


def measure_units(
	company: str, months: Sequence[date], offerings: Sequence[str] | None = None
) -> dict[str, dict[date, Decimal]]:
	"""The same without the customers: units per offering and month."""
	return _sum_tables(_measured_groups(company, months, offerings))


def usage_by_customer(company: str, months: Sequence[date]) -> dict[tuple[str, str, date], Decimal]:
	"""Units per customer, offering and month; like `measure_usage`."""
	sums: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
	for table in _measured_groups(company, months):
		keys = (table.customer, table.service_offering, table.usage_month)
		query = (
			frappe.qb.from_(table)
			.select(*keys, exact_sum(table.quantity), exact_sum(table.quantity_remainder))
			.groupby(*keys)
		)
		for customer, offering, month, *columns in query.run():
			sums[(customer, offering, month)] += join_quantity(*columns)
	return dict(sums)


def _measured_groups(
	company: str | None,
	months: Sequence[date],
	offerings: Sequence[str] | None = None,
	customer: str | None = None,
) -> list[QueryBuilder]:
	"""Groups that are claimed, and all groups of the imports that have open ones."""
	open_imports = imports_with_open_groups(company)
	tables = [_claimed_groups(company, months, offerings, open_imports, customer)]
	if open_imports:
		tables.append(_groups_of(open_imports, months, offerings, customer))
	return tables


def _sum_tables(tables: Sequence[QueryBuilder]) -> dict[str, dict[date, Decimal]]:
	"""Units per offering and month; one query each."""
	sums: dict[tuple[str, date], tuple[Decimal, Decimal]] = {}
	for table in tables:
		for month, offering, *columns in _sum_by_month(table):
			quantity, remainder = map(to_decimal, columns)
			if known := sums.get((offering, month)):
				quantity, remainder = known[0] + quantity, known[1] + remainder
			sums[offering, month] = (quantity, remainder)
	quantities: dict[str, dict[date, Decimal]] = defaultdict(dict)
	for (offering, month), columns in sums.items():
		quantities[offering][month] = join_quantity(*columns)
	return quantities


def _sum_by_month(table: QueryBuilder) -> list[tuple]:
	keys = (table.usage_month, table.service_offering)
	return (
		frappe.qb.from_(table)
		.select(*keys, exact_sum(table.quantity), exact_sum(table.quantity_remainder))
		.groupby(*keys)
	).run()


def _claimed_groups(
	company: str | None,
	months: Sequence[date],
	offerings: Sequence[str] | None,
	without: Sequence[str],
	customer: str | None = None,
) -> QueryBuilder:
	"""Groups that are claimed, but those of some imports; along the index `claimed_usage`."""
	claim = frappe.qb.DocType("Usage Claim")
	query = (
		frappe.qb.from_(claim)
		.select(*GROUP, claim.quantity, claim.quantity_remainder)
		.where(_in_months(claim, months, offerings, customer))
	)
	if company:
		query = query.where(claim.company == company)
	return query.where(claim.usage_import.notin(without)) if without else query


def _groups_of(
	imports: Sequence[str],
	months: Sequence[date] = (),
	offerings: Sequence[str] | None = None,
	customer: str | None = None,
) -> QueryBuilder:
	"""Groups of mapped rows with their sums; in the order of the index `usage_groups`, so that none is sorted."""
	usage = frappe.qb.DocType("Service Usage")
	return (
		frappe.qb.from_(usage)
		.select(
			*GROUP,
			Sum(usage.quantity).as_("quantity"),
			Sum(usage.quantity_remainder).as_("quantity_remainder"),
		)
		.where((usage.mapping_status == "Mapped") & usage.usage_import.isin(imports))
		.where(_in_months(usage, months, offerings, customer))
		.groupby(*GROUP)
	)


def _in_months(
	table: Table, months: Sequence[date], offerings: Sequence[str] | None, customer: str | None = None
) -> Criterion:
	criteria = []
	if months:
		criteria += [table.usage_month >= min(months), table.usage_month <= max(months)]
	if offerings is not None:
		criteria.append(table.service_offering.isin(Names(offerings)))
	if customer:
		criteria.append(table.customer == customer)
	return Criterion.all(criteria)
