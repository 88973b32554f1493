from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import add_to_date, now_datetime

from itil_strategy.service_portfolio.retirement.gather import collect_facts
from itil_strategy.tests.factories import import_usage, make_offering, make_service
from itil_strategy.tests.feedback import FeedbackTestCase, make_feedback
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.feedback import IssueCounts, complaint_rates, count_issues

WINDOW = tuple(date(2026, month, 1) for month in (1, 2, 3))


class TestComplaintRate(FeedbackTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()
		self.offering = make_offering(self.service)

	def rate(self):
		(facts,) = collect_facts(COMPANY, WINDOW, [self.service.name])
		return facts.complaint_rate

	def test_it_is_missing_until_feedback_is_collected(self):
		frappe.db.delete("Service Feedback")
		import_usage([(self.offering.name, "Sales Unit", "2026-01-05", "Nos", 1)])
		self.assertIsNone(self.rate())
		make_feedback(received_on="2026-04-01 00:00:00")
		self.assertIsNone(self.rate())
		make_feedback(received_on="2026-03-31 23:59:59")
		self.assertEqual(self.rate(), 0)

	def test_months_before_the_first_feedback_do_not_count(self):
		"""Collected since mid-February: one complaint of one customer in two of three months is 6 a year."""
		frappe.db.delete("Service Feedback")
		make_feedback(received_on="2026-02-15 12:00:00", nature="Compliment")
		make_feedback(it_service=self.service.name, received_on="2026-03-10 12:00:00")
		rates = complaint_rates({self.service.name: WINDOW}, {self.service.name: 1})
		self.assertEqual(rates, {self.service.name: 6})

	def test_complaints_per_active_customer_and_year(self):
		"""Three complaints in three months of two customers: 3 / 2 x 12 / 3 = 6 a year."""
		import_usage(
			[
				(self.offering.name, customer, "2026-01-05", "Nos", 1)
				for customer in ("Sales Unit", "Harbour GmbH")
			]
		)
		for day, nature in (
			("2026-01-01 00:00:00", "Complaint"),
			("2026-02-10 12:00:00", "Complaint"),
			("2026-03-31 23:59:59", "Complaint"),
			("2025-12-31 23:59:59", "Complaint"),
			("2026-04-01 00:00:00", "Complaint"),
			("2026-02-10 12:00:00", "Compliment"),
		):
			make_feedback(it_service=self.service.name, nature=nature, received_on=day)
		self.assertEqual(self.rate(), Decimal(6))

	def test_a_service_nobody_uses_has_no_rate(self):
		make_feedback(it_service=self.service.name)
		self.assertIsNone(self.rate())
		self.assertEqual(complaint_rates({}, {}), {})

	def test_only_months_in_operation_count(self):
		"""Operational since March: one complaint of one customer in one month is 12 a year."""
		make_feedback(it_service=self.service.name, received_on="2026-02-10 12:00:00")
		make_feedback(it_service=self.service.name, received_on="2026-03-10 12:00:00")
		rates = complaint_rates({self.service.name: WINDOW[2:]}, {self.service.name: 1})
		self.assertEqual(rates, {self.service.name: 12})


class TestIssues(FeedbackTestCase):
	def test_open_and_breached(self):
		service, quiet = make_service().name, make_service().name
		past, future = (add_to_date(now_datetime(), hours=hours) for hours in (-1, 1))
		for values in (
			{"status": "Open"},
			{"status": "Open", "response_by": past},
			{"status": "Open", "response_by": past, "first_responded_on": past},
			{"status": "Replied", "sla_resolution_by": past, "first_responded_on": past},
			{"status": "Open", "response_by": future},
			{"status": "Closed", "response_by": past},
			{"status": "Closed", "agreement_status": "Failed"},
		):
			issue = frappe.get_doc({"doctype": "Issue", "subject": "Slow", "it_service": service}).insert()
			issue.db_set(values)
		self.assertEqual(count_issues([service, quiet]), {service: IssueCounts(5, 3)})
		self.assertEqual(count_issues([]), {})
