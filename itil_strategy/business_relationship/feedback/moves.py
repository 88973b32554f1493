"""The steps of a feedback. Each works on the stored record under its lock, whatever copy the caller holds (BR-5)."""

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cstr, format_datetime, get_datetime, now_datetime

from itil_strategy.business_relationship.feedback.clock import is_late, set_due_times, working_hours
from itil_strategy.business_relationship.feedback.mail import (
	record_response,
	require_way_to_write,
	send_response,
)
from itil_strategy.business_relationship.feedback.notify import name_of, notify
from itil_strategy.business_relationship.feedback.order import check_order
from itil_strategy.business_relationship.feedback.people import FEEDBACK, find_managers, people_in_charge
from itil_strategy.business_relationship.feedback.routing import grant_access, reassign
from itil_strategy.business_relationship.feedback.settings import reopen_days
from itil_strategy.domain.feedback import (
	ACCEPT,
	CLOSED,
	CREDIT,
	REOPEN,
	RESPONDED,
	FeedbackFacts,
	FeedbackMoveError,
	find_missing_to_close,
	goes_to_manager,
	next_status,
)
from itil_strategy.exceptions import FeedbackCloseError, FeedbackStateError
from itil_strategy.utils.credit_requests import request_credit
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.permissions import feedback_staff, is_contact_of
from itil_strategy.utils.text import as_html, bold
from itil_strategy.utils.translation import translate

E_MAIL = "E-mail"
# How a response may be given, and what Frappe calls it.
MEDIA = {E_MAIL: "Email", "Phone": "Phone", "Meeting": "Meeting", "Letter": "Other"}


def take(name: str) -> Document:
	"""The stored record, locked; only for people in charge who may write it."""
	doc = frappe.get_doc(FEEDBACK, name, for_update=True)
	doc.check_permission("write")
	if not feedback_staff(doc, frappe.session.user):
		frappe.throw(
			_("Only the people in charge of {0} may do this.").format(bold(name)), frappe.PermissionError
		)
	return doc


def acknowledge(name: str) -> None:
	"""Told in person, where no e-mail could be sent."""
	doc = take(name)
	_move(doc, "acknowledge", acknowledged_on=now_datetime())


def start(name: str) -> None:
	doc = take(name)
	_move(doc, "start", acknowledged_on=doc.acknowledged_on or now_datetime())


def hold(name: str, reason: str, held_from: str | None = None) -> None:
	"""Stop the clock, with a reason, now or since an earlier moment of this round."""
	doc = take(name)
	if not cstr(reason).strip():
		frappe.throw(
			_("Fill in {0}: a stopped clock must be explained.").format(bold(_("Reason"))),
			FeedbackStateError,
			title=_("Reason Missing"),
		)
	moment = get_datetime(held_from) if held_from else now_datetime()
	held_from_label = _("Held From")
	check_order(_("Clock Started On"), doc.clock_started_on, held_from_label, moment)
	if doc.holds:
		check_order(_("Held Until"), doc.holds[-1].held_until, held_from_label, moment)
	check_order(held_from_label, moment, _("Now"), now_datetime())
	doc.append("holds", {"held_from": moment, "reason": reason, "held_by": frappe.session.user})
	_move(doc, "hold", with_due_times=True)


def resume(name: str, held_until: str | None = None) -> None:
	"""Start the clock again, now or since an earlier moment after the hold began."""
	doc = take(name)
	moment = get_datetime(held_until) if held_until else now_datetime()
	row = next((row for row in doc.holds if not row.held_until), None)
	if row:
		check_order(_("Held From"), row.held_from, _("Held Until"), moment)
		check_order(_("Held Until"), moment, _("Now"), now_datetime())
		row.held_until = moment
	_move(doc, "resume", with_due_times=True)


def respond(name: str, message: str, medium: str = E_MAIL) -> None:
	"""Answer the customer: by e-mail with links to accept or reopen, or record how else it was done."""
	doc = take(name)
	if not cstr(message).strip():
		frappe.throw(_("Fill in {0}.").format(bold(_("Response"))), FeedbackStateError, title=_("Response"))
	if medium not in MEDIA:
		frappe.throw(
			_("{0} is no way to respond. Choose one of {1}.").format(bold(medium), ", ".join(MEDIA)),
			FeedbackStateError,
		)
	_check_move(doc, "respond")
	if medium == E_MAIL:
		require_way_to_write(doc)
	now = now_datetime()
	_note_response(doc, now)
	doc.response, doc.last_response_on = message, now
	doc.acknowledged_on = doc.acknowledged_on or now
	doc.customer_answer = ""
	doc.answer_key_hash = None
	if medium == E_MAIL:
		send_response(doc, message)
	else:
		record_response(doc, message, MEDIA[medium])
	_move(doc, "respond")


def close(name: str) -> None:
	"""Refused with everything that is missing at once."""
	doc = take(name)
	_check_move(doc, "close")
	missing = find_missing_to_close(facts_of(doc))
	if missing:
		frappe.throw(
			"<ul>{}</ul>".format("".join(f"<li>{as_html(translate(text))}</li>" for text in missing)),
			FeedbackCloseError,
			title=_("Not Ready to Close"),
		)
	_close(doc)


# The customer's answer


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


def _accept(doc: Document, comment: str | None) -> None:
	if doc.status not in (RESPONDED, CLOSED) or doc.customer_answer:
		frappe.throw(
			_("There is no response to accept. Reload to see where it stands."),
			FeedbackStateError,
			title=_("Nothing to Accept"),
		)
	_save(doc, customer_answer="Accepted", answered_on=now_datetime(), answer_key_hash=None)
	_keep_comment(doc, _("The customer accepted the response."), comment)
	if doc.status == RESPONDED and not find_missing_to_close(facts_of(doc)):
		_close(doc)
	notify(doc, people_in_charge(doc), _("The customer accepted the response to {0}").format(name_of(doc)))


def _reopen(doc: Document, comment: str | None) -> None:
	_check_move(doc, REOPEN)
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
	_move(
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


def _close(doc: Document) -> None:
	_move(doc, "close", closed_on=now_datetime())
	if doc.remedy == CREDIT:
		request_credit(doc.name)
		doc.reload()


def _note_response(doc: Document, now: datetime) -> None:
	"""The first response is measured; any late one is a breach, whether or not the hourly job saw it."""
	if not doc.responded_on:
		doc.responded_on = now
		doc.in_time = 0 if is_late(doc, now) else 1
		doc.hours_to_response = working_hours(doc, now)
	if is_late(doc, now) and not doc.breached_on:
		doc.breached_on = now
		doc.breach_count = (doc.breach_count or 0) + 1


def _move(doc: Document, move: str, with_due_times: bool = False, **values) -> None:
	doc.status = _check_move(doc, move)
	doc.update(values)
	if with_due_times:
		set_due_times(doc)
	_save(doc)


def _save(doc: Document, **values) -> None:
	doc.update(values)
	doc.flags.written_by_app = True
	doc.save(ignore_permissions=True)
	doc.flags.written_by_app = False


def _check_move(doc: Document, move: str) -> str:
	try:
		return next_status(doc.status, move)
	except FeedbackMoveError as error:
		frappe.throw(
			f"{bold(doc.name)}: {as_html(translate(error.text))}",
			FeedbackStateError,
			title=_("Not Possible Now"),
		)


def _keep_comment(doc: Document, event: str, comment: str | None) -> None:
	text = f"{event} {as_html(comment)}" if cstr(comment).strip() else event
	doc.add_comment("Comment", text)
