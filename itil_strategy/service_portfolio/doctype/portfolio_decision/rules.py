"""What a decision must satisfy, one rule each; the controller calls them in their order."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, formatdate, getdate

from itil_strategy.domain.gates import FAILED, WARN, open_stops
from itil_strategy.domain.portfolio import BACK, RETIRED
from itil_strategy.exceptions import (
	ContradictionError,
	DateOrderError,
	GateError,
	RetirementError,
	StageChangeError,
)
from itil_strategy.service_portfolio.gates.describe import describe_results


def validate_existing(decision: Document) -> None:
	"""Only what was there before the app: a start in the future is a plan."""
	if not decision.is_existing:
		decision.operational_from = None
	elif decision.outcome != "Proceed":
		frappe.throw(
			_("An existing service is taken over with the outcome Proceed. Choose it, or untick {0}.").format(
				frappe.bold(_("Existing Service"))
			),
			StageChangeError,
			title=_("Existing Service"),
		)
	elif decision.operational_from and getdate(decision.operational_from) > getdate():
		frappe.throw(
			_("Operational From is in the future. Enter the day since which the service is used."),
			DateOrderError,
			title=_("Existing Service"),
		)


def validate_back(decision: Document) -> None:
	"""A retirement can be taken back up to and including the last day."""
	last_day = decision.service.last_day
	if decision.outcome == BACK and last_day and getdate(last_day) < getdate():
		frappe.throw(
			_("The last day of {0} was {1}; its retirement is final. Propose a new service instead.").format(
				frappe.bold(decision.it_service), formatdate(last_day)
			),
			RetirementError,
			title=_("Last Day Has Passed"),
		)


def validate_contradiction(decision: Document) -> None:
	if decision.deviations and not cstr(decision.deviation_reason).strip():
		frappe.throw(
			_("{0} Fill in {1}, or choose another outcome.").format(
				decision.deviations.replace("\n", " "), frappe.bold(_("Reason for Contradicting"))
			),
			ContradictionError,
			title=_("Contradiction Needs a Reason"),
		)


def validate_gate(decision: Document) -> None:
	stops = open_stops(decision.gate)
	if not stops:
		return
	frappe.throw(
		_("{0} cannot enter {1} yet:").format(
			frappe.bold(decision.it_service), frappe.bold(decision.to_stage)
		)
		+ describe_results(stops),
		GateError,
		title=_("Requirements Not Met"),
	)


def validate_last_day(decision: Document) -> None:
	"""Retired is final, so it is not entered while the retirement can still be taken back."""
	if (
		not decision.move.is_forward
		or frappe.db.get_value("Service Pipeline Stage", decision.to_stage, "phase") != RETIRED
	):
		return
	last_day = decision.service.last_day
	if not last_day:
		frappe.throw(
			_("{0} has no last day. Submit a Service Retirement first.").format(
				frappe.bold(decision.it_service)
			),
			RetirementError,
			title=_("No Last Day"),
		)
	if getdate(last_day) >= getdate():
		frappe.throw(
			_("The last day of {0} is {1}. It can be Retired from the day after.").format(
				frappe.bold(decision.it_service), formatdate(last_day)
			),
			RetirementError,
			title=_("Last Day Is Not Over"),
		)


def show_warnings(decision: Document) -> None:
	warnings = [result for result in decision.gate if result.level == WARN and result.result == FAILED]
	if warnings:
		frappe.msgprint(
			_("{0} entered {1} with open points:").format(decision.it_service, decision.to_stage)
			+ describe_results(warnings),
			title=_("Open Points"),
			indicator="orange",
		)
