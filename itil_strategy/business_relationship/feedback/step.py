"""What every step of a feedback is made of: take it under its lock, move it, write it (BR-5)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, now_datetime

from itil_strategy.business_relationship.feedback.clock import set_due_times
from itil_strategy.business_relationship.feedback.people import FEEDBACK
from itil_strategy.domain.feedback import CREDIT, FeedbackFacts, FeedbackMoveError, next_status
from itil_strategy.exceptions import FeedbackStateError
from itil_strategy.utils.credit_requests import request_credit
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.relationship_permissions import feedback_staff
from itil_strategy.utils.text import as_html, bold
from itil_strategy.utils.translation import translate


def take(name: str) -> Document:
	"""The stored record, locked; only for people in charge who may write it."""
	doc = frappe.get_doc(FEEDBACK, name, for_update=True)
	doc.check_permission("write")
	if not feedback_staff(doc, frappe.session.user):
		frappe.throw(
			_("Only the people in charge of {0} may do this.").format(bold(name)), frappe.PermissionError
		)
	return doc


def move(doc: Document, name: str, with_due_times: bool = False, **values) -> None:
	"""Take the named step and write it, with new due times where it starts, stops or restarts the clock."""
	doc.status = check_move(doc, name)
	doc.update(values)
	if with_due_times:
		set_due_times(doc)
	save(doc)


def save(doc: Document, **values) -> None:
	"""Write what nobody may write by hand; the caller has checked who asks for it."""
	doc.update(values)
	doc.flags.written_by_app = True
	doc.save(ignore_permissions=True)
	doc.flags.written_by_app = False


def check_move(doc: Document, name: str) -> str:
	"""The status after the step; FeedbackStateError where it is not possible now."""
	try:
		return next_status(doc.status, name)
	except FeedbackMoveError as error:
		frappe.throw(
			f"{bold(doc.name)}: {as_html(translate(error.text))}",
			FeedbackStateError,
			title=_("Not Possible Now"),
		)


def finish(doc: Document) -> None:
	"""Close it, and ask finance for a credit that was promised (BR-6)."""
	move(doc, "close", closed_on=now_datetime())
	if doc.remedy == CREDIT:
		request_credit(doc.name)
		doc.reload()


def facts_of(doc: Document) -> FeedbackFacts:
	"""What decides whether it can be closed."""
	return FeedbackFacts(
		nature=doc.nature,
		has_response=bool(doc.last_response_on and cstr(doc.response).strip()),
		findings=cstr(doc.findings),
		open_actions=tuple(row.action for row in doc.actions if not row.is_done),
		remedy=doc.remedy or "None",
		credit_amount=to_decimal(doc.credit_amount),
		credit_currency=doc.credit_currency,
		quality_action=doc.quality_action,
	)
