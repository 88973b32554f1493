"""Once a month: tell who can mend it which invariants are broken."""

from html import escape

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import get_url_to_report
from frappe.utils.user import get_users_with_role

from itil_strategy.domain.health import CheckResult, count_findings
from itil_strategy.utils.health.registry import run_checks

ROLES = ("System Manager", "IT Financial Manager")
NAMED = 3


def run_monthly() -> None:
	"""Verify everything; nobody is bothered while all holds."""
	results = run_checks()
	if count_findings(results):
		_tell(results)


def _tell(results: list[CheckResult]) -> None:
	users = {user for role in ROLES for user in get_users_with_role(role)}
	emails = frappe.get_all("User", {"name": ("in", sorted(users) or [""]), "enabled": 1}, pluck="email")
	make_notification_logs(
		frappe._dict(
			type="Alert",
			from_user=frappe.session.user,
			subject=_describe(results),
			link=get_url_to_report("Ledger Health"),
		),
		emails,
	)


def _describe(results: list[CheckResult]) -> str:
	"""HTML: how many records are broken, and the first of them."""
	names = [f"{finding.record} ({_(finding.doctype)})" for result in results for finding in result.findings]
	broken = [result.title for result in results if not result.is_healthy]
	text = _("Ledger health: {0} records are broken ({1}): {2}. See the report Ledger Health.").format(
		len(names), "; ".join(broken), ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
	)
	return escape(text)
