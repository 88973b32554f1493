"""Due times and working time, computed by hand; not by this app.

A calendar is written as windows by weekday, an instant as "Mon 2026-03-02 09:00" in the calendar's time zone, with
an offset ("+02:00") where clocks change near by. The weekday is checked, so that it can be trusted in reading.
A hold is "from > to"; without "to" it is open. Targets are in hours.

Clock changes of 2026, in UTC:
	Europe/Berlin        29 March 01:00 (02:00 to 03:00), 25 October 01:00 (03:00 to 02:00); +01:00, summer +02:00
	America/New_York     8 March 07:00 (02:00 to 03:00), 1 November 06:00 (02:00 to 01:00); -05:00, summer -04:00
	Australia/Lord_Howe  4 April 15:00 (02:00 to 01:30), 3 October 15:30 (02:00 to 02:30); +10:30, summer +11:00
	America/Goose_Bay    1 November 2009 at 00:01-03:00, to 31 October 23:01-04:00
Pacific/Apia went from -10:00 to +14:00 at the end of 29 December 2011: there was no 30 December.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time
from fractions import Fraction

from itil_strategy.domain.working_calendar import WEEKDAYS
from itil_strategy.domain.working_time import Hold, WorkingCalendar

DAYS = tuple(name[:3] for name in WEEKDAYS)
WORKDAYS = range(5)


def calendar(*windows: str, days: Iterable[int] = range(7), zone: str = "Europe/Berlin") -> WorkingCalendar:
	"""The windows ("09:00-17:00"; "00:00-24:00" is the whole day) on each of the days."""
	pairs = [tuple(_time(edge) for edge in window.split("-")) for window in windows]
	return WorkingCalendar({day: pairs for day in days}, frozenset(), zone)


def closed(base: WorkingCalendar, *days: str) -> WorkingCalendar:
	"""The calendar with holidays."""
	return replace(base, holidays=frozenset(date.fromisoformat(day) for day in days))


def at(text: str, base: WorkingCalendar) -> datetime:
	"""The instant of "Mon 2026-03-02 09:00" in the calendar's time zone."""
	weekday, stamp = text.split(" ", 1)
	instant = datetime.fromisoformat(stamp)
	assert weekday == DAYS[instant.weekday()], text
	return instant if instant.tzinfo else instant.replace(tzinfo=base.zone)


def hold(text: str, base: WorkingCalendar) -> Hold:
	start, _, end = text.partition(" > ")
	return Hold(at(start, base), at(end, base) if end else None)


def _time(text: str) -> time:
	return time(0) if text == "24:00" else time.fromisoformat(text)


OFFICE = calendar("09:00-17:00", days=WORKDAYS)  # 8 hours a day
SPLIT = calendar("08:00-12:00", "13:00-17:00", days=WORKDAYS)  # 4 + 4 hours
NIGHT = calendar("22:00-06:00", days=WORKDAYS)  # 8 hours; Friday's ends on Saturday
NIGHTS = calendar("22:00-06:00")  # on Saturday and Sunday too
ALWAYS = calendar("00:00-24:00")
EARLY = WorkingCalendar(
	{0: [(time(22), time(6))], 1: [(time(5), time(9))]}, frozenset(), "Europe/Berlin"
)  # the night of Monday overlaps the morning of Tuesday from 05:00 to 06:00
EASTER = closed(OFFICE, "2026-04-03", "2026-04-06")  # Good Friday and Easter Monday
MINUTE, SECOND = Fraction(1, 60), Fraction(1, 3600)

