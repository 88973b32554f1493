"""Judge services at the gate of a stage: requirements, waivers of earlier decisions, facts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe.utils import getdate

from itil_strategy.domain.gates import (
	CHECKS,
	STOP,
	GateResult,
	Requirement,
	Waiver,
	judge_gate,
	merge_requirements,
)
from itil_strategy.service_portfolio.gates.facts import collect_facts
from itil_strategy.service_portfolio.stages import load_requirements
from itil_strategy.utils.database import Names


@dataclass(frozen=True, slots=True)
class StoredWaiver:
	"""A waiver of a submitted decision."""

	decision: str
	service: str
	check: str
	reason: str
	waived_by: str
	expires_on: date


@dataclass(slots=True)
class Gate:
	"""What a service must show, and what it showed; of its waivers the expired ones whose check does not pass are reopened."""

	service: str
	to_stage: str | None
	results: list[GateResult] = field(default_factory=list)
	waivers: list[StoredWaiver] = field(default_factory=list)
	reopened: list[StoredWaiver] = field(default_factory=list)


def judge_services(
	targets: Mapping[str, str | None],
	today: date,
	new_waivers: Mapping[str, Sequence[Waiver]] | None = None,
	named_successors: dict[str, str] | None = None,
) -> dict[str, Gate]:
	"""The gate of each service for its target stage, in a fixed number of queries.

	A requirement that an earlier decision waived is asked for again once the waiver has expired (SP-2).
	"""
	requirements = load_requirements()
	waivers = latest_waivers(list(targets))
	gates = {
		service: Gate(service, stage, waivers=waivers.get(service, [])) for service, stage in targets.items()
	}
	asked: dict[str, list[Requirement]] = {}
	for service, gate in gates.items():
		required = requirements.get(gate.to_stage, ()) if gate.to_stage else ()
		if required or gate.waivers:
			gate.reopened = [waiver for waiver in gate.waivers if waiver.expires_on < today]
			again = [Requirement(waiver.check, STOP) for waiver in gate.reopened if waiver.check in CHECKS]
			asked[service] = merge_requirements(required, again)
	checks = {requirement.check for items in asked.values() for requirement in items}
	facts = collect_facts(list(asked), checks, today, named_successors)
	for service, items in asked.items():
		gate = gates[service]
		valid = [Waiver(waiver.check, waiver.expires_on) for waiver in gate.waivers]
		gate.results = judge_gate(facts[service], items, [*valid, *(new_waivers or {}).get(service, ())])
		passed = {result.check for result in gate.results if result.result == "Passed"}
		gate.reopened = [waiver for waiver in gate.reopened if waiver.check not in passed]
	return gates


def latest_waivers(services: Sequence[str]) -> dict[str, list[StoredWaiver]]:
	"""The waiver of each check that lasts longest, per service, from submitted decisions; one query."""
	if not services:
		return {}
	waiver, decision = frappe.qb.DocType("Portfolio Waiver"), frappe.qb.DocType("Portfolio Decision")
	rows = (
		frappe.qb.from_(waiver)
		.inner_join(decision)
		.on(decision.name == waiver.parent)
		.select(
			decision.name,
			decision.it_service,
			waiver.gate_check,
			waiver.reason,
			waiver.waived_by,
			waiver.expires_on,
		)
		.where((decision.docstatus == 1) & decision.it_service.isin(Names(services)))
		.orderby(waiver.expires_on, decision.creation)
	).run()
	latest: dict[tuple[str, str], StoredWaiver] = {}
	for name, service, check, reason, waived_by, expires_on in rows:
		latest[(service, check)] = StoredWaiver(name, service, check, reason, waived_by, getdate(expires_on))
	found = defaultdict(list)
	for (service, _check), stored in sorted(latest.items()):
		found[service].append(stored)
	return found
