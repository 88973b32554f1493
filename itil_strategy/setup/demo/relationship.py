"""What the customers of the sample organisation said: their contacts, feedback with its answers, a survey.

History is written with the moments of the files, by the same clock and the same marks as on the day itself. Rows of
days to come are left out, so that the sample can be loaded on any day.
"""

from datetime import date
from itertools import groupby

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, getdate

from itil_strategy.business_relationship.feedback.clock import is_late, working_hours
from itil_strategy.business_relationship.feedback.step import save
from itil_strategy.business_relationship.surveys.answers import store_response
from itil_strategy.business_relationship.surveys.links import hash_token, make_token
from itil_strategy.business_relationship.surveys.load import load_questions
from itil_strategy.domain.feedback import CLOSED, COMPLIMENT
from itil_strategy.domain.survey import Given, judge
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.people import is_to_come, make_user
from itil_strategy.setup.roles import CUSTOMER

NAME_LENGTH = 20
MORNING = "10:00:00"


def load_relationship(files: SampleFiles) -> dict[str, Document]:
	"""Existing records are left alone; a survey that is there is not answered again. Answers the contacts."""
	contacts = load_contacts(files)
	load_feedback(files, contacts)
	for survey in files.company["surveys"]:
		load_survey(files, survey, contacts)
	return contacts


def load_contacts(files: SampleFiles) -> dict[str, Document]:
	"""Contacts by e-mail address; some are users of the portal, without a password until somebody sets one."""
	contacts = {}
	for row in files.table("contacts"):
		name = frappe.db.get_value("Contact Email", {"email_id": row["email"]}, "parent")
		contact = frappe.get_doc("Contact", name) if name else _make_contact(row)
		if row["portal"] == "yes" and not contact.user:
			user = make_user(row, "Website User", [CUSTOMER])
			# Frappe wrote to the contact of the address meanwhile.
			contact.reload()
			contact.user = user
			contact.save(ignore_permissions=True)
		contacts[row["email"]] = contact
	return contacts


def load_feedback(files: SampleFiles, contacts: dict[str, Document]) -> None:
	for row in files.table("feedback"):
		contact = contacts[row["contact"]]
		customer = contact.links[0].link_name
		key = {"customer": customer, "subject": row["subject"]}
		if frappe.db.exists("Service Feedback", key) or is_to_come(row["closed_on"] or row["received_on"]):
			continue
		doc = frappe.get_doc(
			{
				"doctype": "Service Feedback",
				**key,
				"contact": contact.name,
				"it_service": row["service"],
				"received_on": row["received_on"] or None,
				**{field: row[field] for field in ("nature", "severity", "channel", "what_happened")},
			}
		).insert(ignore_permissions=True)
		if row["responded_on"]:
			_answer(doc, row)


def load_survey(files: SampleFiles, survey: dict, contacts: dict[str, Document]) -> None:
	"""The survey with its waves, closed: the sample sends no mail."""
	title = survey["title"]
	rows = [row for row in files.table("survey_answers") if row["survey"] == title]
	last_day = max(row["sent_on"] for row in rows)
	if frappe.db.exists("Satisfaction Survey", {"survey_title": title}) or is_to_come(
		add_days(last_day, survey["expires_after_days"])
	):
		return
	doc = frappe.get_doc(
		{
			"doctype": "Satisfaction Survey",
			"survey_title": title,
			**{key: survey[key] for key in ("introduction", "starts_on", "cadence", "expires_after_days")},
			"questions": [
				{key: question[key] for key in ("question", "kind", "weight", "low_score")}
				for question in survey["questions"]
			],
			"contacts": [
				{"contact": contacts[email].name} for email in sorted({row["contact"] for row in rows})
			],
		}
	).insert(ignore_permissions=True)
	doc.activate()
	for wave, asked in groupby(sorted(rows, key=lambda row: row["sent_on"]), key=lambda row: row["sent_on"]):
		_send_wave(doc, wave, list(asked), survey, contacts)
	doc.reload()
	doc.close()


def _send_wave(
	doc: Document, wave: str, asked: list[dict], survey: dict, contacts: dict[str, Document]
) -> None:
	questions = [row["answer"] for row in survey["questions"]]
	for row in asked:
		invitation = invite(doc, row, contacts[row["contact"]])
		if row["answered_on"]:
			given = {
				question.key: _given(question, row[answer], row["comment"])
				for question, answer in zip(load_questions(doc), questions, strict=True)
			}
			response = judge(load_questions(doc), given)
			store_response(invitation, doc, response, f"{row['answered_on']} {MORNING}")
	close_wave(doc, wave, len(asked))


def close_wave(survey: Document, wave: str | date, invited: int) -> None:
	"""Note it as sent, as the job that sends waves does."""
	survey.append("waves", {"wave": wave, "sent_at": f"{wave} {MORNING}", "invited": invited})
	survey.last_wave = wave
	survey.flags.written_by_job = True
	survey.save(ignore_permissions=True)
	survey.flags.written_by_job = False


def _given(question, choice: str, comment: str) -> Given:
	"""The comment stands where the mark is low, as the survey asks for it."""
	return Given(choice, comment=comment if question.score(choice) < question.low_score else "")


def invite(survey: Document, row: dict, contact: Document) -> Document:
	"""An invitation as it was sent; nobody knows its link."""
	name = frappe.generate_hash(length=NAME_LENGTH)
	sent_on = getdate(row["sent_on"])
	return frappe.get_doc(
		{
			"doctype": "Survey Invitation",
			"survey": survey.name,
			"wave": sent_on,
			"status": "Sent",
			"customer": contact.links[0].link_name,
			"contact": contact.name,
			"email": row["contact"],
			"it_service": row.get("service"),
			"sent_on": sent_on,
			"sent_month": sent_on.replace(day=1),
			"expires_on": add_days(sent_on, survey.expires_after_days),
			"last_mail_on": sent_on,
			"token_hash": hash_token(make_token(name)),
		}
	).insert(ignore_permissions=True, set_name=name)


def _answer(doc: Document, row: dict) -> None:
	"""What the steps would have written on the day: late and how long by the clock, then the customer's word."""
	responded = get_datetime(row["responded_on"])
	is_breach, reopenings = is_late(doc, responded), cint(row["reopenings"])
	save(
		doc,
		status=CLOSED,
		acknowledged_on=doc.received_on,
		responded_on=responded,
		last_response_on=get_datetime(row["closed_on"]) if reopenings else responded,
		response=row["response"],
		in_time=int(not is_breach),
		hours_to_response=working_hours(doc, responded),
		breached_on=doc.due_by if is_breach else None,
		breach_count=int(is_breach),
		findings=row["findings"],
		reopen_count=reopenings,
		customer_answer="" if doc.nature == COMPLIMENT else "Accepted",
		answered_on=None if doc.nature == COMPLIMENT else row["closed_on"],
		closed_on=row["closed_on"],
	)


def _make_contact(row: dict) -> Document:
	return frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": row["first_name"],
			"last_name": row["last_name"],
			"email_ids": [{"email_id": row["email"], "is_primary": 1}],
			"links": [{"link_doctype": "Customer", "link_name": row["customer"]}],
		}
	).insert(ignore_permissions=True)
