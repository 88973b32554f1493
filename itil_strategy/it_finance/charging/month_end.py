"""Draft the charging runs of the last month: what the Server Script *Month-end charging draft* calls."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days, get_first_day, getdate, today
from frappe.utils.user import get_users_with_role

from itil_strategy.it_finance.charging import calculation
from itil_strategy.setup.roles import FINANCIAL_MANAGER
from itil_strategy.utils.notify import notify
from itil_strategy.utils.report_scope import allowed_values, require_company
from itil_strategy.utils.text import as_html

DOCTYPE = "Charging Run"


@frappe.whitelist(methods=["POST"])
def draft_runs(company: str | None = None, calculate: bool = True) -> list[str]:
	"""A draft run of the last month per company that has none; answers the new ones.

	Without `company`, of every company with accounts for charging that the user may see. With `calculate` each is
	calculated in the background; what stands in its way is listed on it. Nothing is published or posted.
	"""
	frappe.has_permission(DOCTYPE, "create", throw=True)
	if company:
		require_company(company, DOCTYPE)
	end = add_days(get_first_day(getdate(today())), -1)
	start = get_first_day(end)
	names = [
		_draft(name, start, end, calculate)
		for name in ([company] if company else _companies())
		if not _has_run(name, start, end)
	]
	return names


def _companies() -> list[str]:
	companies = frappe.get_all(
		"Service Strategy Company",
		{"parenttype": "Service Strategy Settings", "charges_account": ("is", "set")},
		pluck="company",
		order_by="idx",
	)
	allowed = allowed_values({"Company"}, DOCTYPE).get("Company")
	return [name for name in companies if allowed is None or name in allowed]


def _has_run(company: str, start: date, end: date) -> bool:
	return bool(
		frappe.db.exists(
			DOCTYPE,
			{
				"company": company,
				"docstatus": ("<", 2),
				"status": ("!=", "Reversed"),
				"period_start": ("<=", end),
				"period_end": (">=", start),
			},
		)
	)


def _draft(company: str, start: date, end: date, calculate: bool) -> str:
	run = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"company": company,
			"period_start": start,
			"period_end": end,
			"mode": "Chargeback",
		}
	).insert()
	if calculate:
		calculation.start(run)
	notify(
		DOCTYPE,
		run.name,
		_("The charging run of {0} for {1} is drafted").format(as_html(company), f"{start:%Y-%m}"),
		get_users_with_role(FINANCIAL_MANAGER),
	)
	return run.name
