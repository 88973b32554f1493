"""Supply and demand by hand (BR-9)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.capacity import Promise
from itil_strategy.domain.supply import OfferingSupply, forecast_usage, make_rows, share_cost

TODAY = date(2026, 4, 10)
MONTHS = [date(2026, month, 1) for month in range(2, 7)]


def supply(**values) -> OfferingSupply:
	return OfferingSupply(
		**{
			"offering": "MAILBOX",
			"service": "MAIL",
			"unit": "Nos",
			"capacity": Decimal(100),
			"usage": {
				date(2026, 1, 1): Decimal(40),
				date(2026, 2, 1): Decimal(50),
				date(2026, 3, 1): Decimal(60),
			},
			"cost": {date(2026, 2, 1): Decimal(200), date(2026, 3, 1): Decimal(200)},
			**values,
		}
	)


def test_months_that_are_over_count_what_was_used():
	february, march, *_rest = make_rows(supply(), MONTHS, TODAY)
	assert (february.usage, february.demand, february.spare, february.forecast) == (50, 50, 50, None)
	# 50 of 100 units unused: half of 200.00; March 40 of 100.
	assert (february.idle_cost, march.idle_cost) == (100, 80)
	assert march.utilisation == Fraction(3, 5)


def test_months_to_come_take_the_larger_of_promise_and_forecast():
	"""Forecast (40 + 50 + 60) / 3 = 50. Promised 30 from April, 60 more in May (a need), 45 in June only."""
	commitments = (
		Promise("SC-1", date(2026, 4, 1), None, Decimal(30)),
		Promise("SC-2", date(2026, 6, 1), date(2026, 6, 30), Decimal(45)),
	)
	pipeline = (Promise("CN-1", date(2026, 5, 1), date(2026, 5, 31), Decimal(80)),)
	_feb, _mar, april, may, june = make_rows(
		supply(commitments=commitments, pipeline=pipeline), MONTHS, TODAY
	)
	assert (april.committed, april.forecast, april.demand, april.spare) == (30, 50, 50, 50)
	assert (may.committed, may.pipeline, may.demand, may.spare) == (30, 80, 110, -10)
	assert (june.committed, june.demand, june.spare) == (75, 75, 25)
	assert (april.is_over, may.is_over, may.is_over_promised, june.is_over) == (False, True, True, False)
	assert april.idle_cost is None, "a month to come has no cost yet"


def test_no_limit_means_no_spare():
	row = make_rows(supply(capacity=Decimal(0)), MONTHS[:1], TODAY)[0]
	assert (row.capacity, row.spare, row.utilisation, row.idle_cost, row.is_over) == (
		None,
		None,
		None,
		None,
		False,
	)


def test_a_young_service_is_forecast_from_its_own_months():
	assert forecast_usage(supply(operational_from=date(2026, 2, 15)), TODAY) == 55
	assert forecast_usage(supply(operational_from=date(2026, 4, 1)), TODAY) is None
	assert forecast_usage(supply(usage={}), date(2026, 1, 31)) == 0


def test_more_use_than_capacity_leaves_nothing_idle():
	row = make_rows(supply(usage={date(2026, 2, 1): Decimal(120)}), MONTHS[:1], TODAY)[0]
	assert (row.spare, row.idle_cost, row.is_over) == (-20, 0, True)


@given(
	st.decimals(0, 10**6, places=2),
	st.dictionaries(st.sampled_from("ABC"), st.decimals(-100, 1000, places=2), min_size=1),
)
def test_shares_of_a_cost_add_up(cost, weights):
	shares = share_cost(cost, sorted(weights), weights)
	assert sum(shares.values()) == Fraction(cost)
	assert all(share >= 0 for share in shares.values())
