"""Mail of a feedback over the wire: sent to a real SMTP server, answered by messages as mail programs write them."""

import re
import socket
from email import policy
from email.parser import BytesParser
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller

import frappe
from frappe.email.queue import flush
from frappe.email.receive import InboundMail

from itil_strategy.business_relationship.feedback.answers import answer_by_link
from itil_strategy.exceptions import FeedbackReplyError
from itil_strategy.tests.factories import unique
from itil_strategy.tests.feedback import (
	ACCOUNT_ADDRESS,
	forget_accounts,
	make_case,
	make_email_account,
	notified,
)

MAILS = Path(__file__).parent / "mails"
LINK = re.compile(r'href="([^"]*/feedback-answer\?[^"]*)"')


class Mailbox:
	"""What the SMTP server was given."""

	def __init__(self):
		self.messages = []

	async def handle_DATA(self, server, session, envelope):
		self.messages.append(BytesParser(policy=policy.default).parsebytes(envelope.content))
		return "250 OK"

	def sent_to(self, address: str) -> list:
		return [message for message in self.messages if address in message["To"]]


def free_port() -> int:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


@pytest.fixture
def mailbox(frappe_site, monkeypatch):
	"""A mail server on this machine, and an account that sends to it. Nothing is committed."""
	box = Mailbox()
	server = Controller(box, hostname="127.0.0.1", port=free_port())
	server.start()
	frappe.flags.mute_emails, frappe.flags.testing_email = False, True
	# The queue commits between mails; here all of it is undone afterwards.
	monkeypatch.setattr(frappe.db, "commit", lambda *args, **kwargs: None)
	box.account = make_email_account(server.port, enable_incoming=1, append_to="Service Feedback")
	yield box
	frappe.flags.mute_emails, frappe.flags.testing_email = True, False
	forget_accounts()
	server.stop()


def receive(box: Mailbox, name: str, case, **values):
	"""A message from the folder, as the account pulls it; answers its Communication."""
	last = box.sent_to(case.address)[-1] if box.sent_to(case.address) else None
	# A long host folds the header, and its value then begins with a space.
	message_id = last["Message-ID"].strip().strip("<>") if last else ""
	sender = values.pop("sender", case.address)
	fields = {
		"id": unique("m"),
		"sender": sender,
		"from_header": f"Ann Example <{sender}>",
		"subject": last["Subject"] if last else "",
		"message_id": message_id,
		**values,
	}
	text = (MAILS / name).read_bytes().decode("utf-8")
	for field, value in fields.items():
		text = text.replace(f"{{{field}}}", value)
	return InboundMail(text.encode(), box.account).process()


def body_of(message) -> str:
	return message.get_body(("html",)).get_content()


@pytest.fixture
def answered(mailbox):
	"""A complaint that got its response, both mails delivered."""
	case = make_case()
	case.doc.respond("We moved the job.\nSorry & thank you.")
	case.doc.findings = "A job ran at nine"
	case.doc.save()
	flush()
	return case


def test_acknowledgement_and_response_reach_the_customer(mailbox, answered):
	acknowledgement, response = mailbox.sent_to(answered.address)
	name = answered.doc.name
	for message in (acknowledgement, response):
		assert ACCOUNT_ADDRESS in message["From"]
		assert f"(#{name})" in message["Subject"]
	assert f"<strong>{name}</strong>" in body_of(acknowledgement)
	assert "Sorry &amp; thank you." in body_of(response)
	assert frappe.get_all("Email Queue", {"reference_name": name}, pluck="status") == ["Sent", "Sent"]
	thread = frappe.get_all(
		"Communication", {"reference_name": name}, ["sent_or_received", "delivery_status"], as_list=True
	)
	assert set(thread) == {("Sent", "Sent")}


def test_the_people_in_charge_get_mail_of_their_own(mailbox):
	case = make_case()
	case.doc.respond("Done", "Phone")
	case.doc.reopen("No")
	flush()
	subjects = [message["Subject"] for message in mailbox.sent_to(case.owner)]
	assert any(case.doc.name in subject and "reopened" in subject for subject in subjects)


def ticket(link: str) -> str:
	return urlsplit(unescape(link)).query


def links_of(message) -> list[str]:
	accept, reopen = (ticket(link) for link in LINK.findall(body_of(message)))
	assert "answer=accept" in accept and "answer=reopen" in reopen
	return [accept, reopen]


def test_a_link_answers_once_without_an_account(mailbox, answered):
	accept, reopen = links_of(mailbox.sent_to(answered.address)[-1])
	frappe.set_user("Guest")
	assert answer_by_link(reopen, "No <b>better</b>") == "Reopened"
	frappe.set_user("Administrator")
	doc = answered.doc.reload()
	assert (doc.status, doc.customer_answer, doc.reopen_count) == ("Reopened", "Reopened", 1)
	frappe.set_user("Guest")
	for used in (reopen, accept):
		with pytest.raises(FeedbackReplyError, match="used already"):
			answer_by_link(used)


