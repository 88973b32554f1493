"""Score and rank of needs, their states, the weight of who asks (BR-1, BR-8, BR-11)."""

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.needs import (
	ACTIONS,
	DRAFT,
	NeedMoveError,
	RankedNeed,
	Score,
	ScoreError,
	customer_weights,
	days_between,
	disagreements,
	next_state,
	possible_actions,
	rank_needs,
	rank_services,
)

DAY = datetime(2026, 1, 1)
PARTS = st.integers(1, 100)
SCORES = st.builds(Score, PARTS, PARTS, PARTS, PARTS)
STATES = {state for starts, target in ACTIONS.values() for state in (*starts, target)}


def needs_of(scores) -> list[RankedNeed]:
	return [
		RankedNeed(f"N{number}", DAY + timedelta(days=number % 3), score, f"C{number % 4}", f"S{number % 3}")
		for number, score in enumerate(scores)
	]


def test_the_figures_of_the_design():
	first, second = Score(80, 50, 40, 10), Score(60, 40, 20, 5)
	assert (first.wsjf, second.wsjf) == (17, 24)
	needs = [RankedNeed("large", DAY, first), RankedNeed("small", DAY, second)]
	assert rank_needs(needs) == {"small": 1, "large": 2}


@pytest.mark.parametrize("part", ["value", "time_criticality", "risk_reduction", "size"])
@pytest.mark.parametrize("number", [0, -1, 101])
def test_parts_outside_1_to_100_are_refused(part, number):
	parts = {"value": 1, "time_criticality": 1, "risk_reduction": 1, "size": 1, part: number}
	with pytest.raises(ScoreError) as caught:
		Score(**parts)
	assert (caught.value.part, caught.value.number) == (part, number)


def test_ties_go_to_the_older_then_to_the_name():
	score = Score(1, 1, 1, 3)
	equal = Score(2, 2, 2, 6)
	needs = [
		RankedNeed("C", DAY, score),
		RankedNeed("B", DAY, equal),
		RankedNeed("A", DAY + timedelta(seconds=1), score),
		RankedNeed("unscored", DAY - timedelta(days=9)),
	]
	assert rank_needs(needs) == {"B": 1, "C": 2, "A": 3}


@given(st.lists(SCORES, max_size=30))
def test_ranking_is_a_permutation_in_falling_order(scores):
	needs = needs_of(scores)
	ranks = rank_needs(needs)
	assert sorted(ranks.values()) == list(range(1, len(needs) + 1))
	by_rank = sorted(needs, key=lambda need: ranks[need.name])
	for one, other in itertools.pairwise(by_rank):
		assert one.score.wsjf >= other.score.wsjf
		if one.score.wsjf == other.score.wsjf:
			assert (one.raised_at, one.name) < (other.raised_at, other.name)
	assert rank_needs(reversed(needs)) == ranks


@given(SCORES, st.integers(2, 9))
def test_a_smaller_job_or_a_larger_value_never_ranks_lower(score, factor):
	smaller = Score(score.value, score.time_criticality, score.risk_reduction, max(1, score.size // factor))
	assert smaller.wsjf >= score.wsjf
	assert score.wsjf * score.size == score.value + score.time_criticality + score.risk_reduction


@given(st.lists(st.one_of(st.none(), SCORES), max_size=30))
def test_services_share_the_whole_sum(scores):
	needs = needs_of(scores)
	services = rank_services(needs)
	assert sum((row.wsjf for row in services), Fraction(0)) == sum(
		(need.score.wsjf for need in needs if need.score), Fraction(0)
	)
	assert sum(row.needs for row in services) == len(needs)
	assert [row.rank for row in services] == list(range(1, len(services) + 1))
	assert [row.wsjf for row in services] == sorted((row.wsjf for row in services), reverse=True)


def test_services_by_hand():
	needs = [
		RankedNeed("1", DAY, Score(80, 50, 40, 10), "Sales", "MAIL", unmet_musts=2),
		RankedNeed("2", DAY, Score(60, 40, 20, 5), "Sales", "MAIL"),
		RankedNeed("3", DAY, Score(60, 40, 20, 5), "Logistics", "ERP", unmet_musts=1),
		RankedNeed("4", DAY, None, "Harbour", "ERP"),
		RankedNeed("5", DAY, Score(60, 40, 20, 5), "Harbour"),
	]
	rows = [
		(row.rank, row.service, row.wsjf, row.needs, row.customers, row.unmet_musts)
		for row in rank_services(needs)
	]
	assert rows == [(1, "MAIL", 41, 2, 1, 2), (2, "ERP", 24, 2, 2, 1)]


def test_every_state_is_reached_and_every_other_step_is_refused():
	reached, todo = set(), [DRAFT]
	while todo:
		state = todo.pop()
		if state not in reached:
			reached.add(state)
			todo += [next_state(state, action) for action in possible_actions(state)]
	assert reached == STATES
	for state, action in itertools.product(STATES, ACTIONS):
		if action in possible_actions(state):
			continue
		with pytest.raises(NeedMoveError, match=f"The need is {state}"):
			next_state(state, action)


def test_a_rejected_delivery_is_delivered_again():
	state = DRAFT
	for action in ("submit_need", "assess", "accept", "start_delivery", "deliver", "reject_delivery"):
		state = next_state(state, action)
	assert next_state(next_state(state, "deliver"), "confirm") == "Confirmed"


def test_stakeholders_who_differ_are_named():
	rows = [
		("Offline", "Sales", "Must"),
		("Offline", "Finance", "Won't"),
		("Speed", "Sales", "Must"),
		("Speed", "Finance", "Must"),
	]
	assert disagreements(rows) == ["Offline"]


def test_weight_of_a_customer_is_the_share_of_objectives_it_stands_for():
	weights = {"Grow": Decimal(60), "Save": Decimal(30), "Comply": Decimal(10)}
	served = {"MAIL": ["Grow"], "ERP": ["Grow", "Save", "Retired objective"]}
	asked = [("Sales", "MAIL"), ("Sales", "ERP"), ("Harbour", "MAIL"), ("Meadow", "OTHER")]
	assert customer_weights(asked, served, weights) == {"Sales": 90, "Harbour": 60, "Meadow": 0}
	assert customer_weights(asked, served, {}) == {"Sales": 0, "Harbour": 0, "Meadow": 0}


def test_days_have_one_decimal_and_never_run_backwards():
	assert days_between(DAY, DAY + timedelta(days=2, hours=12)) == Decimal("2.5")
	assert days_between(DAY, DAY - timedelta(days=1)) == 0
