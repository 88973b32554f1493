"""What the sample organisation promised and watches: commitments, changes around it, reviews, wanted features."""

import json

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, today

from itil_strategy.business_relationship.surveys.answers import store_response
from itil_strategy.business_relationship.surveys.load import load_questions
from itil_strategy.domain.survey import KANO, Given, judge
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.people import (
	PORTFOLIO_MANAGER,
	RELATIONSHIP_MANAGER,
	acting_as,
	is_to_come,
	write_history,
)
from itil_strategy.setup.demo.relationship import MORNING, close_wave, invite

COMMITMENT, CHANGE, REVIEW, SURVEY = (
	"Service Commitment",
	"Environment Change",
	"Relationship Review",
	"Satisfaction Survey",
)


def load_agreements(files: SampleFiles, contacts: dict[str, Document]) -> None:
	"""Existing records are left alone."""
	content = json.loads(files.content("relationship.json"))
	with acting_as(RELATIONSHIP_MANAGER):
		load_commitments(files)
		for row in content["changes"]:
			_watch_change(row)
		for row in content["reviews"]:
			_review(row)
		_ask_features(content["features"], contacts)


def load_commitments(files: SampleFiles) -> None:
	"""Promises that are missing, as the user who is logged in."""
	for row in files.table("commitments"):
		_promise(row)


def _promise(row: dict[str, str]) -> None:
	"""What does not fit is a draft until the limit is waived."""
	key = {"customer": row["customer"], "service_offering": row["offering"]}
	if frappe.db.exists(COMMITMENT, key):
		return
	doc = frappe.get_doc(
		{
			"doctype": COMMITMENT,
			**key,
			"status": "Draft" if row["waiver_reason"] else "Active",
			"units_per_month": flt(row["units"]),
			"price_basis": "Agreed" if row["unit_price"] else "By policy",
			"unit_price": flt(row["unit_price"]),
			"currency": row["currency"] or None,
			"customer_need": _need(row["need"]) if row["need"] else None,
			**{field: row[field] or None for field in ("valid_from", "valid_to", "service_level", "notes")},
		}
	).insert()
	if row["waiver_reason"]:
		with acting_as(PORTFOLIO_MANAGER):
			doc.waive_capacity(row["waiver_reason"], max(row["waiver_expires_on"], today()))
		doc.reload()
		doc.activate()
		write_history(doc, waiver_expires_on=row["waiver_expires_on"])


def _need(title: str) -> str | None:
	return frappe.db.get_value("Customer Need", {"need_title": title})


def _watch_change(row: dict) -> None:
	if frappe.db.exists(CHANGE, {"change_title": row["change_title"]}):
		return
	frappe.get_doc(
		{"doctype": CHANGE, **row, "impacts": [_impact(impact) for impact in row["impacts"]]}
	).insert()


def _impact(row: dict) -> dict:
	"""Needs and commitments have numbers, which the files do not know."""
	impact = {key: value for key, value in row.items() if key not in ("need", "commitment")}
	if "need" in row:
		impact["customer_need"] = _need(row["need"])
	if "commitment" in row:
		customer, offering = row["commitment"]
		impact["service_commitment"] = frappe.db.get_value(
			COMMITMENT, {"customer": customer, "service_offering": offering}
		)
	return impact


def _review(row: dict) -> None:
	key = {"customer": row["customer"], "review_date": row["review_date"]}
	if not frappe.db.exists(REVIEW, key):
		status = "Planned" if is_to_come(row["review_date"]) else row["status"]
		frappe.get_doc({"doctype": REVIEW, **row, "status": status}).insert()


def _ask_features(row: dict, contacts: dict[str, Document]) -> None:
	"""A Kano survey about topics of needs, closed: how one feels with a feature and without it."""
	ends_on = add_days(row["sent_on"], row["expires_after_days"])
	if frappe.db.exists(SURVEY, {"survey_title": row["title"]}) or is_to_come(ends_on):
		return
	survey = frappe.get_doc(
		{
			"doctype": SURVEY,
			"survey_title": row["title"],
			"introduction": row["introduction"],
			"starts_on": row["sent_on"],
			"cadence": "Once",
			"expires_after_days": row["expires_after_days"],
			"questions": [
				{"question": question, "kind": KANO, "topic": topic}
				for topic, question in row["topics"].items()
			],
			"contacts": [{"contact": contacts[email].name} for email, *_rest in row["answers"]],
		}
	).insert()
	survey.activate()
	for email, answered_on, *pairs in row["answers"]:
		invitation = invite(survey, {"sent_on": row["sent_on"], "contact": email}, contacts[email])
		questions = load_questions(survey)
		given = {
			question.key: Given(first, second)
			for question, (first, second) in zip(questions, pairs, strict=True)
		}
		store_response(invitation, survey, judge(questions, given), f"{answered_on} {MORNING}")
	close_wave(survey, getdate(row["sent_on"]), len(row["answers"]))
	survey.reload()
	survey.close()
