"""What was promised to customers: capacity, complaints closed properly, credits given once, mediations decided."""

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import getdate

from itil_strategy.domain.capacity import find_shortfalls, months_of, show
from itil_strategy.domain.health import Finding
from itil_strategy.domain.periods import month_start
from itil_strategy.utils.demand import load_promises
from itil_strategy.utils.money import to_decimal

FEEDBACK, OFFERING, MEDIATION = "Service Feedback", "Service Offering", "Requirement Mediation"


def find_over_promised() -> list[Finding]:
	"""Offerings promised beyond their capacity from this month on, which nobody waived (BR-9); four queries."""
	today = getdate()
	offerings = frappe.get_all(
		OFFERING,
		{"practical_capacity": (">", 0)},
		["name", "practical_capacity"],
		order_by="name asc",
		limit=0,
	)
	if not offerings:
		return []
	promised, waived = load_promises([row.name for row in offerings]), _waived()
	findings = []
	for row in offerings:
		promises = promised.get(row.name, [])
		months = {month for promise in promises for month in months_of(promise, promises)}
		ahead = sorted(month for month in months if month >= month_start(today))
		shortfalls = find_shortfalls(to_decimal(row.practical_capacity), promises, ahead)
		if shortfalls and row.name not in waived:
			first = shortfalls[0]
			findings.append(
				Finding(
					OFFERING,
					row.name,
					_(
						"In {0} {1} are promised and {2} can be delivered, and in {3} months in all too much."
					).format(
						f"{first.month:%Y-%m}", show(first.promised), show(first.capacity), len(shortfalls)
					),
					_("Raise the capacity, end a commitment, or waive the newest one with a reason."),
				)
			)
	return findings


def find_closed_unfinished() -> list[Finding]:
	"""Closed feedback without a response, with open actions, or a complaint without findings (BR-5); one query."""
	feedback, action = frappe.qb.DocType(FEEDBACK), frappe.qb.DocType("Feedback Action")
	left = Sum(Case().when(action.is_done == 0, 1).else_(0))
	is_silent = feedback.responded_on.isnull()
	has_nothing = (feedback.nature == "Complaint") & (Coalesce(feedback.findings, "") == "")
	keys = (feedback.name, feedback.nature, feedback.responded_on, feedback.findings)
	rows = (
		frappe.qb.from_(feedback)
		.left_join(action)
		.on((action.parent == feedback.name) & (action.parenttype == FEEDBACK))
		.select(feedback.name, feedback.responded_on, Coalesce(left, 0), feedback.findings)
		.where(feedback.status == "Closed")
		.groupby(*keys)
		.having(is_silent | has_nothing | (Coalesce(left, 0) > 0))
		.orderby(feedback.name)
	).run()
	return [
		Finding(
			FEEDBACK,
			name,
			_("It is closed: response {0}, open actions {1}, findings {2}.").format(
				_("sent") if responded else _("missing"), undone, _("there") if found else _("missing")
			),
			_("Add what is missing, or reopen it and close it by its button."),
		)
		for name, responded, undone, found in rows
	]


def find_credit_differences() -> list[Finding]:
	"""Credits of feedback that are given by none or several corrections, or asked for twice (BR-6); one query."""
	feedback, correction = frappe.qb.DocType(FEEDBACK), frappe.qb.DocType("Charge Correction")
	keys = (feedback.name, feedback.credit_status, feedback.credit_correction)
	is_credited = Coalesce(feedback.credit_status, "") == "Credited"
	rows = (
		frappe.qb.from_(feedback)
		.left_join(correction)
		.on((correction.service_feedback == feedback.name) & correction.status.isin(["Open", "Charged"]))
		.select(*keys, Count(correction.name))
		.groupby(*keys)
		.having(
			(Count(correction.name) > 1)
			| (is_credited & ((Count(correction.name) != 1) | feedback.credit_correction.isnull()))
			| (~is_credited & feedback.credit_correction.isnotnull())
		)
		.orderby(feedback.name)
	).run()
	return [
		Finding(
			FEEDBACK,
			name,
			_("Its credit is {0}, given by {1}; {2} corrections are made of it.").format(
				_(status) if status else _("not asked for"), charge or "-", count
			),
			_("Withdraw corrections that are open; cancel or reverse the run that charged it wrongly."),
		)
		for name, status, charge, count in rows
	]


def find_undecided_mediations() -> list[Finding]:
	"""Closed mediations without a decision, a decider or an answer of every party (BR-3); one query."""
	mediation, party = frappe.qb.DocType(MEDIATION), frappe.qb.DocType("Mediation Party")
	silent = Sum(Case().when(Coalesce(party.answer, "") == "", 1).else_(0))
	keys = (mediation.name, mediation.decision, mediation.decided_by)
	rows = (
		frappe.qb.from_(mediation)
		.left_join(party)
		.on((party.parent == mediation.name) & (party.parenttype == MEDIATION))
		.select(*keys, Coalesce(silent, 0))
		.where(mediation.status == "Closed")
		.groupby(*keys)
		.having(
			(Coalesce(mediation.decision, "") == "")
			| (Coalesce(mediation.decided_by, "") == "")
			| (Coalesce(silent, 0) > 0)
		)
		.orderby(mediation.name)
	).run()
	return [
		Finding(
			MEDIATION,
			name,
			_("It is closed: decision {0}, decided by {1}, {2} parties without an answer.").format(
				_("there") if decision else _("missing"), decider or "-", count
			),
			_("Open another mediation of the same needs and decide it with an answer of every party."),
		)
		for name, decision, decider, count in rows
	]


def _waived() -> set[str]:
	"""Also by a waiver that is over: it was somebody's decision. Supply and Demand shows what is short now."""
	table = frappe.qb.DocType("Service Commitment")
	rows = (
		frappe.qb.from_(table)
		.select(table.service_offering)
		.distinct()
		.where((table.status == "Active") & (Coalesce(table.waiver_reason, "") != ""))
	).run()
	return {row[0] for row in rows}
