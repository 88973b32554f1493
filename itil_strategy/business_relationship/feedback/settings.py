"""Settings of service feedback as the domain knows them: working time, targets, escalation."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, get_system_timezone, getdate, now_datetime

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.feedback import (
	COMPLAINT,
	COMPLIMENT,
	CRITICAL,
	HIGH,
	LOW,
	MEDIUM,
	SUGGESTION,
	find_target_hours,
)
from itil_strategy.domain.working_calendar import WEEKDAYS, WorkingCalendar
from itil_strategy.domain.working_time import NoWorkingTimeError, due_at
from itil_strategy.exceptions import ServiceStrategyError, WorkingTimeError
from itil_strategy.utils.text import bold

SETTINGS = "Service Strategy Settings"
SECONDS_PER_HOUR = 3600
FULL_SHARE = 100
DEFAULT_WINDOWS = tuple((day, "09:00:00", "17:00:00") for day in WEEKDAYS[:5])
DEFAULT_TARGETS = (
	(COMPLAINT, CRITICAL, 4.0),
	(COMPLAINT, HIGH, 8.0),
	(COMPLAINT, MEDIUM, 16.0),
	(COMPLAINT, LOW, 40.0),
	(COMPLIMENT, "", 40.0),
	(SUGGESTION, "", 40.0),
)
DEFAULT_ESCALATE_AT, DEFAULT_REOPEN_DAYS = 100, 30


@dataclass(frozen=True, slots=True)
class FeedbackSettings:
	"""When people work, how long a response may take, and when it is escalated (a share of that time)."""

	calendar: WorkingCalendar
	targets: tuple[tuple[str, str, float], ...]
	escalate_at: Fraction

	def target_hours(self, nature: str, severity: str) -> float | None:
		return find_target_hours(self.targets, nature, severity)


def load_settings() -> FeedbackSettings:
	"""The site's settings; where nothing is entered, the defaults. WorkingTimeError if nobody ever works."""
	return read_settings(frappe.get_cached_doc(SETTINGS))


def read_settings(doc: Document) -> FeedbackSettings:
	"""The settings as they stand in the document. Raises WorkingTimeError when they make no calendar."""
	windows = [(row.weekday, row.start, row.end) for row in doc.get("working_windows") or ()]
	targets = tuple(
		(row.nature, row.severity or "", flt(row.response_hours)) for row in doc.get("feedback_targets") or ()
	)
	try:
		calendar = WorkingCalendar(
			windows=_by_weekday(windows or DEFAULT_WINDOWS),
			holidays=_holidays(doc.get("holiday_list")),
			time_zone=get_system_timezone(),
		)
	except DomainError as error:
		refuse_calendar(error)
	return FeedbackSettings(
		calendar,
		targets or DEFAULT_TARGETS,
		Fraction(str(flt(doc.get("escalate_at")) or DEFAULT_ESCALATE_AT)) / FULL_SHARE,
	)


def validate_settings(doc: Document) -> None:
	"""Refuse working time that never comes, targets given twice, and an escalation before the warning."""
	_validate_targets(doc)
	if not FULL_SHARE <= (flt(doc.escalate_at) or DEFAULT_ESCALATE_AT):
		frappe.throw(
			_("{0} must be {1} % or more: before the breach nothing is escalated.").format(
				bold(_(doc.meta.get_label("escalate_at"))), FULL_SHARE
			),
			ServiceStrategyError,
			title=_("Service Feedback"),
		)
	if not doc.working_windows:
		frappe.throw(
			_("There is no working time. Add a row under {0}, or no response would ever be due.").format(
				bold(_(doc.meta.get_label("working_windows")))
			),
			WorkingTimeError,
			title=_("No Working Time"),
		)
	settings = read_settings(doc)
	longest = max((hours for _nature, _severity, hours in settings.targets), default=0)
	try:
		due_at(
			settings.calendar,
			to_instant(now_datetime(), settings),
			hours_to_seconds(longest) * settings.escalate_at,
		)
	except NoWorkingTimeError as error:
		refuse_calendar(error)


