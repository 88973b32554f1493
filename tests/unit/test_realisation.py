"""FM-14: planned against actual, and the value seen from today."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.investment import END, MONTH, Basis, npv
from itil_strategy.domain.realisation import ON_TRACK, RE_APPROVE, STOP, judge, months_of_period, realise

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
	assert months_of_period(0, date(2026, 11, 15), years) == []
	assert months_of_period(0, date(2026, 11, 15), years, date(2026, 9, 30)) == [
		date(2026, 9, 1),
		date(2026, 10, 1),
	]


amounts = st.decimals(0, 10**6, places=2)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=12), st.decimals("-0.5", 1, places=3))
def test_actuals_as_planned_give_the_plan(pairs, rate):
	benefits, costs = ([pair[side] for pair in pairs] for side in (0, 1))
	basis = Basis(rate)
	found = realise(benefits, costs, dict(enumerate(benefits)), dict(enumerate(costs)), basis)
	net = [benefit - cost for benefit, cost in pairs]
	for value in (found.planned, found.as_planned, found.as_so_far):
		assert abs(value - npv(net, basis)) < D("1e-6")
	assert found.rest == 0
