"""Waves, reminders, expiry and throttle of surveys, day by day (BR-7)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.survey import SurveyError
from itil_strategy.domain.survey_schedule import (
	CADENCES,
	Schedule,
	choose_service,
	is_expired,
	validate_schedule,
)

START = date(2026, 1, 31)
days = st.integers(0, 2000).map(lambda number: START + timedelta(days=number))


@pytest.mark.parametrize(
	("cadence", "today", "wave"),
	[
		("Once", date(2026, 1, 30), None),
		("Once", date(2028, 1, 1), START),
		("Monthly", START, START),
		("Monthly", date(2026, 2, 27), START),
		("Monthly", date(2026, 2, 28), date(2026, 2, 28)),
		("Monthly", date(2026, 3, 30), date(2026, 2, 28)),
		("Monthly", date(2026, 3, 31), date(2026, 3, 31)),
		("Quarterly", date(2026, 4, 29), START),
		("Quarterly", date(2026, 4, 30), date(2026, 4, 30)),
		("Half-yearly", date(2026, 8, 1), date(2026, 7, 31)),
		("Yearly", date(2027, 1, 30), START),
		("Yearly", date(2027, 1, 31), date(2027, 1, 31)),
	],
)
def test_waves_by_hand(cadence, today, wave):
	assert Schedule(START, cadence).wave(today) == wave


@given(st.sampled_from(sorted(CADENCES)), days)
def test_a_wave_has_begun_and_stays_the_same_until_the_next(cadence, today):
	schedule = Schedule(START, cadence)
	wave = schedule.wave(today)
	assert START <= wave <= today
	assert schedule.wave(wave) == wave


def simulate(schedule: Schedule, sent_on: date, run_days: list[date], answered_on: date | None = None):
	"""The daily job on the given days: days of reminders, and the day of expiry."""
	last, sent, reminders, expired = sent_on, 0, [], None
	expires_on = schedule.expires_on(sent_on)
	for today in run_days:
		answered = answered_on is not None and answered_on <= today
		if schedule.reminder_is_due(today, last, sent, expires_on, answered):
			last, sent = today, sent + 1
			reminders.append(today)
		if not answered and expired is None and is_expired(today, expires_on):
			expired = today
	return reminders, expired


def every_day(count: int = 40) -> list[date]:
	return [START + timedelta(days=number) for number in range(count)]


def test_reminders_are_exact_in_count_and_spacing():
	schedule = Schedule(START, expires_after_days=14, reminders=2, reminder_spacing_days=5)
	reminders, expired = simulate(schedule, START, every_day())
	assert reminders == [START + timedelta(days=5), START + timedelta(days=10)]
	assert expired == START + timedelta(days=15)


def test_no_reminder_after_the_answer():
	schedule = Schedule(START, expires_after_days=14, reminders=2, reminder_spacing_days=5)
	answered = START + timedelta(days=6)
	assert simulate(schedule, START, every_day(), answered) == ([START + timedelta(days=5)], None)
	assert simulate(schedule, START, every_day(), START + timedelta(days=5)) == ([], None)


def test_the_last_day_is_still_open():
	schedule = Schedule(START, expires_after_days=10, reminders=2, reminder_spacing_days=5)
	assert simulate(schedule, START, every_day())[0] == [
		START + timedelta(days=5),
		START + timedelta(days=10),
	]
	assert not is_expired(START + timedelta(days=10), schedule.expires_on(START))


@given(st.integers(0, 5), st.integers(1, 9), st.integers(0, 60), st.sets(st.integers(0, 80)))
def test_a_job_that_misses_days_never_sends_more_or_closer(count, spacing, spare, ran):
	schedule = Schedule(
		START,
		expires_after_days=max(count * spacing + spare, 1),
		reminders=count,
		reminder_spacing_days=spacing,
	)
	reminders, _expired = simulate(
		schedule, START, [START + timedelta(days=number) for number in sorted(ran)]
	)
	mails = [START, *reminders]
	assert len(reminders) <= count
	assert all((later - earlier).days >= spacing for earlier, later in pairwise(mails))
	assert all(day <= schedule.expires_on(START) for day in reminders)


@pytest.mark.parametrize(
	("throttle", "days_ago", "held"),
	[(30, 29, True), (30, 30, False), (0, 0, False), (1, 0, True), (30, None, False)],
)
def test_throttle(throttle, days_ago, held):
	asked = None if days_ago is None else START - timedelta(days=days_ago)
	assert Schedule(START, throttle_days=throttle).is_throttled(START, asked) is held


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_wave_waits_as_long_as_the_throttle_can_hold_somebody(throttle, days_before):
	"""Asked up to the day of the wave by another survey: free again while the wave still waits."""
	schedule = Schedule(START, throttle_days=throttle)
	asked = START - timedelta(days=min(days_before, throttle))
	free = next(day for day in every_day(70) if not schedule.is_throttled(day, asked))
	assert schedule.waits_for_throttled(free, START)
	assert not schedule.waits_for_throttled(START + timedelta(days=throttle + 1), START)


@pytest.mark.parametrize(
	("changes", "words"),
	[
		({"expires_after_days": 0}, "open for a day"),
		({"reminders": 1}, "a day or more between"),
		({"reminders": 3, "reminder_spacing_days": 5}, "after 15 days, but an invitation expires after 14"),
		({"reminders": -1}, "0 or more"),
		({"throttle_days": -1}, "0 or more"),
	],
)
def test_schedules_that_cannot_be_kept(changes, words):
	with pytest.raises(SurveyError, match=words):
		validate_schedule(Schedule(START, **changes))
	validate_schedule(Schedule(START, reminders=2, reminder_spacing_days=7))


def test_services_take_turns():
	asked, assigned, order = {}, {}, []
	for _wave in range(4):
		service = choose_service(["Mail", "Files"], asked, assigned)
		asked[service] = asked.get(service, 0) + 1
		order.append(service)
	assert order == ["Files", "Mail", "Files", "Mail"]
	assert choose_service(["Mail", "Files"], {}, {"Files": 2, "Mail": 1}) == "Mail"
	assert choose_service([], {}, {}) is None
