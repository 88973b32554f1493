"""Collect what the gate checks judge: a fixed number of queries for any number of services."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import getdate

from itil_strategy.domain.gate_facts import OfferingFacts, RetirementFacts, ServiceFacts
from itil_strategy.domain.gates import CHECKS
from itil_strategy.domain.portfolio import REJECTED, RETIRED
from itil_strategy.service_portfolio.dependencies import find_live_dependents
from itil_strategy.utils.business_cases import find_approved_cases, find_funding
from itil_strategy.utils.database import Names
from itil_strategy.utils.demand import find_late_commitments, find_over_promised
from itil_strategy.utils.relationship import find_assessed_needs, find_open_mediations
from itil_strategy.utils.usage import find_uncharged_usage


def collect_facts(
	services: Sequence[str],
	checks: Iterable[str],
	today: date,
	named_successors: dict[str, str] | None = None,
) -> dict[str, ServiceFacts]:
	"""Facts per service for the checks. `named_successors`: what a decision names before it is stored."""
	if not services:
		return {}
	needs = {CHECKS[name].needs for name in checks}
	rows = _services(services)
	outcomes = _outcomes(services)
	offerings = _offerings(services, today)
	centers = _cost_centers(services)
	retirements = _retirements(services)
	dependents = find_live_dependents(
		{
			service: getdate(plan.last_day) if plan.last_day else None
			for service, plan in _plans(services, retirements)
		}
	)
	successors = {
		service: (named_successors or {}).get(service)
		or (retirements[service].successor if service in retirements else None)
		or rows[service].successor
		for service in rows
	}
	stages = _successor_stages({name for name in successors.values() if name})
	uncharged = find_uncharged_usage(services) if "uncharged_usage" in needs else {}
	assessed = find_assessed_needs(services) if "assessed_needs" in needs else {}
	mediations = find_open_mediations(services) if "open_mediations" in needs else {}
	over_promised = find_over_promised(services, today) if "over_promised" in needs else {}
	cases = find_approved_cases(services) if "approved_cases" in needs else {}
	funding = find_funding(services, today) if "funding" in needs else {}
	late = find_late_commitments(services) if "late_commitments" in needs else {}
	return {
		name: ServiceFacts(
			service=name,
			today=today,
			service_type=row.service_type,
			owner=row.service_owner,
			owner_is_enabled=bool(row.enabled),
			outcomes=outcomes.get(name, 0),
			offerings=tuple(offerings.get(name, ())),
			cost_centers=tuple(centers.get(name, ())),
			live_dependents=tuple(dependents.get(name, ())),
			retirement=retirements.get(name),
			successor=successors[name],
			successor_stage=stages.get(successors[name], (None, False))[0],
			successor_is_live=stages.get(successors[name], (None, False))[1],
			uncharged_usage=uncharged.get(name, ()),
			over_promised=over_promised.get(name, ()),
			late_commitments=late.get(name, ()),
			assessed_needs=assessed.get(name, ()),
			open_mediations=mediations.get(name, ()),
			approved_cases=cases.get(name, ()),
			funding=funding.get(name, ()),
		)
		for name, row in rows.items()
	}


def _services(services: Sequence[str]) -> dict[str, frappe._dict]:
	service, user = frappe.qb.DocType("IT Service"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(service)
		.left_join(user)
		.on(user.name == service.service_owner)
		.select(service.name, service.service_type, service.service_owner, service.successor, user.enabled)
		.where(service.name.isin(Names(services)))
	).run(as_dict=True)
	return {row.name: row for row in rows}


def _outcomes(services: Sequence[str]) -> dict[str, int]:
	outcome, objective = frappe.qb.DocType("Service Outcome"), frappe.qb.DocType("Strategic Objective")
	return dict(
		frappe.qb.from_(outcome)
		.inner_join(objective)
		.on(objective.name == outcome.strategic_objective)
		.select(outcome.parent, Count("*"))
		.where(
			(outcome.parenttype == "IT Service")
			& outcome.parent.isin(Names(services))
			& (outcome.contribution > 0)
			& (objective.is_active == 1)
		)
		.groupby(outcome.parent)
		.run()
	)


def _offerings(services: Sequence[str], today: date) -> dict[str, list[OfferingFacts]]:
	offering = frappe.qb.DocType("Service Offering")
	rows = (
		frappe.qb.from_(offering)
		.select(offering.name, offering.it_service)
		.where(
			offering.it_service.isin(Names(services))
			& (offering.disabled == 0)
			& (offering.valid_from.isnull() | (offering.valid_from <= today))
			& (offering.valid_to.isnull() | (offering.valid_to >= today))
		)
		.orderby(offering.name)
	).run()
	of_service, of_offering = _policies(services, today)
	found: dict[str, list[OfferingFacts]] = defaultdict(list)
	for name, service in rows:
		policies = (*of_offering.get(name, ()), *of_service.get(service, ()))
		found[service].append(OfferingFacts(name, policies))
	return found


def _policies(services: Sequence[str], today: date) -> tuple[dict, dict]:
	"""Policies with a price on the day, of whole services and of offerings."""
	policy = frappe.qb.DocType("Charging Policy")
	rows = (
		frappe.qb.from_(policy)
		.select(policy.name, policy.it_service, policy.service_offering)
		.where(
			policy.it_service.isin(Names(services))
			& (policy.method != "None")
			& (policy.valid_from <= today)
			& (policy.valid_to.isnull() | (policy.valid_to >= today))
		)
		.orderby(policy.name)
	).run()
	of_service, of_offering = defaultdict(list), defaultdict(list)
	for name, service, offering in rows:
		if offering:
			of_offering[offering].append(name)
		else:
			of_service[service].append(name)
	return of_service, of_offering


def _cost_centers(services: Sequence[str]) -> dict[str, list[str]]:
	centers: dict[str, list[str]] = defaultdict(list)
	for row in frappe.get_all(
		"Service Company",
		{
			"parenttype": "IT Service",
			"parent": ("in", services),
			"active": 1,
			"provider_cost_center": ("is", "set"),
		},
		["parent", "provider_cost_center"],
		order_by="parent asc, idx asc",
		limit=0,
	):
		centers[row.parent].append(row.provider_cost_center)
	return centers


def _retirements(services: Sequence[str]) -> dict[str, RetirementFacts]:
	"""The plan of each service that is not withdrawn; a submitted one before a draft."""
	plans = {}
	for row in frappe.get_all(
		"Service Retirement",
		{"it_service": ("in", services), "docstatus": ("<", 2)},
		[
			"name",
			"it_service",
			"docstatus",
			"notice_given_on",
			"last_day",
			"successor",
			"loss_accepted",
			"data_owner",
			"data_retention",
		],
		order_by="docstatus asc, creation asc",
		limit=0,
	):
		plans[row.it_service] = RetirementFacts(
			name=row.name,
			is_announced=row.docstatus == 1,
			notice_given_on=row.notice_given_on,
			last_day=row.last_day,
			successor=row.successor,
			loss_accepted=bool(row.loss_accepted),
			data_owner=row.data_owner,
			data_retention=row.data_retention,
		)
	return plans


def _plans(
	services: Sequence[str], retirements: dict[str, RetirementFacts]
) -> Iterable[tuple[str, RetirementFacts]]:
	none = RetirementFacts("")
	return ((service, retirements.get(service, none)) for service in services)


def _successor_stages(names: set[str]) -> dict[str, tuple[str, bool]]:
	if not names:
		return {}
	return {
		row.name: (row.stage, row.phase != RETIRED and row.decision_state != REJECTED)
		for row in frappe.get_all(
			"IT Service",
			{"name": ("in", sorted(names))},
			["name", "stage", "phase", "decision_state"],
			limit=0,
		)
	}
