"""Server Scripts that administrators may read and change: created once, never overwritten (design: automation)."""

from collections.abc import Iterable

import frappe
from frappe.utils.safe_exec import is_safe_exec_enabled

MONTHLY_ANALYSIS = "Monthly retirement analysis"
MONTH_END_DRAFT = "Month-end charging draft"
SCRIPTS = {
	MONTHLY_ANALYSIS: {
		"module": "Service Portfolio",
		"script_type": "Scheduler Event",
		"event_frequency": "Monthly",
		"script": """# Notifies the owners of services that the retirement analysis classes Eliminate.
# Change it as you need: it is created once and never overwritten.
# Add company="…" to limit it to one company.
frappe.call("itil_strategy.service_portfolio.retirement.notify.notify_owners")
""",
	},
	MONTH_END_DRAFT: {
		"module": "IT Finance",
		"script_type": "Scheduler Event",
		"event_frequency": "Monthly",
		"script": """# Drafts and calculates the charging run of the last month for each company; it publishes and posts nothing.
# Change it as you need: it is created once and never overwritten.
# Add company="…" to limit it to one company, or calculate=False for drafts only.
frappe.call("itil_strategy.it_finance.charging.month_end.draft_runs")
""",
	},
}


def create_server_scripts(names: Iterable[str] = tuple(SCRIPTS)) -> None:
	"""Disabled where the site has server scripts off: an enabled one would fail every month."""
	for name in names:
		values = SCRIPTS[name]
		if frappe.db.exists("Server Script", name):
			continue
		frappe.get_doc(
			{
				"doctype": "Server Script",
				"name": name,
				"disabled": 0 if is_safe_exec_enabled() else 1,
				**values,
			}
		).insert(ignore_permissions=True)


def delete_server_scripts() -> None:
	"""Delete the scripts and their scheduled jobs."""
	for name in SCRIPTS:
		for job in frappe.get_all("Scheduled Job Type", {"server_script": name}, pluck="name"):
			frappe.delete_doc("Scheduled Job Type", job, force=True, ignore_permissions=True)
		frappe.delete_doc_if_exists("Server Script", name, force=True)
