"""Fetch set-wise what an allocation run is calculated from. The number of queries does not grow with the rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Coalesce
from frappe.utils import getdate

from itil_strategy.domain.allocation_network import default_order
from itil_strategy.domain.allocation_pools import Buckets, LedgerSum, PoolFilter, sort_into_buckets
from itil_strategy.domain.allocation_types import AllocationRequest, Basis, Method, Pool, PoolOverlapError
from itil_strategy.domain.dependencies import Dependency
from itil_strategy.domain.periods import months_between, next_month
from itil_strategy.exceptions import AllocationRunError
from itil_strategy.it_finance.allocation.drivers import DriverBook
from itil_strategy.utils.costing import FIRST_OF_MONTH, MonthStart, expense_accounts, live_ledger_criterion
from itil_strategy.utils.money import currency_precision, exact_sum, to_decimal
from itil_strategy.utils.text import as_html


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
	query = _expense_query(gl, run.company, months[0], next_month(months[-1]))
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


def pool_cost(company: str, start: date, end: date) -> Decimal:
	"""Expense of [start, end) that belongs to the pools of the company.

	Raises AllocationRunError when two pools of equal order match one row.
	"""
	filters = pool_filters(load_pools(company))
	if not filters:
		return Decimal(0)
	gl = frappe.qb.DocType("GL Entry")
	keys = (gl.account, gl.cost_center)
	rows = (
		_expense_query(gl, company, start, end)
		.select(*keys, exact_sum(gl.debit - gl.credit))
		.where(Coalesce(gl.it_service, "") == "")
		.groupby(*keys)
	).run()
	sums = [
		LedgerSum("", account, cost_center or "", "", to_decimal(amount))
		for account, cost_center, amount in rows
	]
	try:
		pools = sort_into_buckets(sums, filters).pools
	except PoolOverlapError as error:
		raise AllocationRunError(as_html(error.message)) from error
	return sum((amount for amounts in pools.values() for amount in amounts.values()), Decimal(0))


def allocation_account(company: str) -> str | None:
	"""The account that allocations of the company are, or were, booked on."""
	return frappe.db.get_value(
		"Service Strategy Company",
		{"company": company, "parenttype": "Service Strategy Settings"},
		"allocation_account",
	)


def _expense_query(gl, company: str, start: date, end: date):
	return (
		frappe.qb.from_(gl)
		.where(live_ledger_criterion(gl, company, start, end))
		.where(gl.account.isin(expense_accounts(company) or [""]))
	)


def cost_elements() -> dict[str, str]:
	"""The cost element of each account; a listed group speaks for accounts below it that are not listed."""
	listed = frappe.get_all(
		"Cost Element Account",
		{"parenttype": "Cost Element"},
		["account", "parent"],
		order_by="account",
		limit=0,
	)
	below = _below("Account", {row.account for row in listed})
	found: dict[str, tuple[int, str]] = {}
	for row in listed:
		for account, width in below.get(row.account, {row.account: 0}).items():
			# The narrowest group that holds the account speaks for it.
			if account not in found or width < found[account][0]:
				found[account] = (width, row.parent)
	return {account: element for account, (_width, element) in found.items()}


def _below(doctype: str, names: set[str]) -> dict[str, dict[str, int]]:
	"""Per name all names of its branch (itself included), with the width of the branch."""
	if not names:
		return {}
	node, below = frappe.qb.DocType(doctype), frappe.qb.DocType(doctype).as_("below")
	rows = (
		frappe.qb.from_(node)
		.inner_join(below)
		.on((below.lft >= node.lft) & (below.rgt <= node.rgt) & (below.company == node.company))
		.select(node.name, below.name, node.rgt - node.lft)
		.where(node.name.isin(sorted(names)))
	).run()
	branches: dict[str, dict[str, int]] = defaultdict(dict)
	for name, inner, width in rows:
		branches[name][inner] = width
	return branches


# Pools


def load_pools(company: str) -> list[frappe._dict]:
	"""Enabled pools of the company with their rows, by name."""
	pools = frappe.get_all(
		"Cost Pool",
		{"company": company, "disabled": 0},
		[
			"name",
			"pool_order",
			"cost_element",
			"basis",
			"cost_driver",
			"usage_unit",
			"idle_capacity",
			"practical_capacity",
			"receivers_are",
		],
		order_by="name",
		limit=0,
	)
	if not pools:
		return []
	names = [pool.name for pool in pools]
	tables = {
		"accounts": ("Cost Pool Account", ["parent", "account"]),
		"cost_centers": ("Cost Pool Cost Center", ["parent", "cost_center"]),
		"listed": ("Cost Pool Receiver", ["parent", "it_service", "share"]),
	}
	for key, (doctype, fields) in tables.items():
		rows: dict[str, list] = defaultdict(list)
		for parent, *values in frappe.get_all(
			doctype,
			{"parenttype": "Cost Pool", "parent": ("in", names)},
			fields,
			order_by="parent asc, idx asc",
			limit=0,
			as_list=True,
		):
			rows[parent].append(values)
		for pool in pools:
			pool[key] = rows[pool.name]
	return pools


def pool_filters(pools: list[frappe._dict]) -> list[PoolFilter]:
	"""Which ledger rows are whose; groups stand for all below them."""
	branches = {
		doctype: _below(doctype, {name for pool in pools for (name,) in pool[key]})
		for key, doctype in (("accounts", "Account"), ("cost_centers", "Cost Center"))
	}

	def leaves(doctype: str, rows: list) -> frozenset[str]:
		return frozenset(inner for (name,) in rows for inner in branches[doctype].get(name, {name: 0}))

	return [
		PoolFilter(
			pool.name,
			pool.pool_order,
			leaves("Account", pool.accounts),
			leaves("Cost Center", pool.cost_centers),
			pool.cost_element or "",
		)
		for pool in pools
	]


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
