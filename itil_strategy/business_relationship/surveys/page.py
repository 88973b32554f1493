"""What the response page shows: the questions with what was entered, a thank-you, or why it is not possible."""

import html
from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate

from itil_strategy.business_relationship.surveys.answers import AnswersRefused, open_invitation, submit
from itil_strategy.business_relationship.surveys.load import load_questions
from itil_strategy.domain.survey import KANO, MOST_TEXT, NPS, RATING, TEXT, Question
from itil_strategy.exceptions import SurveyLinkError
from itil_strategy.utils.text import as_plain

PARTS = ("choice", "second", "comment")


def build_page(form: Mapping[str, str], is_post: bool) -> dict:
	"""Context of the page for a GET, or after storing what a POST brings.

	Answers `refusal`, `thanks`, or `questions` with `problems`; nothing else of the survey is told.
	"""
	invitation, token = str(form.get("invitation") or ""), str(form.get("token") or "")
	page: dict = {"invitation": invitation, "token": token, "title": _("Survey")}
	try:
		row = open_invitation(invitation, token)
		survey = frappe.get_doc("Satisfaction Survey", row.survey)
		page |= _describe(survey, row)
		given = read_form(form, survey) if is_post else {}
		problems: dict[str, str] = {}
		if is_post:
			try:
				return page | {"thanks": submit(invitation, token, given)}
			except AnswersRefused as refused:
				problems = refused.problems
		page["questions"] = [
			_question(question, child, given.get(question.key, {}), problems.get(question.key))
			for question, child in zip(load_questions(survey), survey.questions, strict=True)
		]
		page["problems"] = [
			{"sentence": sentence, "anchor": _anchor(key, page["questions"])}
			for key, sentence in problems.items()
		]
	except (SurveyLinkError, frappe.RateLimitExceededError) as refused:
		frappe.clear_messages()
		page["refusal"] = as_plain(str(refused))
	return page


def read_form(form: Mapping[str, str], survey: Document) -> dict[str, dict[str, str]]:
	"""The entered values per question; fields of other names are left alone."""
	return {
		row.name: {part: str(form.get(f"{part}-{row.name}") or "") for part in PARTS}
		for row in survey.questions
	}


def _describe(survey: Document, invitation: frappe._dict) -> dict:
	return {
		"title": html.unescape(survey.survey_title),
		"introduction": html.unescape(survey.introduction or ""),
		"service_name": html.unescape(
			frappe.db.get_value("IT Service", invitation.it_service or "", "service_name") or ""
		),
		"expires_on": formatdate(invitation.expires_on),
	}


def _question(question: Question, child: Document, given: Mapping[str, str], problem: str | None) -> dict:
	choices = [{"value": choice, "label": _label(question, choice)} for choice in question.choices]
	label = html.unescape(question.label)
	groups = [{"part": "choice", "label": label, "value": given.get("choice")}]
	if question.kind == KANO:
		groups[0]["label"] = _("{0} – how do you feel if you have it?").format(label)
		groups.append(
			{
				"part": "second",
				"label": _("{0} – and how do you feel if you do not have it?").format(label),
				"value": given.get("second"),
			}
		)
	return {
		"key": question.key,
		"label": label,
		"kind": question.kind,
		"is_text": question.kind == TEXT,
		"is_scale": question.kind in (NPS, RATING),
		"is_required": question.is_required,
		"groups": [] if question.kind == TEXT else groups,
		"choices": choices,
		"hint": _hint(question, child),
		"has_comment": bool(question.is_scored and question.low_score),
		"comment": given.get("comment", ""),
		"most_text": MOST_TEXT,
		"problem": problem,
	}


def _label(question: Question, choice: str) -> str:
	if question.kind == KANO:
		return {
			"Like": _("I like it"),
			"Must be": _("I expect it"),
			"Neutral": _("I do not mind"),
			"Live with": _("I can live with it"),
			"Dislike": _("I dislike it"),
		}[choice]
	return choice if question.kind in (NPS, RATING) else _(choice)


def _hint(question: Question, child: Document) -> str:
	"""What the ends of the scale mean."""
	if question.kind not in (NPS, RATING):
		return ""
	low, high = question.scale
	labels = [child.lowest_label, child.highest_label]
	if question.kind == NPS and not any(labels):
		labels = [_("not at all likely"), _("very likely")]
	ends = [
		f"{mark} = {html.unescape(label)}" for mark, label in zip((low, high), labels, strict=True) if label
	]
	return ", ".join(ends)


def _anchor(key: str, questions: list[dict]) -> str:
	"""The first field of the question; of a refusal as a whole, the first question."""
	question = next((row for row in questions if row["key"] == key), questions[0])
	part = "comment" if question["is_text"] else "choice"
	return f"{part}-{question['key']}" + ("" if question["is_text"] else "-1")
