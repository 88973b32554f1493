"""Links in a response that let the customer answer without an account: signed, and good for one answer."""

import hmac
from hashlib import sha256
from urllib.parse import parse_qs, urlencode

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_url
from frappe.utils.verified_command import get_signed_params

from itil_strategy.business_relationship.feedback.people import FEEDBACK
from itil_strategy.domain.feedback import ACCEPT, REOPEN
from itil_strategy.exceptions import FeedbackReplyError

PAGE = "feedback-answer"
SIGNATURE = "&_signature="


def renew_key(doc: Document) -> str:
	"""A new key for the links of one response; those of the last one are void. Only its hash is stored."""
	key = frappe.generate_hash(length=40)
	doc.answer_key_hash = hash_key(key)
	return key


def answer_link(doc: Document, key: str, answer: str) -> str:
	"""The address of the page that asks before it answers: programs that follow links in mails decide nothing."""
	params = urlencode({"feedback": doc.name, "answer": answer, "key": key})
	return get_url(f"/{PAGE}?{get_signed_params(params)}")


def take_by_ticket(ticket: str) -> tuple[Document, str]:
	"""The feedback of a link, locked, and the answer it gives.

	FeedbackReplyError when the link is forged, used, or replaced by a later response.
	"""
	params, _separator, signature = ticket.partition(SIGNATURE)
	if not hmac.compare_digest(get_signed_params(params).partition(SIGNATURE)[2], signature):
		_refuse()
	values = {name: found[0] for name, found in parse_qs(params).items()}
	feedback, answer = values.get("feedback", ""), values.get("answer", "")
	if answer not in (ACCEPT, REOPEN) or not frappe.db.exists(FEEDBACK, {"name": feedback}):
		_refuse()
	# Read under the lock: of two clicks at once the second finds the key used.
	doc = frappe.get_doc(FEEDBACK, feedback, for_update=True)
	if not hmac.compare_digest(doc.answer_key_hash or "", hash_key(values.get("key", ""))):
		_refuse()
	return doc, answer


def hash_key(key: str) -> str:
	return sha256(key.encode()).hexdigest()


def _refuse() -> None:
	frappe.throw(
		_("This link was used already or is not valid any more. Reply to the e-mail instead."),
		FeedbackReplyError,
		title=_("Link Not Valid"),
	)
