"""What is booked and committed of a budget: per service, account of a service, category, or cost center (FM-5).

The same figures stop a document, secure funds and fill reports. *IT Charges* and *IT Recovery* never count.
Each question takes a fixed number of queries, however many names it is about.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

import frappe

from itil_strategy.domain.budgeting import Use
from itil_strategy.utils.allocated_cost import allocated_away
from itil_strategy.utils.commitments import COST_CENTER, SERVICE, open_items
from itil_strategy.utils.costing import expense_accounts, live_ledger_criterion
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.money import exact_sum, to_decimal


def use_of_services(company: str, year: Year, services: Sequence[str]) -> dict[str, Use]:
	"""Every service that is asked for, unused ones too."""
	actual = sum_expense(company, year, ("it_service",), services)
	committed = commitments_of_services(company, year, services)
	return {name: Use(actual.get((name,), Decimal(0)), committed[name]) for name in services}


def commitments_of_services(company: str, year: Year, services: Sequence[str]) -> dict[str, Decimal]:
	"""What is open of orders and requests of the year; 0 for the others."""
	committed: dict[str, Decimal] = defaultdict(Decimal)
	for item in open_items(company, year.start, year.end, SERVICE, services) if services else ():
		committed[item.it_service] += item.amount
	return committed


def use_of_accounts(company: str, year: Year, service: str) -> dict[str, Use]:
	"""Per account of one service."""
	actual = sum_expense(company, year, ("account",), [service])
	committed: dict[str, Decimal] = defaultdict(Decimal)
	for item in open_items(company, year.start, year.end, SERVICE, [service]):
		committed[item.account] += item.amount
	accounts = {account for (account,) in actual} | committed.keys()
	return {name: Use(actual.get((name,), Decimal(0)), committed[name]) for name in sorted(accounts)}


def use_of_categories(company: str, year: Year, categories: Sequence[str]) -> dict[str, Use]:
	"""A category counts the services that are in it now."""
	members: dict[str, list[str]] = defaultdict(list)
	rows = frappe.get_all(
		"IT Service", {"category": ("in", [*categories, ""])}, ["name", "category"], order_by="name", limit=0
	)
	for row in rows:
		members[row.category].append(row.name)
	used = use_of_services(company, year, [row.name for row in rows])
	return {name: sum((used[service] for service in members[name]), Use()) for name in categories}


def use_of_cost_centers(company: str, year: Year, nodes: Sequence[str]) -> dict[str, Use]:
	"""A cost center counts all below it, and what a Cost Center Allocation takes away from it.

	ERPNext's own Budget does neither: it sums the posted node, and a cost center that is allocated away
	has no posting of its own.
	"""
	below = cost_centers_below(company, nodes)
	leaves = sorted(set().union(*below.values())) if below else []
	actual = sum_expense(company, year, ("cost_center",), leaves)
	committed: dict[str, Decimal] = defaultdict(Decimal)
	for item in open_items(company, year.start, year.end, COST_CENTER, leaves) if leaves else ():
		committed[item.cost_center] += item.amount
	away = allocated_away(company, year, below)
	return {
		node: Use(
			sum(
				(actual.get((leaf,), Decimal(0)) for leaf in below.get(node, ())), away.get(node, Decimal(0))
			),
			sum((committed[leaf] for leaf in below.get(node, ())), Decimal(0)),
		)
		for node in nodes
	}


def cost_centers_below(company: str, nodes: Sequence[str]) -> dict[str, set[str]]:
	"""Each node with all below it, itself included; one query."""
	if not nodes:
		return {}
	node, leaf = frappe.qb.DocType("Cost Center").as_("node"), frappe.qb.DocType("Cost Center").as_("leaf")
	rows = (
		frappe.qb.from_(node)
		.inner_join(leaf)
		.on((leaf.lft >= node.lft) & (leaf.rgt <= node.rgt))
		.select(node.name, leaf.name)
		.where(node.name.isin(list(nodes)) & (node.company == company))
	).run()
	below: dict[str, set[str]] = defaultdict(set)
	for name, descendant in rows:
		below[name].add(descendant)
	return dict(below)


def sum_expense(
	company: str, year: Year, keys: tuple[str, ...], names: Sequence[str]
) -> Mapping[tuple, Decimal]:
	"""Live expense of the year by `keys` (columns of GL Entry).

	`names` are services, or values of the only key where that is the cost center.
	"""
	accounts = expense_accounts(company) if names else []
	if not accounts:
		return {}
	gl = frappe.qb.DocType("GL Entry")
	filtered = gl.cost_center if keys == ("cost_center",) else gl.it_service
	columns = [gl[key] for key in keys]
	query = (
		frappe.qb.from_(gl)
		.select(*columns, exact_sum(gl.debit - gl.credit))
		.where(live_ledger_criterion(gl, company, year.start, year.end))
		.where(gl.account.isin(accounts) & filtered.isin(list(names)))
		.groupby(*columns)
	)
	return {tuple(key): to_decimal(amount) for *key, amount in query.run()}
