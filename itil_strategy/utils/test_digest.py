import json
from email import message_from_string

import frappe
from frappe.utils import add_days, now_datetime

from itil_strategy.setup.roles import (
	FINANCIAL_MANAGER,
	PORTFOLIO_MANAGER,
	RELATIONSHIP_MANAGER,
	SERVICE_OWNER,
)
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.feedback import FeedbackTestCase, make_feedback
from itil_strategy.utils.digest import SWITCH, load_cards, send_digests, waiting


def counts(roles: list[str]) -> dict[str, int]:
	return {line["label"]: line["count"] for part in waiting(roles, load_cards()) for line in part["lines"]}


def mails(user: str) -> list[str]:
	"""The summaries that wait in the queue for the user, as text."""
	names = frappe.get_all("Email Queue Recipient", {"recipient": user}, pluck="parent")
	messages = frappe.get_all("Email Queue", {"name": ("in", [*names, ""])}, pluck="message")
	bodies = [message_from_string(message) for message in messages]
	texts = [
		part.get_payload(decode=True).decode()
		for body in bodies
		for part in body.walk()
		if part.get_content_type() == "text/html"
	]
	return [text for text in texts if "notification-settings" in text]


class TestDigest(FeedbackTestCase):
	def setUp(self):
		super().setUp()
		self.manager = make_user(RELATIONSHIP_MANAGER)
		self.before = counts([RELATIONSHIP_MANAGER])
		feedback = make_feedback()
		feedback.db_set({"due_by": add_days(now_datetime(), -1), "status": "New"})
		make_feedback().db_set({"due_by": add_days(now_datetime(), 1), "status": "New"})

	def test_it_counts_what_the_cards_count(self):
		now = counts([RELATIONSHIP_MANAGER])
		self.assertEqual(now["Open Complaints"], self.before.get("Open Complaints", 0) + 2)
		self.assertEqual(
			now["Complaints Past Their Deadline"], self.before.get("Complaints Past Their Deadline", 0) + 1
		)

	def test_it_goes_to_the_owners_of_the_process(self):
		owner, finance = make_user(SERVICE_OWNER), make_user(FINANCIAL_MANAGER)
		sent = send_digests()
		self.assertIn(self.manager, sent)
		self.assertNotIn(owner, sent)
		(message,) = mails(self.manager)
		self.assertIn("Complaints Past Their Deadline", message)
		if finance in sent:
			self.assertNotIn("Complaints Past", mails(finance)[0])
		self.assertEqual(frappe.session.user, "Administrator")

	def test_each_user_switches_it_off(self):
		other = make_user(RELATIONSHIP_MANAGER)
		frappe.get_doc("Notification Settings", self.manager).db_set(SWITCH, 0)
		frappe.get_doc("Notification Settings", other).db_set("enable_email_notifications", 0)
		sent = send_digests()
		self.assertNotIn(self.manager, sent)
		self.assertNotIn(other, sent)
		self.assertEqual(mails(self.manager), [])

	def test_nothing_is_sent_when_nothing_waits(self):
		for doctype in ("Service Feedback", "Customer Need", "Requirement Mediation"):
			frappe.db.delete(doctype)
		self.assertEqual(waiting([RELATIONSHIP_MANAGER], load_cards()), [])
		self.assertNotIn(self.manager, send_digests())

	def test_a_disabled_user_and_one_of_the_website_get_none(self):
		frappe.db.set_value("User", self.manager, "enabled", 0)
		self.assertNotIn(self.manager, send_digests())
		frappe.db.set_value("User", self.manager, {"enabled": 1, "user_type": "Website User"})
		self.assertNotIn(self.manager, send_digests())

	def test_it_speaks_the_language_of_its_reader(self):
		frappe.db.set_value("User", self.manager, "language", "de")
		frappe.clear_cache(user=self.manager)
		send_digests()
		(message,) = mails(self.manager)
		self.assertNotIn("Open Complaints", message)
		self.assertEqual(frappe.local.lang, "en")

	def test_links_open_the_list_with_the_filters(self):
		make_service(stage="Proposed")
		(part,) = waiting([PORTFOLIO_MANAGER], load_cards())
		line = next(line for line in part["lines"] if line["label"] == "Services in the Pipeline")
		self.assertIn("/it-service?phase=", line["link"])
		self.assertIn("Pipeline", line["link"])

	def test_a_card_that_the_server_cannot_work_out_is_left_out(self):
		card = frappe.get_doc("Number Card", "Open Mediations")
		card.db_set(
			"dynamic_filters_json",
			json.dumps([["Requirement Mediation", "owner", "=", "frappe.session.user"]]),
		)
		self.assertNotIn("Open Mediations", counts([RELATIONSHIP_MANAGER]))
