"""The retirement analysis behind a decision: read again on every save, kept as evidence on submission (SP-4)."""

import json
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.domain.portfolio import CATALOGUE
from itil_strategy.domain.retirement_snapshot import compare_snapshots, to_snapshot
from itil_strategy.service_portfolio.retirement.analysis import analyse_services
from itil_strategy.utils.report_scope import allowed_values


def set_analysis(decision: Document, phase: str) -> None:
	"""Class and evidence of the service now; what a client sent is only read for its window."""
	last_month, months = _window(decision.analysis_evidence)
	decision.analysis_class, decision.analysis_evidence = "", None
	companies = _companies(decision.it_service)
	if phase != CATALOGUE or not companies:
		return
	if decision.analysis_company not in companies:
		decision.analysis_company = companies[0]
	analyses = analyse_services(decision.analysis_company, last_month, months, [decision.it_service])
	if analyses:
		decision.analysis_class = analyses[0].service_class or ""
		decision.analysis_evidence = json.dumps(to_snapshot(analyses[0]))


def compare_with_now(decision: Document) -> list[dict]:
	"""What moved since the decision was made, each with the value then and now."""
	before = frappe.parse_json(decision.analysis_evidence or "{}")
	if not before:
		return []
	months = len(before["window"])
	analyses = analyse_services(decision.analysis_company, None, months, [decision.it_service])
	if not analyses:
		return [
			{
				"part": "class",
				"field": "service_class",
				"before": before.get("service_class"),
				"after": _("No longer in the catalogue"),
			}
		]
	return [
		{"part": change.part, "field": change.field, "before": change.before, "after": change.after}
		for change in compare_snapshots(before, to_snapshot(analyses[0]))
	]


def _companies(service: str) -> list[str]:
	"""Companies that deliver the service and whose figures the user may see, in the order of the form."""
	companies = frappe.get_all(
		"Service Company",
		{"parent": service, "parenttype": "IT Service", "active": 1},
		pluck="company",
		order_by="idx asc",
	)
	allowed = allowed_values({"Company"}, "IT Service").get("Company")
	return [company for company in companies if allowed is None or company in allowed]


def _window(evidence: str | dict | None) -> tuple[date | None, int | None]:
	"""Last month and number of months of a drafted analysis; the default window when there is none."""
	try:
		window = frappe.parse_json(evidence or "{}").get("window") or []
		return (date.fromisoformat(f"{window[-1]}-01"), len(window)) if window else (None, None)
	except (ValueError, TypeError, AttributeError):
		return None, None
