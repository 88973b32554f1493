"""Take a selection: draft the portfolio decisions that it stands for (FM-8)."""

import frappe
from frappe import _

from itil_strategy.domain.portfolio import PIPELINE
from itil_strategy.domain.selection_reasons import explain
from itil_strategy.it_finance.selection.load import load_round
from itil_strategy.it_finance.selection.solve import solve_problem
from itil_strategy.utils.translation import translate

DECISION = "Portfolio Decision"


@frappe.whitelist(methods=["POST"])
def take_selection(investment_round: str, with_drafts: bool = False) -> dict[str, list]:
	"""Draft Proceed for the services of selected cases and Hold for those of the others; nothing is submitted.

	Answers the drafted decisions, and the services that were left alone with the reason.
	"""
	frappe.has_permission("Investment Round", "read", doc=investment_round, throw=True)
	frappe.has_permission(DECISION, "create", throw=True)
	loaded = load_round(investment_round, with_drafts)
	selection = solve_problem(loaded.problem)
	reasons = explain(loaded.problem, selection)
	services = _services([case.it_service for case in loaded.cases.values() if case.it_service])
	waiting = _services_with_draft(list(services))
	drafted, skipped = [], []
	done: set[str] = set()
	# The selected first: a service with several cases proceeds when one of them is chosen.
	for name in sorted(loaded.cases, key=lambda name: (name not in selection.chosen, name)):
		service = services.get(loaded.cases[name].it_service)
		if service is None or service.name in done:
			continue
		done.add(service.name)
		if why := _why_not(service, waiting):
			skipped.append({"it_service": service.name, "reason": why})
			continue
		outcome = "Proceed" if name in selection.chosen else "Hold"
		drafted.append(_draft(service.name, outcome, name, investment_round, translate(reasons[name])))
	return {"drafted": drafted, "skipped": skipped}


def _draft(service: str, outcome: str, case: str, investment_round: str, reason: str) -> str:
	return (
		frappe.get_doc(
			{
				"doctype": DECISION,
				"it_service": service,
				"outcome": outcome,
				"rationale": _("Investment round {0}, {1}: {2}").format(investment_round, case, reason),
			}
		)
		.insert()
		.name
	)


def _why_not(service: frappe._dict, waiting: set[str]) -> str:
	if service.phase != PIPELINE:
		return _("It is not in the pipeline.")
	if service.name in waiting:
		return _("A decision is drafted already.")
	return ""


def _services(names: list[str]) -> dict[str, frappe._dict]:
	return {
		row.name: row
		for row in frappe.get_all("IT Service", {"name": ("in", names)}, ["name", "phase"], limit=0)
	}


def _services_with_draft(names: list[str]) -> set[str]:
	return set(
		frappe.get_all(DECISION, {"it_service": ("in", names), "docstatus": 0}, pluck="it_service", limit=0)
	)
