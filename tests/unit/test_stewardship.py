"""FM-17 by hand: a server of 3,600 that wears off by 100 a month over three years."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.stewardship import (
	ENDED,
	ENDS_SOON,
	IN_USE,
	NOT_DEPRECIATED,
	Depreciation,
	judge_asset,
)

D = Decimal


def entries(booked: int, count: int = 36, first: int = 2025) -> list[Depreciation]:
	"""The last days of the months are written as 28: the day does not matter here."""
	return [
		Depreciation(date(first + number // 12, number % 12 + 1, 28), D(100), number < booked)
		for number in range(count)
	]


def test_half_worn_server():
	"""Eighteen months booked: worth 1,800; 1,200 in the year behind, 1,200 ahead, the last entry in December 2027."""
	found = judge_asset(D(3600), D(1800), entries(18), date(2026, 6, 30))
	assert (found.book_value, found.worn_percent) == (D(1800), D(50))
	assert (found.booked, found.coming) == (D(1200), D(1200))
	assert (found.end_of_life, found.state) == (date(2027, 12, 28), IN_USE)


def test_overdue_entries_are_still_to_come():
	"""Three months were not booked: they come in the year ahead, and are missing behind."""
	found = judge_asset(D(3600), D(2100), entries(15), date(2026, 6, 30))
	assert (found.booked, found.coming) == (D(900), D(1500))


@pytest.mark.parametrize(
	("day", "state"),
	[
		(date(2026, 12, 27), IN_USE),
		(date(2026, 12, 28), ENDS_SOON),
		(date(2027, 12, 27), ENDS_SOON),
		(date(2027, 12, 28), ENDED),
		(date(2030, 1, 1), ENDED),
	],
)
def test_end_of_life(day, state):
	assert judge_asset(D(3600), D(0), entries(36), day).state == state


def test_land_is_not_depreciated():
	found = judge_asset(D(5000), D(5000), [], date(2026, 6, 30))
	assert (found.worn_percent, found.end_of_life, found.state) == (D(0), None, NOT_DEPRECIATED)
	assert judge_asset(D(0), D(0), [], date(2026, 6, 30)).worn_percent is None


def test_a_leap_day_has_a_year_behind_and_ahead():
	found = judge_asset(D(3600), D(0), entries(36, first=2023), date(2024, 2, 29))
	assert found.booked == D(1200)


@given(st.integers(0, 36), st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_no_entry_counts_twice(booked, day):
	schedule = entries(booked)
	found = judge_asset(D(3600), D(3600 - 100 * booked), schedule, day)
	assert found.booked <= 100 * booked
	assert found.booked + found.coming <= D(3600)
	assert found.book_value + 100 * booked == 3600
