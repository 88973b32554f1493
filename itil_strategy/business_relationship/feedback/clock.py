"""The clock of a feedback: when a response is due, warned about and escalated, and how long it took (BR-5).

Every round has its own clock: the first one starts when the feedback is received, the next ones when the
customer reopens it. Holds stop the clock. The times are stored, so that a change of the settings moves no
due time of a feedback that is already under way.
"""

from datetime import datetime
from fractions import Fraction

from frappe.model.document import Document
from frappe.utils import flt, get_datetime

from itil_strategy.business_relationship.feedback.settings import (
	SECONDS_PER_HOUR,
	FeedbackSettings,
	hours_to_seconds,
	load_settings,
	refuse_calendar,
	to_instant,
	to_system_time,
)
from itil_strategy.domain.working_time import WARN_SHARE, Hold, NoWorkingTimeError, due_at, elapsed

TIMES = ("warn_by", "due_by", "escalate_by")


def set_due_times(doc: Document) -> None:
	"""Warning, due time and escalation of the running round; empty while a hold stands before them."""
	settings = load_settings()
	doc.target_hours = flt(settings.target_hours(doc.nature, doc.severity))
	if not doc.target_hours:
		doc.update(dict.fromkeys(TIMES))
		return
	start = to_instant(get_datetime(doc.clock_started_on), settings)
	holds = _holds(doc, settings)
	target = hours_to_seconds(doc.target_hours)
	try:
		for fieldname, share in zip(TIMES, (WARN_SHARE, Fraction(1), settings.escalate_at), strict=True):
			doc.set(
				fieldname, to_system_time(due_at(settings.calendar, start, target * share, holds), settings)
			)
	except NoWorkingTimeError as error:
		refuse_calendar(error)


def working_hours(doc: Document, until: datetime) -> float:
	"""Working hours from the start of the round until the moment, without holds."""
	settings = load_settings()
	seconds = elapsed(
		settings.calendar,
		to_instant(get_datetime(doc.clock_started_on), settings),
		to_instant(get_datetime(until), settings),
		_holds(doc, settings),
	)
	return float(seconds / SECONDS_PER_HOUR)


def is_late(doc: Document, moment: datetime) -> bool:
	"""True once the due time is reached; a feedback without one is never late."""
	return bool(doc.due_by) and get_datetime(doc.due_by) <= get_datetime(moment)


def _holds(doc: Document, settings: FeedbackSettings) -> list[Hold]:
	return [
		Hold(
			to_instant(get_datetime(row.held_from), settings),
			to_instant(get_datetime(row.held_until), settings) if row.held_until else None,
		)
		for row in doc.holds
	]
