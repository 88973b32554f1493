"""Stages of services against decisions, and answers against invitations."""

from collections import defaultdict
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Max

from itil_strategy.domain.dependencies import FULL_SHARE, Dependency, find_cycle
from itil_strategy.domain.health import Finding
from itil_strategy.utils.money import to_decimal

SERVICE, LOG, DECISION = "IT Service", "Service Stage Log", "Portfolio Decision"
ACTIVE = "Active"


def find_stage_differences() -> list[Finding]:
	"""Services that are not where their last logged decision left them; two queries.

	One that nobody decided about is in the first stage of the pipeline.
	"""
	stages = frappe.get_all(
		"Service Pipeline Stage", fields=["name", "phase"], order_by="stage_order asc", limit=0
	)
	if not stages:
		return []
	phases, first = {row.name: row.phase for row in stages}, stages[0].name
	findings = []
	for row in _services_with_last_log():
		stage, state = row.to_stage or first, row.logged_state or ACTIVE
		there = (row.stage, row.decision_state, row.phase)
		if there != (stage, state, phases.get(stage)):
			findings.append(
				Finding(
					SERVICE,
					row.name,
					_("It is in {0} ({1}, {2}); by its stage log it should be in {3} ({4}, {5}).").format(
						*there, stage, state, phases.get(stage)
					),
					_("Decide about it, or take it over into the stage where it is."),
				)
			)
	return findings


def find_log_differences() -> list[Finding]:
	"""Submitted decisions that are not in the stage log of their service exactly once; one query."""
	decision, log = frappe.qb.DocType(DECISION), frappe.qb.DocType(LOG)
	rows = (
		frappe.qb.from_(decision)
		.left_join(log)
		.on(
			(log.portfolio_decision == decision.name)
			& (log.parent == decision.it_service)
			& (log.parenttype == SERVICE)
		)
		.select(decision.name, decision.it_service, Count(log.name))
		.where(decision.docstatus == 1)
		.groupby(decision.name, decision.it_service)
		.having(Count(log.name) != 1)
		.orderby(decision.name)
	).run()
	return [
		Finding(
			DECISION,
			name,
			_("It is {0} times in the stage log of {1}.").format(times, service),
			_("Decide about the service again, so that its log ends with what holds."),
		)
		for name, service, times in rows
	]


def find_bad_dependencies() -> list[Finding]:
	"""A circle of critical dependencies, and services whose cost is taken more than once (SP-5); one query."""
	rows = frappe.get_all(
		"Service Dependency",
		{"parenttype": SERVICE},
		["parent", "depends_on", "is_critical", "share"],
		order_by="parent asc, idx asc",
		limit=0,
	)
	edges = [
		Dependency(row.parent, row.depends_on, bool(row.is_critical), to_decimal(row.share)) for row in rows
	]
	taken: dict[str, Decimal] = defaultdict(Decimal)
	for edge in edges:
		taken[edge.provider] += edge.share
	findings = [
		Finding(
			SERVICE,
			provider,
			_("Services that depend on it take {0} % of its cost.").format(total.normalize()),
			_("Lower a share so that they total at most 100 %."),
		)
		for provider, total in sorted(taken.items())
		if total > FULL_SHARE
	]
	if cycle := find_cycle(edges):
		findings.append(
			Finding(
				SERVICE,
				cycle[0],
				_("Critical dependencies form a circle: {0}.").format(" → ".join(cycle)),
				_("Make one of them not critical or remove it."),
			)
		)
	return findings


def find_answer_differences() -> list[Finding]:
	"""Answered invitations without an answer, and the other way round; one query."""
	invitation, response = frappe.qb.DocType("Survey Invitation"), frappe.qb.DocType("Survey Response")
	rows = (
		frappe.qb.from_(invitation)
		.left_join(response)
		.on(response.invitation == invitation.name)
		.select(invitation.name, invitation.status, Count(response.name))
		.groupby(invitation.name, invitation.status)
		.orderby(invitation.name)
		.having(
			((invitation.status == "Answered") & (Count(response.name) != 1))
			| ((invitation.status != "Answered") & (Count(response.name) > 0))
		)
	).run()
	return [
		Finding(
			"Survey Invitation",
			name,
			_("It is {0} and has {1} answers.").format(_(status), count),
			_("Delete an answer too many; if it is missing, the person can be asked in the next wave."),
		)
		for name, status, count in rows
	]


def _services_with_last_log() -> list[frappe._dict]:
	service, log = frappe.qb.DocType(SERVICE), frappe.qb.DocType(LOG)
	last = (
		frappe.qb.from_(log)
		.select(log.parent, Max(log.idx).as_("idx"))
		.where(log.parenttype == SERVICE)
		.groupby(log.parent)
	)
	return (
		frappe.qb.from_(service)
		.left_join(last)
		.on(last.parent == service.name)
		.left_join(log)
		.on((log.parent == service.name) & (log.parenttype == SERVICE) & (log.idx == last.idx))
		.select(
			service.name,
			service.stage,
			Coalesce(service.decision_state, ACTIVE).as_("decision_state"),
			service.phase,
			log.to_stage,
			log.decision_state.as_("logged_state"),
		)
		.orderby(service.name)
	).run(as_dict=True)
