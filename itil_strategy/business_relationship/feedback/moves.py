"""The steps of the people in charge. Each works on the stored record, whatever copy the caller holds (BR-5)."""

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, get_datetime, now_datetime

from itil_strategy.business_relationship.feedback.clock import is_late, working_hours
from itil_strategy.business_relationship.feedback.mail import (
	record_response,
	require_way_to_write,
	send_response,
)
from itil_strategy.business_relationship.feedback.order import check_order
from itil_strategy.business_relationship.feedback.step import check_move, facts_of, finish, move, take
from itil_strategy.domain.feedback import find_missing_to_close
from itil_strategy.exceptions import FeedbackCloseError, FeedbackStateError
from itil_strategy.utils.text import as_html, bold
from itil_strategy.utils.translation import translate

E_MAIL = "E-mail"
# How a response may be given, and what Frappe calls it.
MEDIA = {E_MAIL: "Email", "Phone": "Phone", "Meeting": "Meeting", "Letter": "Other"}


def acknowledge(name: str) -> None:
	"""Told in person, where no e-mail could be sent."""
	doc = take(name)
	move(doc, "acknowledge", acknowledged_on=now_datetime())


def start(name: str) -> None:
	doc = take(name)
	move(doc, "start", acknowledged_on=doc.acknowledged_on or now_datetime())


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
	move(doc, "hold", with_due_times=True)


def resume(name: str, held_until: str | None = None) -> None:
	"""Start the clock again, now or since an earlier moment after the hold began."""
	doc = take(name)
	moment = get_datetime(held_until) if held_until else now_datetime()
	row = next((row for row in doc.holds if not row.held_until), None)
	if row:
		check_order(_("Held From"), row.held_from, _("Held Until"), moment)
		check_order(_("Held Until"), moment, _("Now"), now_datetime())
		row.held_until = moment
	move(doc, "resume", with_due_times=True)


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
	check_move(doc, "respond")
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
	move(doc, "respond")


def close(name: str) -> None:
	"""Refused with everything that is missing at once."""
	doc = take(name)
	check_move(doc, "close")
	missing = find_missing_to_close(facts_of(doc))
	if missing:
		frappe.throw(
			"<ul>{}</ul>".format("".join(f"<li>{as_html(translate(text))}</li>" for text in missing)),
			FeedbackCloseError,
			title=_("Not Ready to Close"),
		)
	finish(doc)


def _note_response(doc: Document, now: datetime) -> None:
	"""The first response is measured; any late one is a breach, whether or not the hourly job saw it."""
	if not doc.responded_on:
		doc.responded_on = now
		doc.in_time = 0 if is_late(doc, now) else 1
		doc.hours_to_response = working_hours(doc, now)
	if is_late(doc, now) and not doc.breached_on:
		doc.breached_on = now
		doc.breach_count = (doc.breach_count or 0) + 1
