"""FM-9: half-open periods and calendar months."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.periods import (
	Period,
	last_complete_months,
	month_period,
	month_start,
	months_between,
	next_month,
	pro_rata,
)

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@st.composite
def periods(draw) -> Period:
	start = draw(days)
	return Period(start, start + timedelta(days=draw(st.integers(1, 800))))


@pytest.mark.parametrize(
	("day", "start", "following", "length"),
	[
		(date(2026, 1, 31), date(2026, 1, 1), date(2026, 2, 1), 31),
		(date(2026, 2, 1), date(2026, 2, 1), date(2026, 3, 1), 28),
		(date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1), 29),
		(date(2026, 12, 15), date(2026, 12, 1), date(2027, 1, 1), 31),
	],
)
def test_months(day, start, following, length):
	assert month_start(day) == start
	assert next_month(day) == following
	assert month_period(day) == Period(start, following)
	assert month_period(day).days == length


@pytest.mark.parametrize(
	("day", "months", "start", "end"),
	[
		(date(2026, 3, 1), 1, date(2026, 2, 1), date(2026, 3, 1)),
		(date(2026, 3, 31), 12, date(2025, 3, 1), date(2026, 3, 1)),
		(date(2026, 1, 15), 13, date(2024, 12, 1), date(2026, 1, 1)),
		(date(2026, 12, 31), 24, date(2024, 12, 1), date(2026, 12, 1)),
	],
)
def test_last_complete_months(day, months, start, end):
	assert last_complete_months(day, months) == Period(start, end)


@pytest.mark.parametrize(
	("start", "end", "expected"),
	[
		(date(2026, 1, 1), date(2026, 2, 1), [date(2026, 1, 1)]),
		(date(2026, 1, 31), date(2026, 2, 2), [date(2026, 1, 1), date(2026, 2, 1)]),
		(date(2025, 12, 1), date(2026, 2, 1), [date(2025, 12, 1), date(2026, 1, 1)]),
		(date(2026, 1, 1), date(2026, 1, 1), []),
	],
)
def test_months_between(start, end, expected):
	assert months_between(start, end) == expected


def test_the_end_is_not_part_of_the_period():
	assert JANUARY.contains(date(2026, 1, 1))
	assert JANUARY.contains(date(2026, 1, 31))
	assert not JANUARY.contains(date(2026, 2, 1))
	assert not JANUARY.contains(date(2025, 12, 31))


def test_intersection():
	late = Period(date(2026, 1, 20), date(2026, 3, 1))
	assert JANUARY.intersect(late) == Period(date(2026, 1, 20), date(2026, 2, 1))
	assert JANUARY.intersect(month_period(date(2026, 2, 1))) is None


def test_part_of_a_month_is_charged_by_days():
	whole = month_period(date(2026, 4, 1))
	assert pro_rata(Decimal(720), Period(date(2026, 4, 1), date(2026, 4, 11)), whole) == 240
	assert pro_rata(Decimal(720), whole, whole) == 720
	odd = pro_rata(Decimal(100), Period(date(2026, 1, 1), date(2026, 1, 11)), JANUARY)
	assert round_to_step(odd, 2) == Decimal("32.26")
	assert odd != Decimal("32.26")


@pytest.mark.parametrize("end", [date(2026, 1, 1), date(2025, 12, 31)])
def test_empty_period_is_refused(end):
	with pytest.raises(DomainError, match=rf"from 2026-01-01 to {end} is empty.*end must be after its start"):
		Period(date(2026, 1, 1), end)


@given(period=periods())
def test_a_day_is_in_exactly_one_month(period):
	months = [month_period(month) for month in months_between(period.start, period.end)]
	for offset in range(period.days):
		day = period.start + timedelta(days=offset)
		assert [month for month in months if month.contains(day)] == [month_period(day)]


@given(period=periods())
def test_months_cut_a_period_without_gap_or_overlap(period):
	parts = [month_period(month).intersect(period) for month in months_between(period.start, period.end)]
	assert parts[0].start == period.start
	assert parts[-1].end == period.end
	assert all(before.end == after.start for before, after in pairwise(parts))


@given(first=periods(), second=periods(), day=days)
def test_intersection_is_symmetric_and_holds_the_days_of_both(first, second, day):
	common = first.intersect(second)
	assert common == second.intersect(first)
	assert (common is not None and common.contains(day)) == (first.contains(day) and second.contains(day))


@given(period=periods(), cut=st.integers(1, 799), amount=st.decimals(-(10**9), 10**9, places=2))
def test_shares_of_a_period_add_up(period, cut, amount):
	if cut >= period.days:
		assert pro_rata(amount, period, period) == amount
		return
	middle = period.start + timedelta(days=cut)
	parts = pro_rata(amount, Period(period.start, middle), period) + pro_rata(
		amount, Period(middle, period.end), period
	)
	assert round_to_step(parts, 9) == amount
