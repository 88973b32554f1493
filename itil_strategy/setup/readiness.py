"""Ledger readiness: what charging needs from ERPNext, shown on the settings page."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.utils.background_jobs import get_workers
from frappe.utils.safe_exec import is_safe_exec_enabled

from itil_strategy.setup.accounts import ACCOUNTS
from itil_strategy.setup.dimension import DOCUMENT_TYPE, find_problems
from itil_strategy.setup.server_scripts import MONTH_END_DRAFT, MONTHLY_ANALYSIS


def check_ledger() -> list[dict]:
	"""Rows of {label, ok, detail}; `detail` says how to mend what is not ok."""
	return [
		_check_dimension(),
		_check_offsetting(),
		*_check_accounts(),
		_check_workers(),
		*_check_server_scripts(),
	]


def _row(label: str, problem: str | None, well: str) -> dict:
	return {"label": label, "ok": not problem, "detail": problem or well}


def _check_dimension() -> dict:
	problems = find_problems()
	mend = _("{0}. Run bench migrate to repair it.").format("; ".join(problems)) if problems else None
	return _row(_("Accounting dimension IT Service"), mend, _("Complete on all accounting documents."))


def _check_offsetting() -> dict:
	"""An offsetting entry per dimension would double every recharge row."""
	dimension = frappe.db.get_value("Accounting Dimension", {"document_type": DOCUMENT_TYPE})
	offsetting = frappe.get_all(
		"Accounting Dimension Detail",
		{"parent": dimension or "", "automatically_post_balancing_accounting_entry": 1},
		pluck="company",
	)
	problem = None
	if offsetting:
		problem = _("Switched on for {0}. Switch it off in the accounting dimension IT Service.").format(
			", ".join(offsetting)
		)
	return _row(_("Offsetting entry of the dimension"), problem, _("Off, as charging needs it."))


def _check_accounts() -> list[dict]:
	settings = frappe.get_single("Service Strategy Settings")
	rows = []
	for row in settings.companies:
		missing = [name for field, (name, _root) in ACCOUNTS.items() if not row.get(field)]
		problem = _("Missing: {0}. Choose Set Up Accounts.").format(", ".join(missing)) if missing else None
		rows.append(_row(_("Accounts of {0}").format(row.company), problem, _("All three are there.")))
	if not rows:
		rows.append(_row(_("Accounts"), _("No company is set up. Choose Set Up Accounts."), ""))
	return rows


def _check_workers() -> dict:
	workers = [worker for worker in get_workers() if any("long" in name for name in worker.queue_names())]
	problem = (
		None if workers else _("No worker takes the queue long. Start one with bench worker --queue long.")
	)
	return _row(_("Background worker"), problem, _("{0} running.").format(len(workers)))


def _check_server_scripts() -> Iterator[dict]:
	"""Frappe 15 has them off; only what is automated by them does not happen then."""
	what_for = {
		MONTHLY_ANALYSIS: _("to notify owners of services classed Eliminate"),
		MONTH_END_DRAFT: _("to have charging runs drafted after each month"),
	}
	for name, purpose in what_for.items():
		problem = None
		if not is_safe_exec_enabled():
			problem = _(
				"Server scripts are off, so it does not run; all else works. To use it: bench set-config -g server_script_enabled 1, then enable the script."
			)
		elif frappe.db.get_value("Server Script", name, "disabled") in (None, 1):
			problem = _("It is disabled or deleted. Enable it {0}.").format(purpose)
		yield _row(_("Server Script {0}").format(name), problem, _("Runs every month."))
