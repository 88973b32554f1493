"""Feedback of the own customer: give it, follow it, read the response, accept it or reopen the case (BR-5)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from itil_strategy.domain.feedback import COMPLIMENT, MEDIUM, NATURES, RESPONDED, SEVERITIES
from itil_strategy.exceptions import PortalFormError
from itil_strategy.portal.customer import require_customer
from itil_strategy.portal.needs import MOST_TITLE, check_subject, check_text
from itil_strategy.portal.page import MOST_TEXT, ROWS_PER_PAGE
from itil_strategy.portal.words import day, moment, typed
from itil_strategy.utils.text import as_stored_text, bold

FEEDBACK = "Service Feedback"
STEPS = (
	("received_on", "Received"),
	("acknowledged_on", "Acknowledged"),
	("responded_on", "First response"),
	("last_response_on", "Latest response"),
	("answered_on", "Your answer"),
	("closed_on", "Closed"),
)


@frappe.whitelist()
def get_feedbacks(start: int = 0) -> list[dict]:
	"""Feedback of the own customer, newest first: one more than a page when there is further one."""
	rows = frappe.get_list(
		FEEDBACK,
		{"customer": require_customer()},
		["name", "subject", "nature", "status", "received_on"],
		order_by="received_on desc, name desc",
		limit_start=max(start, 0),
		limit_page_length=ROWS_PER_PAGE + 1,
	)
	return [
		{
			"name": row.name,
			"subject": typed(row.subject),
			"nature": row.nature,
			"status": row.status,
			"received_on": day(row.received_on),
		}
		for row in rows
	]


@frappe.whitelist()
def get_feedback(name: str) -> dict:
	"""One feedback of the own customer with our response."""
	doc = own_feedback(name)
	service = doc.it_service and frappe.db.get_value("IT Service", doc.it_service, "service_name")
	return {
		"name": doc.name,
		"subject": typed(doc.subject),
		"nature": doc.nature,
		"status": doc.status,
		"severity": doc.severity,
		"service_name": typed(service),
		"what_happened": typed(doc.what_happened),
		"remedy_sought": typed(doc.remedy_sought),
		"due_by": moment(doc.due_by) if not doc.responded_on else "",
		"response": typed(doc.response),
		"customer_answer": doc.customer_answer,
		"reopen_count": doc.reopen_count,
		"steps": [
			{"step": _(label), "on": moment(doc.get(field))} for field, label in STEPS if doc.get(field)
		],
		"can_answer": doc.status == RESPONDED and doc.nature != COMPLIMENT and not doc.customer_answer,
	}


@frappe.whitelist(methods=["POST"])
def give_feedback(
	nature: str,
	subject: str,
	what_happened: str,
	severity: str = MEDIUM,
	remedy_sought: str = "",
	it_service: str = "",
	service_offering: str = "",
) -> str:
	"""A complaint, a compliment or a suggestion of the own customer; answers its number."""
	customer = require_customer()
	problems: dict[str, str] = {}
	if nature not in NATURES:
		problems["nature"] = _("Choose what it is.")
	severity = cstr(severity) or MEDIUM
	if severity not in SEVERITIES:
		problems["severity"] = _("Choose how severe it is.")
	values = {
		"subject": check_text(subject, "subject", _("Enter a subject."), MOST_TITLE, problems),
		"what_happened": check_text(
			what_happened, "what_happened", _("Write down what happened."), MOST_TEXT, problems
		),
		"remedy_sought": cstr(remedy_sought).strip()
		and check_text(remedy_sought, "remedy_sought", "", MOST_TEXT, problems),
	}
	values = {field: as_stored_text(text) for field, text in values.items()}
	if len(values["subject"]) > MOST_TITLE:
		problems.setdefault("subject", _("This is longer than {0} signs. Shorten it.").format(MOST_TITLE))
	values |= check_subject(it_service, service_offering, problems)
	if problems:
		raise PortalFormError(problems)
	doc = frappe.get_doc(
		{"doctype": FEEDBACK, "customer": customer, "nature": nature, "severity": severity, **values}
	).insert()
	return doc.name


@frappe.whitelist(methods=["POST"])
def accept_response(name: str, comment: str = "") -> str:
	"""The matter is settled; answers the status."""
	doc = own_feedback(name)
	doc.accept_response(cstr(comment).strip()[:MOST_TEXT] or None)
	return doc.status


@frappe.whitelist(methods=["POST"])
def reopen_feedback(name: str, comment: str) -> str:
	"""The matter is not settled, and why; answers the status."""
	doc = own_feedback(name)
	problems: dict[str, str] = {}
	comment = check_text(comment, "comment", _("Write down what is still wrong."), MOST_TEXT, problems)
	if problems:
		raise PortalFormError(problems)
	doc.reopen(comment)
	return doc.status


def own_feedback(name: str) -> Document:
	"""A feedback of the customer that the user speaks for; any other one does not exist for the user."""
	customer = require_customer()
	if not frappe.get_list(FEEDBACK, {"name": cstr(name), "customer": customer}, pluck="name", limit=1):
		frappe.throw(
			_("{0} is no feedback of yours.").format(bold(name)),
			frappe.DoesNotExistError,
			title=_("Not Found"),
		)
	doc = frappe.get_doc(FEEDBACK, name)
	doc.check_permission("read")
	return doc
