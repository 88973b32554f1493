"""Records of a survey as the plain values that `domain` judges."""

from datetime import date

from frappe.model.document import Document
from frappe.utils import cint, getdate

from itil_strategy.domain.survey import Question
from itil_strategy.domain.survey_schedule import Schedule
from itil_strategy.utils.money import to_decimal


def load_questions(survey: Document) -> list[Question]:
	"""The questions in their order."""
	return [
		Question(
			key=row.name or str(row.idx),
			label=row.question or "",
			kind=row.kind,
			minimum=cint(row.minimum),
			maximum=cint(row.maximum),
			is_reversed=bool(row.is_reversed),
			weight=to_decimal(row.weight),
			low_score=to_decimal(row.low_score),
			is_required=bool(row.is_required),
		)
		for row in survey.questions
	]


def load_schedule(survey: Document, today: date | None = None) -> Schedule:
	"""How the survey is sent; one without a start would start today."""
	return Schedule(
		starts_on=getdate(survey.starts_on) if survey.starts_on else today or getdate(),
		cadence=survey.cadence,
		expires_after_days=cint(survey.expires_after_days),
		reminders=cint(survey.reminders),
		reminder_spacing_days=cint(survey.reminder_spacing_days),
		throttle_days=cint(survey.throttle_days),
	)
