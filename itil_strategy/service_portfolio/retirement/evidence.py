"""What a viewer of the report asks for one service: its evidence, and a decision drafted from it."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.domain.retirement import COMMITMENTS, DEPENDENTS, REPLACE, Analysis
from itil_strategy.domain.retirement_settings import find_indicator
from itil_strategy.domain.retirement_snapshot import to_snapshot
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.retirement.analysis import analyse_services
from itil_strategy.setup.roles import SERVICE_OWNER
from itil_strategy.utils.feedback import count_issues
from itil_strategy.utils.issues import IssueCounts
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import READ_CHARGES, has_any_role, restricted_to_services
from itil_strategy.utils.report_scope import require_ledger
from itil_strategy.utils.service_cost import stranded_by_receiver
from itil_strategy.utils.service_scope import permitted_services

VIEWERS = READ_CHARGES | {SERVICE_OWNER}


@frappe.whitelist()
def get_evidence(
	company: str, service: str, last_month: str | None = None, months: int | None = None
) -> dict:
	"""The snapshot of one analysis with translated names of its indicators, and the ERPNext issues of today."""
	analysis = _analyse(company, service, last_month, months)
	permitted = permitted_services()
	snapshot = to_snapshot(analysis)
	for row in snapshot["indicators"]:
		indicator = find_indicator(row["key"])
		row.update(label=_(indicator.label), unit=_(indicator.unit), source=_(indicator.source))
	return {
		**snapshot,
		"service_name": frappe.db.get_value("IT Service", service, "service_name"),
		"dependents": _shown_services(analysis.dependents, permitted),
		"blockers": describe_blockers(analysis, permitted),
		"falls_on": _falls_on(company, analysis, permitted),
		"issues": asdict(count_issues([service]).get(service, IssueCounts())),
		"currency": company_currency(company),
	}


@frappe.whitelist()
def draft_decision(
	company: str, service: str, last_month: str | None = None, months: int | None = None
) -> Document:
	"""An unsaved Portfolio Decision with the recommended outcome and the analysis as its evidence."""
	frappe.has_permission("Portfolio Decision", "create", throw=True)
	analysis = _analyse(company, service, last_month, months)
	doc = frappe.new_doc("Portfolio Decision")
	doc.update(
		{
			"it_service": service,
			"service_name": frappe.db.get_value("IT Service", service, "service_name"),
			"outcome": analysis.recommended,
			"successor": analysis.successor if analysis.recommended == REPLACE else None,
			"analysis_company": company,
			"analysis_class": analysis.service_class or "",
			"analysis_evidence": json.dumps(to_snapshot(analysis)),
		}
	)
	return doc


def describe_blockers(analysis: Analysis, permitted: set[str] | None) -> str:
	"""What keeps the service from retiring, in the viewer's language; `permitted` services are named."""
	sentences = []
	for blocker in analysis.blockers:
		if blocker.check == DEPENDENTS:
			sentences.append(_("Needed by {0}").format(", ".join(_shown_services(blocker.names, permitted))))
		elif blocker.check == COMMITMENTS:
			sentences.append(_("Promised for longer: {0}").format(", ".join(blocker.names)))
		else:
			sentences.append(_("Not charged yet: {0}").format(", ".join(blocker.names)))
	return "; ".join(sentences)


def _falls_on(company: str, analysis: Analysis, permitted: set[str] | None) -> list[dict]:
	"""Stranded cost per year and receiver; receivers that the viewer may not see are summed."""
	if analysis.money.stranded_cost is None:
		return []
	rows, hidden = [], []
	for service, amount in stranded_by_receiver(company, analysis.service, analysis.window).items():
		if permitted is None or service in permitted:
			rows.append({"service": service, "amount": float(amount)})
		else:
			hidden.append(amount)
	if hidden:
		rows.append({"service": _("{0} not shown").format(len(hidden)), "amount": float(sum(hidden))})
	return rows


def _shown_services(names: Sequence[str], permitted: set[str] | None) -> list[str]:
	"""Services that the viewer may see by name; the others are counted."""
	shown = [name for name in names if permitted is None or name in permitted]
	if len(shown) < len(names):
		shown.append(_("{0} not shown").format(len(names) - len(shown)))
	return shown


def _analyse(company: str, service: str, last_month: str | None, months: int | None) -> Analysis:
	_check_permission(company, service)
	analyses = analyse_services(company, last_month, months, [service])
	if not analyses:
		frappe.throw(
			_("{0} is not in the catalogue of {1}. Choose a service that this company delivers.").format(
				frappe.bold(service), frappe.bold(company)
			),
			ServiceStrategyError,
			title=_("Retirement Analysis"),
		)
	return analyses[0]


def _check_permission(company: str, service: str) -> None:
	"""The rights of the report: its roles, the company, and a service owner's own services only."""
	user = frappe.session.user
	frappe.has_permission("IT Service", "read", doc=service, throw=True)
	require_ledger(company, "IT Service")
	own = restricted_to_services(user, READ_CHARGES)
	if not has_any_role(VIEWERS, user) or (own is not None and service not in own):
		frappe.throw(
			_("You are not permitted to see the analysis of {0}. Ask a service portfolio manager.").format(
				frappe.bold(service)
			),
			frappe.PermissionError,
			title=_("Not Permitted"),
		)
