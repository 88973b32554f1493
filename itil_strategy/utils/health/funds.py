"""Money set aside and money planned, against what approved it and what ERPNext checks."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from itil_strategy.domain.health import Finding, differences
from itil_strategy.utils.erpnext_budget import BUDGET, SOURCE_FIELD
from itil_strategy.utils.money import exact_sum, to_decimal

CASE, RESERVATION = "Business Case", "Fund Reservation"
OPEN = "Open"
Sums = dict[tuple, Decimal]


def find_reservation_differences() -> list[Finding]:
	"""What was approved to be funded, per case and fiscal year, against what is reserved for it; two queries."""
	return [
		Finding(
			CASE,
			case,
			_("For {0} it has {1} approved and {2} reserved.").format(year, approved, reserved),
			_("Renew the case and approve it again; a reservation without an approved case is released."),
			company,
		)
		for (case, company, year), approved, reserved in differences(_approved(), _reserved())
	]


def find_double_reservations() -> list[Finding]:
	"""More than one open reservation of a record for a fiscal year; one query."""
	table = frappe.qb.DocType(RESERVATION)
	keys = (table.reference_doctype, table.reference_name, table.company, table.fiscal_year)
	rows = (
		frappe.qb.from_(table)
		.select(*keys, Count("*"))
		.where(table.status == OPEN)
		.groupby(*keys)
		.having(Count("*") > 1)
		.orderby(*keys)
	).run()
	return [
		Finding(
			doctype,
			name,
			_("It reserves money for {0} {1} times.").format(year, times),
			_("Withdraw the approval, which releases all of them, and approve it again."),
			company,
		)
		for doctype, name, company, year, times in rows
	]


def find_budget_differences() -> list[Finding]:
	"""Service Budgets in force, with transfers, against the Budgets that ERPNext checks; four queries."""
	planned: Sums = {}
	for rows in (_lines(), _transfers("from"), _transfers("to")):
		for key, amount in rows.items():
			planned[key] = planned.get(key, Decimal(0)) + amount
	return [
		Finding(
			"Service Budget",
			budget,
			_("{0}: {1} are planned with transfers, ERPNext checks against {2}.").format(
				account, plan, checked
			),
			_("Choose Revise and submit the revision: it publishes the plan anew."),
			company,
		)
		for (budget, company, account), plan, checked in differences(planned, _published())
	]


def _approved() -> Sums:
	case, spend = frappe.qb.DocType(CASE), frappe.qb.DocType("Business Case Spend")
	keys = (case.name, case.company, spend.fiscal_year)
	rows = (
		frappe.qb.from_(spend)
		.inner_join(case)
		.on((case.name == spend.parent) & (spend.parenttype == CASE))
		.select(*keys, exact_sum(spend.funds_needed))
		.where((case.docstatus == 1) & (case.status == "Approved") & (spend.funds_needed > 0))
		.groupby(*keys)
	).run()
	return {tuple(key): to_decimal(amount) for *key, amount in rows}


def _reserved() -> Sums:
	table = frappe.qb.DocType(RESERVATION)
	keys = (table.reference_name, table.company, table.fiscal_year)
	rows = (
		frappe.qb.from_(table)
		.select(*keys, exact_sum(table.planned))
		.where((table.reference_doctype == CASE) & (table.status == OPEN))
		.groupby(*keys)
	).run()
	return {tuple(key): to_decimal(amount) for *key, amount in rows}


def _lines() -> Sums:
	budget, line = frappe.qb.DocType("Service Budget"), frappe.qb.DocType("Service Budget Line")
	keys = (budget.name, budget.company, line.account)
	rows = (
		frappe.qb.from_(line)
		.inner_join(budget)
		.on((budget.name == line.parent) & (line.parenttype == "Service Budget"))
		.select(*keys, exact_sum(line.amount))
		.where((budget.docstatus == 1) & (budget.status == "Published"))
		.groupby(*keys)
	).run()
	return {tuple(key): to_decimal(amount) for *key, amount in rows}


def _transfers(side: str) -> Sums:
	"""What submitted transfers gave (`from`, negative) or brought (`to`) the budgets in force."""
	budget, transfer = frappe.qb.DocType("Service Budget"), frappe.qb.DocType("Budget Transfer")
	month = frappe.qb.DocType("Budget Transfer Month")
	keys = (budget.name, budget.company, transfer[f"{side}_account"])
	rows = (
		frappe.qb.from_(month)
		.inner_join(transfer)
		.on((transfer.name == month.parent) & (month.parenttype == "Budget Transfer"))
		.inner_join(budget)
		.on(budget.name == transfer[f"{side}_budget"])
		.select(*keys, exact_sum(month.amount))
		.where((transfer.docstatus == 1) & (budget.docstatus == 1) & (budget.status == "Published"))
		.groupby(*keys)
	).run()
	sign = -1 if side == "from" else 1
	return {tuple(key): sign * to_decimal(amount) for *key, amount in rows}


def _published() -> Sums:
	budget, line = frappe.qb.DocType(BUDGET), frappe.qb.DocType("Budget Account")
	keys = (budget[SOURCE_FIELD], budget.company, line.account)
	rows = (
		frappe.qb.from_(line)
		.inner_join(budget)
		.on((budget.name == line.parent) & (line.parenttype == BUDGET))
		.select(*keys, exact_sum(line.budget_amount))
		.where((budget.docstatus == 1) & (budget[SOURCE_FIELD] != ""))
		.groupby(*keys)
	).run()
	return {tuple(key): to_decimal(amount) for *key, amount in rows}
