from datetime import date

import frappe
from frappe.desk.query_report import run

from itil_strategy.business_relationship.report.supply_and_demand.supply_and_demand import execute
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	import_usage,
	make_customer,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
	unique,
)
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.relationship import make_need
from itil_strategy.tests.setup import COMPANY

TODAY = "2026-04-10 12:00:00.250000"
CUSTOMER = "Harbour GmbH"
UNITS = (
	"capacity",
	"committed",
	"pipeline",
	"usage",
	"forecast",
	"demand",
	"spare",
	"utilisation",
	"idle_cost",
)


def make_commitment(offering, units: float, start: str, end: str | None = None, **values):
	return frappe.get_doc(
		{
			"doctype": "Service Commitment",
			"customer": CUSTOMER,
			"service_offering": offering.name,
			"units_per_month": units,
			"valid_from": start,
			"valid_to": end,
			**values,
		}
	).insert()


def months(data: list[dict], offering) -> dict[str, tuple]:
	return {
		f"{row['month']:%Y-%m}": tuple(row[field] for field in UNITS)
		for row in data
		if row.get("service_offering") == offering.name
	}


class TestSupplyAndDemand(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.owner = make_user("Service Owner")
		self.mail = make_service(service_name="Mail", service_owner=self.owner)
		self.box = make_offering(self.mail, practical_capacity=100, offering_code=unique("A-BOX"))
		self.archive = make_offering(self.mail, offering_code=unique("B-ARCHIVE"))

	def execute(self, **filters):
		values = {
			"from_month": "2026-02-01",
			"to_month": "2026-06-30",
			"it_service": self.mail.name,
			**filters,
		}
		with self.freeze_time(TODAY):
			return execute(values)

	def make_life(self):
		"""Box 40, 50, 60 units and Archive 50 in February; 30 promised from April, 45 more in June, 80 needed in May."""
		make_policy(self.box, unit_price=2)
		make_policy(self.archive, unit_price=1)
		import_usage(
			[
				(self.box.name, "Sales Unit", "2026-01-05", "Nos", 40),
				(self.box.name, "Sales Unit", "2026-02-05", "Nos", 20),
				(self.box.name, CUSTOMER, "2026-02-05", "Nos", 30),
				(self.box.name, CUSTOMER, "2026-03-05", "Nos", 60),
				(self.archive.name, CUSTOMER, "2026-02-05", "Nos", 50),
			]
		)
		book_expense(self.mail.name, 300, "2026-02-15")
		book_expense(self.mail.name, 200, "2026-03-15")
		for month in ("2026-02-01", "2026-03-01"):
			published_run(month)
		with self.freeze_time(TODAY):
			self.lasting = make_commitment(self.box, 30, "2026-04-01")
			make_commitment(self.box, 45, "2026-06-01", "2026-06-30")
			make_commitment(self.box, 1, "2026-06-01", status="Draft")
		self.need = make_need(
			self.mail,
			service_offering=self.box.name,
			units_per_month=80,
			needed_from="2026-05-01",
			needed_to="2026-05-31",
		)
		frappe.db.set_value("Customer Need", self.need.name, "status", "Accepted")

	def test_cells_by_hand(self):
		self.make_life()
		_columns, data, message, chart, summary, _skip = self.execute(company=COMPANY)
		# Forecast (40 + 50 + 60) / 3. February: Box charged 100.00 and Archive 50.00, so Box carries 200 of 300,
		# and half of its capacity was idle. March: Box charged alone, 40 of 100 were idle.
		self.assertEqual(
			months(data, self.box),
			{
				"2026-02": (100, 0, 0, 50, None, 50, 50, 50, 100.0),
				"2026-03": (100, 0, 0, 60, None, 60, 40, 60, 80.0),
				"2026-04": (100, 30, 0, None, 50, 50, 50, 50, None),
				"2026-05": (100, 30, 80, None, 50, 110, -10, 110, None),
				"2026-06": (100, 75, 0, None, 50, 75, 25, 75, None),
			},
		)
		archive = months(data, self.archive)
		self.assertEqual(archive["2026-02"], (None, 0, 0, 50, None, 50, None, None, None))
		self.assertEqual(archive["2026-04"], (None, 0, 0, None, 16.667, 16.667, None, None, None))
		self.assertEqual((data[-1]["is_total"], data[-1]["idle_cost"]), (1, 180.0))
		self.assertEqual(
			{card["label"]: card["value"] for card in summary},
			{
				"Offerings": 2,
				"Short Offerings": 1,
				"Months Short": 1,
				"Expired Waivers": 0,
				"Idle Cost": 180.0,
			},
		)
		self.assertEqual(chart["data"]["labels"][0], "2026-02")
		self.assertEqual(chart["data"]["datasets"][0]["values"], [0, 0, 0, 1, 0])
		self.assertIn("Idle cost is the unused part", message)

	def test_idle_cost_is_of_full_cost_in_months_that_a_run_covers(self):
		"""February: 300 booked and the rent of 60 make 360, of which Box has 240 and half of it idle; March as before."""
		self.make_life()
		book(60, day="2026-02-20")
		make_pool(receivers_are="Only Listed", receivers=receivers(self.mail.name))
		run = submitted_allocation("2026-02-01")
		_columns, data, message, *_rest = self.execute(company=COMPANY)
		box = months(data, self.box)
		self.assertEqual((box["2026-02"][-1], box["2026-03"][-1]), (120.0, 80.0))
		self.assertIn("full cost in the 1 of 2 months", message)
		run.cancel()
		_columns, data, message, *_rest = self.execute(company=COMPANY)
		self.assertEqual(months(data, self.box)["2026-02"][-1], 100.0)
		self.assertIn("Cost is direct cost", message)

	def test_the_chart_of_an_offering_and_the_filters(self):
		self.make_life()
		columns, data, message, chart, _summary, _skip = self.execute(service_offering=self.box.name)
		self.assertEqual({row["service_offering"] for row in data}, {self.box.name})
		self.assertEqual(
			{dataset["name"]: dataset["values"] for dataset in chart["data"]["datasets"]},
			{"Capacity": [100] * 5, "Demand": [50, 60, 50, 110, 75]},
		)
		self.assertNotIn("idle_cost", {column["fieldname"] for column in columns})
		self.assertIn(
			"Forecast (Mean of the Last 3 Complete Months)", {column["label"] for column in columns}
		)
		self.assertIn("Choose a company", message)
		self.assertEqual(list(months(self.execute(only_short=1)[1], self.box)), ["2026-05"])
		# Its cost is its share, whether or not the other offering is shown.
		alone = self.execute(service_offering=self.box.name, it_service="", company=COMPANY)[1]
		self.assertEqual(months(alone, self.box)["2026-02"][-1], 100.0)
		self.assertEqual(self.execute(service_offering=self.box.name, it_service=make_service().name)[1], [])

	def test_default_months_and_what_makes_no_sense(self):
		data = self.execute(from_month=None, to_month=None)[1]
		self.assertEqual(
			(min(months(data, self.box)), max(months(data, self.box)), len(months(data, self.box))),
			("2026-01", "2027-01", 13),
		)
		for filters, words in (
			({"to_month": "2026-01-01"}, "before From Month"),
			({"to_month": "2036-01-01"}, "too many"),
		):
			with self.assertRaisesRegex(ServiceStrategyError, words):
				self.execute(**filters)

	def test_months_in_which_it_is_not_offered(self):
		"""From March to the last day in May; usage before and promises after are shown all the same."""
		offering = make_offering(
			self.mail, practical_capacity=10, valid_from="2026-03-15", valid_to="2026-05-20"
		)
		self.assertEqual(list(months(self.execute()[1], offering)), ["2026-03", "2026-04", "2026-05"])
		with self.freeze_time(TODAY):
			make_commitment(offering, 1, "2026-06-01", "2026-06-30")
		self.assertIn("2026-06", months(self.execute()[1], offering))
		# March is the only month over in which it was offered: without usage the mean is 0.
		self.assertEqual(months(self.execute()[1], offering)["2026-04"][4], 0)
		planned = make_offering(make_service(stage="Proposed"), practical_capacity=10)
		rows = months(self.execute(it_service=planned.it_service)[1], planned)
		self.assertEqual(rows["2026-04"], (10, 0, 0, None, None, 0, 10, 0, None))
		frappe.db.set_value("IT Service", planned.it_service, "decision_state", "Rejected")
		self.assertEqual(self.execute(it_service=planned.it_service)[1], [])

	def test_expired_waivers_are_shown_in_the_months_they_harm(self):
		with self.freeze_time(TODAY):
			make_commitment(self.box, 90, "2026-05-01", "2026-05-31")
			waived = make_commitment(self.box, 20, "2026-04-01", "2026-06-30", status="Draft")
			waived.waive_capacity("New servers", "2026-04-20")
			waived.activate()
		self.assertNotIn(waived.name, str(self.execute()[1]))
		with self.freeze_time("2026-04-21 12:00:00.250000"):
			_columns, data, _message, _chart, summary, _skip = execute(
				{"from_month": "2026-04-01", "to_month": "2026-06-01", "it_service": self.mail.name}
			)
		shown = {str(row["month"])[:7]: row["expired_waivers"] for row in data if row["capacity"]}
		self.assertEqual(shown, {"2026-04": "", "2026-05": waived.name, "2026-06": ""})
		self.assertIn(("Expired Waivers", 1), [(card["label"], card["value"]) for card in summary])

	def test_totals_do_not_depend_on_the_viewer_and_hidden_offerings_are_counted(self):
		self.make_life()
		total, cards = (self.execute(company=COMPANY)[index] for index in (1, 4))
		user = make_user("Service Portfolio Manager")
		frappe.get_doc(
			{
				"doctype": "User Permission",
				"user": user,
				"allow": "Service Offering",
				"for_value": self.archive.name,
			}
		).insert()
		frappe.set_user(user)
		_columns, data, _message, _chart, seen, _skip = self.execute(company=COMPANY)
		self.assertEqual(months(data, self.box), {})
		self.assertEqual(data[-2]["offering_name"], "Not shown (1 records)")
		self.assertIsNone(data[-2].get("idle_cost"))
		self.assertEqual((data[-1]["idle_cost"], seen), (total[-1]["idle_cost"], cards))
		self.assertIsNone(self.execute(service_offering=self.box.name)[3])

	def test_who_sees_what_through_the_desk(self):
		self.make_life()
		other = make_offering(make_service(), practical_capacity=5)
		filters = {"from_month": "2026-02-01", "to_month": "2026-03-01", "company": COMPANY}
		for role, sees_cost in (
			("Business Relationship Manager", False),
			("Service Portfolio Manager", True),
			("IT Financial Manager", True),
			("Service Owner", True),
			("System Manager", True),
		):
			frappe.set_user(self.owner if role == "Service Owner" else make_user(role))
			answer = run("Supply and Demand", filters=filters)
			names = {row.get("service_offering") for row in answer["result"]}
			with self.subTest(role):
				self.assertIn(self.box.name, names)
				self.assertEqual(other.name in names, role != "Service Owner")
				columns = {column["fieldname"] for column in answer["columns"]}
				self.assertEqual("idle_cost" in columns, sees_cost)
			frappe.set_user("Administrator")
		frappe.set_user(make_user("Customer"))
		with self.assertRaises(frappe.PermissionError):
			run("Supply and Demand", filters=filters)

	def test_a_service_owner_gets_nothing_of_another_service(self):
		other = make_offering(make_service(), practical_capacity=5)
		frappe.set_user(self.owner)
		for filters in ({"service_offering": other.name, "it_service": ""}, {"it_service": other.it_service}):
			_columns, data, message, chart, summary, _skip = self.execute(**filters)
			self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))
			self.assertIn("services that you own", message)

	def test_query_count_does_not_grow(self):
		self.make_life()
		# Usage that no run claims yet takes a query of its own.
		import_usage([(make_offering().name, make_customer(unique("C")).name, "2026-03-05", "Nos", 3)])
		few = count_queries(lambda: self.execute(it_service="", company=COMPANY))
		for _number in range(8):
			offering = make_offering(practical_capacity=10)
			import_usage([(offering.name, make_customer(unique("C")).name, "2026-03-05", "Nos", 3)])
			make_commitment(offering, 1, "2026-12-01")
		many = count_queries(lambda: self.execute(it_service="", company=COMPANY))
		self.assertEqual(few, many)
		self.assertLessEqual(many, 16)

	def test_months_are_dates(self):
		data = self.execute()[1]
		self.assertIsInstance(data[0]["month"], date)
