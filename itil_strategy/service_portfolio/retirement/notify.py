"""Tell owners which of their services the retirement analysis would end."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import get_first_day, today
from frappe.utils.user import get_users_with_role

from itil_strategy.domain.retirement import ELIMINATE, Analysis
from itil_strategy.service_portfolio.retirement.analysis import analyse_services
from itil_strategy.setup.roles import PORTFOLIO_MANAGER
from itil_strategy.utils.permissions import EDIT_SERVICES, has_any_role
from itil_strategy.utils.report_scope import allowed_values, require_company
from itil_strategy.utils.service_scope import permitted_services
from itil_strategy.utils.text import as_html


@frappe.whitelist(methods=["POST"])
def notify_owners(company: str | None = None) -> list[str]:
	"""Notify the owner of each service classed Eliminate, once a month; answers the services.

	Without `company` every company that delivers services and that the user may see is analysed. A service
	without an enabled owner is told to the Service Portfolio Managers.
	"""
	if not has_any_role(EDIT_SERVICES, frappe.session.user):
		frappe.throw(_("Only a Service Portfolio Manager may notify service owners."), frappe.PermissionError)
	if company:
		require_company(company, "IT Service")
	notified, permitted = [], permitted_services()
	for name in [company] if company else _delivering_companies():
		analyses = analyse_services(name, services=None if permitted is None else sorted(permitted))
		classed = [analysis for analysis in analyses if analysis.service_class == ELIMINATE]
		notified += _notify(name, classed)
	return notified


def _delivering_companies() -> list[str]:
	companies = frappe.get_all(
		"Service Company",
		{"parenttype": "IT Service", "active": 1},
		pluck="company",
		distinct=True,
		order_by="company asc",
	)
	allowed = allowed_values({"Company"}, "IT Service").get("Company")
	return [company for company in companies if allowed is None or company in allowed]


def _notify(company: str, analyses: Iterable[Analysis]) -> list[str]:
	analyses = {analysis.service: analysis for analysis in analyses}
	if not analyses:
		return []
	told = set(
		frappe.get_all(
			"Notification Log",
			{
				"document_type": "IT Service",
				"document_name": ("in", list(analyses)),
				"type": "Alert",
				"creation": (">=", get_first_day(today())),
				"subject": ("like", f"%{_subject_mark(company)}%"),
			},
			pluck="document_name",
		)
	)
	managers = None
	for row in frappe.get_all(
		"IT Service",
		{"name": ("in", sorted(set(analyses) - told))},
		["name", "service_name", "service_owner"],
	):
		recipient = _enabled(row.service_owner)
		if not recipient and managers is None:
			managers = get_users_with_role(PORTFOLIO_MANAGER)
		_write(company, row, analyses[row.name], [recipient] if recipient else managers)
	return sorted(set(analyses) - told)


def _write(company: str, row: frappe._dict, analysis: Analysis, users: list[str]) -> None:
	make_notification_logs(
		frappe._dict(
			type="Alert",
			document_type="IT Service",
			document_name=row.name,
			from_user=frappe.session.user,
			subject=_("The retirement analysis classes {0} as {1} ({2})").format(
				f"<strong>{as_html(row.service_name)}</strong>", _(ELIMINATE), _subject_mark(company)
			),
			email_content=_(
				"Business value {0}, fitness {1}, cut-off {2}. Open the report Retirement Analysis for the evidence, and decide: {3} is recommended."
			).format(
				f"{analysis.value.score:.2f}",
				f"{analysis.fitness.score:.2f}",
				f"{analysis.cutoff:.2f}",
				_(analysis.recommended),
			),
		),
		users,
	)


def _subject_mark(company: str) -> str:
	return as_html(company)


def _enabled(user: str | None) -> str | None:
	return user if user and frappe.db.get_value("User", user, "enabled") else None
