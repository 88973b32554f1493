"""Stored answers of reports: what one viewer was allowed to see is not for another.

Frappe stores the answer of a report that took longer than 15 seconds, worked out for the one who asked, and
shows it to whoever may open the report. In the reports of this app rows depend on who looks.
"""

import frappe
from frappe.query_builder import Criterion

from itil_strategy.setup.defaults import OUR_MODULES
from itil_strategy.utils.permissions import has_any_role

PREPARED = "Prepared Report"


def list_condition(user: str | None = None, doctype: str | None = None) -> str | None:
	"""One's own answers, and those of reports of other apps, which Frappe's own condition decides on."""
	user = user or frappe.session.user
	if _sees_all(user):
		return None
	prepared, report = frappe.qb.DocType(PREPARED), frappe.qb.DocType("Report")
	ours = frappe.qb.from_(report).select(report.name).where(report.module.isin(OUR_MODULES))
	condition = Criterion.any([prepared.owner == user, prepared.report_name.notin(ours)])
	return f"({condition.get_sql(quote_char='`', with_namespace=True)})"


def document_check(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool | None:
	"""False for somebody else's answer; None leaves it to Frappe, which asks for the report itself."""
	user = user or frappe.session.user
	if _sees_all(user) or doc.owner == user:
		return None
	module = frappe.db.get_value("Report", doc.report_name, "module")
	return False if module in OUR_MODULES else None


def _sees_all(user: str) -> bool:
	return has_any_role({"System Manager"}, user)
