"""FM-14: planned against actual, and the value seen from today."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.case_figures import spend_by_month
from itil_strategy.domain.investment import END, MONTH, Basis, npv
from itil_strategy.domain.realisation import (
	ON_TRACK,
	RE_APPROVE,
	STOP,
	booked_opex,
	bought_capex,
	judge,
	months_of_period,
	realise,
)

D = Decimal
NO_RATE = Basis(D(0))
BENEFITS, COSTS = [D(0), D(100), D(100), D(100)], [D(150), D(10), D(10), D(10)]


def test_the_rest_as_planned_and_as_so_far_by_hand():
	"""150 became 180, the first year brought 50 for 12: half the benefit, 1.2 times the cost."""
	found = realise(BENEFITS, COSTS, {1: D(50)}, {0: D(180), 1: D(12)}, NO_RATE)
	assert found.planned == 120
	assert (found.benefit_ratio, found.cost_ratio) == (D("0.5"), D("1.2"))
	assert found.as_planned == 50 + 200 - 180 - 12 - 20
	assert found.as_so_far == 50 + 100 - 180 - 12 - 24
	assert found.rest == 100 - 24


def test_what_is_over_and_not_known_counts_as_planned():
	found = realise(BENEFITS, COSTS, {1: D(50)}, {1: D(12)}, NO_RATE, over={0, 1})
	assert found.as_so_far == -150 + 38 + 2 * 38
	assert found.rest == 2 * 38


def test_nothing_measured_changes_nothing():
	found = realise(BENEFITS, COSTS, {}, {}, Basis(D("0.1")))
	assert found.planned == found.as_planned == found.as_so_far == found.rest
	assert (found.benefit_ratio, found.cost_ratio) == (None, None)
	assert judge(found, found.planned, D("0.1")) == ON_TRACK


def test_when_to_ask_again_and_when_to_stop():
	def state(benefit, cost):
		return judge(realise(BENEFITS, COSTS, {1: D(benefit)}, {1: D(cost)}, NO_RATE), D(120), D("0.1"))

	assert state(100, 10) == ON_TRACK
	# 96: 4 % less of 300 is 12, which is the tenth of 120 that is allowed.
	assert state(96, 10) == ON_TRACK
	assert state(95, 10) == RE_APPROVE
	assert state(5, 10) == STOP


def test_a_finished_case_is_not_stopped():
	actual = {period: D(1) for period in range(4)}
	assert judge(realise(BENEFITS, COSTS, actual, actual, NO_RATE), D(120), D("0.1")) == RE_APPROVE


def test_months_of_periods():
	years, months = NO_RATE, Basis(D(0), END, MONTH)
	assert months_of_period(2, date(2026, 11, 15), years)[0] == date(2027, 11, 1)
	assert len(months_of_period(2, date(2026, 11, 15), years)) == 12
	assert months_of_period(3, date(2026, 11, 15), months) == [date(2027, 1, 1)]
	assert months_of_period(0, date(2026, 11, 15), years) == [date(2026, 11, 1)]


def test_periods_have_the_months_in_which_their_spend_is_planned():
	start = date(2026, 11, 15)
	for basis in (NO_RATE, Basis(D(0), END, MONTH)):
		for period in range(4):
			spend = [D(period == other) for other in range(4)]
			assert list(spend_by_month(spend, start, basis)) == months_of_period(period, start, basis)


def test_the_month_of_the_start_is_counted_once():
	"""30 of the 50 of November are period 0's plan; the rest and December's 40 are period 1's."""
	booked = {date(2026, 10, 1): D(7), date(2026, 11, 1): D(50), date(2026, 12, 1): D(40)}
	ask = lambda opex, over=(0, 1): booked_opex(booked, opex, date(2026, 11, 15), NO_RATE, over)  # noqa: E731
	assert ask([D(30), D(100)]) == {0: 30, 1: 60}
	assert ask([D(80), D(100)]) == {0: 50, 1: 40}
	# Nothing planned takes nothing; a period without any booking is not known.
	assert ask([D(0), D(100)]) == {1: 90}
	assert ask([D(30), D(0), D(9)], (0, 1, 2)) == {0: 30}
	assert ask([D(30), D(100)], (0,)) == {0: 30}