# name: (calendar, start, target in hours, holds, due; None: the clock is stopped)
DUE = {
	# --- a single window
	# 09:00 + 8 h = 17:00, the end of the window and not the start of the next
	"whole day": (OFFICE, "Mon 2026-03-02 09:00", 8, (), "Mon 2026-03-02 17:00"),
	# 13:00 to 17:00 = 4 h, 4 h are left from Tuesday 09:00
	"half and half": (OFFICE, "Mon 2026-03-02 13:00", 8, (), "Tue 2026-03-03 13:00"),
	# 09:00 + 1 h
	"within the window": (OFFICE, "Mon 2026-03-02 09:00", 1, (), "Mon 2026-03-02 10:00"),
	# waits until 09:00, + 2 h
	"start before the window": (OFFICE, "Mon 2026-03-02 07:00", 2, (), "Mon 2026-03-02 11:00"),
	# 17:00 is not in the window any more: Tuesday 09:00 + 1 h
	"start at the end of the window": (OFFICE, "Mon 2026-03-02 17:00", 1, (), "Tue 2026-03-03 10:00"),
	# Tuesday 09:00 + 8 h
	"start after the window": (OFFICE, "Mon 2026-03-02 20:00", 8, (), "Tue 2026-03-03 17:00"),
	# 16:30 + 30 min = 17:00
	"to the end of the window": (OFFICE, "Mon 2026-03-02 16:30", 30 * MINUTE, (), "Mon 2026-03-02 17:00"),
	# 30 min until 17:00, 1 min from Tuesday 09:00
	"a minute beyond": (OFFICE, "Mon 2026-03-02 16:30", 31 * MINUTE, (), "Tue 2026-03-03 09:01"),
	# nothing to wait for
	"target 0": (OFFICE, "Mon 2026-03-02 10:15", 0, (), "Mon 2026-03-02 10:15"),
	# nothing to wait for, not even for Monday
	"target 0 on a Saturday": (OFFICE, "Sat 2026-03-07 03:00", 0, (), "Sat 2026-03-07 03:00"),
	# 10:00:00.5 + 1 s
	"part of a second": (OFFICE, "Mon 2026-03-02 10:00:00.500", SECOND, (), "Mon 2026-03-02 10:00:01.500"),
	# --- weekend
	# Friday 16:00 to 17:00 = 1 h, 1 h from Monday 09:00
	"over the weekend": (OFFICE, "Fri 2026-03-06 16:00", 2, (), "Mon 2026-03-09 10:00"),
	# Monday 09:00 + 8 h
	"start on Saturday": (OFFICE, "Sat 2026-03-07 12:00", 8, (), "Mon 2026-03-09 17:00"),
	# Monday 09:00 + 1 s
	"start on Sunday night": (OFFICE, "Sun 2026-03-08 23:59", SECOND, (), "Mon 2026-03-09 09:00:01"),
	# --- several windows a day
	# 11:00 to 12:00 = 1 h, 1 h from 13:00
	"over lunch": (SPLIT, "Mon 2026-03-02 11:00", 2, (), "Mon 2026-03-02 14:00"),
	# lunch: 13:00 + 1 h
	"start at lunch": (SPLIT, "Mon 2026-03-02 12:00", 1, (), "Mon 2026-03-02 14:00"),
	# 08:00 + 4 h = 12:00, not 13:00
	"due at lunch": (SPLIT, "Mon 2026-03-02 08:00", 4, (), "Mon 2026-03-02 12:00"),
	# 13:00 to 17:00 = 4 h, Tuesday 08:00 + 4 h
	"from lunch to lunch": (SPLIT, "Mon 2026-03-02 12:30", 8, (), "Tue 2026-03-03 12:00"),
	# 09:00 to 13:00 and 12:00 to 17:00 are one window of 8 h, not 9 h
	"windows overlap": (
		calendar("12:00-17:00", "09:00-13:00"),
		"Mon 2026-03-02 09:00",
		8,
		(),
		"Mon 2026-03-02 17:00",
	),
	# 3 h + 3 h without a gap
	"windows touch": (
		calendar("09:00-12:00", "12:00-15:00"),
		"Mon 2026-03-02 10:00",
		5,
		(),
		"Mon 2026-03-02 15:00",
	),
	# 10:00 to 11:00 is inside 09:00 to 17:00 and adds nothing
	"window within a window": (
		calendar("09:00-17:00", "10:00-11:00"),
		"Mon 2026-03-02 09:00",
		8,
		(),
		"Mon 2026-03-02 17:00",
	),
	# --- over midnight
	# 22:00 + 8 h
	"whole night": (NIGHT, "Mon 2026-03-02 22:00", 8, (), "Tue 2026-03-03 06:00"),
	# 03:00 to 06:00 = 3 h, 1 h from 22:00
	"from night to night": (NIGHT, "Tue 2026-03-03 03:00", 4, (), "Tue 2026-03-03 23:00"),
	# Friday's night until Saturday 06:00 = 5 h, 1 h from Monday 22:00
	"Friday's night": (NIGHT, "Sat 2026-03-07 01:00", 6, (), "Mon 2026-03-09 23:00"),
	# no window started on Sunday: Monday 22:00 + 1 h
	"Sunday's night": (NIGHT, "Mon 2026-03-02 03:00", 1, (), "Mon 2026-03-02 23:00"),
	# 04:00 to 09:00 = 5 h, 05:00 to 06:00 counts once: 04:00 + 4 h
	"night overlaps morning": (EARLY, "Tue 2026-03-03 04:00", 4, (), "Tue 2026-03-03 08:00"),
	# 10:00 to 10:00 is 24 h from Monday on; then Tuesday's: 09:00 + 25 h
	"24 hours from ten": (
		calendar("10:00-10:00"),
		"Mon 2026-03-02 09:00",
		25,
		(),
		"Tue 2026-03-03 10:00",
	),
	# --- round the clock
	# 100 h = 4 days and 4 hours
	"round the clock": (ALWAYS, "Mon 2026-03-02 09:00", 100, (), "Fri 2026-03-06 13:00"),
	# 12 h until the end of Saturday, Sunday is free, Monday 12 h
	"round the clock, Sunday free": (
		closed(ALWAYS, "2026-03-08"),
		"Sat 2026-03-07 12:00",
		24,
		(),
		"Mon 2026-03-09 12:00",
	),
	# 15 h are left of Monday: due at its end
	"due at midnight": (ALWAYS, "Mon 2026-03-02 09:00", 15, (), "Tue 2026-03-03 00:00"),
	# --- holidays
	# Monday 4 h, Tuesday free, Wednesday 09:00 + 4 h
	"holiday in the middle": (
		closed(OFFICE, "2026-03-03"),
		"Mon 2026-03-02 13:00",
		8,
		(),
		"Wed 2026-03-04 13:00",
	),
	# Tuesday is free: Wednesday 09:00 + 1 h
	"holiday at the start": (
		closed(OFFICE, "2026-03-03"),
		"Tue 2026-03-03 10:00",
		1,
		(),
		"Wed 2026-03-04 10:00",
	),
	# Monday 23:00 to Tuesday 06:00 = 7 h though Tuesday is a holiday, whose night is free: Wednesday 22:00 + 1 h
	"night into a holiday": (
		closed(NIGHT, "2026-03-03"),
		"Mon 2026-03-02 23:00",
		8,
		(),
		"Wed 2026-03-04 23:00",
	),
	# Monday's night goes on until 06:00
	"holiday morning": (closed(NIGHT, "2026-03-03"), "Tue 2026-03-03 02:00", 2, (), "Tue 2026-03-03 04:00"),
	# Tuesday's night is free, on Wednesday morning too: Wednesday 22:00 + 1 h
	"morning after a holiday": (
		closed(NIGHT, "2026-03-03"),
		"Wed 2026-03-04 02:00",
		1,
		(),
		"Wed 2026-03-04 23:00",
	),
	# Thursday 1 h, then four free days, Tuesday 09:00 + 1 h (clocks have changed before)
	"Easter": (EASTER, "Thu 2026-04-02 16:00", 2, (), "Tue 2026-04-07 10:00"),
	# --- holds
	# the figure of the design: no working time from 17:00 to 09:00
	"hold overnight, due before": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		8,
		("Mon 2026-03-02 17:00 > Tue 2026-03-03 09:00",),
		"Mon 2026-03-02 17:00",
	),
	# the same, due after the hold: 4 h + 4 h as without it
	"hold overnight, due after": (
		OFFICE,
		"Mon 2026-03-02 13:00",
		8,
		("Mon 2026-03-02 17:00 > Tue 2026-03-03 09:00",),
		"Tue 2026-03-03 13:00",
	),
	# no working time in the hold: Friday 2 h, Monday 09:00 + 2 h
	"hold over the weekend": (
		OFFICE,
		"Fri 2026-03-06 15:00",
		4,
		("Fri 2026-03-06 17:00 > Mon 2026-03-09 09:00",),
		"Mon 2026-03-09 11:00",
	),
	# 09:00 to 11:00 = 2 h, 13:00 + 2 h
	"hold in the window": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		4,
		("Mon 2026-03-02 11:00 > Mon 2026-03-02 13:00",),
		"Mon 2026-03-02 15:00",
	),
	# Monday 4 h, Tuesday on hold, Wednesday 09:00 + 4 h
	"hold of a whole window": (
		OFFICE,
		"Mon 2026-03-02 13:00",
		8,
		("Tue 2026-03-03 09:00 > Tue 2026-03-03 17:00",),
		"Wed 2026-03-04 13:00",
	),
	# 09:00 to 16:00 = 7 h, Tuesday 10:00 + 1 h: the hold of 18 h took 2 working hours
	"hold from day to day": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		8,
		("Mon 2026-03-02 16:00 > Tue 2026-03-03 10:00",),
		"Tue 2026-03-03 11:00",
	),
	# 1 h until 10:00; 10:00 to 14:00 on hold; 14:00 + 3 h
	"holds overlap, unordered": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		4,
		("Mon 2026-03-02 12:00 > Mon 2026-03-02 14:00", "Mon 2026-03-02 10:00 > Mon 2026-03-02 13:00"),
		"Mon 2026-03-02 17:00",
	),
	# 1 h until 10:00; 10:00 to 14:00 on hold, the second one is inside; 14:00 + 1 h
	"hold within a hold": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		2,
		("Mon 2026-03-02 10:00 > Mon 2026-03-02 14:00", "Mon 2026-03-02 11:00 > Mon 2026-03-02 12:00"),
		"Mon 2026-03-02 15:00",
	),
	# 1 h until 10:00; 10:00 to 12:00 on hold; 12:00 + 1 h
	"holds touch": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		2,
		("Mon 2026-03-02 10:00 > Mon 2026-03-02 11:00", "Mon 2026-03-02 11:00 > Mon 2026-03-02 12:00"),
		"Mon 2026-03-02 13:00",
	),
	# 1 h + 1 h between + 1 h after: 09-10, 11-12, 13-14
	"two holds in a window": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		3,
		("Mon 2026-03-02 10:00 > Mon 2026-03-02 11:00", "Mon 2026-03-02 12:00 > Mon 2026-03-02 13:00"),
		"Mon 2026-03-02 14:00",
	),
	# 1 h until 10:00; the hold counts once; 11:00 + 1 h
	"the same hold twice": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		2,
		("Mon 2026-03-02 10:00 > Mon 2026-03-02 11:00",) * 2,
		"Mon 2026-03-02 12:00",
	),
	# it was over by the start: 11:00 + 1 h
	"hold before the start": (
		OFFICE,
		"Mon 2026-03-02 11:00",
		1,
		("Mon 2026-03-02 09:00 > Mon 2026-03-02 10:00",),
		"Mon 2026-03-02 12:00",
	),
	# from 10:00 to 11:00 only: 11:00 + 1 h
	"hold at the start": (
		OFFICE,
		"Mon 2026-03-02 10:00",
		1,
		("Mon 2026-03-02 08:00 > Mon 2026-03-02 11:00",),
		"Mon 2026-03-02 12:00",
	),
	# due before it: 09:00 + 2 h
	"hold after the due time": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		2,
		("Mon 2026-03-02 12:00 > Mon 2026-03-02 14:00",),
		"Mon 2026-03-02 11:00",
	),
	# half-open: all 2 h are used up when it starts
	"open hold at the due time": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		2,
		("Mon 2026-03-02 11:00",),
		"Mon 2026-03-02 11:00",
	),
	# 1 h used, 1 h left, and no end in sight
	"open hold": (OFFICE, "Mon 2026-03-02 09:00", 2, ("Mon 2026-03-02 10:00",), None),
	# nothing used
	"open hold from before the start": (OFFICE, "Mon 2026-03-02 09:00", 2, ("Sun 2026-03-01 10:00",), None),
	# from 10:00 to 10:00 there is nothing
	"empty hold": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		2,
		("Mon 2026-03-02 10:00 > Mon 2026-03-02 10:00",),
		"Mon 2026-03-02 11:00",
	),
	# --- clocks go forward
	# 22:00+01 to 06:00+02 is 21:00 to 04:00 UTC = 7 h; Sunday 22:00 + 1 h
	"Berlin, spring night": (
		NIGHTS,
		"Sat 2026-03-28 22:00+01:00",
		8,
		(),
		"Sun 2026-03-29 23:00+02:00",
	),
	# 11:00 UTC + 24 h = 11:00 UTC = 13:00+02
	"Berlin, spring, round the clock": (
		ALWAYS,
		"Sat 2026-03-28 12:00+01:00",
		24,
		(),
		"Sun 2026-03-29 13:00+02:00",
	),
	# 1 h on Friday, 1 h on Monday: the change is outside working time
	"Berlin, spring, office": (OFFICE, "Fri 2026-03-27 16:00+01:00", 2, (), "Mon 2026-03-30 10:00+02:00"),
	# 02:30 is skipped: the window starts at the jump, 01:00 UTC = 03:00+02; + 2 h
	"Berlin, start is skipped": (
		calendar("02:30-08:00"),
		"Sun 2026-03-29 00:00+01:00",
		2,
		(),
		"Sun 2026-03-29 05:00+02:00",
	),
	# 02:30 is skipped: the window ends at the jump, 00:00+01 + 2 h = 01:00 UTC
	"Berlin, end is skipped": (
		calendar("00:00-02:30"),
		"Sun 2026-03-29 00:00+01:00",
		2,
		(),
		"Sun 2026-03-29 03:00+02:00",
	),
	# 02:15 to 02:45 does not exist on this Sunday: next Sunday 02:15 + 1 min
	"Berlin, window is skipped": (
		calendar("02:15-02:45", days=[6]),
		"Sun 2026-03-29 00:00+01:00",
		MINUTE,
		(),
		"Sun 2026-04-05 02:16+02:00",
	),
	# 22:00-05 to 06:00-04 is 03:00 to 10:00 UTC = 7 h; Sunday 22:00 + 1 h
	"New York, spring night": (
		calendar("22:00-06:00", zone="America/New_York"),
		"Sat 2026-03-07 22:00-05:00",
		8,
		(),
		"Sun 2026-03-08 23:00-04:00",
	),
	# 22:00+10:30 to 06:00+11 is 11:30 to 19:00 UTC = 7.5 h; Sunday 22:00 + 0.5 h
	"Lord Howe, spring night": (
		calendar("22:00-06:00", zone="Australia/Lord_Howe"),
		"Sat 2026-10-03 22:00+10:30",
		8,
		(),
		"Sun 2026-10-04 22:30+11:00",
	),
	# --- clocks go back
	# 22:00+02 = 20:00 UTC, + 8 h = 04:00 UTC = 05:00+01
	"Berlin, autumn night": (
		NIGHTS,
		"Sat 2026-10-24 22:00+02:00",
		8,
		(),
		"Sun 2026-10-25 05:00+01:00",
	),
	# 10:00 UTC + 24 h = 10:00 UTC = 11:00+01
	"Berlin, autumn, round the clock": (
		ALWAYS,
		"Sat 2026-10-24 12:00+02:00",
		24,
		(),
		"Sun 2026-10-25 11:00+01:00",
	),
	# starts at the first 02:30, 00:30 UTC; + 1 h = 01:30 UTC = the second 02:30
	"Berlin, start comes twice": (
		calendar("02:30-05:00"),
		"Sun 2026-10-25 00:00+02:00",
		1,
		(),
		"Sun 2026-10-25 02:30+01:00",
	),
	# 00:00+02 + 2.5 h = the first 02:30
	"Berlin, end comes twice": (
		calendar("00:00-02:30"),
		"Sun 2026-10-25 00:00+02:00",
		Fraction(5, 2),
		(),
		"Sun 2026-10-25 02:30+02:00",
	),
	# the window ended at the first 02:30, so the second 02:15 is outside: Monday 00:00 + 1 h
	"Berlin, start in the second hour": (
		calendar("00:00-02:30"),
		"Sun 2026-10-25 02:15+01:00",
		1,
		(),
		"Mon 2026-10-26 01:00+01:00",
	),
	# 22:00-04 = 02:00 UTC, + 8 h = 10:00 UTC = 05:00-05
	"New York, autumn night": (
		calendar("22:00-06:00", zone="America/New_York"),
		"Sat 2026-10-31 22:00-04:00",
		8,
		(),
		"Sun 2026-11-01 05:00-05:00",
	),
	# 22:00+11 = 11:00 UTC, + 8 h = 19:00 UTC = 05:30+10:30
	"Lord Howe, autumn night": (
		calendar("22:00-06:00", zone="Australia/Lord_Howe"),
		"Sat 2026-04-04 22:00+11:00",
		8,
		(),
		"Sun 2026-04-05 05:30+10:30",
	),
	# hold from the first to the second 02:30 = 1 h; 20:00 UTC + 8 h + 1 h = 05:00 UTC
	"Berlin, hold over the change": (
		NIGHTS,
		"Sat 2026-10-24 22:00+02:00",
		8,
		("Sun 2026-10-25 02:30+02:00 > Sun 2026-10-25 02:30+01:00",),
		"Sun 2026-10-25 06:00+01:00",
	),
	# --- other time zones
	# 03:30 UTC is 09:00 in Kolkata, + 8 h = 11:30 UTC
	"Kolkata": (
		replace(OFFICE, time_zone="Asia/Kolkata"),
		"Mon 2026-03-02 03:30+00:00",
		8,
		(),
		"Mon 2026-03-02 17:00+05:30",
	),
	# clocks never change there
	"Kolkata, end of March": (
		replace(OFFICE, time_zone="Asia/Kolkata"),
		"Fri 2026-03-27 16:00+05:30",
		2,
		(),
		"Mon 2026-03-30 10:00+05:30",
	),
	# Thursday 1 h; Friday does not exist; Monday 09:00 + 1 h
	"Apia, a day is skipped": (
		replace(OFFICE, time_zone="Pacific/Apia"),
		"Thu 2011-12-29 16:00-10:00",
		2,
		(),
		"Mon 2012-01-02 10:00+14:00",
	),
	# --- calendar
	# Monday 4 h, 29 February 09:00 + 4 h
	"leap day": (OFFICE, "Mon 2028-02-28 13:00", 8, (), "Tue 2028-02-29 13:00"),
	# Monday, the leap day and Wednesday
	"over the leap day": (OFFICE, "Mon 2028-02-28 09:00", 24, (), "Wed 2028-03-01 17:00"),
	# 28 days: Friday 1 h, Monday 1 h
	"no leap day": (OFFICE, "Fri 2027-02-26 16:00", 2, (), "Mon 2027-03-01 10:00"),
	# Thursday 1 h, Friday is New Year, Monday 1 h
	"year change": (closed(OFFICE, "2027-01-01"), "Thu 2026-12-31 16:00", 2, (), "Mon 2027-01-04 10:00"),
	# 23:00 + 2 h
	"New Year's Eve": (ALWAYS, "Thu 2026-12-31 23:00", 2, (), "Fri 2027-01-01 01:00"),
	# --- long targets
	# 30 days of 8 h: six weeks, to the Friday of the sixth (2 March + 39 days), in summer time
	"six weeks": (OFFICE, "Mon 2026-03-02 09:00", 240, (), "Fri 2026-04-10 17:00"),
	# the same with two holidays: two working days later, Tuesday 14 April
	"six weeks with Easter": (EASTER, "Mon 2026-03-02 09:00", 240, (), "Tue 2026-04-14 17:00"),
	# 52 weeks of 40 h: 2 March + 51 weeks = Monday 22 February, its Friday
	"a year": (OFFICE, "Mon 2026-03-02 09:00", 2080, (), "Fri 2027-02-26 17:00"),
	# 520 weeks of 40 h: 2 March + 519 weeks (3,633 days) = Monday 11 February 2036, its Friday
	"ten years": (OFFICE, "Mon 2026-03-02 09:00", 20_800, (), "Fri 2036-02-15 17:00"),
}

