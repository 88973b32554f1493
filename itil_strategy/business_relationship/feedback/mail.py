"""What is written to the customer: acknowledgement and response, kept as Communication on the record (BR-5)."""

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.email.email_body import get_message_id
from frappe.model.document import Document
from frappe.utils import format_datetime, get_formatted_email, get_string_between, validate_email_address

from itil_strategy.business_relationship.feedback.links import answer_link, renew_key
from itil_strategy.business_relationship.feedback.people import FEEDBACK
from itil_strategy.domain.feedback import ACCEPT, COMPLIMENT, REOPEN
from itil_strategy.exceptions import FeedbackReplyError
from itil_strategy.utils.text import as_html, bold


def customer_addresses(doc: Document) -> list[str]:
	"""Addresses of the customer's side: the contact's, the sender's, the raiser's on the portal, the customer's."""
	contact = doc.contact and frappe.db.get_value("Contact", doc.contact, "email_id")
	raiser = doc.channel == "Portal" and doc.raised_by and frappe.db.get_value("User", doc.raised_by, "email")
	customer = doc.customer and frappe.db.get_value("Customer", doc.customer, "email_id")
	found = (contact, doc.sender_email, raiser, customer)
	return list(dict.fromkeys(address.lower() for address in found if address))


def reply_address(doc: Document) -> str | None:
	"""Where the customer is written to; None where no valid address is known."""
	for address in customer_addresses(doc):
		if validate_email_address(address):
			return address
	return None


def answer_words() -> tuple[tuple[str, str], ...]:
	"""The words that decide as the only ones of a reply's first line, in English and in the mail's language."""
	return (
		("ACCEPT", ACCEPT),
		("REOPEN", REOPEN),
		(_("ACCEPT"), ACCEPT),
		(_("REOPEN"), REOPEN),
	)


def send_acknowledgement(doc: Document) -> bool:
	"""At once, with the number and the due time. False where the customer cannot be written to."""
	if not reply_address(doc) or not _outgoing_account():
		return False
	lines = [
		_("We received your {0} and gave it the number {1}.").format(_(doc.nature).lower(), bold(doc.name)),
		_("Subject: {0}").format(as_html(doc.subject)),
	]
	if doc.due_by:
		lines.append(_("You will hear from us by {0}.").format(format_datetime(doc.due_by)))
	lines.append(_("Reply to this e-mail to add something."))
	send(doc, _("We received your message: {0}").format(doc.subject), paragraphs(lines))
	return True


def send_response(doc: Document, message: str) -> None:
	"""The response, with links to accept or to reopen; a compliment only gets its answer."""
	text = as_html(message).replace("\n", "<br>")
	lines = [_("This is our response to {0}, {1}:").format(bold(doc.name), as_html(doc.subject)), text]
	if doc.nature != COMPLIMENT:
		key = renew_key(doc)
		accept, reopen = (answer_link(doc, key, answer) for answer in (ACCEPT, REOPEN))
		lines += [
			_("Does this settle the matter?"),
			f'<a href="{as_html(accept)}">{_("Yes, I accept the response")}</a>',
			f'<a href="{as_html(reopen)}">{_("No, please look at it again")}</a>',
			_(
				"Or reply with {0} or {1} as the only word of the first line. Any other reply reaches us as a comment."
			).format(bold(_("ACCEPT")), bold(_("REOPEN"))),
		]
	send(doc, _("Our response: {0}").format(doc.subject), paragraphs(lines))


def record_response(doc: Document, message: str, medium: str) -> None:
	"""A response given by phone, letter or in a meeting stands in the thread like an e-mail."""
	_communication(
		doc,
		_("Our response: {0}").format(doc.subject),
		paragraphs([as_html(message).replace("\n", "<br>")]),
		medium,
	).insert(ignore_permissions=True)


def require_way_to_write(doc: Document) -> None:
	"""FeedbackReplyError says what is missing: an address of the customer, or an account to send from."""
	if not reply_address(doc):
		frappe.throw(
			_(
				"{0} has no e-mail address to respond to. Choose a contact with one, or respond in another way and record it."
			).format(bold(doc.customer or doc.name)),
			FeedbackReplyError,
			title=_("No Address"),
		)
	if not _outgoing_account():
		frappe.throw(
			_("There is no Email Account to send from. Set one up, or respond in another way and record it."),
			FeedbackReplyError,
			title=_("No Email Account"),
		)


def send(doc: Document, subject: str, content: str) -> Document:
	"""Queue the e-mail; a reply to it finds the record by the message's id, or by the number in its subject."""
	communication = _communication(doc, f"{subject} (#{doc.name})", content, "Email")
	communication.insert(ignore_permissions=True)
	communication.send_email()
	return communication


def paragraphs(lines: list[str]) -> str:
	return "".join(f"<p>{line}</p>" for line in lines)


def _communication(doc: Document, subject: str, content: str, medium: str) -> Document:
	account = _outgoing_account()
	sender = account.email_id if account else frappe.db.get_value("User", frappe.session.user, "email")
	return frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": medium,
			"sent_or_received": "Sent",
			"subject": subject,
			"content": content,
			# From the account, not from the user: replies must come back to the record.
			"sender": get_formatted_email(frappe.session.user, mail=sender),
			"recipients": reply_address(doc),
			"reference_doctype": FEEDBACK,
			"reference_name": doc.name,
			"message_id": get_string_between("<", get_message_id(), ">"),
		}
	)


def _outgoing_account() -> EmailAccount | None:
	account = EmailAccount.find_outgoing(match_by_doctype=FEEDBACK)
	# A site with muted mail and no account gets one from Frappe that has no address.
	return account if account and account.email_id else None
