"""Cost pools as they are set up, and which ledger rows are theirs."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Coalesce

from itil_strategy.domain.allocation_pools import LedgerSum, PoolFilter, sort_into_buckets
from itil_strategy.domain.allocation_types import PoolOverlapError
from itil_strategy.exceptions import AllocationRunError
from itil_strategy.utils.costing import expense_accounts, live_ledger_criterion
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.text import as_html


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
		doctype: branches_below(doctype, {name for pool in pools for (name,) in pool[key]})
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
		expense_query(gl, company, start, end)
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


def expense_query(gl, company: str, start: date, end: date):
	"""Live expense of [start, end) without recharges, to select and group from."""
	return (
		frappe.qb.from_(gl)
		.where(live_ledger_criterion(gl, company, start, end))
		.where(gl.account.isin(expense_accounts(company) or [""]))
	)


def branches_below(doctype: str, names: set[str]) -> dict[str, dict[str, int]]:
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