# name: (calendar, start, end, holds, working time in hours)
ELAPSED = {
	# Friday 12:00 to 17:00 = 5 h, Monday 09:00 to 12:00 = 3 h
	"over the weekend": (OFFICE, "Fri 2026-03-06 12:00", "Mon 2026-03-09 12:00", (), 8),
	# 5 x 8 h
	"a week": (OFFICE, "Mon 2026-03-02 00:00", "Mon 2026-03-09 00:00", (), 40),
	"a Sunday": (OFFICE, "Sun 2026-03-08 00:00", "Mon 2026-03-09 09:00", (), 0),
	# half-open: the end does not count
	"up to the start of a window": (OFFICE, "Mon 2026-03-02 06:00", "Mon 2026-03-02 09:00", (), 0),
	"from the end of a window": (OFFICE, "Mon 2026-03-02 17:00", "Tue 2026-03-03 09:00", (), 0),
	"no time": (OFFICE, "Mon 2026-03-02 10:00", "Mon 2026-03-02 10:00", (), 0),
	"end before start": (OFFICE, "Mon 2026-03-02 12:00", "Mon 2026-03-02 10:00", (), 0),
	# 7 h of the night, 30 min of the next
	"nights": (NIGHT, "Mon 2026-03-02 23:00", "Tue 2026-03-03 22:30", (), Fraction(15, 2)),
	# 22:00 to 09:00 = 11 h, 05:00 to 06:00 counts once
	"night overlaps morning": (EARLY, "Mon 2026-03-02 12:00", "Tue 2026-03-03 12:00", (), 11),
	# Thursday to Thursday: 52 weeks of 5 days and a Thursday = 261 days of 8 h
	"the year 2026": (OFFICE, "Thu 2026-01-01 00:00", "Fri 2027-01-01 00:00", (), 2088),
	# 366 days: 52 weeks of 5 days, Saturday and Sunday = 260 days of 8 h
	"the leap year 2028": (OFFICE, "Sat 2028-01-01 00:00", "Mon 2029-01-01 00:00", (), 2080),
	# 365 x 24 h; the hour lost in March comes back in October
	"the year 2026, round the clock": (ALWAYS, "Thu 2026-01-01 00:00", "Fri 2027-01-01 00:00", (), 8760),
	# 24 - 1 and 24 + 1
	"day of 23 hours": (ALWAYS, "Sun 2026-03-29 00:00", "Mon 2026-03-30 00:00", (), 23),
	"day of 25 hours": (ALWAYS, "Sun 2026-10-25 00:00", "Mon 2026-10-26 00:00", (), 25),
	# 21:00 to 04:00 UTC, 20:00 to 05:00 UTC
	"Berlin, spring night": (NIGHTS, "Sat 2026-03-28 12:00", "Sun 2026-03-29 12:00", (), 7),
	"Berlin, autumn night": (NIGHTS, "Sat 2026-10-24 12:00", "Sun 2026-10-25 12:00", (), 9),
	# 02:00 to 11:00 UTC
	"New York, autumn night": (
		calendar("22:00-06:00", zone="America/New_York"),
		"Sat 2026-10-31 12:00",
		"Sun 2026-11-01 12:00",
		(),
		9,
	),
	# 11:00 to 19:30 UTC
	"Lord Howe, autumn night": (
		calendar("22:00-06:00", zone="Australia/Lord_Howe"),
		"Sat 2026-04-04 12:00",
		"Sun 2026-04-05 12:00",
		(),
		Fraction(17, 2),
	),
	# the first 02:30 = 00:30 UTC to 05:00+01 = 04:00 UTC
	"Berlin, start comes twice": (
		calendar("02:30-05:00"),
		"Sun 2026-10-25 00:00",
		"Sun 2026-10-25 12:00",
		(),
		Fraction(7, 2),
	),
	# Sunday came at 00:00-03 = 03:00 UTC and, after a minute, went back to Saturday 23:01; 23:31-04 = 03:31 UTC
	"Goose Bay, back over midnight": (
		calendar("00:00-24:00", days=[6], zone="America/Goose_Bay"),
		"Sat 2009-10-31 12:00",
		"Sat 2009-10-31 23:31-04:00",
		(),
		31 * MINUTE,
	),
	# 02:15 to 02:45 is skipped
	"Berlin, window is skipped": (
		calendar("02:15-02:45"),
		"Sun 2026-03-29 00:00",
		"Sun 2026-03-29 12:00",
		(),
		0,
	),
	# the day is a holiday: only the night from Monday to Tuesday 06:00
	"holiday after a night": (
		closed(NIGHT, "2026-03-03"),
		"Tue 2026-03-03 00:00",
		"Wed 2026-03-04 12:00",
		(),
		6,
	),
	# 8 h - 2 h (11:00 to 13:00) - 1 h (16:00 to 17:00)
	"holds": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		"Mon 2026-03-02 20:00",
		("Mon 2026-03-02 16:00 > Mon 2026-03-02 19:00", "Mon 2026-03-02 11:00 > Mon 2026-03-02 13:00"),
		5,
	),
	# stopped at 10:00 for good
	"open hold": (OFFICE, "Mon 2026-03-02 09:00", "Fri 2026-03-06 17:00", ("Mon 2026-03-02 10:00",), 1),
	# 8 h on Monday; from 17:00 to 09:00 there is nothing to hold; 1 h on Tuesday
	"hold overnight": (
		OFFICE,
		"Mon 2026-03-02 09:00",
		"Tue 2026-03-03 10:00",
		("Mon 2026-03-02 17:00 > Tue 2026-03-03 09:00",),
		9,
	),
	"no windows": (calendar(), "Thu 2026-01-01 00:00", "Fri 2027-01-01 00:00", (), 0),
}