def refuse_calendar(error: DomainError) -> None:
	frappe.throw(
		_("The working time cannot be used: {0} Correct it in {1}.").format(
			bold(error.message), bold(_(SETTINGS))
		),
		WorkingTimeError,
		title=_("Working Time"),
	)


def show_defaults(doc: Document) -> bool:
	"""Write what applies anyway into the fields that are empty; True when something changed."""
	is_changed = False
	for fieldname, value in (("escalate_at", DEFAULT_ESCALATE_AT), ("reopen_days", DEFAULT_REOPEN_DAYS)):
		# 0 days is a choice, nothing at all is a site from before the field.
		if doc.get(fieldname) is None or (fieldname == "escalate_at" and not flt(doc.get(fieldname))):
			doc.set(fieldname, value)
			is_changed = True
	if not doc.get("working_windows"):
		for weekday, start, end in DEFAULT_WINDOWS:
			doc.append("working_windows", {"weekday": weekday, "start": start, "end": end})
		is_changed = True
	if not doc.get("feedback_targets"):
		for nature, severity, hours in DEFAULT_TARGETS:
			doc.append("feedback_targets", {"nature": nature, "severity": severity, "response_hours": hours})
		is_changed = True
	return is_changed


def reopen_days() -> int:
	"""Days after closing in which a customer may reopen; 0 is no limit."""
	value = frappe.get_cached_doc(SETTINGS).get("reopen_days")
	return DEFAULT_REOPEN_DAYS if value is None else cint(value)


# The system's wall time and the clock's instants


def to_instant(moment: datetime, settings: FeedbackSettings) -> datetime:
	"""A stored moment, in the system's time zone, as an instant."""
	return moment.replace(tzinfo=settings.calendar.zone)


def to_system_time(instant: datetime | None, settings: FeedbackSettings) -> datetime | None:
	"""An instant as it is stored; None stays None."""
	return instant and instant.astimezone(settings.calendar.zone).replace(tzinfo=None)


def hours_to_seconds(hours: float) -> Fraction:
	return Fraction(str(hours)) * SECONDS_PER_HOUR


def _validate_targets(doc: Document) -> None:
	seen = set()
	for row in doc.feedback_targets:
		key = (row.nature, row.severity or "")
		if key in seen:
			frappe.throw(
				_("Row #{0}: {1} {2} is listed twice under {3}. Keep one row.").format(
					row.idx,
					_(row.nature),
					_(row.severity) if row.severity else "",
					bold(_("Time to Respond")),
				),
				ServiceStrategyError,
				title=_("Service Feedback"),
			)
		if flt(row.response_hours) <= 0:
			frappe.throw(
				_("Row #{0}: {1} must be more than 0.").format(
					row.idx, bold(_(row.meta.get_label("response_hours")))
				),
				ServiceStrategyError,
				title=_("Service Feedback"),
			)
		seen.add(key)


def _by_weekday(rows) -> dict[int, list[tuple[time, time]]]:
	windows: dict[int, list[tuple[time, time]]] = {}
	for weekday, start, end in rows:
		windows.setdefault(WEEKDAYS.index(weekday), []).append((_to_time(start), _to_time(end)))
	return windows


def _to_time(value: str | timedelta | time) -> time:
	"""A time of day, as the form or the database gives it; empty is midnight."""
	if isinstance(value, time):
		return value
	if isinstance(value, timedelta):
		return (datetime.min + value).time()
	return frappe.utils.get_time(value or "00:00:00")


def _holidays(holiday_list: str | None) -> frozenset[date]:
	if not holiday_list:
		return frozenset()
	return frozenset(
		getdate(day)
		for day in frappe.get_all("Holiday", {"parent": holiday_list}, pluck="holiday_date", limit=0)
	)
