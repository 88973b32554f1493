"""Questions to ERPNext's ledger set-up: cost centers, open periods, exchange rates."""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import formatdate, getdate

from erpnext.accounts.utils import FiscalYearError, get_fiscal_year

from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.text import as_html, bold

JOURNAL_ENTRY, SALES_INVOICE = "Journal Entry", "Sales Invoice"


def forget_cached_dimensions() -> None:
	"""Make ERPNext read its dimensions anew before we post.

	It keeps them for the request as they were first asked for, filters included: whoever asked for some of them
	earlier would have the ledger rows lose all others.
	"""
	frappe.flags.accounting_dimensions = None
	frappe.flags.accounting_dimensions_details = None


def validate_cost_center(cost_center: str | None, company: str, row: int) -> None:
	"""Refuse a group, disabled or foreign cost center; names the row."""
	problem = cost_center_problems([(cost_center, company)]).get((cost_center, company))
	if problem:
		frappe.throw(_("Row #{0}: {1}").format(row, problem), LedgerSetupError, title=_("Cost Center"))


def cost_center_problems(pairs: list[tuple[str | None, str]]) -> dict[tuple[str | None, str], str]:
	"""What is wrong per (cost center, company) as HTML, in one query; pairs that are fine are left out."""
	names = sorted({cost_center for cost_center, _company in pairs if cost_center})
	rows = {
		row.name: row
		for row in frappe.get_all(
			"Cost Center", {"name": ("in", names)}, ["name", "company", "is_group", "disabled"], limit=0
		)
	}
	problems = {}
	for cost_center, company in pairs:
		row = rows.get(cost_center)
		if not row:
			problem = _("there is no cost center {0}. Choose one.").format(bold(cost_center))
		elif row.company != company:
			problem = _("cost center {0} belongs to {1}, not to {2}. Choose one of {2}.").format(
				bold(cost_center), as_html(row.company), as_html(company)
			)
		elif row.is_group:
			problem = _("cost center {0} is a group. Choose one of its children.").format(bold(cost_center))
		elif row.disabled:
			problem = _("cost center {0} is disabled. Enable it or choose another.").format(bold(cost_center))
		else:
			continue
		problems[(cost_center, company)] = problem
	return problems


def find_period_problem(company: str, day: date, voucher_types: tuple[str, ...], user: str) -> str | None:
	"""Why nothing can be posted on `day` as HTML, or None: fiscal year, closed period, closed books, frozen date."""
	return (
		find_year_problem(company, day)
		or _closed_period_problem(company, day, voucher_types)
		or _closed_books_problem(company, day)
		or _frozen_problem(day, user)
	)


def find_year_problem(company: str, day: date) -> str | None:
	"""That `day` is in no fiscal year, as HTML, or None."""
	try:
		get_fiscal_year(day, company=company)
	except FiscalYearError:
		return _("{0} is in no active fiscal year of {1}. Create one.").format(
			formatdate(day), as_html(company)
		)
	return None


def get_exchange_rates(currencies: set[str], company_currency: str, day: date) -> dict[str, Decimal]:
	"""Company currency per unit of each currency, as ERPNext stores it for exactly that day.

	Read directly: ERPNext's own look-up silently takes an older rate or asks the web. Missing ones are
	left out for the caller to name.
	"""
	rates = {company_currency: Decimal(1)}
	others = sorted(currencies - {company_currency})
	if not others:
		return rates
	table = frappe.qb.DocType("Currency Exchange")
	rows = (
		frappe.qb.from_(table)
		.select(table.from_currency, table.to_currency, table.exchange_rate)
		.where(
			(table.date == day)
			& (
				(table.from_currency.isin(others) & (table.to_currency == company_currency))
				| ((table.from_currency == company_currency) & table.to_currency.isin(others))
			)
		)
		.orderby(table.name)
	).run()
	for from_currency, to_currency, rate in rows:
		if to_currency == company_currency:
			rates[from_currency] = to_decimal(rate)
		elif rate:
			rates.setdefault(to_currency, 1 / to_decimal(rate))
	return rates


def allocated_cost_centers(cost_centers: list[str], day: date) -> dict[str, str]:
	"""Cost centers that an ERPNext Cost Center Allocation would split on that day, with its name."""
	rows = frappe.get_all(
		"Cost Center Allocation",
		{"docstatus": 1, "main_cost_center": ("in", cost_centers), "valid_from": ("<=", day)},
		["main_cost_center", "name"],
		order_by="valid_from asc",
		limit=0,
	)
	return {row.main_cost_center: row.name for row in rows}


def mandatory_dimensions(company: str, fieldname: str) -> list[str]:
	"""Labels of dimensions other than IT Service that the company's entries must carry."""
	dimension, detail = (
		frappe.qb.DocType("Accounting Dimension"),
		frappe.qb.DocType("Accounting Dimension Detail"),
	)
	rows = (
		frappe.qb.from_(dimension)
		.inner_join(detail)
		.on(detail.parent == dimension.name)
		.select(dimension.label)
		.where(
			(dimension.disabled == 0)
			& (dimension.document_type != "IT Service")
			& (detail.company == company)
			& (detail[fieldname] == 1)
		)
		.orderby(dimension.label)
	).run()
	return [row[0] for row in rows]


def _closed_period_problem(company: str, day: date, voucher_types: tuple[str, ...]) -> str | None:
	period, closed = frappe.qb.DocType("Accounting Period"), frappe.qb.DocType("Closed Document")
	rows = (
		frappe.qb.from_(period)
		.inner_join(closed)
		.on(closed.parent == period.name)
		.select(period.name)
		.where(
			(period.company == company)
			& (closed.closed == 1)
			& closed.document_type.isin(voucher_types)
			& (period.start_date <= day)
			& (period.end_date >= day)
		)
		.limit(1)
	).run()
	if rows:
		return _(
			"{0} is in the closed accounting period {1}. Choose a later posting date or open the period."
		).format(formatdate(day), bold(rows[0][0]))
	return None


def _closed_books_problem(company: str, day: date) -> str | None:
	table = frappe.qb.DocType("Period Closing Voucher")
	last = (
		frappe.qb.from_(table)
		.select(Max(table.period_end_date))
		.where((table.company == company) & (table.docstatus == 1))
	).run()[0][0]
	if last and getdate(day) <= getdate(last):
		return _("The books of {0} are closed up to {1}. Choose a later posting date.").format(
			as_html(company), formatdate(last)
		)
	return None


def _frozen_problem(day: date, user: str) -> str | None:
	frozen, modifier = frappe.db.get_value(
		"Accounts Settings", None, ["acc_frozen_upto", "frozen_accounts_modifier"]
	)
	if not frozen or getdate(day) > getdate(frozen):
		return None
	if user != "Administrator" and modifier in frappe.get_roles(user):
		return None
	return _("Accounts are frozen up to {0}. Choose a later posting date.").format(formatdate(frozen))
