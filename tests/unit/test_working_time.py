"""BR-5: due times in working time with holidays, several windows a day, holds and clock changes."""

from datetime import date, datetime, time, timedelta, timezone
from fractions import Fraction
from time import perf_counter

import pytest

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.working_calendar import WindowError, WorkingCalendarError
from itil_strategy.domain.working_time import (
	BREACHED,
	ClockError,
	Hold,
	NoWorkingTimeError,
	WorkingCalendar,
	due_at,
	elapsed,
	find_milestones,
	share_used,
	working_seconds,
)

from .working_time_table import DUE, ELAPSED, MILESTONES, OFFICE, at, calendar, closed, hold

HOUR = 3600
UTC = timezone.utc
MONDAY = datetime(2026, 3, 2, 9, tzinfo=OFFICE.zone)


@pytest.mark.parametrize(("base", "start", "hours", "holds", "due"), DUE.values(), ids=DUE)
def test_due(base, start, hours, holds, due):
	holds = [hold(text, base) for text in holds]
	found = due_at(base, at(start, base), hours * HOUR, holds)
	assert found == (due and at(due, base).astimezone(UTC))
	if found:
		assert found.tzinfo is UTC
		assert elapsed(base, at(start, base), found, holds) == hours * HOUR


@pytest.mark.parametrize(("base", "start", "end", "holds", "hours"), ELAPSED.values(), ids=ELAPSED)
def test_elapsed(base, start, end, holds, hours):
	start, end = at(start, base), at(end, base)
	assert elapsed(base, start, end, [hold(text, base) for text in holds]) == hours * HOUR
	if not holds:
		assert working_seconds(base, start, end) == hours * HOUR


@pytest.mark.parametrize(
	("now", "holds", "warn_at", "breach_at", "share", "overdue", "state"), MILESTONES.values(), ids=MILESTONES
)
def test_milestones(now, holds, warn_at, breach_at, share, overdue, state):
	found = find_milestones(OFFICE, MONDAY, 8 * HOUR, at(now, OFFICE), [hold(text, OFFICE) for text in holds])
	assert found.warn_at == (warn_at and at(warn_at, OFFICE).astimezone(UTC))
	assert found.breach_at == (breach_at and at(breach_at, OFFICE).astimezone(UTC))
	assert (found.share, found.overdue, found.state) == (share, overdue * HOUR, state)
	assert found.elapsed == share * 8 * HOUR


def test_warning_within_a_second():
	# 75 % of 10 s = 7.5 s
	found = find_milestones(OFFICE, MONDAY, 10, MONDAY)
	assert found.warn_at == MONDAY.astimezone(UTC) + timedelta(seconds=7.5)


def test_target_0_is_breached_at_once():
	saturday = at("Sat 2026-03-07 03:00", OFFICE)
	found = find_milestones(OFFICE, saturday, 0, saturday)
	assert (found.breach_at, found.state, found.share) == (saturday.astimezone(UTC), BREACHED, 1)
	before = find_milestones(OFFICE, saturday, 0, saturday.astimezone(UTC) - timedelta(seconds=1))
	assert before.state == "In time"


def test_shares_are_exact():
	assert share_used(1, 3) == Fraction(1, 3)
	assert share_used(working_seconds(OFFICE, MONDAY, MONDAY + timedelta(hours=6)), 8 * HOUR) == Fraction(
		3, 4
	)
	assert share_used(0, 0) == 1


def test_the_time_zone_of_an_instant_does_not_matter():
	tokyo = timezone(timedelta(hours=9))
	assert due_at(OFFICE, MONDAY.astimezone(tokyo), 8 * HOUR) == due_at(OFFICE, MONDAY, 8 * HOUR)


def test_instants_of_one_zone_are_compared_in_real_time():
	# The first and the second 02:30 of the night look alike on the wall.
	first = datetime(2026, 10, 25, 2, 30, tzinfo=OFFICE.zone)
	always = calendar("00:00-24:00")
	assert working_seconds(always, first, first.replace(fold=1)) == HOUR
	assert Hold(first, first.replace(fold=1)).span[0] < Hold(first, first.replace(fold=1)).span[1]
	with pytest.raises(ClockError):
		Hold(first.replace(fold=1), first)


# Refusals


