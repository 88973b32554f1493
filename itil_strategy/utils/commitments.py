"""What is ordered but not yet billed, and requested but not yet ordered (FM-5)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import frappe
from frappe.utils import getdate

from itil_strategy.domain.service_investment import open_order_amount, open_request_amount
from itil_strategy.utils.costing import recharge_accounts
from itil_strategy.utils.money import exact, to_decimal

SERVICE, COST_CENTER = "it_service", "cost_center"


class OpenItem(NamedTuple):
	"""What is open of one row of an order or request, in company currency, on the day of the document."""

	it_service: str
	cost_center: str
	account: str
	day: date
	amount: Decimal


def open_commitments(
	company: str, start: date, end: date, services: Sequence[str] | None = None
) -> dict[tuple[str, date], Decimal]:
	"""What is ordered and not billed, and requested and not ordered, per service and day of the document.

	A request counts up to what is ordered of it, the order from there on, so nothing counts twice.
	"""
	open_amounts: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
	for item in open_items(company, start, end, SERVICE, services):
		open_amounts[item.it_service, item.day] += item.amount
	return dict(open_amounts)


def open_items(
	company: str, start: date, end: date, field: str, names: Sequence[str] | None = None
) -> Iterator[OpenItem]:
	"""Open rows that carry an IT service (or cost center, by `field`), one of `names` or any; two queries.

	Rows on *IT Charges* and *IT Recovery* are no commitment of a service.
	"""
	recharge = set(recharge_accounts(company))
	for service, cost_center, account, day, *amounts in _orders(company, start, end, field, names):
		amount = open_order_amount(*map(to_decimal, amounts))
		if amount and account not in recharge:
			yield OpenItem(service or "", cost_center or "", account or "", getdate(day), amount)
	for service, cost_center, account, day, *amounts in _requests(company, start, end, field, names):
		amount = open_request_amount(*map(to_decimal, amounts))
		if amount and account not in recharge:
			yield OpenItem(service or "", cost_center or "", account or "", getdate(day), amount)


def _orders(company: str, start: date, end: date, field: str, names: Sequence[str] | None) -> list[tuple]:
	order, item = frappe.qb.DocType("Purchase Order"), frappe.qb.DocType("Purchase Order Item")
	query = (
		frappe.qb.from_(item)
		.inner_join(order)
		.on(order.name == item.parent)
		.select(
			item.it_service,
			item.cost_center,
			item.expense_account,
			order.transaction_date,
			exact(item.base_amount),
			exact(item.amount),
			exact(item.billed_amt),
		)
		.where((order.status != "Closed") & (item.amount > item.billed_amt))
	)
	return _of_period(query, order, item, company, start, end, field, names).run()


def _requests(company: str, start: date, end: date, field: str, names: Sequence[str] | None) -> list[tuple]:
	request, item = frappe.qb.DocType("Material Request"), frappe.qb.DocType("Material Request Item")
	query = (
		frappe.qb.from_(item)
		.inner_join(request)
		.on(request.name == item.parent)
		.select(
			item.it_service,
			item.cost_center,
			item.expense_account,
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
	return _of_period(query, request, item, company, start, end, field, names).run()


def _of_period(query, parent, item, company, start, end, field, names):
	key = item[field]
	query = query.where(
		(parent.company == company)
		& (parent.docstatus == 1)
		& (parent.transaction_date >= start)
		& (parent.transaction_date < end)
		& (key != "")
	)
	return query if names is None else query.where(key.isin(list(names) or [""]))
