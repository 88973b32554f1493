"""Switch a business unit from being shown its charges to paying them, or back, with the figures beside it."""

from datetime import date
from typing import Literal

import frappe
from frappe import _
from frappe.utils import add_months, cint, fmt_money, formatdate, get_first_day, getdate, today

from itil_strategy.domain.mode_switch import PastCharge, compare_modes
from itil_strategy.exceptions import ModeSwitchError
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.money import company_currency, exact_sum, to_decimal
from itil_strategy.utils.report_scope import allowed_values, require_company
from itil_strategy.utils.text import as_html, bold

MOST_MONTHS = 36
DOCTYPE = "Charging Run"


@frappe.whitelist()
def get_comparison(
	customer: str, company: str, mode: Literal["Showback", "Chargeback"], months: int = 6
) -> dict:
	"""What the customer was shown and charged in its last published months, and would have been charged by `mode`."""
	require_finance("read", customer, company)
	row = charging_row(customer, company)
	first = _first_month(customer, company, min(max(cint(months), 1), MOST_MONTHS))
	rows = compare_modes(_past_charges(customer, company, first), customer, mode)
	return {
		"current": row.mode,
		"currency": company_currency(company),
		"first_day": str(first_open_month(company)),
		"rows": [
			{
				"month": f"{row.month:%Y-%m}",
				"service": row.service,
				"shown": float(row.shown),
				"charged": float(row.charged),
				"would_be_charged": float(row.would_be_charged),
			}
			for row in rows
		],
		"total": {
			field: float(sum((getattr(row, field) for row in rows), to_decimal(0)))
			for field in ("shown", "charged", "would_be_charged")
		},
	}


@frappe.whitelist(methods=["POST"])
def switch_mode(
	customer: str,
	company: str,
	mode: Literal["Showback", "Chargeback"],
	chargeback_from: str | None = None,
) -> list[str]:
	"""Switch the mode; answers the calculated runs that have to be calculated again.

	Raises ModeSwitchError for the mode that the customer has, and for months that are charged already.
	"""
	require_finance("submit", customer, company)
	doc = frappe.get_doc("Customer", customer)
	row = charging_row(customer, company)
	day = getdate(chargeback_from) if mode == "Chargeback" and chargeback_from else None
	_check_switch(row, company, mode, day)
	told = _figures(customer, company, mode)
	child = next(child for child in doc.it_charging if child.name == row.name)
	child.mode, child.chargeback_from = mode, day
	# Finance need not be allowed to write customers to decide how they pay.
	doc.save(ignore_permissions=True)
	doc.add_comment("Info", _comment(company, row.mode, mode, day, told))
	return frappe.get_all(
		DOCTYPE,
		{"company": company, "docstatus": 0, "status": ("in", ("Calculating", "Calculated"))},
		pluck="name",
		order_by="name",
	)


def require_finance(ptype: str, customer: str, company: str) -> None:
	"""Who may read, or publish, charging runs of the company, and see the customer."""
	frappe.has_permission(DOCTYPE, ptype, throw=True)
	require_company(company, DOCTYPE)
	allowed = allowed_values({"Customer"}, DOCTYPE).get("Customer")
	if allowed is not None and customer not in allowed:
		frappe.throw(_("You are not permitted to see {0}.").format(bold(customer)), frappe.PermissionError)


def charging_row(customer: str, company: str) -> frappe._dict:
	"""How the customer pays in the company. Raises ModeSwitchError for an external one."""
	row = frappe.db.get_value(
		"Customer IT Charging",
		{"parent": customer, "parenttype": "Customer", "company": company},
		["name", "mode", "chargeback_from"],
		as_dict=True,
	)
	if not row:
		frappe.throw(
			_(
				"{0} has no row for {1} under IT Charging: it is external and gets invoices. Add a row with its cost center first."
			).format(bold(customer), bold(company)),
			ModeSwitchError,
			title=_("No Business Unit"),
		)
	return row


def first_open_month(company: str) -> date:
	"""The first day after the months that a published run charges; the next month where there is none."""
	last = frappe.get_all(
		DOCTYPE,
		{"company": company, "docstatus": 1, "status": ("!=", "Reversed")},
		["period_end"],
		order_by="period_end desc",
		limit=1,
	)
	return get_first_day(add_months(getdate(last[0].period_end if last else today()), 1))


def _check_switch(row: frappe._dict, company: str, mode: str, day: date | None) -> None:
	if row.mode == mode and (mode == "Showback" or row.chargeback_from == day):
		frappe.throw(
			_("The mode is {0} already.").format(_(mode)), ModeSwitchError, title=_("Nothing to Switch")
		)
	if mode == "Showback":
		return
	first = first_open_month(company)
	if not day or day < first:
		frappe.throw(
			_(
				"Months before {0} are published as shown; charging them too would mix both. Choose {0} or a later first of a month."
			).format(formatdate(first)),
			ModeSwitchError,
			title=_("Months Published Already"),
		)


def _first_month(customer: str, company: str, months: int) -> date:
	"""The first of the last `months` months up to the latest one with published charges."""
	latest = frappe.get_all(
		"Service Charge",
		{"customer": customer, "company": company, "status": ("in", PUBLISHED)},
		["usage_month"],
		order_by="usage_month desc",
		limit=1,
	)
	return get_first_day(add_months(getdate(latest[0].usage_month if latest else today()), 1 - months))


def _past_charges(customer: str, company: str, first: date) -> list[PastCharge]:
	"""Sums of published charges by all that decides their mode; one query."""
	charge, run, policy = (
		frappe.qb.DocType("Service Charge"),
		frappe.qb.DocType(DOCTYPE),
		frappe.qb.DocType("Charging Policy"),
	)
	keys = (charge.usage_month, charge.it_service, policy.method, run.mode, charge.mode)
	rows = (
		frappe.qb.from_(charge)
		.inner_join(run)
		.on(run.name == charge.charging_run)
		.inner_join(policy)
		.on(policy.name == charge.charging_policy)
		.select(
			charge.usage_month,
			charge.it_service,
			policy.method,
			run.mode.as_("run_mode"),
			charge.mode.as_("mode"),
			exact_sum(charge.amount),
		)
		.where(
			(charge.customer == customer)
			& (charge.company == company)
			& (charge.usage_month >= first)
			& charge.status.isin(list(PUBLISHED))
		)
		.groupby(*keys)
	).run()
	return [PastCharge(getdate(row[0]), *row[1:5], to_decimal(row[5])) for row in rows]


def _figures(customer: str, company: str, mode: str) -> dict:
	return get_comparison(customer, company, mode, 12)["total"]


def _comment(company: str, before: str, mode: str, day: date | None, told: dict) -> str:
	currency = company_currency(company)
	return _(
		"IT charging of {0}: {1} instead of {2}{3}. In the last 12 published months {4} were shown and {5} charged; {6} would have been charged."
	).format(
		as_html(company),
		_(mode),
		_(before),
		_(" from {0}").format(formatdate(day)) if day else "",
		*(fmt_money(told[field], currency=currency) for field in ("shown", "charged", "would_be_charged")),
	)
