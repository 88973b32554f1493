"""What business cases have reserved of a service's budget stays in it (FM-6)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import fmt_money

from itil_strategy.exceptions import FundsError
from itil_strategy.utils.budget_ceilings import SERVICE
from itil_strategy.utils.consumption import use_of_services
from itil_strategy.utils.erpnext_budget import budget_by_service
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.funds import open_reservations
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.text import as_html, bold


def refuse_reserved(company: str, year: Year, service: str, amount: Decimal) -> None:
	"""Raise FundsError, naming the cases, where the service's budget less `amount` does not cover them.

	free = budget - actual - committed - open reservations. For a caller that holds the company's row, under
	which money is reserved. A ceiling is no part of it: taking budget away leaves it as it is.
	"""
	held = open_reservations(company, year, {SERVICE: [service]}, lock=True)
	reserved = sum((item.open_amount for item in held), Decimal(0))
	if amount <= 0 or reserved <= 0:
		return
	budget = budget_by_service(company, year.start, year.end, [service]).get(service, Decimal(0))
	used = use_of_services(company, year, [service])[service].total
	free = max(budget - used - reserved, Decimal(0))
	if amount <= free:
		return
	currency = company_currency(company)

	def money(value: Decimal) -> str:
		return fmt_money(float(value), currency=currency)

	frappe.throw(
		_(
			"{0} would lose {1} of its budget for {2}, and {3} are free: {4} are used or ordered and {5} reserved for {6}. Lower the amount, or release what is reserved."
		).format(
			bold(service),
			money(amount),
			as_html(year.name),
			money(free),
			money(used),
			money(reserved),
			", ".join(sorted({bold(item.reference[1]) for item in held if item.open_amount > 0})),
		),
		FundsError,
		title=_("Budget Reserved"),
	)
