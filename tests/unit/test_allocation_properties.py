"""Allocations of random networks against exact fractions: to the step, balanced, in any order of input."""

import random
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itil_strategy.domain.allocation import (
	allocate,
	stranded_cost,
	stranded_totals,
)
from itil_strategy.domain.allocation_network import default_order, make_network, solve
from itil_strategy.domain.allocation_types import (
	Allocation,
	AllocationRequest,
	Basis,
	ClosedLoopError,
	Kind,
	Method,
	Pool,
	Receivers,
)
from itil_strategy.domain.dependencies import Dependency
from tests.unit import allocation_solver as judge

CENT = Decimal("0.01")
NAMES = [f"S{number}" for number in range(12)]
amounts = st.integers(0, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
signed = st.integers(-1_000_000, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def networks(draw, amount=amounts) -> AllocationRequest:
	"""Up to twelve services; shares of one provider total at most 100 %, often exactly."""
	names = NAMES[: draw(st.integers(2, len(NAMES)))]
	edges = []
	for provider in names:
		others = [name for name in names if name != provider]
		takers = draw(st.lists(st.sampled_from(others), unique=True, max_size=4))
		parts = [draw(st.integers(1, 50)) for _taker in takers]
		keeps = draw(st.sampled_from([0, 0, 1, 30]))
		whole = sum(parts) + keeps
		shares = [Decimal(100 * 10**9 * part // whole).scaleb(-9) for part in parts]
		if shares and not keeps:
			shares[-1] = Decimal(100) - sum(shares[:-1])
		edges += [
			Dependency(taker, provider, True, share) for taker, share in zip(takers, shares, strict=True)
		]
	direct = {
		name: {element: draw(amount) for element in draw(st.sets(st.sampled_from(["Labour", "Software"])))}
		for name in names
	}
	method = draw(st.sampled_from(list(Method)))
	return AllocationRequest(method, direct, tuple(names), dependencies=tuple(edges))


@st.composite
def pools(draw) -> Pool:
	quantity = st.integers(0, 50).map(Decimal)
	return Pool(
		draw(st.sampled_from(["Buildings", "Management"])),
		draw(st.sampled_from([Basis.EQUAL, Basis.DRIVER, Basis.DIRECT_COST, Basis.FIXED])),
		{"Facilities": draw(amounts), "Labour": draw(amounts)},
		draw(st.sampled_from(list(Receivers))),
		draw(st.dictionaries(st.sampled_from(NAMES), quantity, max_size=5)),
		draw(st.dictionaries(st.sampled_from(NAMES), quantity, max_size=6)),
		draw(st.none() | st.integers(1, 200).map(Decimal)),
	)


def exact_edges(request: AllocationRequest) -> dict[tuple[str, str], Fraction]:
	edges: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
	for edge in request.dependencies:
		edges[(edge.provider, edge.service)] += Fraction(edge.share) / 100
	return edges


def exact_finals(request: AllocationRequest, element: str) -> tuple[dict[str, Fraction], set[str]]:
	edges = exact_edges(request)
	own = {name: Fraction(request.direct[name].get(element, 0)) for name in request.receivers}
	if request.method == Method.RECIPROCAL:
		return judge.reciprocal_finals(own, edges), set()
	if request.method == Method.DIRECT:
		return judge.direct_finals(own, edges)
	senders = {edge.provider for edge in request.dependencies}
	return judge.step_down_finals(own, edges, default_order(request.dependencies, senders))


def check_balance(allocation: Allocation) -> None:
	"""Each service: what it has = what it passes on + what ends there; each flow is seen by both sides."""
	balance: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
	flows: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
	for line in allocation.lines:
		if not line.service:
			continue
		ends = line.kind in (Kind.FINAL, Kind.UNALLOCATED)
		balance[(line.service, line.element)] += -line.amount if ends else line.amount
		if line.kind == Kind.RECEIVED:
			flows[(line.partner, line.service, line.element)] += line.amount
		elif line.kind == Kind.PASSED_ON:
			flows[(line.service, line.partner, line.element)] += line.amount
	assert not any(balance.values()), balance
	assert not any(flows.values()), flows


def or_closed(request: AllocationRequest) -> Allocation | None:
	try:
		return allocate(request)
	except ClosedLoopError as error:
		assert request.method == Method.RECIPROCAL
		circle = set(error.cycle)
		outside = [e for e in request.dependencies if e.provider in circle and e.service not in circle]
		whole = {name: sum(e.share for e in request.dependencies if e.provider == name) for name in circle}
		assert set(whole.values()) == {100} or outside
		return None


@settings(deadline=None)
@given(networks())
def test_finals_are_exact_to_the_step_and_every_service_balances(request):
	allocation = or_closed(request)
	if allocation is None:
		return
	check_balance(allocation)
	for element in ("Labour", "Software"):
		finals, stuck = exact_finals(request, element)
		got: dict[str, Decimal] = defaultdict(Decimal)
		for line in allocation.lines:
			if line.element == element and line.kind in (Kind.FINAL, Kind.UNALLOCATED):
				assert (line.kind == Kind.UNALLOCATED) == (line.service in stuck)
				got[line.service] += line.amount
		for name, exact in finals.items():
			assert abs(Fraction(got[name]) - exact) < Fraction(CENT), (name, got[name], float(exact))
		assert sum(got.values()) == sum(costs.get(element, 0) for costs in request.direct.values())
	assert all(line.amount >= 0 for line in allocation.lines if line.kind != Kind.PASSED_ON)


@settings(deadline=None)
@given(networks(signed))
def test_credits_balance_too(request):
	allocation = or_closed(request)
	if allocation is not None:
		check_balance(allocation)
		assert allocation.cost_out == sum(sum(costs.values()) for costs in request.direct.values())


@settings(deadline=None)
@given(networks(), st.lists(pools(), max_size=2, unique_by=lambda pool: pool.name), st.randoms())
def test_pools_add_up_and_order_of_input_is_no_matter(request, shared, shuffler):
	request = replace(request, pools=tuple(shared), unassigned={"Other": Decimal("7.77")})
	allocation = or_closed(request)
	if allocation is None:
		return
	check_balance(allocation)
	for pool in shared:
		lines = [line for line in allocation.lines if line.pool == pool.name]
		assert sum(line.amount for line in lines) == sum(pool.amounts.values())
	paid_in = sum(sum(costs.values()) for costs in request.direct.values()) + sum(
		sum(pool.amounts.values()) for pool in shared
	)
	assert allocation.cost_out == paid_in + Decimal("7.77")

	def shuffled(values):
		values = list(values)
		shuffler.shuffle(values)
		return values

	other = replace(
		request,
		direct={name: dict(shuffled(request.direct[name].items())) for name in shuffled(request.direct)},
		receivers=tuple(shuffled(request.receivers)),
		dependencies=tuple(shuffled(request.dependencies)),
		pools=tuple(
			replace(pool, values=dict(shuffled(pool.values.items()))) for pool in shuffled(request.pools)
		),
	)
	assert allocate(other) == allocation


@settings(deadline=None)
@given(networks(), st.lists(pools(), max_size=2, unique_by=lambda pool: pool.name))
def test_stranded_totals_are_those_of_a_re_run_without_the_service(request, shared):
	request = replace(request, pools=tuple(shared))
	allocation = or_closed(request)
	if allocation is None:
		return
	totals = stranded_totals(request, allocation, request.receivers)
	for service in request.receivers:
		assert totals[service] == sum(stranded_cost(request, allocation, service).values()), service


def random_network(seed: int, size: int, per_service: int) -> AllocationRequest:
	"""Layered with feedback; nearly every provider passes on all but a few percent."""
	dice = random.Random(seed)
	names = [f"N{number:03}" for number in range(size)]
	edges = []
	for index, provider in enumerate(names):
		later = names[index + 1 :] if dice.random() < 0.7 else names
		takers = dice.sample(sorted(set(later) - {provider}), min(per_service, len(set(later) - {provider})))
		left = 100
		for taker in takers:
			share = dice.randint(1, max(1, left // 2))
			left -= share
			edges.append(Dependency(taker, provider, True, Decimal(share)))
	direct = {name: {"": Decimal(dice.randint(0, 10**9)).scaleb(-2)} for name in names}
	return AllocationRequest(Method.RECIPROCAL, direct, tuple(names), dependencies=tuple(edges))


@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_services_against_the_exact_solution(seed):
	request = random_network(seed, 200, 3)
	edges = exact_edges(request)
	own = {name: Fraction(request.direct[name][""]) for name in request.receivers}
	gross = judge.reciprocal(own, edges)
	network = make_network(request.receivers, request.dependencies, request.method)
	solved = solve(network, np.array([float(own[name]) for name in network.names]))
	for name, value in zip(network.names, solved, strict=True):
		assert abs(Fraction(value) - gross[name]) <= gross[name] * Fraction(1, 10**9), name
	allocation = allocate(request)
	check_balance(allocation)
	finals = judge.reciprocal_finals(own, edges)
	got = allocation.by_service(Kind.FINAL)
	assert all(abs(Fraction(got.get(name, 0)) - finals[name]) < Fraction(CENT) for name in finals)
	assert sum(got.values()) == sum(request.direct[name][""] for name in request.receivers)
	for line in allocation.lines:
		if line.kind == Kind.RECEIVED:
			exact = gross[line.partner] * edges[(line.partner, line.service)]
			assert 0 <= line.amount and abs(Fraction(line.amount) - exact) < Fraction(CENT)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), amounts)
def test_a_circle_that_is_nearly_closed_still_balances(nines, cost):
	"""Hardly anything leaves per round: figures are huge, and still every cent is somewhere."""
	share = Decimal(100) - Decimal(1).scaleb(-nines)
	edges = (Dependency("A", "B", True, Decimal(100)), Dependency("B", "A", True, share))
	request = AllocationRequest(Method.RECIPROCAL, {"A": {"": cost}}, ("A", "B"), dependencies=edges)
	try:
		allocation = allocate(request)
	except Exception as error:
		assert "nearly all that it passes on" in str(error)
		return
	check_balance(allocation)
	assert allocation.by_service(Kind.FINAL) == ({"A": cost} if cost else {})


def test_a_few_cents_over_many_edges():
	"""More edges than cents: now and then finals must give way to let every service balance, by a step at most."""
	for seed in range(150):
		dice = random.Random(seed)
		names = [f"N{number:02}" for number in range(12)]
		edges = tuple(
			Dependency(taker, provider, True, Decimal(dice.choice([20, 30, 33])))
			for provider in names[:6]
			for taker in dice.sample(names[6:], 3)
		)
		direct = {name: {"": Decimal(dice.randint(0, 5)).scaleb(-2)} for name in names[:6]}
		request = AllocationRequest(Method.RECIPROCAL, direct, tuple(names), dependencies=edges)
		allocation = allocate(request)
		check_balance(allocation)
		own = {name: Fraction(direct.get(name, {}).get("", 0)) for name in names}
		finals, got = judge.reciprocal_finals(own, exact_edges(request)), allocation.by_service(Kind.FINAL)
		assert all(abs(Fraction(got.get(name, 0)) - finals[name]) < Fraction(CENT) for name in names), seed
