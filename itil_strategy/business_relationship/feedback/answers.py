"""How a customer answers a response without an account: by a link in it, or by a reply to it (BR-5).

Rule for replies, which the response and the settings tell too: a reply whose first line is only ACCEPT or REOPEN
(or the same word in the language of the mail) counts like the link, if it comes from an address of the customer
and answers an e-mail of ours about this feedback. Every other reply (thanks, questions, automatic ones) is kept
in the thread and told to the people in charge, and changes nothing.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.rate_limiter import rate_limit

from itil_strategy.business_relationship.feedback.links import take_by_ticket
from itil_strategy.business_relationship.feedback.mail import answer_words, customer_addresses
from itil_strategy.business_relationship.feedback.notify import name_of, notify
from itil_strategy.business_relationship.feedback.people import FEEDBACK, people_in_charge
from itil_strategy.business_relationship.feedback.verdict import record_answer
from itil_strategy.domain.feedback import read_answer
from itil_strategy.exceptions import FeedbackStateError
from itil_strategy.utils.text import as_html, as_plain

ANSWERS_PER_HOUR = 20


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=ANSWERS_PER_HOUR, seconds=60 * 60)
def answer_by_link(ticket: str, comment: str | None = None) -> str:
	"""Accept or reopen by the parameters of a link; it works once. Answers the new status."""
	doc, answer = take_by_ticket(ticket)
	record_answer(doc, answer, comment)
	return doc.status


def read_reply(communication: Document, method: str | None = None) -> None:
	"""An e-mail arrived in the thread of a feedback."""
	if (
		communication.reference_doctype != FEEDBACK
		or communication.sent_or_received != "Received"
		or communication.communication_type != "Communication"
	):
		return
	doc = frappe.get_doc(FEEDBACK, communication.reference_name, for_update=True)
	if doc.sender_email and not doc.what_happened and not communication.in_reply_to:
		# The first e-mail, which made the record, is its text.
		doc.db_set("what_happened", _text_of(communication))
		return
	answer = _decided(communication, doc)
	if answer:
		frappe.db.savepoint("answer_by_mail")
		try:
			record_answer(doc, answer)
			return
		except FeedbackStateError:
			# Too late, or answered before: the reply stays a comment and somebody looks at it.
			frappe.db.rollback(save_point="answer_by_mail")
			frappe.clear_messages()
	notify(
		doc,
		people_in_charge(doc),
		_("{0} wrote about {1}").format(as_html(communication.sender), name_of(doc)),
		as_html(_text_of(communication)[:500]),
	)


def _decided(communication: Document, doc: Document) -> str | None:
	if (communication.sender or "").lower() not in customer_addresses(doc):
		return None
	answered = communication.in_reply_to and frappe.db.get_value(
		"Communication",
		{
			"name": communication.in_reply_to,
			"reference_doctype": FEEDBACK,
			"reference_name": doc.name,
			"sent_or_received": "Sent",
		},
	)
	return read_answer(_text_of(communication), answer_words()) if answered else None


def _text_of(communication: Document) -> str:
	return communication.text_content or as_plain(communication.content or "")
