"""Forecasts by hand, and what must hold for any history (FM-5)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.forecast import (
	RUN_RATE,
	TREND_AND_SEASON,
	backtest_many,
	forecast_many,
	make_year,
	mase,
	naive,
	required_for_commitments,
	run_rate,
	unit_cost,
	year_end,
)
from itil_strategy.domain.smoothing import ADDITIVE, DAMPED, smooth, smooth_many

D = Decimal
MONTHS = [date(2026, month, 1) for month in range(1, 13)]
histories = st.lists(st.decimals(min_value=0, max_value=10**7, places=2), min_size=1, max_size=40)


def decimals(*values: float) -> list[Decimal]:
	return [D(str(value)) for value in values]


def test_run_rate_is_the_mean_of_three_months():
	assert run_rate(decimals(900, 100, 200, 301), 2, 2).values == (D("200.33"), D("200.33"))
	assert run_rate(decimals(100), 1, 2) == run_rate(decimals(100), 1, 2)
	assert run_rate(decimals(100), 1, 2).model == "last month"


def test_a_constant_is_forecast_as_it_is_by_every_method():
	for length in (1, 3, 4, 12, 24, 37):
		for method in (RUN_RATE, TREND_AND_SEASON):
			(forecast,) = forecast_many({"a": [D(50)] * length}, 5, method, 2).values()
			assert forecast.values == (D("50.00"),) * 5, (length, method)


def test_a_yearly_pattern_is_found_again():
	"""Twelve different months, three years alike: the next year is the same."""
	pattern = [100, 120, 90, 80, 200, 150, 60, 70, 110, 130, 300, 40]
	result = smooth(pattern * 3, 12)
	assert result.values == pytest.approx(pattern, abs=1e-6)
	assert "season" in result.model
	# The season goes on from where the history ends.
	assert smooth((pattern * 3)[:-4], 4).values == pytest.approx(pattern[-4:], abs=10)


def test_short_histories_have_no_season_and_nought_is_additive():
	assert smooth([1, 2, 3, 4], 1).model == DAMPED
	assert smooth([0, 5] * 12, 1).model == ADDITIVE


def test_what_never_was_negative_is_not_forecast_to_be():
	falling = [D(value) for value in (1000, 800, 600, 400, 200, 10)]
	(forecast,) = forecast_many({"a": falling}, 12, TREND_AND_SEASON, 2).values()
	assert min(forecast.values) >= 0


def test_nothing_is_said_of_no_history():
	assert forecast_many({"a": []}, 3, RUN_RATE, 2) == {}


@given(histories, histories)
def test_a_forecast_depends_on_its_own_history_only_and_is_repeatable(first, second):
	alone = forecast_many({"a": first}, 6, TREND_AND_SEASON, 2)["a"]
	together = forecast_many({"b": second, "a": first}, 6, TREND_AND_SEASON, 2)["a"]
	assert alone.model == together.model
	assert alone.values == pytest.approx(together.values, rel=D("1e-6"), abs=D("0.01"))


@given(st.lists(st.lists(st.floats(0, 1e9), min_size=2, max_size=50), max_size=4))
def test_smoothing_always_gives_numbers(many):
	for result in smooth_many(many, 12):
		assert len(result.values) == 12
		assert all(abs(value) < 1e15 for value in result.values)


def test_naive_repeats_last_year():
	history = decimals(*range(1, 15))
	assert naive(history, 3) == (D(3), D(4), D(5))
	assert naive(history[:5], 2) == (D(5), D(5))


def test_mase_by_hand():
	"""History 10, 12, 11 steps by 2 and 1: 1.5 on average. Errors 3 and 0 make 1.5, so MASE is 1."""
	assert mase(decimals(13, 12), decimals(10, 12), decimals(10, 12, 11)) == 1.0
	assert mase(decimals(1), decimals(1), decimals(5, 5)) is None
	assert mase([], [], decimals(5, 6)) is None
	# With more than a year the step is from year to year: 0, then 4; the mean of 13 months is of one step.
	assert mase(decimals(12), decimals(10), decimals(*[1] * 12, 5)) == 0.5


def test_a_backtest_compares_with_the_naive_forecast_on_the_same_months():
	pattern = decimals(100, 120, 90, 80, 200, 150, 60, 70, 110, 130, 300, 40)
	growing = [value + step for step, value in enumerate(pattern * 3)]
	result = backtest_many({"a": growing, "short": growing[:3]}, TREND_AND_SEASON, 2)
	assert result["a"].naive_error == pytest.approx(1.0)
	assert result["a"].error < result["a"].naive_error
	assert result["short"].error is None


def test_the_year_is_what_is_booked_and_what_is_expected():
	booked = {MONTHS[0]: D(100), MONTHS[1]: D(90), MONTHS[2]: D(30), MONTHS[11]: D(500)}
	expected = {month: D(95) for month in MONTHS[2:]}
	months = make_year(MONTHS, booked, expected, MONTHS[2])
	assert [value.is_actual for value in months] == [True, True] + [False] * 10
	# 100 + 90, nine months of 95, and December, where 500 are booked already.
	assert year_end(months) == D(190 + 9 * 95 + 500)


def test_required_for_commitments_by_hand():
	"""100 mailboxes at 2.50 in two months and 10 servers at 30 in one: 800; nobody knows what a drill costs."""
	units = {
		("MAILBOX", MONTHS[0]): Fraction(100),
		("MAILBOX", MONTHS[1]): Fraction(100),
		("SERVER", MONTHS[0]): Fraction(10),
		("DRILL", MONTHS[0]): Fraction(1),
	}
	costs = {
		"MAILBOX": unit_cost(Fraction(5000), Fraction(2000)),
		"SERVER": Fraction(30),
		"DRILL": unit_cost(Fraction(5), Fraction(0)),
	}
	assert required_for_commitments(units, costs, 2) == (D("800.00"), ("DRILL",))
