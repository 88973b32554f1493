"""Promises against capacity, month by month (BR-9)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.capacity import (
	CapacityError,
	Promise,
	check_promise,
	find_shortfalls,
	months_of,
	promised_in,
)


def promise(units, start, last_day=None, name="P") -> Promise:
	return Promise(
		name,
		date.fromisoformat(start),
		date.fromisoformat(last_day) if last_day else None,
		Decimal(str(units)),
	)


def test_a_part_of_a_month_counts_by_its_days():
	# 10 to 20 February 2026: 11 of 28 days; 28 units a month give 11.
	assert promise(28, "2026-02-10", "2026-02-20").units_in(date(2026, 2, 1)) == 11
	assert promise(31, "2026-01-31").units_in(date(2026, 1, 1)) == 1
	assert promise(31, "2026-01-31").units_in(date(2025, 12, 1)) == 0
	assert promise(30, "2026-04-01", "2026-04-30").units_in(date(2026, 4, 1)) == 30
	assert promise(30, "2026-05-02", "2026-05-01").units_in(date(2026, 5, 1)) == 0


def test_one_month_of_twelve_is_too_much():
	"""Capacity 100; 60 all year, 30 in June only, 20 more all year: June lacks 10."""
	others = [promise(60, "2026-01-01", "2026-12-31"), promise(30, "2026-06-01", "2026-06-30")]
	new = promise(20, "2026-01-01", "2026-12-31")
	with pytest.raises(
		CapacityError, match=r"2026-06: 110 promised, 100 can be delivered, 10 too many"
	) as caught:
		check_promise(Decimal(100), new, others)
	assert [(s.month, s.missing) for s in caught.value.shortfalls] == [(date(2026, 6, 1), 10)]
	check_promise(Decimal(110), new, others)
	check_promise(Decimal(100), promise(20, "2026-07-01"), others)


def test_no_capacity_is_no_limit():
	check_promise(Decimal(0), promise(10**9, "2026-01-01"), [])


def test_a_promise_without_end_meets_later_ones():
	later = promise(90, "2028-03-01", "2028-03-31")
	with pytest.raises(CapacityError, match="2028-03"):
		check_promise(Decimal(100), promise(20, "2026-01-01"), [later])
	assert months_of(promise(1, "2026-11-15"))[-1] == date(2027, 11, 1)


promises = st.lists(
	st.builds(
		Promise,
		st.just("P"),
		st.dates(date(2026, 1, 1), date(2027, 12, 31)),
		st.none() | st.dates(date(2026, 1, 1), date(2028, 6, 30)),
		st.decimals(0, 1000, places=2),
	),
	max_size=6,
)


@given(promises, st.dates(date(2026, 1, 1), date(2028, 6, 30)))
def test_a_month_is_the_sum_of_its_days(items, day):
	month = day.replace(day=1)
	days = [date.fromordinal(month.toordinal() + n) for n in range(31)]
	days = [d for d in days if d.month == month.month]
	slow = sum(
		(
			Fraction(p.units) / len(days)
			for p in items
			for d in days
			if p.start <= d and (p.last_day is None or d <= p.last_day)
		),
		Fraction(0),
	)
	assert promised_in(items, month) == slow


@given(promises, st.decimals(1, 2000, places=1))
def test_what_passes_leaves_no_shortfall_in_any_month(items, capacity):
	accepted: list[Promise] = []
	for item in items:
		try:
			check_promise(capacity, item, accepted)
		except CapacityError:
			continue
		accepted.append(item)
	months = [date(2026 + n // 12, n % 12 + 1, 1) for n in range(60)]
	assert not find_shortfalls(capacity, accepted, months)
