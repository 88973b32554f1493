"""When a survey is sent, reminded and over, and who may be asked (BR-7). Days, no clock."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from itil_strategy.domain.survey import SurveyError
from itil_strategy.domain.text import Text, _

ONCE = "Once"
# Months from one wave to the next.
CADENCES = {ONCE: 0, "Monthly": 1, "Quarterly": 3, "Half-yearly": 6, "Yearly": 12}
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True)
class Schedule:
	"""How a survey is sent.

	A wave starts at `starts_on` and, unless it is sent once, again after each `cadence`. A contact can answer
	up to and including the day `expires_after_days` after the invitation.
	"""

	starts_on: date
	cadence: str = ONCE
	expires_after_days: int = 14
	reminders: int = 0
	reminder_spacing_days: int = 0
	throttle_days: int = 0

	def wave(self, today: date) -> date | None:
		"""First day of the wave that today belongs to; None before the first one."""
		if today < self.starts_on:
			return None
		step = CADENCES[self.cadence]
		if not step:
			return self.starts_on
		number = _months(self.starts_on, today) // step
		start = _add_months(self.starts_on, number * step)
		return start if start <= today else _add_months(self.starts_on, (number - 1) * step)

	def expires_on(self, sent_on: date) -> date:
		"""The last day on which the invitation can be answered."""
		return sent_on + timedelta(days=self.expires_after_days)

	def reminder_is_due(
		self,
		today: date,
		last_mail_on: date,
		reminders_sent: int,
		expires_on: date,
		is_answered: bool = False,
	) -> bool:
		"""A reminder follows the last mail by the spacing, as often as was set, never after answer or expiry."""
		if is_answered or reminders_sent >= self.reminders or is_expired(today, expires_on):
			return False
		return today >= last_mail_on + timedelta(days=self.reminder_spacing_days)

	def waits_for_throttled(self, today: date, wave: date) -> bool:
		"""True while somebody whom the throttle held back at the start of the wave may become free."""
		return (today - wave).days <= self.throttle_days

	def is_throttled(self, today: date, last_asked_on: date | None) -> bool:
		"""True when the contact was asked, by whatever survey, fewer than `throttle_days` days ago."""
		return last_asked_on is not None and (today - last_asked_on).days < self.throttle_days


def is_expired(today: date, expires_on: date) -> bool:
	"""True from the day after the last one."""
	return today > expires_on


def validate_schedule(schedule: Schedule) -> None:
	"""Refuse a schedule that cannot be kept: SurveyError."""
	if schedule.expires_after_days < 1:
		raise SurveyError(
			Text(_("An invitation must be open for a day or more. Change Days to Answer.")),
			field="expires_after_days",
		)
	if schedule.reminders < 0 or schedule.throttle_days < 0:
		raise SurveyError(Text(_("Reminders and Days Between Surveys are 0 or more.")), field="reminders")
	if schedule.reminders and schedule.reminder_spacing_days < 1:
		raise SurveyError(
			Text(_("Reminders need a day or more between them. Change Days Between Reminders.")),
			field="reminder_spacing_days",
		)
	last = schedule.reminders * schedule.reminder_spacing_days
	if schedule.reminders and last > schedule.expires_after_days:
		raise SurveyError(
			Text(
				_(
					"The last reminder would come after {0} days, but an invitation expires after {1}. Send fewer reminders or leave more days to answer."
				),
				(str(last), str(schedule.expires_after_days)),
			),
			field="reminders",
		)


def choose_service(
	candidates: Sequence[str], asked: Mapping[str, int], assigned: Mapping[str, int]
) -> str | None:
	"""The one service a contact is asked about, so that each gets its turn.

	The one the contact was asked about least, then the one fewest were asked about in this wave, then by name.
	"""
	if not candidates:
		return None
	return min(candidates, key=lambda name: (asked.get(name, 0), assigned.get(name, 0), name))


def _months(start: date, end: date) -> int:
	return (end.year - start.year) * MONTHS_PER_YEAR + end.month - start.month


def _add_months(day: date, months: int) -> date:
	"""The same day of a later month, or that month's last day."""
	year, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
	return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
