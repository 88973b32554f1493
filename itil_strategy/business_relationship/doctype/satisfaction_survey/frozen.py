"""What of a survey stays as it is once it was sent or answered (BR-7)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from itil_strategy.exceptions import SurveyFrozenError
from itil_strategy.utils.text import bold

QUESTION_FIELDS = (
	"question",
	"kind",
	"is_required",
	"minimum",
	"maximum",
	"is_reversed",
	"weight",
	"low_score",
	"lowest_label",
	"highest_label",
)
WAVE_FIELDS = ("wave", "invited", "known", "throttled", "unsubscribed", "without_email", "without_contact")


def refuse_changed_waves(survey: Document) -> None:
	if survey.flags.written_by_job:
		return
	before = survey.get_doc_before_save()
	if not before:
		survey.set("waves", [])
	elif _values(survey.waves, WAVE_FIELDS) != _values(before.waves, WAVE_FIELDS):
		frappe.throw(
			_("{0} is written by the app itself and cannot be changed by hand.").format(
				bold(_(survey.meta.get_label("waves")))
			),
			SurveyFrozenError,
			title=_("Not Editable"),
		)


def refuse_frozen_questions(survey: Document) -> None:
	"""Answers are only comparable to the questions that were asked."""
	before = survey.get_doc_before_save()
	if not before or _values(survey.questions, QUESTION_FIELDS) == _values(before.questions, QUESTION_FIELDS):
		return
	if frappe.db.exists("Survey Response", {"survey": survey.name}):
		frappe.throw(
			_("{0} has answers, so its questions stay. Choose New Version and change the copy.").format(
				bold(survey.name)
			),
			SurveyFrozenError,
			title=_("Questions Are Frozen"),
		)


def refuse_moved_waves(survey: Document) -> None:
	before = survey.get_doc_before_save()
	if not before or not before.last_wave or survey.flags.written_by_job:
		return
	if any(
		str(survey.get(field) or "") != str(before.get(field) or "") for field in ("cadence", "starts_on")
	):
		frappe.throw(
			_(
				"{0} was sent already, so its cadence and start stay. Choose New Version and change the copy."
			).format(bold(survey.name)),
			SurveyFrozenError,
			title=_("Sent Already"),
		)


def _values(rows: list[Document], fields: tuple[str, ...]) -> list[tuple]:
	"""What stands in the rows; 100 and 100.0, empty and 0 are the same."""
	return [tuple(_plain(row.get(fieldname)) for fieldname in fields) for row in rows]


def _plain(value) -> str:
	return str(flt(value, 9) if isinstance(value, int | float) else value or "") if value else ""
