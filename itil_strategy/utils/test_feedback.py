from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import add_to_date, now_datetime

from itil_strategy.service_portfolio.retirement.gather import collect_facts
from itil_strategy.tests.factories import import_usage, make_customer, make_offering, make_service, unique
from itil_strategy.tests.feedback import FeedbackTestCase, make_feedback
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.feedback import complaint_rates, count_issues
from itil_strategy.utils.issues import IssueCounts, count_opened_issues

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
		self.assertEqual(count_issues([service, quiet]), {service: IssueCounts(7, 5, 3)})
		self.assertEqual(count_issues([]), {})

	def test_opened_per_customer_service_and_month(self):
		"""By hand: north has 2 of mail in May (1 open), 1 of files in June (open, late); south 1 without a service."""
		mail, files = make_service().name, make_service().name
		north, south = (make_customer(unique("Customer")).name for _number in range(2))
		past = add_to_date(now_datetime(), hours=-1)
		for service, customer, day, values in (
			(mail, north, "2023-05-01", {"status": "Open"}),
			(mail, north, "2023-05-31", {"status": "Closed"}),
			(files, north, "2023-06-30", {"status": "Open", "response_by": past}),
			(None, south, "2023-06-01", {"status": "Open"}),
			(mail, north, "2023-04-30", {"status": "Open"}),
			(mail, north, "2023-07-01", {"status": "Open"}),
		):
			issue = frappe.get_doc({"doctype": "Issue", "subject": "Slow", "it_service": service}).insert()
			issue.db_set({"customer": customer, "opening_date": day, **values})
		window = (date(2023, 5, 1), date(2023, 6, 30))
		for by, expected in (
			("month", {"2023-05": IssueCounts(2, 1, 0), "2023-06": IssueCounts(2, 2, 1)}),
			(
				"it_service",
				{mail: IssueCounts(2, 1, 0), files: IssueCounts(1, 1, 1), None: IssueCounts(1, 1, 0)},
			),
			("customer", {north: IssueCounts(3, 2, 1), south: IssueCounts(1, 1, 0)}),
		):
			with self.subTest(by):
				self.assertEqual(count_opened_issues(by, *window, {}), expected)
		self.assertEqual(
			count_opened_issues("it_service", *window, {"customer": north}, [mail]),
			{mail: IssueCounts(2, 1, 0)},
		)
		self.assertEqual(count_opened_issues("customer", *window, {}, []), {})
