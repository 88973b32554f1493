"""Which stage a service was in on a day, and how long it has been in its stage."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StageChange:
	"""A row of the stage log; a decision that keeps the stage has the same one twice."""

	day: date
	from_stage: str | None
	to_stage: str | None

	@property
	def is_entry(self) -> bool:
		return bool(self.to_stage) and self.from_stage != self.to_stage


@dataclass(frozen=True, slots=True)
class StageTimeline:
	"""The stages of a service from the day that each of them was entered."""

	days: tuple[date, ...]
	stages: tuple[str, ...]

	def stage_on(self, day: date) -> str | None:
		"""The stage on the day, the new one on the day of a change; None before the first known day."""
		position = bisect_right(self.days, day)
		return self.stages[position - 1] if position else None

	def changes_within(self, start: date, end: date) -> bool:
		"""Whether the days of [start, end) are of more than one stage."""
		return any(start < day < end for day in self.days)


def entered_on(stage: str | None, changes: Iterable[StageChange], created: date) -> date:
	"""The day of the last change that entered the stage, else the day the service was created."""
	days = [change.day for change in changes if change.is_entry and change.to_stage == stage]
	return max(days, default=created)


def is_overdue(days_in_stage: int, days_allowed: int | None, is_active: bool = True) -> bool:
	"""Longer in the stage than allowed; no limit is 0, and what is on hold or rejected waits on purpose."""
	return bool(is_active and days_allowed and days_in_stage > days_allowed)


def make_timeline(
	stage: str | None,
	changes: Sequence[StageChange],
	created: date,
	operational: tuple[date, str] | None = None,
) -> StageTimeline:
	"""Stages by the day they were entered.

	What came before the first logged change is known from the day the service was created. `operational`
	is the day that the service went live, and the stage of it, for one that was live before it was recorded.
	"""
	entries = sorted((change for change in changes if change.is_entry), key=lambda change: change.day)
	known: list[tuple[date, str]] = []
	before = entries[0].from_stage if entries else stage
	if operational and not any(change.to_stage == operational[1] for change in entries):
		known.append(operational)
	if before and (not entries or created <= entries[0].day):
		if not any(day <= created and name == before for day, name in known):
			known.append((created, before))
	known.sort()
	known += [(change.day, change.to_stage) for change in entries]
	return StageTimeline(tuple(day for day, _name in known), tuple(name for _day, name in known))
