import frappe

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.charging import vouchers
from itil_strategy.it_finance.charging.posting import open_batches
from itil_strategy.it_finance.report.service_cost_analysis.service_cost_analysis import execute
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	import_usage,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
)
from itil_strategy.tests.setup import ABBR, COMPANY

YEAR = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}
TRAVEL = f"Travel Expenses - {ABBR}"


def rows_by_service(data: list[dict]) -> dict:
	return {row["it_service"]: row for row in data if row.get("it_service")}


class TestServiceCostAnalysis(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.mail, self.files = make_service(service_name="Mail"), make_service(service_name="Files")
		book_expense(self.mail.name, 600, "2026-01-15")
		book_expense(self.mail.name, 100.01, "2026-02-15", TRAVEL)
		book_expense(self.files.name, 300, "2026-02-15")
		book_expense(None, 50, "2026-02-15")

	def test_direct_cost_per_service_and_unassigned(self):
		_columns, data, _message, _chart, summary, _skip = execute(YEAR)
		rows = rows_by_service(data)
		self.assertEqual(
			(rows[self.mail.name]["direct_cost"], rows[self.files.name]["direct_cost"]), (700.01, 300.0)
		)
		unassigned = next(row for row in data if row.get("is_unassigned"))
		self.assertGreaterEqual(unassigned["direct_cost"], 50)
		self.assertEqual(summary[0]["value"], 1000.01)
		self.assertAlmostEqual(data[-1]["direct_cost"], 1000.01 + unassigned["direct_cost"], places=2)

	def test_breakdowns(self):
		by_month = [
			(str(row["month"]), row["direct_cost"])
			for row in execute({**YEAR, "breakdown": "Month", "it_service": self.mail.name})[1]
			if row.get("it_service")
		]
		self.assertEqual(by_month, [("2026-01-01", 600.0), ("2026-02-01", 100.01)])
		by_account = {
			row["account"]: row["direct_cost"]
			for row in execute({**YEAR, "breakdown": "Account", "it_service": self.mail.name})[1]
			if row.get("it_service")
		}
		self.assertEqual(by_account, {TRAVEL: 100.01, f"Administrative Expenses - {ABBR}": 600.0})

	def test_cancelled_entries_and_other_periods_do_not_count(self):
		book_expense(self.mail.name, 999, "2026-03-01").cancel()
		book_expense(self.mail.name, 888, "2025-12-31")
		self.assertEqual(rows_by_service(execute(YEAR)[1])[self.mail.name]["direct_cost"], 700.01)

	def test_recharges_are_no_cost(self):
		offering = make_offering(self.mail)
		make_policy(offering, unit_price=10)
		import_usage([(offering.name, "Sales Unit", "2026-01-05", "Nos", 90)])
		run = published_run()
		for batch_no in open_batches(run.name):
			vouchers.post_batch(run, batch_no)
		row = rows_by_service(execute(YEAR)[1])[self.mail.name]
		self.assertEqual((row["direct_cost"], row["charged"], row["recovery"]), (700.01, 900.0, 199.99))

	def test_who_owns_no_service_sees_no_cost_without_a_service(self):
		frappe.db.sql("update `tabGL Entry` set it_service = '' where it_service is null")
		frappe.set_user(make_user("Service Owner"))
		self.assertEqual(execute(YEAR)[1], [])

	def test_a_wrong_breakdown_is_shown_escaped(self):
		with self.assertRaises(ServiceStrategyError) as refusal:
			execute({**YEAR, "breakdown": "<img src=x>"})
		self.assertIn("<strong>&lt;img src=x&gt;</strong>", str(refusal.exception))

	def test_a_service_owner_sees_the_own_services_only(self):
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.files.name, "service_owner", user)
		frappe.set_user(user)
		_columns, data, message, _chart, _summary, _skip = execute(YEAR)
		self.assertEqual([row["direct_cost"] for row in data], [300.0, 300.0])
		self.assertIn("services that you own", message)

	def test_filters_are_checked(self):
		with self.assertRaisesRegex(ServiceStrategyError, "before From"):
			execute({**YEAR, "to_date": "2025-01-01"})
		with self.assertRaisesRegex(ServiceStrategyError, "Choose a value"):
			execute({})

	def test_query_count_does_not_grow_with_rows(self):
		with self.assertQueryCount(8):
			execute(YEAR)
		for _number in range(10):
			book_expense(make_service().name, 1)
		with self.assertQueryCount(8):
			execute(YEAR)
