"""What a customer tells us on its page: feedback, satisfaction and service levels."""

import frappe
from frappe.desk.query_report import run

from itil_strategy.business_relationship.report.customer_view.customer_view import execute
from itil_strategy.business_relationship.report.customer_view.test_customer_view import (
	OTHER,
	TODAY,
	cards,
	labels,
	sections,
)
from itil_strategy.tests.factories import make_customer, make_offering, make_service, make_user, unique
from itil_strategy.tests.feedback import FeedbackTestCase, make_feedback
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.surveys import make_invitation, make_survey, respond


class TestCustomerVoice(FeedbackTestCase):
	"""The window is 2025-04 to 2026-03, today 2026-04-10 12:00."""

	def setUp(self):
		super().setUp()
		self.owner = make_user("Service Owner")
		self.mail = make_service(service_name="Mail", service_owner=self.owner)
		self.files = make_service(service_name="Files")
		self.customer = make_customer(unique("Customer")).name

	def execute(self):
		with self.freeze_time(TODAY):
			return execute({"customer": self.customer})

	def make_feedback(self, subject: str, received_on: str, **values):
		"""In any state: `values` are written past the rules."""
		service = values.pop("service", self.mail)
		doc = make_feedback(
			subject=subject,
			customer=values.pop("customer", self.customer),
			nature=values.pop("nature", "Complaint"),
			it_service=service and service.name,
			received_on=received_on,
		)
		doc.db_set(values)
		return doc

	def make_all_feedback(self):
		self.make_feedback("Slow", "2026-04-09 10:00:00", status="In Progress", due_by="2026-04-13 17:00:00")
		self.late = self.make_feedback(
			"Down", "2026-04-01 10:00:00", status="Reopened", due_by="2026-04-02 17:00:00", breach_count=2
		)
		self.late.db_set({"reopen_count": 1, "severity": "Critical"})
		self.make_feedback(
			"Answered", "2026-03-01 10:00:00", status="Responded", due_by="2026-03-03 17:00:00"
		)
		self.make_feedback("Over", "2026-02-01 10:00:00", status="Closed", breach_count=1)
		self.make_feedback("Long over", "2025-03-31 10:00:00", status="Closed", breach_count=1)
		self.make_feedback("Owed", "2025-01-05 10:00:00", status="Closed", **self.credit("Requested", 120.5))
		self.make_feedback("Given", "2025-06-05 10:00:00", status="Closed", **self.credit("Credited", 80))
		self.make_feedback("Well done", "2025-04-01 00:00:00", nature="Compliment", status="Closed")
		self.make_feedback("Long ago", "2025-03-31 23:59:59", nature="Compliment", status="Closed")
		self.make_feedback(
			"A dark theme", "2024-01-01 10:00:00", nature="Suggestion", status="New", service=self.files
		)
		self.make_feedback("Not theirs", "2026-04-01 10:00:00", customer=OTHER)

	def credit(self, status: str, amount: float) -> dict:
		return {
			"remedy": "Credit",
			"credit_status": status,
			"credit_amount": amount,
			"credit_currency": "EUR",
		}

	def test_feedback(self):
		"""Open complaints by deadline, those without one after them, then what else is open, then the rest."""
		self.make_all_feedback()
		_columns, data, _message, _chart, summary, _skip = self.execute()
		rows = sections(data)["Feedback (6)"]
		self.assertEqual(labels(rows), ["Down", "Slow", "Answered", "A dark theme", "Well done", "Owed"])
		down, slow, answered, theme, _praise, owed = rows
		self.assertEqual([row["is_overdue"] for row in rows], [1, 0, 0, 1, 0, 0])
		self.assertEqual((str(down["date"]), str(slow["date"])), ("2026-04-02", "2026-04-13"))
		self.assertEqual((str(answered["date"]), answered["status"]), ("2026-03-01", "Responded"))
		for text in ("severity Critical", "response due", "breached", "reopened 1 times"):
			self.assertIn(text, down["details"])
		self.assertNotIn("breached", slow["details"])
		self.assertEqual(
			(theme["it_service"], theme["reference_doctype"]), (self.files.name, "Service Feedback")
		)
		self.assertRegex(owed["details"], "credit of .*120.50.* promised")
		shown = cards(summary)
		self.assertEqual(
			[shown[name] for name in ("Open Complaints", "Breached Complaints", "Compliments")], [3, 2, 1]
		)
		self.assertEqual(shown["Credits Promised"], 120.5)

	def make_answers(self):
		"""Scores are 40 % x 10 n + 60 % x 25 (m - 1) of recommendation n and mark m."""
		survey = make_survey(customers=[self.customer])
		for service, day, nps, mark in (
			(self.mail.name, "2026-01-15", 10, 5),  # 100
			(self.mail.name, "2026-02-15", 9, 4),  # 81
			(self.mail.name, "2025-12-31", 7, 3),  # 58
			(self.files.name, "2026-03-05", 2, 1),  # 8
			(None, "2025-04-01", 8, 4),  # 77
			(self.mail.name, "2025-03-31", 0, 1),  # before the window
			(self.mail.name, "2026-04-01", 0, 1),  # after it
		):
			respond(survey, nps, mark, self.customer, service, sent_on=day)
		respond(survey, 0, 1, OTHER, self.mail.name, sent_on="2026-01-15")
		make_invitation(survey, self.customer, self.mail.name, sent_on="2026-02-01", status="Expired")

	def test_satisfaction(self):
		self.make_answers()
		_columns, data, _message, chart, summary, _skip = self.execute()
		rows = sections(data)["Satisfaction (3)"]
		self.assertEqual(labels(rows), ["Files", "Mail", "Without service"])
		figures = [(row["label"], row["nps"], row["csat"], row["response_rate"]) for row in rows]
		self.assertEqual(
			figures,
			[
				("Files", -100, 8, 100),
				("2026-Q1", -100, 8, 100),
				# Two promoters of three; (100 + 81 + 58) / 3; three of four answered.
				("Mail", 66.7, 79.7, 75),
				("2025-Q4", 0, 58, 100),
				("2026-Q1", 100, 90.5, 66.7),
				("Without service", 0, 77, 100),
				("2025-Q2", 0, 77, 100),
			],
		)
		self.assertEqual(rows[2]["details"], "3 of 4 answered")
		# Two promoters and one detractor of five; 324 / 5; five of six.
		shown = cards(summary)
		self.assertEqual(
			[shown[name] for name in ("NPS", "Score (of 100)", "Response Rate (%)")], ["20", "64.8", "83.3"]
		)
		self.assertEqual(chart["data"]["labels"], ["2025-Q2", "2025-Q4", "2026-Q1"])
		self.assertEqual(chart["data"]["datasets"][1]["values"], [77, 58, 63])

	def make_issue(self, service, opened: str, **values):
		issue = frappe.get_doc(
			{"doctype": "Issue", "subject": "Slow", "customer": self.customer, "it_service": service.name}
		).insert()
		issue.db_set({"opening_date": opened, "service_level_agreement": "SLA", **values})

	def test_service_levels(self):
		"""Four issues under an agreement in the window, one missed it and one is missing it: 50 %."""
		with self.freeze_time(TODAY):
			for start, level in (
				("2026-03-01", "99.5 % in office hours"),
				("2026-03-02", "Reply in an hour"),
			):
				frappe.get_doc(
					{
						"doctype": "Service Commitment",
						"customer": self.customer,
						"service_offering": make_offering(self.mail).name,
						"units_per_month": 1,
						"valid_from": start,
						"service_level": level,
					}
				).insert()
		self.make_issue(self.mail, "2025-04-01", status="Closed", agreement_status="Fulfilled")
		self.make_issue(self.mail, "2026-03-31", status="Closed", agreement_status="Failed")
		self.make_issue(self.mail, "2026-02-01", status="Open", response_by="2026-04-10 11:00:00")
		self.make_issue(self.mail, "2026-02-01", status="Open", response_by="2026-04-10 13:00:00")
		# Not judged: without an agreement, before the window, after it, of another customer.
		self.make_issue(
			self.mail, "2026-02-01", status="Closed", agreement_status="Failed", service_level_agreement=None
		)
		self.make_issue(self.mail, "2025-03-31", status="Closed", agreement_status="Failed")
		self.make_issue(self.mail, "2026-04-01", status="Closed", agreement_status="Failed")
		self.make_issue(self.mail, "2026-02-01", status="Closed", agreement_status="Failed", customer=OTHER)
		self.make_issue(self.files, "2024-01-01", status="Open", response_by="2027-01-01 00:00:00")
		_columns, data, _message, _chart, summary, _skip = self.execute()
		found = {row["label"]: row for row in sections(data)["Service Levels (2)"]}
		mail, files = found["Mail"], found["Files"]
		self.assertEqual((mail["promised"], mail["measured"], mail["attainment"]), (4, 2, 50))
		self.assertEqual(mail["details"], "2 breached; 2 open; 99.5 % in office hours; Reply in an hour")
		self.assertEqual((files["promised"], files["attainment"], files["details"]), (0, None, "1 open"))
		self.assertEqual((cards(summary)["Open Issues"], cards(summary)["Breached Issues"]), (3, 2))

	def test_who_sees_what_through_the_desk(self):
		self.make_all_feedback()
		self.make_answers()
		self.make_issue(self.mail, "2026-02-01", status="Open")
		self.make_issue(self.files, "2026-02-01", status="Open")
		for role in (
			"Business Relationship Manager",
			"Service Portfolio Manager",
			"IT Financial Manager",
			"Service Owner",
			"System Manager",
		):
			is_owner = role == "Service Owner"
			frappe.set_user(self.owner if is_owner else make_user(role))
			with self.freeze_time(TODAY):
				answer = run("Customer View", filters={"customer": self.customer})
			shown = str(answer["result"])
			with self.subTest(role):
				self.assertIn("Down", shown)
				self.assertEqual("A dark theme" in shown, not is_owner)
				self.assertEqual("Files" in shown, not is_owner)
				# Finance reads no surveys.
				self.assertEqual("Satisfaction" in shown, role != "IT Financial Manager")
				self.assertEqual("Without service" in shown, not is_owner and role != "IT Financial Manager")
				self.assertEqual(cards(answer["report_summary"])["Open Issues"], 1 if is_owner else 2)
			frappe.set_user("Administrator")

	def test_an_owner_in_finance_sees_satisfaction_with_the_own_services_only(self):
		self.make_answers()
		frappe.get_doc("User", self.owner).add_roles("IT Financial Manager")
		frappe.set_user(self.owner)
		rows = sections(self.execute()[1])["Satisfaction (1)"]
		self.assertEqual(labels(rows), ["Mail"])

	def test_hidden_services_are_folded(self):
		self.make_all_feedback()
		self.make_answers()
		total = cards(self.execute()[4])
		user = make_user("Business Relationship Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": self.mail.name}
		).insert()
		frappe.set_user(user)
		_columns, data, _message, _chart, summary, _skip = self.execute()
		found = sections(data)
		self.assertEqual(labels(found["Feedback (6)"])[-1], "Not shown (1 records)")
		self.assertEqual(
			labels(found["Satisfaction (3)"]), ["Mail", "Without service", "Not shown (1 records)"]
		)
		self.assertEqual(len(found["Satisfaction (3)"]), 6)
		self.assertEqual(cards(summary), total)

	def test_query_count_does_not_grow(self):
		self.make_all_feedback()
		self.make_answers()
		self.make_issue(self.mail, "2026-02-01", status="Open")
		few = count_queries(self.execute)
		survey = make_survey(customers=[self.customer])
		for number in range(6):
			service = make_service()
			self.make_feedback(f"More {number}", "2026-04-01 10:00:00", service=service)
			self.make_issue(service, "2026-02-01", status="Open")
			respond(survey, 9, 4, self.customer, service.name, sent_on="2026-02-15")
		self.assertEqual(count_queries(self.execute), few)
