"""What a service must have to enter a stage: a registry of checks over plain facts (SP-2, SP-3).

A check is a function from facts to a verdict, registered by its decorator. Its name is what stages,
decisions and waivers store.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from itil_strategy.domain.gate_facts import ServiceFacts
from itil_strategy.domain.text import Text, _

STOP, WARN = "Stop", "Warn"
PASSED, FAILED, WAIVED = "Passed", "Failed", "Waived"
SUPPORTING = "Supporting"


@dataclass(frozen=True, slots=True)
class Verdict:
	"""Passed or not, what shows it, and how to mend it."""

	passed: bool
	evidence: Text
	remedy: Text | None = None


@dataclass(frozen=True, slots=True)
class Check:
	"""A registered check; `needs` names facts that are collected only for it."""

	name: str
	judge: Callable[[ServiceFacts], Verdict]
	needs: str | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
	"""A check that a stage asks for."""

	check: str
	level: str = STOP


@dataclass(frozen=True, slots=True)
class Waiver:
	"""A requirement set aside up to and including a day."""

	check: str
	expires_on: date

	def is_valid(self, today: date) -> bool:
		return today <= self.expires_on


@dataclass(frozen=True, slots=True)
class GateResult:
	"""A requirement and what its check found."""

	check: str
	level: str
	result: str
	evidence: Text
	remedy: Text | None = None


@dataclass(slots=True)
class _Registry:
	checks: dict[str, Check] = field(default_factory=dict)

	def add(self, name: str, needs: str | None = None) -> Callable:
		def register(judge: Callable[[ServiceFacts], Verdict]) -> Callable[[ServiceFacts], Verdict]:
			self.checks[name] = Check(name, judge, needs)
			return judge

		return register


_registry = _Registry()
CHECKS = _registry.checks
check = _registry.add


def judge_gate(
	facts: ServiceFacts, requirements: Iterable[Requirement], waivers: Iterable[Waiver] = ()
) -> list[GateResult]:
	"""Every requirement with its verdict; a failed one with a waiver that is valid today counts as waived."""
	waived = {waiver.check for waiver in waivers if waiver.is_valid(facts.today)}
	results = []
	for requirement in requirements:
		verdict = CHECKS[requirement.check].judge(facts)
		result = PASSED if verdict.passed else WAIVED if requirement.check in waived else FAILED
		results.append(
			GateResult(
				requirement.check,
				requirement.level,
				result,
				verdict.evidence,
				None if verdict.passed else verdict.remedy,
			)
		)
	return results


def open_stops(results: Iterable[GateResult]) -> list[GateResult]:
	"""What stands in the way: failed requirements of level Stop."""
	return [result for result in results if result.level == STOP and result.result == FAILED]


def merge_requirements(*groups: Sequence[Requirement]) -> list[Requirement]:
	"""Each check once, in the order of its first mention, at its strictest level."""
	merged: dict[str, Requirement] = {}
	for requirement in (item for group in groups for item in group):
		known = merged.get(requirement.check)
		if known is None:
			merged[requirement.check] = requirement
		elif requirement.level == STOP:
			merged[requirement.check] = replace(known, level=STOP)
	return list(merged.values())


# Checks on the way in


@check(_("Service owner"))
def _owner(facts: ServiceFacts) -> Verdict:
	if not facts.owner:
		return Verdict(
			False, Text(_("The service has no owner.")), Text(_("Name a Service Owner on the service."))
		)
	if not facts.owner_is_enabled:
		return Verdict(
			False,
			Text(_("The owner {0} is disabled."), (facts.owner,)),
			Text(_("Name another Service Owner or enable the user.")),
		)
	return Verdict(True, Text(_("Owned by {0}."), (facts.owner,)))


@check(_("Business outcome"))
def _outcome(facts: ServiceFacts) -> Verdict:
	if facts.outcomes:
		return Verdict(True, Text(_("{0} business outcomes."), (str(facts.outcomes),)))
	return Verdict(
		False,
		Text(_("No business outcome with a contribution above 0 % to an active objective.")),
		Text(_("Add a row under Business Outcomes on the service.")),
	)


@check(_("Customer need"), needs="assessed_needs")
def _need(facts: ServiceFacts) -> Verdict:
	needs = facts.assessed_needs
	if needs:
		return Verdict(True, Text(_("{0} customer needs, e.g. {1}."), (str(len(needs)), needs[0])))
	return Verdict(
		False,
		Text(_("No customer need for the service has been assessed.")),
		Text(_("Record a Customer Need with this service and assess it.")),
	)


@check(_("No open mediation"), needs="open_mediations")
def _mediations(facts: ServiceFacts) -> Verdict:
	if not facts.open_mediations:
		return Verdict(True, Text(_("No needs of the service are in mediation.")))
	return Verdict(
		False,
		Text(_("Open mediations: {0}."), (", ".join(facts.open_mediations),)),
		Text(_("Close each Requirement Mediation with a decision.")),
	)


@check(_("Approved business case"), needs="approved_cases")
def _business_case(facts: ServiceFacts) -> Verdict:
	valid = [case for case in facts.approved_cases if case.valid_until >= facts.today]
	if valid:
		return Verdict(
			True, Text(_("{0} is approved and valid until {1}."), (valid[0].name, str(valid[0].valid_until)))
		)
	evidence = (
		Text(
			_("{0} was valid until {1}."),
			(facts.approved_cases[0].name, str(facts.approved_cases[0].valid_until)),
		)
		if facts.approved_cases
		else Text(_("No Business Case of the service is approved."))
	)
	return Verdict(
		False,
		evidence,
		Text(_("Write a Business Case for this service and have it approved, or renew the last one.")),
	)


@check(_("Priced offering"))
def _priced_offering(facts: ServiceFacts) -> Verdict:
	priced = [offering for offering in facts.offerings if offering.policies]
	if priced:
		return Verdict(
			True, Text(_("{0} is priced by {1}."), (priced[0].offering, ", ".join(priced[0].policies)))
		)
	if facts.service_type == SUPPORTING:
		return Verdict(True, Text(_("A supporting service needs no price.")))
	if not facts.offerings:
		return Verdict(
			False,
			Text(_("There is no offering that can be had today.")),
			Text(_("Create a Service Offering that is enabled and valid today.")),
		)
	return Verdict(
		False,
		Text(_("{0} has no price today."), (", ".join(offering.offering for offering in facts.offerings),)),
		Text(_("Create a Charging Policy with a price that is valid today.")),
	)


@check(_("Cost model"))
def _cost_model(facts: ServiceFacts) -> Verdict:
	if facts.cost_centers:
		return Verdict(True, Text(_("Cost is collected at {0}."), (", ".join(facts.cost_centers),)))
	return Verdict(
		False,
		Text(_("No active company with a provider cost center.")),
		Text(_("Add a row under Delivery on the service.")),
	)


@check(_("Capacity"), needs="over_promised")
def _capacity(facts: ServiceFacts) -> Verdict:
	if not facts.over_promised:
		return Verdict(
			True, Text(_("Commitments and accepted needs fit in what can be delivered, month by month."))
		)
	return Verdict(
		False,
		Text(_("Over-promised: {0}."), ("; ".join(facts.over_promised),)),
		Text(_("Raise the Practical Capacity of the offering, or change commitments and needs.")),
	)


# Checks on the way out


@check(_("No live dependents"))
def _no_dependents(facts: ServiceFacts) -> Verdict:
	if not facts.live_dependents:
		return Verdict(True, Text(_("No live service depends on it.")))
	return Verdict(
		False,
		Text(_("{0} depend on it."), (", ".join(facts.live_dependents),)),
		Text(_("Remove the dependency from these services or retire them first.")),
	)


@check(_("Notice given"))
def _notice(facts: ServiceFacts) -> Verdict:
	plan = facts.retirement
	if plan and plan.is_announced and plan.notice_given_on and plan.notice_given_on <= facts.today:
		return Verdict(
			True,
			Text(
				_("{0}: notice given on {1}, last day {2}."),
				(plan.name, str(plan.notice_given_on), str(plan.last_day)),
			),
		)
	return Verdict(
		False,
		Text(_("No submitted Service Retirement whose notice was given by today.")),
		Text(_("Plan a Service Retirement with the day of notice and the last day, and submit it.")),
	)


@check(_("Successor or loss accepted"))
def _successor(facts: ServiceFacts) -> Verdict:
	if facts.successor and facts.successor_is_live:
		return Verdict(
			True, Text(_("Successor {0}, in stage {1}."), (facts.successor, facts.successor_stage or "–"))
		)
	if facts.retirement and facts.retirement.loss_accepted:
		return Verdict(True, Text(_("The loss is accepted in {0}."), (facts.retirement.name,)))
	evidence = (
		Text(_("The successor {0} is rejected or retired."), (facts.successor,))
		if facts.successor
		else Text(_("There is no successor, and the loss is not accepted."))
	)
	return Verdict(
		False, evidence, Text(_("Name a live successor, or tick Loss Accepted on the Service Retirement."))
	)


@check(_("No commitments after the last day"), needs="late_commitments")
def _commitments(facts: ServiceFacts) -> Verdict:
	if not facts.late_commitments:
		return Verdict(True, Text(_("No commitment lasts longer than the service.")))
	return Verdict(
		False,
		Text(_("Promised beyond the last day: {0}."), (", ".join(facts.late_commitments),)),
		Text(_("End each Service Commitment on the last day at the latest.")),
	)


@check(_("No uncharged usage"), needs="uncharged_usage")
def _uncharged(facts: ServiceFacts) -> Verdict:
	if not facts.uncharged_usage:
		return Verdict(True, Text(_("All usage is charged.")))
	return Verdict(
		False,
		Text(_("Uncharged usage: {0}."), ("; ".join(facts.uncharged_usage),)),
		Text(_("Run and publish a Charging Run for these months.")),
	)


@check(_("Data retention decided"))
def _data_retention(facts: ServiceFacts) -> Verdict:
	plan = facts.retirement
	if plan and plan.data_owner and plan.data_retention:
		return Verdict(True, Text(_("{0} decided: {1}"), (plan.data_owner, plan.data_retention)))
	return Verdict(
		False,
		Text(_("The Service Retirement names no data owner or no decision on its data.")),
		Text(_("Fill in Data Owner and Data Retention Decision on the Service Retirement.")),
	)
