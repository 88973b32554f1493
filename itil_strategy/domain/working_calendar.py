"""When people work: windows of the week in wall time, holidays, and what they are in real time (BR-5)."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from math import ceil
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from itil_strategy.domain.errors import DomainError

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
UTC = timezone.utc

Window = tuple[time, time]
Span = tuple[datetime, datetime]


class WorkingCalendarError(DomainError):
	"""The calendar names an unknown time zone or a holiday that is not a date."""


class WindowError(WorkingCalendarError):
	"""A working window is not valid; `weekday` (0 is Monday) and `window` are as given."""

	def __init__(self, weekday: object, window: object, remedy: str):
		is_known = type(weekday) is int and 0 <= weekday < len(WEEKDAYS)
		day = WEEKDAYS[weekday] if is_known else f"weekday {weekday!r}"
		super().__init__(f"The working window {_show(window)} on {day} is not valid. {remedy}")
		self.weekday = weekday
		self.window = window


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
	"""When people work.

	`windows` maps a weekday (0 is Monday) to its windows, each from a start to an end in wall time. An end that
	is not after the start is on the next day: 22:00 to 06:00 is a night, 00:00 to 00:00 the whole day up to
	24:00. Windows may touch or overlap, over midnight too; nothing counts twice. A weekday without a window is
	free.

	A holiday takes away the windows that *start* on that day. One that started the evening before runs on into
	the morning of the holiday, and the night that starts on the holiday is free to its end.

	When clocks go forward, a wall time that is skipped is the moment of the jump. When they go back, a wall time
	that comes twice is its first coming, at the start and at the end of a window: windows that touch on the wall
	touch in real time, and the repeated hour goes on as the hour before it ended.

	Raises WindowError, and WorkingCalendarError for an unknown time zone or a holiday that is not a date.
	"""

	windows: Mapping[int, Sequence[Window]]
	holidays: Set[date]
	time_zone: str

	def __post_init__(self) -> None:
		ordered = {}
		for weekday, windows in self.windows.items():
			for window in windows:
				_check_window(weekday, window)
			ordered[weekday] = tuple(sorted((start, end) for start, end in windows))
		for day in self.holidays:
			# A datetime is a date that equals none: the holiday would be ignored.
			if type(day) is not date:
				raise WorkingCalendarError(f"The holiday {day!r} is not a date. Give a day without a time.")
		object.__setattr__(self, "windows", ordered)
		object.__setattr__(self, "holidays", frozenset(self.holidays))
		try:
			ZoneInfo(self.time_zone)
		except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
			raise WorkingCalendarError(
				f"The time zone {self.time_zone!r} is not known. Use a name like Europe/Berlin."
			) from error

	@property
	def zone(self) -> ZoneInfo:
		return ZoneInfo(self.time_zone)

	def spans_of(self, day: date) -> Iterator[Span]:
		"""The windows that start on the day, in UTC, ordered by start.

		They may overlap; one that clocks skip is empty, none ends before it starts.
		"""
		if day in self.holidays:
			return
		zone = self.zone
		for start, end in self.windows.get(day.weekday(), ()):
			last_day = day + DAY if end <= start else day
			yield (
				_instant(datetime.combine(day, start), zone),
				_instant(datetime.combine(last_day, end), zone),
			)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
	"""When the clock on the wall first shows the time, in UTC; for a time it skips, when it jumps."""
	local = wall.replace(tzinfo=zone, fold=0)
	before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
	late = (wall - before).replace(tzinfo=UTC)
	if after <= before:
		return late
	early = (wall - after).replace(tzinfo=UTC, microsecond=0)
	return early + SECOND * bisect_left(
		range(ceil((late - early) / SECOND)),
		True,
		key=lambda seconds: (early + SECOND * seconds).astimezone(zone).utcoffset() != before,
	)


def _check_window(weekday: object, window: object) -> None:
	if type(weekday) is not int or not 0 <= weekday < len(WEEKDAYS):
		raise WindowError(weekday, window, "Use 0 for Monday to 6 for Sunday.")
	is_pair = isinstance(window, Sequence) and len(window) == 2
	if not is_pair or not all(isinstance(edge, time) and edge.tzinfo is None for edge in window):
		raise WindowError(weekday, window, "Give a start and an end, both times of day without a time zone.")


def _show(window: object) -> str:
	if isinstance(window, Sequence) and not isinstance(window, str):
		return "–".join(str(edge) for edge in window)
	return repr(window)
