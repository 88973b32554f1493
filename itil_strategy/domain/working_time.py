"""The clock of a complaint: working time, due times with holds, warning and breach (BR-5).

Instants are aware datetimes of any time zone; answers are in UTC. Windows are in the wall time of the calendar's
time zone, and what is counted is real time, to the microsecond: a window from 22:00 to 06:00 has 7 hours in the
night when clocks go forward. Seconds are Fractions, so that nothing is rounded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.working_calendar import DAY, SECOND, UTC, Span, WorkingCalendar

IN_TIME, WARNED, BREACHED, ON_HOLD = "In time", "Warned", "Breached", "On hold"
WARN_SHARE = Fraction(3, 4)
IDLE_DAYS = 366  # so many days on end without working time: there is none
LONGEST_WALK = 36_525  # days, a hundred years: no due time is searched further
MICROSECOND = timedelta(microseconds=1)
FOREVER = datetime.max.replace(tzinfo=UTC)

Seconds = int | Fraction


class NoWorkingTimeError(DomainError):
	"""The clock would never get to its target: the calendar has no working time, or far too little."""


class ClockError(DomainError):
	"""An instant has no time zone, a hold ends before it starts, or a target is negative."""


@dataclass(frozen=True, slots=True)
class Hold:
	"""The clock is stopped from `start` up to, not including, `end`; None: it is still stopped.

	Raises ClockError when it ends before it starts or an instant has no time zone.
	"""

	start: datetime
	end: datetime | None = None

	def __post_init__(self) -> None:
		start, end = self.span
		if end < start:
			raise ClockError(f"The hold from {self.start} to {self.end} ends before it starts. Correct it.")

	@property
	def span(self) -> Span:
		"""Start and end in UTC."""
		return _utc(self.start), FOREVER if self.end is None else _utc(self.end)


@dataclass(frozen=True, slots=True)
class Milestones:
	"""Where the clock stands: target and elapsed in working seconds without holds, warning and breach in UTC.

	`warn_at` or `breach_at` is None while an open hold stands before it.
	"""

	target: Fraction
	elapsed: Fraction
	warn_at: datetime | None
	breach_at: datetime | None
	state: str

	@property
	def share(self) -> Fraction:
		"""The share of the target that is used, 1 is all of it."""
		return share_used(self.elapsed, self.target)

	@property
	def overdue(self) -> Fraction:
		"""Working seconds beyond the target, without holds; 0 before the breach."""
		return max(self.elapsed - self.target, Fraction(0))


def working_seconds(calendar: WorkingCalendar, start: datetime, end: datetime) -> Fraction:
	"""Working time in [start, end), in real seconds; 0 when the end is not after the start.

	A calendar without working time answers 0. Raises ClockError for an instant without time zone.
	"""
	return elapsed(calendar, start, end)


def elapsed(
	calendar: WorkingCalendar, start: datetime, now: datetime, holds: Iterable[Hold] = ()
) -> Fraction:
	"""Working time in [start, now) outside the holds, in real seconds.

	Holds may be in any order and overlap. Raises ClockError for an instant without time zone.
	"""
	running = _running(_spans(calendar, _utc(start), _utc(now)), _merge(holds))
	total = sum((ends - begins for begins, ends in running), timedelta())
	return Fraction(total // MICROSECOND, SECOND // MICROSECOND)


def due_at(
	calendar: WorkingCalendar, start: datetime, target_seconds: Seconds, holds: Iterable[Hold] = ()
) -> datetime | None:
	"""When the target is used up: the earliest instant with that much working time since `start`, in UTC.

	A target that ends with a window is due at its end (17:00), not at the start of the next (09:00). A target of
	0 is due at once, in working time or not. A hold puts the due time off by its working time between start and
	due, by nothing else. None: a hold that is still open stands before it, the clock is stopped.

	Raises ClockError for a negative target or an instant without time zone, NoWorkingTimeError when the calendar
	has no working time for 366 days on end or the target takes more than a hundred years.
	"""
	begin = _utc(start)
	left = _duration(target_seconds)
	if not left:
		return begin
	stops = _merge(holds)
	stopped_for_good = stops[-1][0] if stops and stops[-1][1] == FOREVER else None
	for begins, ends in _running(_spans(calendar, begin, stopped_for_good), stops):
		if left <= ends - begins:
			return begins + left
		left -= ends - begins
	return None


def share_used(elapsed_seconds: Seconds, target_seconds: Seconds) -> Fraction:
	"""Elapsed ÷ target, exact; 1 for a target of 0, which is used up at once."""
	return Fraction(elapsed_seconds) / Fraction(target_seconds) if target_seconds else Fraction(1)


def find_milestones(
	calendar: WorkingCalendar,
	start: datetime,
	target_seconds: Seconds,
	now: datetime,
	holds: Iterable[Hold] = (),
) -> Milestones:
	"""Warning at 75 %, breach at 100 % of the target with the holds known so far, and the state at `now`.

	Exactly 75 % is Warned, exactly 100 % Breached. A breach stays one in a hold; a warning is On hold while a
	hold lasts, in working time or not. Raises what `due_at` raises.
	"""
	holds, now = tuple(holds), _utc(now)
	target = Fraction(target_seconds)
	warn_at = due_at(calendar, start, target * WARN_SHARE, holds)
	breach_at = due_at(calendar, start, target, holds)
	if breach_at is not None and breach_at <= now:
		state = BREACHED
	elif any(begins <= now < ends for begins, ends in _merge(holds)):
		state = ON_HOLD
	else:
		state = WARNED if warn_at is not None and warn_at <= now else IN_TIME
	return Milestones(target, elapsed(calendar, start, now, holds), warn_at, breach_at, state)


def _spans(calendar: WorkingCalendar, start: datetime, until: datetime | None) -> Iterator[Span]:
	"""Working time from `start` to `until`, in order and without overlap; without `until` it never ends, or raises.

	A window reaches into the next day at most, so the day before may matter. Where clocks go back over midnight,
	so may the day after.
	"""
	first = last_worked = day = start.astimezone(calendar.zone).date() - DAY
	last = until and until.astimezone(calendar.zone).date() + DAY
	done = start
	while last is None or day <= last:
		for begins, ends in calendar.spans_of(day):
			begins, ends = max(begins, done), min(ends, until or ends)
			if begins < ends:
				yield begins, ends
				done, last_worked = ends, day
		day += DAY
		if last is None and (day - last_worked).days > IDLE_DAYS:
			raise NoWorkingTimeError(
				f"The working calendar has no working time from {last_worked + DAY} to {day - DAY}. "
				"Add working windows or remove holidays."
			)
		if last is None and (day - first).days > LONGEST_WALK:
			raise NoWorkingTimeError(
				f"The target is not used up by {day}, a hundred years on. "
				"Lower the target or add working windows."
			)


def _running(spans: Iterable[Span], stops: Sequence[Span]) -> Iterator[Span]:
	"""The spans without the stops; both are in order and without overlap."""
	following = 0
	for begins, ends in spans:
		while following < len(stops) and stops[following][0] < ends:
			stop, resume = stops[following]
			if begins < stop:
				yield begins, stop
			begins = max(begins, resume)
			if resume > ends:
				break
			following += 1
		if begins < ends:
			yield begins, ends


def _merge(holds: Iterable[Hold]) -> list[Span]:
	merged: list[Span] = []
	for begins, ends in sorted(hold.span for hold in holds):
		if merged and begins <= merged[-1][1]:
			merged[-1] = merged[-1][0], max(merged[-1][1], ends)
		else:
			merged.append((begins, ends))
	return merged


def _utc(instant: datetime) -> datetime:
	if instant.utcoffset() is None:
		raise ClockError(f"The instant {instant} has no time zone. Give one with its time zone.")
	return instant.astimezone(UTC)


def _duration(seconds: Seconds) -> timedelta:
	"""Exact to the microsecond, a finer part counts as one."""
	if seconds < 0:
		raise ClockError(f"The target of {seconds} seconds is negative. Give 0 or more.")
	return MICROSECOND * ceil(Fraction(seconds) * (SECOND // MICROSECOND))
