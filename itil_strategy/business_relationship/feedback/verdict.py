"""What the customer decides about a response: accept it, or reopen the feedback (BR-5)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cstr, format_datetime, get_datetime, now_datetime

from itil_strategy.business_relationship.feedback.notify import name_of, notify
from itil_strategy.business_relationship.feedback.people import FEEDBACK, find_managers, people_in_charge
from itil_strategy.business_relationship.feedback.routing import grant_access, reassign
from itil_strategy.business_relationship.feedback.settings import reopen_days
from itil_strategy.business_relationship.feedback.step import check_move, facts_of, finish, move, save
from itil_strategy.domain.feedback import (
	ACCEPT,
	CLOSED,
	REOPEN,
	RESPONDED,
	find_missing_to_close,
	goes_to_manager,
)
from itil_strategy.exceptions import FeedbackStateError
from itil_strategy.utils.relationship_permissions import feedback_staff, is_contact_of
from itil_strategy.utils.text import as_html, bold


def answer(name: str, answer_given: str, comment: str | None = None) -> None:
	"""Accept or reopen, by a contact of the customer or by the people in charge who heard it."""
	doc = frappe.get_doc(FEEDBACK, name, for_update=True)
	doc.check_permission("read")
	user = frappe.session.user
	if not (feedback_staff(doc, user) or is_contact_of(doc.customer, user)):
		frappe.throw(
			_("Only the customer, or the people in charge of {0}, may do this.").format(bold(name)),
			frappe.PermissionError,
		)
	record_answer(doc, answer_given, comment)


def record_answer(doc: Document, answer_given: str, comment: str | None = None) -> None:
	"""What the customer decided about the response; the caller has checked who it is, and holds the lock.

	Accepting closes the feedback if nothing is missing; else the people in charge do, once it is complete.
	Reopening starts a new round with a clock of its own.
	"""
	if answer_given == ACCEPT:
		_accept(doc, comment)
	elif answer_given == REOPEN:
		_reopen(doc, comment)
	else:
		frappe.throw(
			_("{0} is no answer. Choose one of {1}.").format(bold(answer_given), f"{ACCEPT}, {REOPEN}"),
			FeedbackStateError,
		)


def _accept(doc: Document, comment: str | None) -> None:
	if doc.status not in (RESPONDED, CLOSED) or doc.customer_answer:
		frappe.throw(
			_("There is no response to accept. Reload to see where it stands."),
			FeedbackStateError,
			title=_("Nothing to Accept"),
		)
	save(doc, customer_answer="Accepted", answered_on=now_datetime(), answer_key_hash=None)
	_keep_comment(doc, _("The customer accepted the response."), comment)
	if doc.status == RESPONDED and not find_missing_to_close(facts_of(doc)):
		finish(doc)
	notify(doc, people_in_charge(doc), _("The customer accepted the response to {0}").format(name_of(doc)))


def _reopen(doc: Document, comment: str | None) -> None:
	check_move(doc, REOPEN)
	days = reopen_days()
	if doc.status == CLOSED and days and add_days(get_datetime(doc.closed_on), days) < now_datetime():
		frappe.throw(
			_("{0} was closed on {1}, more than {2} days ago. Send a new one instead.").format(
				bold(doc.name), format_datetime(doc.closed_on), days
			),
			FeedbackStateError,
			title=_("Too Late to Reopen"),
		)
	now = now_datetime()
	move(
		doc,
		REOPEN,
		with_due_times=True,
		customer_answer="Reopened",
		answered_on=now,
		answer_key_hash=None,
		reopen_count=(doc.reopen_count or 0) + 1,
		closed_on=None,
		clock_started_on=now,
		warned_on=None,
		breached_on=None,
		escalated_on=None,
		escalated_to=None,
	)
	_keep_comment(doc, _("The customer reopened it."), comment)
	if goes_to_manager(doc.reopen_count):
		escalate_to_manager(
			doc, _("Reopened {0} times: {1} goes to you").format(doc.reopen_count, name_of(doc))
		)
		reassign(doc, find_managers(doc.service_owner)[:1])
	else:
		notify(
			doc, people_in_charge(doc), _("The customer reopened {0}").format(name_of(doc)), as_html(comment)
		)


def escalate_to_manager(doc: Document, subject: str, content: str = "") -> None:
	"""The owner's manager, or the relationship managers, get to see it and are told."""
	managers = find_managers(doc.service_owner)
	grant_access(doc, managers)
	doc.db_set({"escalated_on": now_datetime(), "escalated_to": managers[0] if managers else None})
	notify(doc, managers, subject, content)


def _keep_comment(doc: Document, event: str, comment: str | None) -> None:
	text = f"{event} {as_html(comment)}" if cstr(comment).strip() else event
	doc.add_comment("Comment", text)
