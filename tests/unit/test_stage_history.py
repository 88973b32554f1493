"""Days in a stage and the stage on a day."""

from datetime import date

import pytest

from itil_strategy.domain.stage_history import (
	StageChange,
	entered_on,
	is_overdue,
	make_timeline,
)

CREATED = date(2026, 1, 1)
CHANGES = (
	StageChange(date(2026, 2, 1), "Proposed", "Defined"),
	StageChange(date(2026, 2, 10), "Defined", "Defined"),
	StageChange(date(2026, 3, 1), "Defined", "Proposed"),
	StageChange(date(2026, 4, 1), "Proposed", "Defined"),
)


def test_a_stage_counts_from_its_last_entry():
	assert entered_on("Defined", CHANGES, CREATED) == date(2026, 4, 1)
	assert entered_on("Defined", CHANGES[:2], CREATED) == date(2026, 2, 1)


def test_a_stage_without_entry_counts_from_the_creation():
	assert entered_on("Proposed", CHANGES[:2], CREATED) == CREATED
	assert entered_on(None, (), CREATED) == CREATED


@pytest.mark.parametrize(
	("days", "allowed", "active", "expected"),
	[(30, 30, True, False), (31, 30, True, True), (31, 30, False, False), (999, 0, True, False)],
)
def test_overdue(days, allowed, active, expected):
	assert is_overdue(days, allowed, active) is expected


@pytest.mark.parametrize(
	("day", "stage"),
	[
		(date(2025, 12, 31), None),
		(date(2026, 1, 1), "Proposed"),
		(date(2026, 1, 31), "Proposed"),
		(date(2026, 2, 1), "Defined"),
		(date(2026, 3, 15), "Proposed"),
		(date(2030, 1, 1), "Defined"),
	],
)
def test_the_stage_on_a_day(day, stage):
	assert make_timeline("Defined", CHANGES, CREATED).stage_on(day) == stage


def test_a_change_on_the_first_day_is_no_change_within():
	timeline = make_timeline("Defined", CHANGES[:1], CREATED)
	assert timeline.changes_within(date(2026, 1, 15), date(2026, 2, 2))
	assert not timeline.changes_within(date(2026, 2, 1), date(2026, 3, 1))
	assert not timeline.changes_within(date(2026, 1, 1), date(2026, 2, 1))


def test_a_service_that_was_live_before_it_was_recorded():
	timeline = make_timeline("Operational", (), date(2026, 5, 1), (date(2025, 1, 1), "Operational"))
	assert timeline.stage_on(date(2024, 12, 31)) is None
	assert timeline.stage_on(date(2025, 1, 1)) == timeline.stage_on(date(2026, 6, 1)) == "Operational"


def test_a_logged_entry_wins_over_the_day_it_went_live():
	changes = (StageChange(date(2026, 2, 1), "In Transition", "Operational"),)
	timeline = make_timeline("Operational", changes, CREATED, (date(2025, 1, 1), "Operational"))
	assert timeline.days == (CREATED, date(2026, 2, 1))


def test_two_changes_on_one_day_end_in_the_later_one():
	day = date(2026, 2, 1)
	changes = (StageChange(day, "Proposed", "Defined"), StageChange(day, "Defined", "Analysed"))
	assert make_timeline("Analysed", changes, CREATED).stage_on(day) == "Analysed"


def test_nothing_is_known_of_a_service_without_stage():
	assert make_timeline(None, (), CREATED).stage_on(CREATED) is None