@pytest.mark.parametrize(
	"base",
	[
		calendar(),
		calendar("02:00-02:00", days=()),
		closed(OFFICE, *(str(date(2026, 1, 1) + timedelta(days=n)) for n in range(600))),
		closed(
			calendar("09:00-17:00", days=[0]),
			*(str(date(2026, 3, 2) + timedelta(weeks=n)) for n in range(54)),
		),
	],
	ids=["no windows", "no days", "always holiday", "every Monday is a holiday"],
)
def test_no_working_time(base):
	with pytest.raises(NoWorkingTimeError, match="no working time from 2026-03-02 to 2027-03-02") as refusal:
		due_at(base, MONDAY, HOUR)
	assert isinstance(refusal.value, DomainError)
	with pytest.raises(NoWorkingTimeError):
		find_milestones(base, MONDAY, HOUR, MONDAY)


def test_a_year_without_working_time_is_still_bridged():
	# 52 Mondays are free, the 53rd is 364 days on.
	base = closed(
		calendar("09:00-17:00", days=[0]), *(str(date(2026, 3, 2) + timedelta(weeks=n)) for n in range(52))
	)
	assert due_at(base, MONDAY, HOUR) == at("Mon 2027-03-01 10:00", base).astimezone(UTC)


def test_far_too_little_working_time():
	# A minute a week: 10,000 hours take 600,000 weeks.
	with pytest.raises(NoWorkingTimeError, match="a hundred years on"):
		due_at(calendar("09:00-09:01", days=[0]), MONDAY, 10_000 * HOUR)


@pytest.mark.parametrize(
	("weekday", "window", "named"),
	[
		(7, (time(9), time(17)), "09:00:00–17:00:00 on weekday 7"),
		(-1, (time(9), time(17)), "on weekday -1"),
		("Monday", (time(9), time(17)), "on weekday 'Monday'"),
		(True, (time(9), time(17)), "on weekday True"),
		(2, (time(9), None), "09:00:00–None on Wednesday"),
		(2, (time(9),), "on Wednesday"),
		(2, "09:00-17:00", "'09:00-17:00' on Wednesday"),
		(6, (time(9, tzinfo=UTC), time(17)), "on Sunday"),
		(0, (timedelta(hours=9), timedelta(hours=17)), "9:00:00–17:00:00 on Monday"),
		(0, None, "None on Monday"),
	],
)
def test_bad_window(weekday, window, named):
	with pytest.raises(WindowError) as refusal:
		WorkingCalendar({weekday: [window]}, frozenset(), "Europe/Berlin")
	assert named in str(refusal.value)
	assert (refusal.value.weekday, refusal.value.window) == (weekday, window)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Europe", None])
def test_unknown_time_zone(zone):
	with pytest.raises(WorkingCalendarError, match="time zone"):
		WorkingCalendar({}, frozenset(), zone)


def test_a_holiday_is_a_date():
	with pytest.raises(WorkingCalendarError, match="not a date"):
		WorkingCalendar({}, {datetime(2026, 12, 25)}, "UTC")


def test_a_calendar_does_not_change_with_its_input():
	windows, holidays = {0: [(time(9), time(17))]}, set()
	base = WorkingCalendar(windows, holidays, "UTC")
	windows[0].clear()
	holidays.add(date(2026, 3, 2))
	assert due_at(base, datetime(2026, 3, 2, 9, tzinfo=UTC), HOUR) == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_instants_need_a_time_zone():
	naive = datetime(2026, 3, 2, 9)
	for call in (
		lambda: due_at(OFFICE, naive, HOUR),
		lambda: due_at(OFFICE, naive, 0),
		lambda: elapsed(OFFICE, MONDAY, naive),
		lambda: working_seconds(OFFICE, naive, MONDAY),
		lambda: find_milestones(OFFICE, MONDAY, HOUR, naive),
		lambda: Hold(naive),
		lambda: Hold(MONDAY, naive),
	):
		with pytest.raises(ClockError, match="no time zone"):
			call()


def test_a_hold_does_not_end_before_it_starts():
	with pytest.raises(ClockError, match="ends before it starts"):
		Hold(MONDAY, MONDAY - timedelta(seconds=1))


def test_a_target_is_not_negative():
	with pytest.raises(ClockError, match="negative"):
		due_at(OFFICE, MONDAY, -1)


def test_ten_years_are_walked_quickly():
	"""Day by day: about 30 ms here; minute by minute would be far beyond a second."""
	begun = perf_counter()
	due = due_at(OFFICE, MONDAY, 20_800 * HOUR)
	assert working_seconds(OFFICE, MONDAY, due) == 20_800 * HOUR
	assert perf_counter() - begun < 1
