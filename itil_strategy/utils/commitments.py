"""Budgets of services and what is ordered but not yet billed (FM-5)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import frappe

from itil_strategy.domain.service_investment import open_order_amount, open_request_amount
from itil_strategy.utils.costing import recharge_accounts
from itil_strategy.utils.money import exact, exact_sum, to_decimal


def budget_by_service(
	company: str, start: date, end: date, services: Sequence[str] | None = None
) -> dict[str, Decimal]:
	"""Submitted budgets of the fiscal years that have a day in [start, end), expense accounts only.

	*IT Charges* and *IT Recovery* are no budget of a service, as they are no cost of it.
	"""
	budget, line, account, year = (
		frappe.qb.DocType("Budget"),
		frappe.qb.DocType("Budget Account"),
		frappe.qb.DocType("Account"),
		frappe.qb.DocType("Fiscal Year"),
	)
	query = (
		frappe.qb.from_(budget)
		.inner_join(line)
		.on(line.parent == budget.name)
		.inner_join(account)
		.on(account.name == line.account)
		.inner_join(year)
		.on(year.name == budget.fiscal_year)
		.select(budget.it_service, exact_sum(line.budget_amount))
		.where(
			(budget.company == company)
			& (budget.docstatus == 1)
			& (budget.budget_against == "IT Service")
			& (year.year_start_date < end)
			& (year.year_end_date >= start)
			& (account.root_type == "Expense")
		)
		.groupby(budget.it_service)
	)
	excluded = recharge_accounts(company)
	if excluded:
		query = query.where(line.account.notin(excluded))
	if services is not None:
		query = query.where(budget.it_service.isin(list(services) or [""]))
	return {service: to_decimal(amount) for service, amount in query.run() if service}


def open_commitments(
	company: str, start: date, end: date, services: Sequence[str] | None = None
) -> dict[tuple[str, date], Decimal]:
	"""What is ordered and not billed, and requested and not ordered, per service and day of the document.

	A request counts up to what is ordered of it, the order from there on, so nothing counts twice.
	"""
	open_amounts: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
	for service, day, base, amount, billed in _orders(company, start, end, services):
		open_amounts[service, day] += open_order_amount(*map(to_decimal, (base, amount, billed)))
	for service, day, amount, quantity, ordered in _requests(company, start, end, services):
		open_amounts[service, day] += open_request_amount(*map(to_decimal, (amount, quantity, ordered)))
	return {key: amount for key, amount in open_amounts.items() if amount}


def _orders(company: str, start: date, end: date, services: Sequence[str] | None) -> list[tuple]:
	order, item = frappe.qb.DocType("Purchase Order"), frappe.qb.DocType("Purchase Order Item")
	query = (
		frappe.qb.from_(item)
		.inner_join(order)
		.on(order.name == item.parent)
		.select(
			item.it_service,
			order.transaction_date,
			exact(item.base_amount),
			exact(item.amount),
			exact(item.billed_amt),
		)
		.where((order.status != "Closed") & (item.amount > item.billed_amt))
	)
	return _of_period(query, order, item, company, start, end, services).run()


def _requests(company: str, start: date, end: date, services: Sequence[str] | None) -> list[tuple]:
	request, item = frappe.qb.DocType("Material Request"), frappe.qb.DocType("Material Request Item")
	query = (
		frappe.qb.from_(item)
		.inner_join(request)
		.on(request.name == item.parent)
		.select(
			item.it_service,
			request.transaction_date,
			exact(item.amount),
			exact(item.stock_qty),
			exact(item.ordered_qty),
		)
		.where(
			(request.material_request_type == "Purchase")
			& (request.status != "Stopped")
			& (item.stock_qty > item.ordered_qty)
			& (item.amount > 0)
		)
	)
	return _of_period(query, request, item, company, start, end, services).run()


def _of_period(query, parent, item, company, start, end, services):
	query = query.where(
		(parent.company == company)
		& (parent.docstatus == 1)
		& (parent.transaction_date >= start)
		& (parent.transaction_date < end)
		& (item.it_service != "")
	)
	return query if services is None else query.where(item.it_service.isin(list(services) or [""]))
