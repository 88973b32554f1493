from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.recovery import ServiceMoney, next_rate, recover

MONTHS = [date(2026, month, 1) for month in range(1, 7)]
CENTS = st.integers(-(10**8), 10**8).map(lambda cents: D(cents).scaleb(-2))


def money(cost, charged, units=(), price=None, **values) -> ServiceMoney:
	return ServiceMoney(
		service="Mail",
		cost=dict(zip(MONTHS, map(D, cost), strict=False)),
		price=D(charged if price is None else price),
		corrections=D(values.get("corrections", 0)),
		charged=D(charged),
		shown=D(values.get("shown", 0)),
		units=None if units is None else dict(zip(MONTHS, map(D, units), strict=False)),
		budget=values.get("budget"),
		allocated=values.get("allocated", D(0)),
	)


def test_under_recovery_is_added_to_the_planned_cost():
	"""Cost 1,000 and 800 charged: (1,000 + 200) / 600 units = 2."""
	found = recover(money([1000], 800, [100] * 6), MONTHS)
	assert (found.recovery, found.percent) == (-200, 80)
	assert (found.planned_cost, found.forecast_units, found.next_rate) == (1000, 600, 2)


def test_over_recovery_is_taken_off():
	"""Cost 1,000 and 1,300 charged, cost 10 % up: (1,100 - 300) / 400 units = 2."""
	found = recover(money([500, 500], 1300, [100] * 4), MONTHS[:4], cost_change=D(10))
	assert (found.recovery, found.next_rate) == (300, 2)


def test_a_budget_is_the_plan_and_allocation_is_that_of_the_window():
	"""Budget 900; of 1,000 cost 200 were allocated, 10 % more: (900 + 220 + 200 not recovered) / 600 units = 2.2."""
	found = recover(money([1000], 800, [100] * 6, budget=D(900), allocated=D(200)), MONTHS, cost_change=D(10))
	assert (found.planned_cost, found.is_budgeted, found.next_rate) == (1120, True, D("2.2"))
	assert not recover(money([1000], 800, [100] * 6), MONTHS).is_budgeted


def test_a_budget_of_nothing_is_a_plan():
	assert recover(money([1000], 1000, [10], budget=D(0)), MONTHS[:1]).planned_cost == 0


def test_nothing_is_carried_where_that_is_not_wanted():
	assert recover(money([1000], 800, [100] * 5), MONTHS[:5], carry=False).next_rate == 2


def test_the_forecast_is_the_mean_of_the_last_three_months():
	"""(0 + 30 + 60) / 3 = 30 a month, six months."""
	found = recover(money([1], 0, [900, 900, 900, 0, 30, 60]), MONTHS)
	assert (found.units, found.forecast_units) == (2790, 180)


@pytest.mark.parametrize("units", [None, (), (0,), (-5,) * 6])
def test_without_units_there_is_no_rate(units):
	found = recover(money([1000], 800, units), MONTHS)
	assert found.next_rate is None
	assert found.recovery == -200


def test_without_cost_there_is_no_percent():
	found = recover(money([], 50, [1]), MONTHS[:1])
	assert (found.cost, found.percent, found.unit_cost) == (0, None, 0)


def test_cost_and_price_per_unit_are_apart():
	found = recover(money([600], 450, [100, 200], price=500, corrections=-50), MONTHS[:2])
	assert (found.unit_cost, round(found.unit_price, 4)) == (2, D("1.6667"))


@given(CENTS, CENTS, st.integers(1, 10**6))
def test_the_rate_recovers_plan_and_gap_to_the_last_digit(planned, recovery, units):
	rate = next_rate(planned, recovery, D(units))
	assert abs(rate * units - (planned - recovery)) < D("1e-15")


@given(st.lists(CENTS, min_size=1, max_size=6), CENTS, st.permutations(MONTHS))
def test_the_order_of_the_months_does_not_matter(costs, charged, order):
	facts = money(costs, charged, [5] * 6)
	assert recover(facts, MONTHS) == recover(facts, order)