PAUSE = ("Mon 2026-03-02 12:00 > Mon 2026-03-02 14:00",)
OPEN = ("Mon 2026-03-02 16:00",)

# name: (now, holds, warn at, breach at, share, overdue hours, state); office hours, 8 h from Monday 09:00
# Without a hold: 6 h = 15:00, 8 h = 17:00. PAUSE: 3 h by 12:00, 6 h at 17:00, 8 h on Tuesday 11:00.
# OPEN: 6 h at 15:00, 7 h at 16:00, and then nothing.
MILESTONES = {
	"at the start": (
		"Mon 2026-03-02 09:00",
		(),
		"Mon 2026-03-02 15:00",
		"Mon 2026-03-02 17:00",
		0,
		0,
		"In time",
	),
	# 5 h 59 min of 8 h = 359/480
	"before the warning": (
		"Mon 2026-03-02 14:59",
		(),
		"Mon 2026-03-02 15:00",
		"Mon 2026-03-02 17:00",
		Fraction(359, 480),
		0,
		"In time",
	),
	"at the warning": (
		"Mon 2026-03-02 15:00",
		(),
		"Mon 2026-03-02 15:00",
		"Mon 2026-03-02 17:00",
		Fraction(3, 4),
		0,
		"Warned",
	),
	# all but a second of 28,800
	"before the breach": (
		"Mon 2026-03-02 16:59:59",
		(),
		"Mon 2026-03-02 15:00",
		"Mon 2026-03-02 17:00",
		Fraction(28_799, 28_800),
		0,
		"Warned",
	),
	"at the breach": (
		"Mon 2026-03-02 17:00",
		(),
		"Mon 2026-03-02 15:00",
		"Mon 2026-03-02 17:00",
		1,
		0,
		"Breached",
	),
	# Tuesday 8 h and Wednesday 2 h over: 18 of 8 h; the nights do not count
	"overdue": (
		"Wed 2026-03-04 11:00",
		(),
		"Mon 2026-03-02 15:00",
		"Mon 2026-03-02 17:00",
		Fraction(9, 4),
		10,
		"Breached",
	),
	"in a hold": (
		"Mon 2026-03-02 13:00",
		PAUSE,
		"Mon 2026-03-02 17:00",
		"Tue 2026-03-03 11:00",
		Fraction(3, 8),
		0,
		"On hold",
	),
	# half-open
	"at the end of a hold": (
		"Mon 2026-03-02 14:00",
		PAUSE,
		"Mon 2026-03-02 17:00",
		"Tue 2026-03-03 11:00",
		Fraction(3, 8),
		0,
		"In time",
	),
	"warned after a hold": (
		"Tue 2026-03-03 08:00",
		PAUSE,
		"Mon 2026-03-02 17:00",
		"Tue 2026-03-03 11:00",
		Fraction(3, 4),
		0,
		"Warned",
	),
	"stopped after the warning": (
		"Tue 2026-03-03 12:00",
		OPEN,
		"Mon 2026-03-02 15:00",
		None,
		Fraction(7, 8),
		0,
		"On hold",
	),
	# the hold came too late: the breach stays
	"stopped after the breach": (
		"Tue 2026-03-03 12:00",
		("Mon 2026-03-02 18:00",),
		"Mon 2026-03-02 15:00",
		"Mon 2026-03-02 17:00",
		1,
		0,
		"Breached",
	),
	"stopped from the start": (
		"Tue 2026-03-03 12:00",
		("Sun 2026-03-01 12:00",),
		None,
		None,
		0,
		0,
		"On hold",
	),
}