def test_a_guest_accepts_and_the_complete_complaint_closes(mailbox, answered):
	accept, _reopen = links_of(mailbox.sent_to(answered.address)[-1])
	frappe.set_user("Guest")
	assert answer_by_link(accept) == "Closed"
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc("Service Feedback", answered.doc.name).check_permission("read")


def test_a_later_response_voids_the_links_before(mailbox, answered):
	first = links_of(mailbox.sent_to(answered.address)[-1])
	answered.doc.reload().reopen()
	answered.doc.respond("Now it is right.")
	flush()
	with pytest.raises(FeedbackReplyError):
		answer_by_link(first[0])
	assert answer_by_link(links_of(mailbox.sent_to(answered.address)[-1])[0]) == "Closed"


def test_forged_links_are_refused(mailbox, answered):
	accept, _reopen = links_of(mailbox.sent_to(answered.address)[-1])
	for forged in (
		"",
		"feedback=x",
		accept.replace("answer=accept", "answer=reopen"),
		accept[:-1] + ("0" if accept[-1] != "0" else "1"),
		accept.replace(answered.doc.name, "FB-2026-99999"),
	):
		with pytest.raises(FeedbackReplyError):
			answer_by_link(forged)
	assert answered.doc.reload().status == "Responded"


def test_opening_a_link_decides_nothing(mailbox, answered):
	"""Mail programs open links to look at them."""
	from frappe.utils import set_request
	from frappe.website.serve import get_response

	accept, _reopen = links_of(mailbox.sent_to(answered.address)[-1])
	frappe.set_user("Guest")
	for query, words in ((accept, "Accept the Response"), (accept[:-4], "not valid any more")):
		set_request(method="GET", path="/feedback-answer", query_string=query)
		response = get_response()
		assert response.status_code == 200
		assert words in response.get_data(as_text=True)
	assert frappe.db.get_value("Service Feedback", answered.doc.name, "status") == "Responded"


@pytest.mark.parametrize(
	("mail", "status", "reopened"),
	[
		("accept.eml", "Closed", 0),
		("multipart.eml", "Closed", 0),
		("reopen.eml", "Reopened", 1),
		("html_only.eml", "Reopened", 1),
		("thanks.eml", "Responded", 0),
		("out_of_office.eml", "Responded", 0),
	],
)
def test_what_a_reply_does(mailbox, answered, mail, status, reopened):
	communication = receive(mailbox, mail, answered)
	doc = answered.doc.reload()
	assert (communication.reference_doctype, communication.reference_name) == ("Service Feedback", doc.name)
	assert (doc.status, doc.reopen_count or 0) == (status, reopened)
	assert answered.owner in [user for user, _subject in notified(doc)]
	assert "<script" not in communication.content


def test_a_reply_of_somebody_else_is_a_comment(mailbox, answered):
	receive(mailbox, "accept.eml", answered, sender="mallory@elsewhere.example.com")
	doc = answered.doc.reload()
	assert doc.status == "Responded"
	assert any("mallory@elsewhere.example.com" in subject for _user, subject in notified(doc))


def test_a_reply_without_its_thread_is_a_comment(mailbox, answered):
	"""The number in the subject leads to the record, but anybody can write a number."""
	receive(mailbox, "accept.eml", answered, message_id="unknown@elsewhere.example.com")
	assert answered.doc.reload().status == "Responded"
	assert (
		frappe.db.count(
			"Communication", {"reference_name": answered.doc.name, "sent_or_received": "Received"}
		)
		== 1
	)


def test_a_reply_that_comes_too_late_is_a_comment(mailbox, answered):
	answered.doc.reload().accept_response()
	receive(mailbox, "accept.eml", answered)
	assert answered.doc.reload().status == "Closed"


def test_a_reply_that_comes_twice_counts_once(mailbox, answered):
	receive(mailbox, "reopen.eml", answered, id="same")
	receive(mailbox, "reopen.eml", answered, id="same")
	assert answered.doc.reload().reopen_count == 1


def test_a_complaint_may_come_by_mail(mailbox):
	case = make_case()
	flush()
	communication = receive(mailbox, "new_complaint.eml", case)
	doc = frappe.get_doc("Service Feedback", communication.reference_name)
	assert doc.name != case.doc.name
	assert (doc.subject, doc.channel, doc.customer, doc.contact) == (
		"The archive lost three mails",
		"E-mail",
		case.customer,
		case.contact,
	)
	assert doc.what_happened.startswith("Since Friday three mails are gone")
	flush()
	assert f"(#{doc.name})" in mailbox.sent_to(case.address)[-1]["Subject"]


def test_a_complaint_of_a_stranger_waits_for_its_customer(mailbox):
	case = make_case()
	flush()
	communication = receive(mailbox, "new_complaint.eml", case, sender="bob@nobody.example.com")
	doc = frappe.get_doc("Service Feedback", communication.reference_name)
	assert (doc.customer, doc.assigned_to) == (None, doc.relationship_manager)
	assert doc.status == "Acknowledged"
