"""Answering an invitation by its link: no login, once, up to the last day (BR-7)."""

import html
from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.rate_limiter import rate_limit
from frappe.utils import formatdate, getdate, now

from itil_strategy.business_relationship.surveys.links import find_invitation
from itil_strategy.business_relationship.surveys.load import load_questions
from itil_strategy.domain.satisfaction import nps_group
from itil_strategy.domain.survey import AnswersRefusedError, Given, Response, judge
from itil_strategy.domain.survey_schedule import is_expired
from itil_strategy.exceptions import SurveyAnswerError, SurveyLinkError
from itil_strategy.utils.text import as_html, as_stored_text
from itil_strategy.utils.translation import translate

# A whole company may answer through one address; one person needs few attempts.
LIMIT_PER_ADDRESS, LIMIT_PER_LINK, LIMIT_SECONDS = 600, 30, 60 * 60
SCORE_DECIMALS = 9


class AnswersRefused(SurveyAnswerError):
	"""Refused answers, with a sentence per question for the page."""

	def __init__(self, problems: Mapping[str, str]):
		super().__init__(" ".join(map(as_html, problems.values())))
		self.problems = dict(problems)


def open_invitation(invitation: str, token: str, for_update: bool = False) -> frappe._dict:
	"""The invitation, if it can be answered now; SurveyLinkError says why it cannot."""
	row = find_invitation(invitation, token, for_update)
	if row.status == "Answered":
		frappe.throw(_("You have answered already. Thank you!"), SurveyLinkError)
	is_open = row.status == "Sent" and not is_expired(getdate(), row.expires_on)
	if not is_open or frappe.db.get_value("Satisfaction Survey", row.survey, "state") != "Active":
		frappe.throw(
			_("This survey could be answered until {0}. It is closed now.").format(
				formatdate(min(row.expires_on, getdate()))
			),
			SurveyLinkError,
		)
	return row


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=LIMIT_PER_ADDRESS, seconds=LIMIT_SECONDS)
@rate_limit(key="invitation", limit=LIMIT_PER_LINK, seconds=LIMIT_SECONDS)
def submit(invitation: str, token: str, answers: dict[str, dict[str, str]]) -> str:
	"""Store the answers of a genuine, open invitation; answers the thank-you.

	`answers` holds per question `choice`, for a Kano pair `second`, and `comment`. Permission is the link itself.
	"""
	row = open_invitation(invitation, token, for_update=True)
	survey = frappe.get_doc("Satisfaction Survey", row.survey)
	given = {
		key: Given(*(str(entered.get(part) or "") for part in ("choice", "second", "comment")))
		for key, entered in answers.items()
	}
	try:
		response = judge(load_questions(survey), given)
	except AnswersRefusedError as error:
		raise AnswersRefused({key: translate(text) for key, text in error.problems.items()}) from error
	store_response(row, survey, response, now())
	return html.unescape(survey.thanks or "") or _("Thank you for your answer.")


def store_response(invitation: frappe._dict, survey: Document, response: Response, answered_at: str) -> None:
	"""Keep an accepted response; the caller has checked who gives it, and holds the lock of the invitation."""
	questions = {row.name: row.question for row in survey.questions}
	doc = frappe.get_doc(
		{
			"doctype": "Survey Response",
			"invitation": invitation.name,
			"survey": survey.name,
			"responded_on": answered_at,
			"sent_month": invitation.sent_month,
			"customer": invitation.customer,
			"contact": invitation.contact,
			"it_service": invitation.it_service,
			"score": _number(response.score),
			"is_scored": int(response.score is not None),
			"nps": response.nps,
			"nps_group": "" if response.nps is None else nps_group(response.nps),
			"answers": [
				{
					"question_key": answer.key,
					"question": questions[answer.key],
					"raw_value": answer.raw,
					"score": _number(answer.score),
					"is_scored": int(answer.score is not None),
					"comment": as_stored_text(answer.comment),
				}
				for answer in response.answers
			],
		}
	)
	doc.flags.written_by_job = True
	doc.insert(ignore_permissions=True)
	frappe.db.set_value(
		"Survey Invitation",
		invitation.name,
		{"status": "Answered", "answered_on": answered_at, "is_undelivered": 0},
	)


def _number(score) -> float:
	return round(float(score), SCORE_DECIMALS) if score is not None else 0.0
