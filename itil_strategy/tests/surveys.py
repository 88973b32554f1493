"""Make surveys, contacts, invitations and responses for tests."""

from collections.abc import Sequence

import frappe
from frappe.utils import getdate, today

from itil_strategy.business_relationship.surveys.answers import submit
from itil_strategy.business_relationship.surveys.links import hash_token, make_token
from itil_strategy.tests.factories import unique

QUESTIONS = (
	{"question": "How likely are you to recommend it?", "kind": "NPS", "weight": 40, "low_score": 50},
	{"question": "How quick is it?", "kind": "Rating", "weight": 60, "low_score": 50},
	{"question": "Anything else?", "kind": "Text", "is_required": 0},
)


def make_customer(**values) -> str:
	"""A customer of the test company; answers its name."""
	return (
		frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": unique("Customer"),
				"customer_type": "Company",
				"customer_group": "Commercial",
				"territory": "All Territories",
				**values,
			}
		)
		.insert()
		.name
	)


def make_contact(customer: str | None = None, email: str | None = "", **values) -> str:
	"""A contact with an address of its own, or without one for None; answers its name."""
	email = unique("contact").lower() + "@example.com" if email == "" else email
	return (
		frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": unique("Contact"),
				"email_ids": [{"email_id": email, "is_primary": 1}] if email else [],
				"links": [{"link_doctype": "Customer", "link_name": customer}] if customer else [],
				**values,
			}
		)
		.insert()
		.name
	)


def make_account(port: int = 1025):
	"""A default outgoing e-mail account on a mail server of this machine."""
	frappe.db.set_value("Email Account", {"default_outgoing": 1}, "default_outgoing", 0)
	account = frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": unique("Outgoing"),
			"email_id": f"{unique('surveys').lower()}@example.com",
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"smtp_port": port,
			"no_smtp_authentication": 1,
		}
	)
	account.flags.ignore_validate = True
	# Frappe keeps the account it found first.
	frappe.local.outgoing_email_account = {}
	return account.insert()


def make_survey(activate: bool = True, questions: Sequence[dict] = QUESTIONS, **values):
	"""A survey with two scored questions, active unless told otherwise. `services` and so on are names."""
	tables = {
		table: [row if isinstance(row, dict) else {field: row} for row in values.pop(table, ())]
		for table, field in (("services", "it_service"), ("customers", "customer"), ("contacts", "contact"))
	}
	survey = frappe.get_doc(
		{
			"doctype": "Satisfaction Survey",
			"survey_title": unique("Survey"),
			"questions": [dict(question) for question in questions],
			"throttle_days": 0,
			"starts_on": today(),
			**tables,
			**values,
		}
	).insert()
	if activate:
		survey.activate()
	return survey


def make_invitation(survey, customer: str | None = None, it_service: str | None = None, **values):
	"""An open invitation, as sending writes it."""
	name = frappe.generate_hash(length=20)
	sent_on = getdate(values.pop("sent_on", None) or today())
	return frappe.get_doc(
		{
			"doctype": "Survey Invitation",
			"survey": survey.name,
			"wave": sent_on,
			"customer": customer,
			"it_service": it_service,
			"email": f"{name}@example.com",
			"sent_on": sent_on,
			"sent_month": sent_on.replace(day=1),
			"expires_on": frappe.utils.add_days(sent_on, 14),
			"last_mail_on": sent_on,
			"token_hash": hash_token(make_token(name)),
			**values,
		}
	).insert(ignore_permissions=True, set_name=name)


def answer(invitation, *choices: str, comments: Sequence[str] = ()) -> str:
	"""Answer by the link: a choice per question in their order, comments likewise."""
	questions = frappe.get_doc("Satisfaction Survey", invitation.survey).questions
	given = {row.name: {} for row in questions}
	for part, values in (("choice", choices), ("comment", comments)):
		for row, value in zip(questions, values, strict=False):
			given[row.name][part] = value
	return submit(invitation.name, make_token(invitation.name), given)


def respond(
	survey, nps: int, rating: int, customer: str | None = None, it_service: str | None = None, **values
):
	"""An answered invitation: recommendation 0 to 10, and a mark from 1 to 5."""
	invitation = make_invitation(survey, customer, it_service, **values)
	expires_on = invitation.expires_on
	invitation.db_set("expires_on", today())
	answer(invitation, str(nps), str(rating), comments=("because", "because"))
	invitation.db_set("expires_on", expires_on)
	return frappe.get_doc("Survey Response", invitation.name)
