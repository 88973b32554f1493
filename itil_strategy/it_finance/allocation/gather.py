"""Fetch set-wise what an allocation run is calculated from. The number of queries does not grow with the rows."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.domain.allocation_network import default_order
from itil_strategy.domain.allocation_pools import Buckets, LedgerSum, sort_into_buckets
from itil_strategy.domain.allocation_types import AllocationRequest, Basis, Method, Pool
from itil_strategy.domain.dependencies import Dependency
from itil_strategy.domain.periods import months_between, next_month
from itil_strategy.it_finance.allocation.drivers import DriverBook
from itil_strategy.it_finance.allocation.pools import (
	branches_below,
	expense_query,
	load_pools,
	pool_filters,
)
from itil_strategy.utils.costing import FIRST_OF_MONTH, MonthStart
from itil_strategy.utils.money import currency_precision, exact_sum, to_decimal


def months_of(run: Document) -> list[date]:
	"""First days of the months of the run."""
	end = getdate(run.period_end)
	return months_between(getdate(run.period_start), next_month(end))


def build_requests(run: Document) -> dict[date, AllocationRequest]:
	"""Everything `domain.allocation.allocate` needs, one request per month.

	Raises PoolOverlapError.
	"""
	months = months_of(run)
	pools = load_pools(run.company)
	filters = pool_filters(pools)
	buckets = {month: sort_into_buckets(rows, filters) for month, rows in ledger_sums(run).items()}
	receivers = services_in_operation(run.company, months)
	dependencies = tuple(load_dependencies())
	drivers = DriverBook(run.company, months, pools, {month: of.direct for month, of in buckets.items()})
	order = _step_order(run, dependencies, receivers)
	precision = currency_precision()
	return {
		month: AllocationRequest(
			method=run.method,
			direct=_plain(buckets[month].direct),
			receivers=receivers[month],
			pools=tuple(_pool(pool, month, buckets[month], drivers) for pool in pools),
			dependencies=dependencies,
			unassigned=dict(buckets[month].unassigned),
			order=tuple(name for name in order if name in receivers[month]),
			precision=precision,
		)
		for month in months
	}


def _step_order(
	run: Document, dependencies: Sequence[Dependency], receivers: Mapping[date, tuple[str, ...]]
) -> tuple[str, ...]:
	"""The order on the run; worked out and written there where it has none, one for all months."""
	if run.method != Method.STEP_DOWN:
		return ()
	if not (run.step_down_order or "").strip():
		known = {name for names in receivers.values() for name in names}
		edges = [edge for edge in dependencies if {edge.service, edge.provider} <= known]
		run.step_down_order = "\n".join(default_order(edges, {edge.provider for edge in edges}))
	return order_lines(run)


def order_lines(run: Document) -> tuple[str, ...]:
	"""Service codes of the step-down order."""
	return tuple(line.strip() for line in (run.step_down_order or "").splitlines() if line.strip())


# The ledger


def ledger_sums(run: Document) -> dict[date, list[LedgerSum]]:
	"""Expense per month by service, account and cost center, recharges left out; one query for the sums."""
	months = months_of(run)
	sums: dict[date, list[LedgerSum]] = {month: [] for month in months}
	gl = frappe.qb.DocType("GL Entry")
	month = MonthStart(gl.posting_date, FIRST_OF_MONTH)
	keys = (month, gl.it_service, gl.account, gl.cost_center)
	query = expense_query(gl, run.company, months[0], next_month(months[-1]))
	elements = cost_elements()
	for first, service, account, cost_center, amount in (
		query.select(*keys, exact_sum(gl.debit - gl.credit)).groupby(*keys).run()
	):
		sums[getdate(first)].append(
			LedgerSum(
				service or "", account, cost_center or "", elements.get(account, ""), to_decimal(amount)
			)
		)
	return sums


def cost_elements() -> dict[str, str]:
	"""The cost element of each account; a listed group speaks for accounts below it that are not listed."""
	listed = frappe.get_all(
		"Cost Element Account",
		{"parenttype": "Cost Element"},
		["account", "parent"],
		order_by="account",
		limit=0,
	)
	below = branches_below("Account", {row.account for row in listed})
	found: dict[str, tuple[int, str]] = {}
	for row in listed:
		for account, width in below.get(row.account, {row.account: 0}).items():
			# The narrowest group that holds the account speaks for it.
			if account not in found or width < found[account][0]:
				found[account] = (width, row.parent)
	return {account: element for account, (_width, element) in found.items()}


# Pools


def _pool(pool: frappe._dict, month: date, buckets: Buckets, drivers: DriverBook) -> Pool:
	return Pool(
		name=pool.name,
		basis=Basis.DRIVER if pool.basis == Basis.USAGE else pool.basis,
		amounts=dict(buckets.pools[pool.name]),
		receivers=pool.receivers_are,
		listed={service: to_decimal(share) for service, share in pool.listed},
		values=drivers.values(pool, month),
		capacity=to_decimal(pool.practical_capacity) if pool.idle_capacity == "Own Line" else None,
	)


# Services


def services_in_operation(company: str, months: list[date]) -> dict[date, tuple[str, ...]]:
	"""Per month the services that the company delivers and that are in operation on a day of it."""
	service, delivery = frappe.qb.DocType("IT Service"), frappe.qb.DocType("Service Company")
	rows = (
		frappe.qb.from_(service)
		.inner_join(delivery)
		.on((delivery.parent == service.name) & (delivery.parenttype == "IT Service"))
		.select(service.name, service.operational_from, service.last_day)
		.where(
			(delivery.company == company)
			& (delivery.active == 1)
			& service.operational_from.isnotnull()
			& (service.operational_from < next_month(months[-1]))
		)
		.orderby(service.name)
	).run()
	return {
		month: tuple(
			name
			for name, first, last in rows
			if first < next_month(month) and (last is None or last >= month)
		)
		for month in months
	}


def load_dependencies() -> list[Dependency]:
	"""Every dependency that takes a share of cost."""
	table = frappe.qb.DocType("Service Dependency")
	rows = (
		frappe.qb.from_(table)
		.select(table.parent, table.depends_on, table.share)
		.where((table.parenttype == "IT Service") & (table.share != 0))
		.orderby(table.parent, table.idx)
	).run()
	return [Dependency(service, provider, share=to_decimal(share)) for service, provider, share in rows]


def _plain(direct: dict[str, dict[str, Decimal]]) -> dict[str, dict[str, Decimal]]:
	return {service: dict(amounts) for service, amounts in direct.items()}
