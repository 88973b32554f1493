import frappe
from frappe.desk.query_report import run
from frappe.utils import add_to_date, now_datetime

from itil_strategy.business_relationship.report.feedback_performance.feedback_performance import execute
from itil_strategy.exceptions import DateOrderError, ServiceStrategyError
from itil_strategy.setup.roles import RELATIONSHIP_MANAGER, SERVICE_OWNER
from itil_strategy.tests.factories import make_customer, make_service, make_user, unique
from itil_strategy.tests.feedback import FeedbackTestCase, make_feedback

# Before anything that another test receives.
FILTERS = {"from_date": "2024-01-01", "to_date": "2024-03-31"}


class TestFeedbackPerformance(FeedbackTestCase):
	def setUp(self):
		super().setUp()
		self.owner = make_user(SERVICE_OWNER)
		self.mail, self.files = make_service(service_owner=self.owner).name, make_service().name
		self.first, self.second = (make_customer(unique("Customer")).name for _number in range(2))
		# Monday, 1 January 2024; severity High is due in 8 working hours, a compliment in 40.
		self.feedback(self.mail, self.first, "2024-01-01 10:00:00", answered="2024-01-01 14:00:00")
		late = self.feedback(self.mail, self.first, "2024-01-08 10:00:00", answered="2024-01-09 12:00:00")
		with self.freeze_time("2024-01-10 09:00:00"):
			late.reopen("No")
		self.feedback(self.files, self.second, "2024-03-04 10:00:00")
		praise = self.feedback(
			self.mail, self.second, "2024-03-05 10:00:00", "Compliment", answered="2024-03-05 12:00:00"
		)
		praise.close()

	def feedback(self, service: str, customer: str, received: str, nature="Complaint", answered=None):
		with self.freeze_time(received):
			doc = make_feedback(it_service=service, customer=customer, nature=nature, severity="High")
		if answered:
			with self.freeze_time(answered):
				doc.respond("Done", "Phone")
		return doc

	def rows(self, **filters) -> dict:
		return {row["label"]: row for row in execute({**FILTERS, **filters})[1]}

	def figures(self, row: dict) -> tuple:
		return tuple(
			row.get(name)
			for name in (
				"received",
				"complaints",
				"compliments",
				"answered",
				"in_time",
				"breached",
				"reopened",
				"closed",
			)
		)

	def test_by_period_by_hand(self):
		rows = self.rows()
		self.assertEqual(list(rows), ["2024-01", "2024-02", "2024-03", "Total"])
		self.assertEqual(self.figures(rows["2024-01"]), (2, 2, 0, 2, 1, 1, 1, 0))
		# 4 hours, and 7 on the Monday with 3 on the Tuesday
		self.assertEqual((rows["2024-01"]["average_hours"], rows["2024-01"]["in_time_share"]), (7, 50))
		self.assertEqual(self.figures(rows["2024-02"]), (0,) * 8)
		self.assertNotIn("average_hours", rows["2024-02"])
		self.assertEqual(self.figures(rows["2024-03"]), (2, 1, 1, 1, 1, 0, 0, 1))
		self.assertEqual(self.figures(rows["Total"]), (4, 3, 1, 3, 2, 1, 1, 1))
		self.assertAlmostEqual(rows["Total"]["average_hours"], (4 + 10 + 2) / 3)
		self.assertAlmostEqual(rows["Total"]["in_time_share"], 200 / 3)

	def test_the_sums_are_the_same_however_they_are_grouped(self):
		totals = [
			self.figures(self.rows(group_by=group)["Total"])
			for group in ("Period", "Service", "Customer", "Nature")
		]
		self.assertEqual(len(set(totals)), 1)
		rows = self.rows(group_by="Nature")
		self.assertEqual((rows["Complaint"]["received"], rows["Compliment"]["received"]), (3, 1))
		rows = self.rows(group_by="Customer")
		self.assertEqual((rows[self.first]["received"], rows[self.second]["received"]), (2, 2))
		self.assertEqual(self.rows(nature="Compliment", it_service=self.mail)["Total"]["received"], 1)

	def test_issues_beside_the_feedback(self):
		"""Two of mail and the first customer (one closed), one of files that is late, before and after the window."""
		past = add_to_date(now_datetime(), hours=-1)
		for service, customer, day, values in (
			(self.mail, self.first, "2024-01-05", {"status": "Open"}),
			(self.mail, self.first, "2024-02-05", {"status": "Closed"}),
			(self.files, self.second, "2024-03-31", {"status": "Open", "response_by": past}),
			(self.files, self.second, "2024-04-01", {"status": "Open"}),
		):
			issue = frappe.get_doc({"doctype": "Issue", "subject": "Slow", "it_service": service}).insert()
			issue.db_set({"customer": customer, "opening_date": day, **values})

		def figures(**filters) -> dict:
			names = ("issues", "issues_open", "issues_breached")
			return {label: tuple(row[name] for name in names) for label, row in self.rows(**filters).items()}

		self.assertEqual(
			figures(),
			{"2024-01": (1, 1, 0), "2024-02": (1, 0, 0), "2024-03": (1, 1, 1), "Total": (3, 2, 1)},
		)
		self.assertEqual(
			figures(group_by="Customer"),
			{self.first: (2, 1, 0), self.second: (1, 1, 1), "Total": (3, 2, 1)},
		)
		names = {
			name: frappe.db.get_value("IT Service", name, "service_name") for name in (self.mail, self.files)
		}
		self.assertEqual(
			figures(group_by="Service", customer=self.first),
			{names[self.mail]: (2, 1, 0), "Total": (2, 1, 0)},
		)
		# An issue has no nature.
		for filters in ({"group_by": "Nature"}, {"nature": "Complaint"}):
			columns = [column["fieldname"] for column in execute({**FILTERS, **filters})[0]]
			self.assertNotIn("issues", columns)
		frappe.set_user(self.owner)
		self.assertEqual(figures(group_by="Service")["Total"], (2, 1, 0))

	def test_chart_and_summary(self):
		_columns, _data, _message, chart, summary, skip_total = execute(FILTERS)
		self.assertEqual(chart["data"]["labels"], ["2024-01", "2024-02", "2024-03"])
		self.assertEqual(
			[(dataset["name"], dataset["values"]) for dataset in chart["data"]["datasets"]],
			[("Complaints", [2, 0, 1]), ("Compliments", [0, 0, 1]), ("Suggestions", [0, 0, 0])],
		)
		self.assertEqual([card["value"] for card in summary][:2], [3, 1])
		self.assertTrue(skip_total)

	def test_empty(self):
		_columns, data, _message, chart, summary, _skip = execute(
			{"from_date": "2023-01-01", "to_date": "2023-01-31"}
		)
		self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))

	def test_bad_filters(self):
		for filters, error, words in (
			({"from_date": None}, ServiceStrategyError, "From Date"),
			({"to_date": "2023-12-31"}, DateOrderError, "is before"),
			({"group_by": "Weather"}, ServiceStrategyError, "not known"),
			({"nature": "Insult"}, ServiceStrategyError, "not known"),
		):
			with self.subTest(filters), self.assertRaisesRegex(error, words):
				execute({**FILTERS, **filters})

	def test_the_number_of_queries_does_not_grow(self):
		for group in ("Period", "Service", "Customer"):
			execute({**FILTERS, "group_by": group})
		for _number in range(5):
			self.feedback(make_service().name, make_customer(unique("C")).name, "2024-02-05 10:00:00")
		for group in ("Period", "Service", "Customer"):
			with self.subTest(group), self.assertQueryCount(4):
				execute({**FILTERS, "group_by": group})

	def test_a_service_owner_gets_the_own_services(self):
		frappe.set_user(self.owner)
		self.assertEqual(self.rows(group_by="Service")["Total"]["received"], 3)

	def test_rows_outside_the_scope_are_folded_and_their_names_stay_hidden(self):
		user = make_user(RELATIONSHIP_MANAGER)
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": self.first}
		).insert()
		frappe.set_user(user)
		frappe.clear_cache(user=user)
		result = run("Feedback Performance", filters={**FILTERS, "group_by": "Customer"})
		labels = [row["label"] for row in result["result"]]
		self.assertEqual(labels, [self.first, "Not shown (1 records)", "Total"])
		self.assertEqual(result["result"][-1]["received"], 4)
		self.assertNotIn(self.second, str(result["chart"]))
		with self.assertRaises(frappe.PermissionError):
			execute({**FILTERS, "customer": self.second})

	def test_customers_do_not_run_it(self):
		frappe.set_user(make_user("Customer"))
		with self.assertRaises(frappe.PermissionError):
			run("Feedback Performance", filters=FILTERS)
