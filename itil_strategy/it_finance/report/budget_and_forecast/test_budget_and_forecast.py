from decimal import Decimal

import frappe
from frappe.desk.query_report import run

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.doctype.forecast_snapshot.forecast_snapshot import make_snapshots
from itil_strategy.it_finance.report.budget_and_forecast.budget_and_forecast import execute
from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.budgets import MONTHS, OFFICE, TRAVEL, YEAR, make_budget, make_ceiling, make_order
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	center,
	import_usage,
	make_offering,
	make_service,
	make_user,
	unique,
)
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY
from itil_strategy.utils.funds import FundingLine, reserve_funds

FILTERS = {"company": COMPANY, "fiscal_year": YEAR, "as_of": "2026-04-10"}
MEASURES = ("budget", "actual", "committed", "reserved", "available", "forecast", "over", "required")
NOW = "2026-04-10 10:00:00.123456"


def by_service(data: list[dict]) -> dict[str, tuple]:
	return {
		row["it_service"]: tuple(row.get(measure) for measure in MEASURES)
		for row in data
		if row.get("it_service")
	}


class TestBudgetAndForecast(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.mail, self.files = make_service(service_name="Mail"), make_service(service_name="Files")

	def make_year(self):
		"""Mail: budget 2,000, 100 a month booked in the first quarter, 400 ordered, 300 reserved, 20 mailboxes
		promised a month of which 10 were used each month. Files: no budget, 60 booked in March, a ceiling of 500."""
		make_budget(self.mail, {OFFICE: 1500, TRAVEL: 500}, annual_action="Warn")
		for month in MONTHS[:3]:
			book_expense(self.mail.name, 100, month.isoformat())
		make_order(self.mail, 400)
		reserve_funds(
			COMPANY, FundingLine(self.mail.name), {YEAR: Decimal(300)}, ("IT Service", self.files.name)
		)
		book_expense(self.files.name, 60, "2026-03-01")
		make_ceiling(500, it_service=self.files.name)
		self.offering = make_offering(self.mail)
		import_usage(
			[(self.offering.name, "Sales Unit", f"{month:%Y-%m}-05", "Nos", 10) for month in MONTHS[:3]]
		)
		frappe.get_doc(
			{
				"doctype": "Service Commitment",
				"customer": "Sales Unit",
				"service_offering": self.offering.name,
				"units_per_month": 20,
				"valid_from": "2026-07-01",
			}
		).insert()

	def store_forecasts(self, services: list[str]) -> None:
		with self.freeze_time(NOW):
			make_snapshots(COMPANY, YEAR, services, "Run Rate")

	def test_the_year_of_two_services(self):
		"""Mail: 300 + nine months of 100; 300 ÷ 30 units is 10 each, 20 units in six months cost 1,200."""
		self.make_year()
		_columns, data, message, chart, summary, _skip = execute(FILTERS)
		self.assertEqual(
			by_service(data),
			{
				self.mail.name: (2000, 300, 400, 300, 1000, 1200, -800, 1200),
				self.files.name: (None, 60, 0, 0, 440, 600, 100, None),
			},
		)
		self.assertEqual(
			tuple(data[-1][measure] for measure in MEASURES), (2000, 360, 400, 300, 1440, 1800, -700, 1200)
		)
		self.assertEqual([row["ceiling"] for row in data[:2] if row["it_service"] == self.files.name], [500])
		self.assertEqual(chart["data"]["labels"], ["Mail", "Files"])
		self.assertEqual(
			{item["label"]: item["value"] for item in summary},
			{
				"Budget": 2000,
				"Actual": 360,
				"Committed": 400,
				"Reserved": 300,
				"Available": 1440,
				"Forecast to Year End": 1800,
				"Services Forecast Over Limit": 1,
			},
		)
		self.assertIn("lower of budget and ceiling", message)

	def test_what_commitments_require_counts_full_cost(self):
		"""Mail: 300 and the rent of 30 in February, 330 ÷ 30 units is 11 each, 120 units cost 1,320.

		Budget, actual and forecast stay direct cost, which is what ERPNext holds against the budget.
		"""
		self.make_year()
		book(30, day="2026-02-20")
		make_pool(receivers_are="Only Listed", receivers=receivers(self.mail.name))
		submitted_allocation("2026-02-01")
		_columns, data, message, *_rest = execute(FILTERS)
		self.assertEqual(by_service(data)[self.mail.name], (2000, 300, 400, 300, 1000, 1200, -800, 1320))
		self.assertIn("full cost in the 1 of 12 months", message)

	def test_an_offering_that_was_never_used_has_no_unit_cost(self):
		self.make_year()
		offering = make_offering(self.files)
		frappe.get_doc(
			{
				"doctype": "Service Commitment",
				"customer": "Sales Unit",
				"service_offering": offering.name,
				"units_per_month": 5,
				"valid_from": "2026-01-01",
			}
		).insert()
		_columns, data, message, *_rest = execute(FILTERS)
		self.assertIsNone(by_service(data)[self.files.name][-1])
		self.assertIn("1 committed offerings were never used", message)

	def test_the_last_snapshot_with_its_error(self):
		self.make_year()
		self.store_forecasts([self.mail.name])
		book_expense(self.mail.name, 50, "2026-01-20")
		book_expense(self.mail.name, 150, "2026-04-20")
		data = execute({**FILTERS, "method": "Last Snapshot", "as_of": "2026-05-10"})[1]
		rows = {row["it_service"]: row for row in data if row.get("it_service")}
		# What was forecast stays, whatever was booked since; the error is against April's 150 for 100.
		self.assertEqual(rows[self.mail.name]["forecast"], 1200)
		self.assertEqual(rows[self.mail.name]["model"], "Run Rate, 2026-04-10")
		# The history as it is now: 150, 100, 100 steps by 50 and 0, 25 on average; both missed by 50.
		self.assertEqual((rows[self.mail.name]["error"], rows[self.mail.name]["naive_error"]), (2.0, 2.0))
		self.assertIsNone(rows[self.files.name]["forecast"])

	def test_filters(self):
		self.make_year()
		self.assertEqual(
			list(by_service(execute({**FILTERS, "it_service": self.files.name})[1])), [self.files.name]
		)
		category = (
			frappe.get_doc({"doctype": "IT Service Category", "category_name": unique("Cat")}).insert().name
		)
		self.assertEqual(execute({**FILTERS, "category": category})[1], [])
		frappe.db.set_value("IT Service", self.mail.name, "category", category)
		self.assertEqual(list(by_service(execute({**FILTERS, "category": category})[1])), [self.mail.name])
		for method in ("Run Rate", "Trend and Season", "Last Snapshot"):
			execute({**FILTERS, "method": method})
		for filters, words in (
			({}, "Choose a value for company"),
			({"company": COMPANY}, "Choose a value for fiscal year"),
			({**FILTERS, "fiscal_year": "1900"}, "There is no fiscal year"),
			({**FILTERS, "method": "<b>Guess</b>"}, "There is no method .*&lt;b&gt;.*Choose one of"),
		):
			with self.subTest(words=words), self.assertRaisesRegex(ServiceStrategyError, words):
				execute(filters)

	def test_as_of_an_earlier_day(self):
		"""In April with March not yet closed: 100 and 100 are complete, 100 of March are booked so far."""
		self.make_year()
		data = execute({**FILTERS, "as_of": "2026-03-31"})[1]
		self.assertEqual(by_service(data)[self.mail.name][5], 1200)
		data = execute({**FILTERS, "as_of": "2026-02-28"})[1]
		rows = {row["it_service"]: row for row in data if row.get("it_service")}
		self.assertEqual(
			(rows[self.mail.name]["forecast"], rows[self.mail.name]["model"]), (1200, "last month")
		)
		self.assertEqual(rows[self.files.name]["model"], "no cost before")

	def test_a_year_that_is_over_is_what_it_cost(self):
		book_expense(self.mail.name, 70, "2025-03-01")
		data = execute({**FILTERS, "fiscal_year": "2025"})[1]
		self.assertEqual(by_service(data)[self.mail.name][5], 70)

	def test_no_data(self):
		_columns, data, _message, chart, summary, _skip = execute({**FILTERS, "fiscal_year": "2024"})
		self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))

	def test_totals_are_the_same_for_a_viewer_with_fewer_rows(self):
		self.make_year()
		total = execute(FILTERS)[1][-1]
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": self.files.name}
		).insert()
		frappe.set_user(user)
		data = [row for row in run("Budget and Forecast", FILTERS)["result"] if isinstance(row, dict)]
		self.assertEqual([row["description"] for row in data], ["Files", "Not shown (1 records)", "Total"])
		self.assertEqual({key: data[-1][key] for key in MEASURES}, {key: total[key] for key in MEASURES})
		self.assertIsNone(data[1].get("actual"))

	def test_who_runs_it(self):
		self.make_year()
		for role in ("IT Financial Manager", "Service Portfolio Manager", "System Manager"):
			frappe.set_user(make_user(role))
			self.assertEqual(len(run("Budget and Forecast", FILTERS)["result"]), 3, role)
		for role in ("Business Relationship Manager", "Accounts User"):
			frappe.set_user(make_user(role))
			with self.assertRaises(frappe.PermissionError):
				run("Budget and Forecast", FILTERS)

	def test_a_service_owner_sees_the_own_services_only(self):
		self.make_year()
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.files.name, "service_owner", user)
		frappe.set_user(user)
		answer = run("Budget and Forecast", FILTERS)
		data = [row for row in answer["result"] if isinstance(row, dict)]
		self.assertEqual([row["description"] for row in data], ["Files", "Total"])
		self.assertIn("services that you own", answer["message"])
		self.assertEqual(execute({**FILTERS, "it_service": self.mail.name})[1], [])

	def test_a_viewer_of_another_company(self):
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Company", "for_value": OTHER_COMPANY}
		).insert()
		frappe.set_user(user)
		with self.assertRaisesRegex(frappe.PermissionError, "Choose a company of yours"):
			execute(FILTERS)

	def test_the_recharge_and_other_companies_do_not_count(self):
		from itil_strategy.setup.accounts import get_company_accounts

		accounts = get_company_accounts(COMPANY)
		book_expense(self.mail.name, 5000, account=accounts.charges_account)
		self.assertNotIn(self.mail.name, by_service(execute(FILTERS)[1]))
		self.assertEqual(execute({**FILTERS, "company": OTHER_COMPANY})[1], [])

	def test_query_count_does_not_grow_with_services(self):
		self.make_year()
		self.store_forecasts([self.mail.name])
		methods = ("Run Rate", "Trend and Season", "Last Snapshot")
		few = {
			method: count_queries(lambda method=method: execute({**FILTERS, "method": method}))
			for method in methods
		}
		services = [make_service() for _number in range(18)]
		for service in services:
			book_expense(service.name, 10, "2026-03-03")
			make_budget(service, {OFFICE: 100})
			make_ceiling(90, it_service=service.name)
			make_order(service, 5, cost_center=center("Sales"))
		self.store_forecasts([service.name for service in services])
		for method, count in few.items():
			self.assertEqual(
				count_queries(lambda method=method: execute({**FILTERS, "method": method})), count
			)
			self.assertLessEqual(count, 45)
