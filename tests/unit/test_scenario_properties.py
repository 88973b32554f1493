"""FM-15: retiring a service is the same as running everything on data in which it never was."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itil_strategy.domain.allocation import allocate, stranded_cost
from itil_strategy.domain.allocation_types import AllocationRequest, ClosedLoopError, Method
from itil_strategy.domain.charging import OfferingTerms
from itil_strategy.domain.charging_types import ChargingRequest
from itil_strategy.domain.scenario import run_scenario
from itil_strategy.domain.scenario_types import BaseFacts, Change, ChangeKind, Plan, ScenarioResult
from tests.unit import charging_examples as examples
from tests.unit.scenario_examples import START
from tests.unit.test_allocation_properties import networks, pools

JANUARY = examples.JANUARY
D = Decimal
METHODS = ("Per Unit", "Graduated", "Package", "Cost", "Cost Plus", "Formula")


@st.composite
def bases(draw) -> BaseFacts:
	"""Random networks with pools, and usage of every service under a random policy."""
	found = draw(st.lists(pools(), max_size=2, unique_by=lambda pool: pool.name))
	allocation = replace(draw(networks()), pools=tuple(found))
	if allocation.method == Method.STEP_DOWN:
		# A worked-out order of the others could be another one without the service.
		allocation = replace(allocation, order=allocation.receivers)
	try:
		allocate(allocation)
	except ClosedLoopError:
		assume(False)
	policies, groups, names = [], [], [name.upper() for name in allocation.receivers]
	for name in names:
		method = draw(st.sampled_from(METHODS))
		steps = examples.tiers((0, 10, 2), (10, None, 1)) if method == "Graduated" else ()
		policies.append(
			examples.policy(
				f"P-{name}",
				method,
				offering=name,
				service=name,
				unit_price=draw(st.integers(0, 500)),
				package_size=7,
				markup_percent=draw(st.integers(0, 30)),
				formula="max(quantity * unit_price, 3)" if method == "Formula" else "",
				tiers=steps,
				minimum=draw(st.sampled_from([0, 0, 50])),
			)
		)
		for customer in draw(st.sets(st.sampled_from(["Retail", "Sales"]))):
			group = examples.usage(draw(st.integers(0, 40)), customer, offering=name)
			groups.append(replace(group, service=name))
	charging = replace(
		examples.request(policies, groups),
		offerings=tuple(OfferingTerms(name, name, "Nos") for name in names),
		services={name: examples.service(name) for name in names},
	)
	return BaseFacts({JANUARY: allocation}, charging, {pool.name: "Nos" for pool in found})


def erase(facts: BaseFacts, service: str) -> BaseFacts:
	"""The facts of a company that never had the service, written down anew."""
	allocation, charging = facts.allocations[JANUARY], facts.charging
	others = lambda mapping: {name: value for name, value in mapping.items() if name != service}  # noqa: E731
	return BaseFacts(
		{
			JANUARY: AllocationRequest(
				allocation.method,
				others(allocation.direct),
				tuple(name for name in allocation.receivers if name != service),
				tuple(
					replace(pool, listed=others(pool.listed), values=others(pool.values))
					for pool in allocation.pools
				),
				tuple(
					edge
					for edge in allocation.dependencies
					if edge.service != service and edge.provider != service
				),
				allocation.unassigned,
				tuple(name for name in allocation.order if name != service),
			)
		},
		ChargingRequest(
			period=charging.period,
			run_mode=charging.run_mode,
			company_currency=charging.company_currency,
			precisions=charging.precisions,
			rates=charging.rates,
			groups=tuple(group for group in charging.groups if group.service != service),
			policies=tuple(policy for policy in charging.policies if policy.service != service),
			offerings=tuple(terms for terms in charging.offerings if terms.service != service),
			services=others(charging.services),
		),
		facts.usage_pools,
	)


def after(result: ScenarioResult) -> dict:
	empty = type(result.lines[0].after)() if result.lines else None
	return {line.bearer: line.after for line in result.lines if line.after != empty}


@settings(max_examples=60, deadline=None)
@given(bases(), st.data())
def test_retiring_equals_a_company_without_the_service(facts, data):
	service = data.draw(st.sampled_from(facts.allocations[JANUARY].receivers))
	retired = run_scenario(facts, Plan(START, 1, (Change(ChangeKind.RETIRE, service),)))
	assert after(retired) == after(run_scenario(erase(facts, service), Plan(START, 1)))


@settings(max_examples=40, deadline=None)
@given(bases(), st.data())
def test_the_others_bear_the_stranded_cost(facts, data):
	request = facts.allocations[JANUARY]
	service = data.draw(st.sampled_from(request.receivers))
	stranded = stranded_cost(request, allocate(request), service)
	result = run_scenario(facts, Plan(START, 1, (Change(ChangeKind.RETIRE, service),)))
	moved = {
		line.bearer.service: line.after.cost - line.before.cost
		for line in result.lines
		if line.bearer.service not in ("", service) and line.after.cost != line.before.cost
	}
	assert moved == {name: 12 * amount for name, amount in stranded.items()}


@settings(max_examples=40, deadline=None)
@given(bases(), st.data())
def test_total_cost_changes_by_what_is_booked_less_and_by_nothing_else(facts, data):
	"""Pools and dependencies only move cost: a scenario changes the sum by direct cost alone."""
	request = facts.allocations[JANUARY]
	service = data.draw(st.sampled_from(request.receivers))
	percent = data.draw(st.sampled_from([-100, -50, 20, 100]))
	own = sum(request.direct[service].values(), D(0))
	for change, expected in (
		(Change(ChangeKind.RETIRE, service), -own),
		(Change(ChangeKind.USAGE, service, percent=D(percent)), D(0)),
		(Change(ChangeKind.PRICE, service, percent=D(percent)), D(0)),
	):
		total = run_scenario(facts, Plan(START, 1, (change,))).total(1)
		assert total.after.cost - total.before.cost == 12 * expected, change.kind


@settings(max_examples=40, deadline=None)
@given(bases(), st.data())
def test_the_order_of_changes_does_not_matter(facts, data):
	names = facts.allocations[JANUARY].receivers
	changes = [
		Change(ChangeKind.USAGE, names[0], percent=D(30)),
		Change(ChangeKind.PRICE, names[0], percent=D(-20)),
		Change(ChangeKind.COST, names[1], percent=D(10)),
		Change(ChangeKind.RETIRE, names[-1])
		if len(names) > 2
		else Change(ChangeKind.COST, names[0], percent=D(5)),
	]
	shuffled = data.draw(st.permutations(changes))
	first = run_scenario(facts, Plan(START, 1, tuple(changes)))
	assert run_scenario(facts, Plan(START, 1, tuple(shuffled))).lines == first.lines