def test_capex_that_nobody_measured_is_as_planned_and_gives_no_ratio():
	"""150 invested and not measured; 10 of OpEx became 12 in the first of three years."""
	invested, running = [D(150), D(0), D(0), D(0)], [D(0), D(10), D(10), D(10)]
	found = realise(BENEFITS, running, {1: D(100)}, {1: D(12)}, NO_RATE, {0, 1}, invested)
	assert found.cost_ratio == D("1.2")
	assert (found.lines[0].planned_cost, found.lines[0].actual_cost) == (150, None)
	assert found.as_planned == 300 - 150 - 12 - 20
	assert found.as_so_far == 300 - 150 - 12 - 24
	measured = realise(BENEFITS, running, {1: D(100)}, {1: D(12)}, NO_RATE, {0, 1}, invested, {0: D(180)})
	assert (measured.cost_ratio, measured.lines[0].actual_cost) == (D("1.2"), 180)
	assert measured.as_planned == 300 - 180 - 12 - 20


def test_bought_assets_pay_for_the_start_then_for_their_own_year():
	"""Begun in November 2026: 300 bought in it, 500 in March, 70 in the second year."""
	bought = {date(2026, 11, 1): D(300), date(2027, 3, 1): D(500), date(2028, 1, 1): D(70)}
	ask = lambda planned, over=(0, 1, 2): bought_capex(  # noqa: E731
		bought, [D(amount) for amount in planned], date(2026, 11, 15), NO_RATE, over
	)
	assert ask([300, 500, 70]) == {0: 300, 1: 500, 2: 70}
	assert ask([200, 600, 100]) == {0: 200, 1: 600, 2: 70}
	# 500 of the 800 planned at the start came in March, at the value of that year.
	assert ask([800, 0, 70]) == {0: 300, 1: 500, 2: 70}
	# As long as the first year is not over, 300 of 800 are not all of it.
	assert ask([800, 0, 70], (0,)) == {}
	assert ask([300, 0, 70], (0,)) == {0: 300}
	assert ask([0, 0, 0]) == {}
	assert ask([0, 0, 0, 900], (0, 1, 2)) == {1: 800, 2: 70}


def test_an_investment_that_came_early_or_late_is_not_counted_twice():
	late = {date(2028, 5, 1): D(400)}
	ask = lambda planned, over: bought_capex(  # noqa: E731
		late, [D(amount) for amount in planned], date(2026, 1, 1), NO_RATE, over
	)
	# Planned in the second year, bought in the third.
	assert ask([0, 0, 400, 0], (0, 1, 2, 3)) == {2: 0, 3: 400}
	# Until then nobody knows, and it counts as planned.
	assert ask([0, 0, 400, 0], (0, 1, 2)) == {}
	# No more than planned was bought in the third: the second is not known.
	assert ask([0, 0, 300, 400], (0, 1, 2, 3)) == {3: 400}


amounts = st.decimals(0, 10**6, places=2)


@given(st.lists(amounts, min_size=1, max_size=5), st.dictionaries(st.integers(0, 47), amounts, max_size=6))
def test_every_asset_bought_in_a_life_counts_once(planned, bought):
	start, over = date(2026, 1, 1), range(len(planned))
	by_month = {date(2026 + month // 12, month % 12 + 1, 1): amount for month, amount in bought.items()}
	found = bought_capex(by_month, planned, start, NO_RATE, over)
	if any(planned) and len(planned) > 1:
		within = [amount for month, amount in bought.items() if month < 12 * (len(planned) - 1)]
		assert sum(found.values()) == sum(within)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=12), st.decimals("-0.5", 1, places=3))
def test_actuals_as_planned_give_the_plan(pairs, rate):
	benefits, costs = ([pair[side] for pair in pairs] for side in (0, 1))
	basis = Basis(rate)
	found = realise(benefits, costs, dict(enumerate(benefits)), dict(enumerate(costs)), basis)
	net = [benefit - cost for benefit, cost in pairs]
	for value in (found.planned, found.as_planned, found.as_so_far):
		assert abs(value - npv(net, basis)) < D("1e-6")
	assert found.rest == 0
