"""What ERPNext's Cost Center Allocation takes away from cost centers, per ceiling.

ERPNext splits every posting on an allocated cost center over others and keeps no trace of it in the ledger,
so it is read from the vouchers: rows of Journal Entries and Purchase Invoices.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

from itil_strategy.utils.costing import expense_accounts
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.money import exact, exact_sum, to_decimal

HUNDRED = 100
Shares = Mapping[str, Decimal]


def allocated_away(company: str, year: Year, below: Mapping[str, set[str]]) -> dict[str, Decimal]:
	"""Per node of `below` what was booked in it and is split to cost centers outside it.

	Shares that stay within the node are rows of the ledger there already.
	"""
	centers = sorted(set().union(*below.values())) if below else []
	allocations = load_allocations(company, centers, year)
	away: dict[str, Decimal] = defaultdict(Decimal)
	if not allocations:
		return away
	for center, day, amount in _booked(company, year, sorted(allocations)):
		shares = shares_on(allocations[center], day)
		for node, inside in below.items():
			if center in inside:
				outside = sum((share for name, share in shares.items() if name not in inside), Decimal(0))
				away[node] += amount * outside / HUNDRED
	return away


def load_allocations(
	company: str, centers: Sequence[str], year: Year
) -> dict[str, list[tuple[date, dict[str, Decimal]]]]:
	"""Per allocated cost center its allocations from the oldest on: (valid from, percent by cost center)."""
	allocation, share = (
		frappe.qb.DocType("Cost Center Allocation"),
		frappe.qb.DocType("Cost Center Allocation Percentage"),
	)
	rows = (
		frappe.qb.from_(allocation)
		.inner_join(share)
		.on(share.parent == allocation.name)
		.select(
			allocation.main_cost_center, allocation.valid_from, share.cost_center, exact(share.percentage)
		)
		.where(
			(allocation.company == company)
			& (allocation.docstatus == 1)
			& (allocation.valid_from < year.end)
			& allocation.main_cost_center.isin(list(centers) or [""])
		)
		.orderby(allocation.main_cost_center, allocation.valid_from)
	).run()
	found: dict[str, dict[date, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(dict))
	for center, valid_from, name, percent in rows:
		found[center][getdate(valid_from)][name] = to_decimal(percent)
	return {center: sorted(versions.items()) for center, versions in found.items()}


def shares_on(versions: Sequence[tuple[date, Shares]], day: date) -> Shares:
	"""The allocation of that day; empty before the first."""
	valid = [shares for valid_from, shares in versions if valid_from <= day]
	return valid[-1] if valid else {}


def _booked(company: str, year: Year, centers: Sequence[str]) -> Iterator[tuple[str, date, Decimal]]:
	accounts = expense_accounts(company) or [""]
	entry, row = frappe.qb.DocType("Journal Entry"), frappe.qb.DocType("Journal Entry Account")
	invoice, item = frappe.qb.DocType("Purchase Invoice"), frappe.qb.DocType("Purchase Invoice Item")
	for parent, line, account, amount in (
		(entry, row, row.account, row.debit - row.credit),
		(invoice, item, item.expense_account, item.base_net_amount),
	):
		query = (
			frappe.qb.from_(line)
			.inner_join(parent)
			.on(parent.name == line.parent)
			.select(line.cost_center, parent.posting_date, exact_sum(amount))
			.where(
				(parent.company == company)
				& (parent.docstatus == 1)
				& (parent.posting_date >= year.start)
				& (parent.posting_date < year.end)
				& line.cost_center.isin(list(centers))
				& account.isin(accounts)
			)
			.groupby(line.cost_center, parent.posting_date)
		)
		for center, day, total in query.run():
			yield center, getdate(day), to_decimal(total)
