"""BR-5: the clock for any calendar, zone and holds, beside a reference that steps through minutes."""

from datetime import date, datetime, time, timedelta, timezone
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itil_strategy.domain.working_time import (
	BREACHED,
	ON_HOLD,
	WARNED,
	Hold,
	WorkingCalendar,
	due_at,
	elapsed,
	find_milestones,
	working_seconds,
)

UTC = timezone.utc
MINUTE = timedelta(minutes=1)

# A day on which clocks change (Apia skips one, Havana and Azores change at midnight), and one on which not.
CHANGES = {
	"Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
	"America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
	"America/Havana": (date(2025, 3, 9), date(2025, 11, 2)),
	"Atlantic/Azores": (date(2025, 3, 30), date(2025, 10, 26)),
	"America/Goose_Bay": (date(2009, 3, 8), date(2009, 11, 1)),
	"Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
	"Pacific/Apia": (date(2011, 12, 30), date(2011, 4, 2)),
	"Africa/Casablanca": (date(2025, 2, 23), date(2025, 4, 6)),
	"Asia/Kolkata": (date(2026, 3, 29), date(2028, 2, 29)),
	"UTC": (date(2026, 12, 31), date(2028, 2, 29)),
}

minutes_of_day = st.integers(0, 24 * 60 - 1) | st.sampled_from(
	(0, 60, 90, 105, 120, 135, 150, 180, 1380, 1439)
)
times = minutes_of_day.map(lambda minute: time(minute // 60, minute % 60))


@st.composite
def situations(draw) -> tuple[WorkingCalendar, datetime]:
	"""A calendar and an instant within some days of a clock change."""
	zone = draw(st.sampled_from(sorted(CHANGES)))
	day = draw(st.sampled_from(CHANGES[zone]))
	near = st.integers(-4, 4).map(lambda n: day + timedelta(days=n))
	windows = draw(
		st.dictionaries(st.integers(0, 6), st.lists(st.tuples(times, times), max_size=3), max_size=7)
	)
	calendar = WorkingCalendar(windows, draw(st.frozensets(near, max_size=3)), zone)
	midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
	return calendar, midnight + MINUTE * draw(st.integers(-3 * 1440, 2 * 1440))


@st.composite
def holds_after(draw, start: datetime, is_open: bool | None = False) -> list[Hold]:
	found = []
	for begin, length in draw(
		st.lists(st.tuples(st.integers(-1440, 4 * 1440), st.integers(0, 2000)), max_size=4)
	):
		begins = start + MINUTE * begin
		found.append(Hold(begins, begins + MINUTE * length))
	if is_open is None and draw(st.booleans()):
		found.append(Hold(start + MINUTE * draw(st.integers(-1440, 4 * 1440))))
	return found


def has_window(calendar: WorkingCalendar) -> bool:
	"""Some window has an hour or more, so that no target here takes a hundred years."""
	edges = [
		(start.hour * 60 + start.minute, end.hour * 60 + end.minute)
		for windows in calendar.windows.values()
		for start, end in windows
	]
	return any((end - start - 1) % 1440 + 1 >= 60 for start, end in edges)


def is_working(calendar: WorkingCalendar, instant: datetime) -> bool:
	"""By the clock on the wall: is the minute in a window? A repeated minute is as the last one before the repeat."""
	local = instant.astimezone(calendar.zone)
	while local.fold:
		instant -= MINUTE
		local = instant.astimezone(calendar.zone)
	day, clock = local.date(), local.time()
	before = day - timedelta(days=1)
	today = () if day in calendar.holidays else calendar.windows.get(day.weekday(), ())
	yesterday = () if before in calendar.holidays else calendar.windows.get(before.weekday(), ())
	return any(start <= clock and (clock < end or end <= start) for start, end in today) or any(
		end <= start and clock < end for start, end in yesterday
	)


def slow_minutes(calendar, start, end, holds=()) -> int:
	total = 0
	while start < end:
		on_hold = any(hold.start <= start and (hold.end is None or start < hold.end) for hold in holds)
		total += not on_hold and is_working(calendar, start)
		start += MINUTE
	return total


@settings(max_examples=250, deadline=None)
@given(situations(), st.integers(0, 4 * 1440), st.data())
def test_working_time_is_that_of_the_minutes(situation, length, data):
	calendar, start = situation
	end = start + MINUTE * length
	holds = data.draw(holds_after(start, is_open=None))
	assert working_seconds(calendar, start, end) == 60 * slow_minutes(calendar, start, end)
	assert elapsed(calendar, start, end, holds) == 60 * slow_minutes(calendar, start, end, holds)


@settings(max_examples=150, deadline=None)
@given(situations(), st.integers(1, 600), st.data())
def test_due_is_the_end_of_the_last_minute(situation, minutes, data):
	calendar, start = situation
	assume(has_window(calendar))
	holds = data.draw(holds_after(start))
	now, left = start, minutes
	for _ in range(6 * 1440):
		left -= slow_minutes(calendar, now, now + MINUTE, holds)
		now += MINUTE
		if not left:
			break
	assume(not left)
	assert due_at(calendar, start, minutes * 60, holds) == now


@settings(deadline=None)
@given(situations(), st.integers(0, 10**6), st.data())
def test_elapsed_at_the_due_time_is_the_target(situation, target, data):
	calendar, start = situation
	assume(has_window(calendar))
	holds = data.draw(holds_after(start))
	due = due_at(calendar, start, target, holds)
	assert due >= start
	assert elapsed(calendar, start, due, holds) == target
	if target:
		assert elapsed(calendar, start, due - timedelta(microseconds=1), holds) < target


@settings(deadline=None)
@given(situations(), *[st.timedeltas(timedelta(0), timedelta(days=40))] * 2)
def test_working_time_adds_up(situation, first, second):
	calendar, start = situation
	middle, end = start + first, start + first + second
	parts = working_seconds(calendar, start, middle), working_seconds(calendar, middle, end)
	assert sum(parts) == working_seconds(calendar, start, end)
	assert 0 <= parts[0] <= Fraction(first // timedelta(microseconds=1), 10**6)


@settings(deadline=None)
@given(situations(), *[st.integers(0, 10**6)] * 2, st.data())
def test_a_longer_target_is_not_due_earlier(situation, target, more, data):
	calendar, start = situation
	assume(has_window(calendar))
	holds = data.draw(holds_after(start))
	assert due_at(calendar, start, target, holds) <= due_at(calendar, start, target + more, holds)


@settings(deadline=None)
@given(situations(), st.integers(0, 10**6), st.data())
def test_a_later_start_is_not_due_earlier(situation, target, data):
	calendar, start = situation
	assume(has_window(calendar))
	later = start + MINUTE * data.draw(st.integers(0, 10_000))
	holds = data.draw(holds_after(start))
	assert due_at(calendar, start, target, holds) <= due_at(calendar, later, target, holds)


@settings(deadline=None)
@given(situations(), st.integers(0, 10**5), st.data())
def test_a_hold_never_makes_it_due_earlier(situation, target, data):
	calendar, start = situation
	assume(has_window(calendar))
	holds = data.draw(holds_after(start))
	one_more = [*holds, *data.draw(holds_after(start))]
	assert due_at(calendar, start, target, holds) <= due_at(calendar, start, target, one_more)
	assert due_at(calendar, start, target, one_more) == due_at(calendar, start, target, one_more[::-1])
	assert due_at(calendar, start, target, [*holds, *holds]) == due_at(calendar, start, target, holds)


@settings(deadline=None)
@given(situations(), st.integers(0, 10**5), st.data())
def test_a_hold_puts_off_by_its_working_time(situation, target, data):
	calendar, start = situation
	assume(has_window(calendar))
	begins = start + MINUTE * data.draw(st.integers(0, 5000))
	hold = Hold(begins, begins + MINUTE * data.draw(st.integers(0, 5000)))
	plain = due_at(calendar, start, target)
	held = working_seconds(calendar, hold.start, hold.end) if begins < plain else 0
	assert due_at(calendar, start, target, [hold]) == due_at(calendar, start, target + held)
	if not held:
		assert due_at(calendar, start, target, [hold]) == plain


@settings(deadline=None)
@given(situations(), st.integers(0, 10**5), st.data())
def test_the_state_is_that_of_the_share(situation, target, data):
	calendar, start = situation
	assume(has_window(calendar))
	holds = data.draw(holds_after(start, is_open=None))
	now = start + MINUTE * data.draw(st.integers(0, 10_000))
	found = find_milestones(calendar, start, target, now, holds)
	assert (found.state == BREACHED) == (found.share >= 1)
	if found.state not in (BREACHED, ON_HOLD):
		assert (found.state == WARNED) == (found.share * 4 >= 3)
	if found.breach_at:
		assert found.warn_at <= found.breach_at
