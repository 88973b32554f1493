"""FM-14: Benefit Measurements and the report Benefit Realisation."""

import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import BusinessCaseError, DateOrderError
from itil_strategy.it_finance.report.benefit_realisation.benefit_realisation import execute
from itil_strategy.tests.assets import depreciate, make_asset
from itil_strategy.tests.business_cases import NOTHING, approve, flow, make_case
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_service, make_user
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY


def measure(case, amount: float, period: int = 1, **values):
	return frappe.get_doc(
		{
			"doctype": "Benefit Measurement",
			"business_case": case.name,
			"kind": "Benefit",
			"item": "Savings",
			"period": period,
			"amount": amount,
			"evidence": "Counted in the ticket system",
			**values,
		}
	).insert()


def run(**filters):
	return execute({"company": COMPANY, **filters})


class TestBenefitRealisation(SiteTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.delete("Business Case")
		# The first year is over, the second and third are to come.
		self.year = int(today()[:4]) - 1
		start = f"{self.year}-01-01"
		self.service = make_service()
		self.case = approve(make_case(self.service, start_date=start))

	def test_nothing_measured_is_no_alarm_but_told(self):
		_columns, data, _message, _chart, summary, skip_total = run()
		(row, _total) = data
		self.assertEqual(
			(row["approved_npv"], row["verdict"], row["measured"]), (243.43, "On track", "0 of 1")
		)
		self.assertIsNone(row["benefit_ratio"])
		self.assertEqual([card["value"] for card in summary][-2:], [0, 1])
		self.assertTrue(skip_total)

	def test_ledger_and_measures_beside_the_plan(self):
		"""Planned −1000; 600 for 100 in each year. The first brought 300 for 120: half of it, 1.2 times the cost."""
		book_expense(self.service.name, 120, f"{int(today()[:4]) - 1}-05-15")
		measure(self.case, 300, lessons="Fewer users than hoped")
		row = run()[1][0]
		self.assertEqual((row["benefit_ratio"], row["cost_ratio"], row["measured"]), (50, 120, "1 of 1"))
		# −1000 + 180 ÷ 1.1, then 500 as planned, or 180 as so far, ÷ 1.21 and ÷ 1.331.
		self.assertEqual((row["as_planned"], row["as_so_far"]), (-47.48, -552.37))
		self.assertEqual(row["verdict"], "Re-approve")
		data = run(business_case=self.case.name)[1]
		first = next(row for row in data if row["period_label"] == "1")
		self.assertEqual(
			(first["planned_benefit"], first["actual_benefit"], first["planned_cost"], first["actual_cost"]),
			(600, 300, 100, 120),
		)
		self.assertEqual(first["lessons"], "Savings: Fewer users than hoped")
		self.assertIsNone(data[2]["actual_benefit"])

	def test_entered_costs_count_instead_of_the_ledger(self):
		book_expense(self.service.name, 120, f"{int(today()[:4]) - 1}-05-15")
		measure(self.case, 90, kind="OpEx", item="Support")
		first = next(row for row in run(business_case=self.case.name)[1] if row["period_label"] == "1")
		self.assertEqual(first["actual_cost"], 90)

	def test_an_investment_is_no_expense(self):
		"""The licences stand in period 0; the ledger's expense of its month is that of the running year."""
		book_expense(self.service.name, 120, f"{int(today()[:4]) - 1}-01-15")
		data = run(business_case=self.case.name)[1]
		self.assertEqual([row["actual_cost"] for row in data[:2]], [None, 120])
		self.assertEqual(run()[1][0]["cost_ratio"], 120)
		measure(self.case, 1100, 0, kind="CapEx", item="Licences")
		self.assertEqual(run(business_case=self.case.name)[1][0]["actual_cost"], 1100)
		# 1,220 of 1,100.
		self.assertEqual(run()[1][0]["cost_ratio"], 110.9)

	def bought(self, amount: float, day: str = "01-20", months: int = 0, **values):
		return make_asset(
			self.service.name,
			amount,
			months,
			**{
				"purchase_date": f"{self.year}-{day}",
				"available_for_use_date": f"{self.year}-{day}",
				**values,
			},
		)

	def test_assets_of_the_service_are_its_investment(self):
		"""1,000 are planned at the start; two servers of 700 and 400 are bought in its month, one is of another."""
		self.bought(700)
		self.bought(400)
		make_asset(make_service().name, 90, 0, purchase_date=f"{self.year}-01-20")
		data = run(business_case=self.case.name)[1]
		# 100 more than the plan of the start belong to the year.
		self.assertEqual([row["actual_cost"] for row in data[:2]], [1000, 200])
		# Where somebody entered what it was, the assets do not count beside it.
		measure(self.case, 1234, 0, kind="CapEx", item="Licences")
		self.assertEqual(
			[row["actual_cost"] for row in run(business_case=self.case.name)[1][:2]], [1234, 200]
		)

	def test_an_asset_that_came_later_in_the_first_year(self):
		self.bought(900, "03-10")
		data = run(business_case=self.case.name)[1]
		# Nothing was bought at the start; 900 and the planned 100 of support in the first year.
		self.assertEqual([row["actual_cost"] for row in data[:2]], [0, 1000])

	def test_sold_assets_were_bought_and_capitalized_ones_are_part_of_others(self):
		for status in ("Sold", "Scrapped", "Capitalized"):
			self.bought(500).db_set("status", status)
		draft = self.bought(70)
		draft.db_set("docstatus", 0)
		self.assertEqual(run(business_case=self.case.name)[1][0]["actual_cost"], 1000)

	def test_depreciation_does_not_count_beside_the_investment(self):
		asset = self.bought(1200, "01-01", 12, finance_books=[self.monthly()])
		depreciate(asset, f"{self.year}-06-30")
		book_expense(self.service.name, 120, f"{self.year}-05-15")
		self.assertEqual(
			[row["actual_cost"] for row in run(business_case=self.case.name)[1][:2]], [1000, 200 + 120]
		)

	def monthly(self) -> dict:
		return {
			"depreciation_method": "Straight Line",
			"frequency_of_depreciation": 1,
			"total_number_of_depreciations": 12,
			"depreciation_start_date": f"{self.year}-01-31",
		}

	def test_cases_that_share_a_service_get_none_of_its_assets(self):
		self.bought(1000)
		approve(make_case(self.service, start_date=self.case.start_date))
		self.assertIsNone(run(business_case=self.case.name)[1][0]["actual_cost"])

	def test_the_ledger_is_compared_with_planned_opex_only(self):
		"""500 invested and 100 spent on support in the first year; the ledger can only tell of the support."""
		service = make_service()
		flows = [
			flow(item="Licences", kind="CapEx", last_period=1, amount=500),
			flow(item="Support", kind="OpEx", first_period=1, last_period=3, amount=100),
			flow(item="Savings", kind="Benefit", first_period=1, last_period=3, amount=600),
			flow(NOTHING, item="Old system", kind="OpEx", last_period=3, amount=50),
		]
		case = approve(make_case(service, start_date=self.case.start_date, flows=flows))
		book_expense(service.name, 120, f"{int(today()[:4]) - 1}-05-15")
		row = next(row for row in run()[1] if row["business_case"] == case.name)
		self.assertEqual(row["cost_ratio"], 120)
		self.assertEqual(run(business_case=case.name)[1][1]["actual_cost"], 620)

	def test_what_nobody_booked_is_not_known(self):
		self.assertIsNone(run(business_case=self.case.name)[1][1]["actual_cost"])
		self.assertIsNone(run()[1][0]["cost_ratio"])

	def test_cases_that_share_a_service_get_none_of_its_expense(self):
		book_expense(self.service.name, 120, f"{int(today()[:4]) - 1}-05-15")
		other = approve(make_case(self.service, start_date=self.case.start_date))
		_columns, data, message = run()[:3]
		self.assertEqual([row["cost_ratio"] for row in data[:2]], [None, None])
		self.assertIn("2 cases share their service with another", message)
		# Looking at one of them alone changes nothing.
		_columns, data, message = run(business_case=other.name)[:3]
		self.assertIsNone(data[1]["actual_cost"])
		self.assertIn("1 case shares its service with another", message)
		measure(other, 90, kind="OpEx", item="Support")
		self.assertEqual(run(business_case=other.name)[1][1]["actual_cost"], 90)
		other.db_set("status", "Lapsed")
		rows = {row["business_case"]: row for row in run()[1][:2]}
		self.assertEqual((rows[self.case.name]["cost_ratio"], rows[other.name]["cost_ratio"]), (120, 90))

	def test_the_alarm_reaches_the_owner_once_it_is_one(self):
		owner = make_user("Service Owner")
		self.case.db_set("case_owner", owner)
		log = {"document_name": self.case.name, "for_user": owner, "subject": ("like", "%Stop%")}
		measure(self.case, 600)
		self.assertEqual(frappe.db.count("Notification Log", log), 0)
		measure(self.case, 0, 2)
		measure(self.case, 900, 3, kind="OpEx", item="Support")
		self.assertGreaterEqual(
			frappe.db.count("Notification Log", {**log, "subject": ("like", "%Re-approve%")}), 1
		)

	def test_bad_measurements_are_refused(self):
		for values, words in (
			({"item": "Luck"}, "has no Benefit named .*Luck.* Choose one of: .*Savings"),
			({"kind": "CapEx"}, "has no CapEx named"),
			({"period": 0}, "is not planned in period 0, but from 1 to 3"),
			({"amount": -1}, "without a sign"),
		):
			with self.assertRaisesRegex(BusinessCaseError, words):
				measure(self.case, **{"amount": 1, **values})
		with self.assertRaises(DateOrderError):
			measure(self.case, 1, measured_on=add_days(today(), 1))
		measure(self.case, 1)
		with self.assertRaisesRegex(BusinessCaseError, "is measured already"):
			measure(self.case, 2)
		with self.assertRaisesRegex(BusinessCaseError, "was never approved"):
			measure(make_case(), 1)
		self.assertRaisesRegex(BusinessCaseError, "Choose a company or a business case", execute, {})

	def test_measurements_follow_their_case(self):
		owner, stranger = make_user("Service Owner"), make_user("Service Owner")
		self.service.db_set("service_owner", owner)
		record = measure(self.case, 1)
		for user, may in ((owner, True), (stranger, False)):
			frappe.set_user(user)
			self.assertEqual(bool(frappe.get_list("Benefit Measurement", pluck="name")), may)
			self.assertEqual(bool(frappe.has_permission("Benefit Measurement", "read", doc=record.name)), may)
			self.assertEqual(
				bool(frappe.has_permission("Benefit Measurement", "write", doc=record.name)), may
			)
			self.assertEqual(len(run()[1]), 2 if may else 0)

	def test_queries_do_not_grow_with_cases(self):
		few = count_queries(run)
		for _number in range(4):
			measure(approve(make_case(start_date=self.case.start_date)), 5)
		self.assertEqual(count_queries(run), few)
