import frappe
from frappe.desk.query_report import run

from itil_strategy.service_portfolio.report.strategic_alignment.strategic_alignment import execute
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_user
from itil_strategy.tests.portfolio import decide, forget_services, make_objective, propose_service
from itil_strategy.tests.queries import count_queries


def serve(**contributions: int):
	"""A proposed service that contributes to objectives."""
	return propose_service(
		outcomes=[
			{"strategic_objective": objective, "contribution": percent, "outcome": "Faster"}
			for objective, percent in contributions.items()
		]
	)


def cards(summary: list[dict]) -> dict:
	return {card["label"]: card["value"] for card in summary}


class TestStrategicAlignment(SiteTestCase):
	def setUp(self):
		super().setUp()
		forget_services()
		# The site may know other objectives: the figures below are of these three.
		frappe.db.set_value("Strategic Objective", {"is_active": 1}, "is_active", 0)
		self.sales, self.cost = make_objective(weight=50), make_objective(weight=30)
		self.comply = make_objective(weight=20)
		self.old = make_objective(weight=40, is_active=0)

	def make_matrix(self):
		self.mail = serve(**{self.sales: 40, self.cost: 10})
		self.files = serve(**{self.sales: 60})
		self.legacy = serve(**{self.old: 90})

	def test_objectives_with_their_services_and_gaps_both_ways(self):
		self.make_matrix()
		_columns, data, message, chart, summary, _skip = execute()
		self.assertEqual(
			[
				(row["indent"], row["description"], row.get("contribution"), row.get("value"), row.get("gap"))
				for row in data
			],
			[
				(0, self.sales, None, 50.0, ""),
				(1, self.files.service_name, 60.0, 30.0, None),
				(1, self.mail.service_name, 40.0, 20.0, None),
				(0, self.cost, None, 3.0, ""),
				(1, self.mail.service_name, 10.0, 3.0, None),
				(0, self.comply, None, 0.0, "No live service serves it"),
				(0, "Services that serve no active objective (1)", None, None, None),
				(1, self.legacy.service_name, None, None, "Serves no active objective"),
				(0, "Total", None, 53.0, None),
			],
		)
		self.assertEqual(data[-1]["weight"], 100.0)
		# 60 % × 50 against 40 % × 50 + 10 % × 30
		self.assertEqual(chart["data"]["labels"], [self.files.service_name, self.mail.service_name])
		self.assertEqual(chart["data"]["datasets"][0]["values"], [30.0, 23.0])
		self.assertEqual(
			cards(summary),
			{
				"Active Objectives": 3,
				"Objectives Not Served": 1,
				"Services That Serve": 2,
				"Services That Serve None": 1,
				"Total Weight": "100 %",
			},
		)
		self.assertIsNone(message)

	def test_rejected_services_serve_nothing(self):
		service = serve(**{self.comply: 50})
		decide(service, "Reject")
		_columns, data, _message, _chart, summary, _skip = execute()
		self.assertEqual(cards(summary)["Objectives Not Served"], 3)
		self.assertNotIn(service.name, [row.get("it_service") for row in data])

	def test_weights_that_do_not_total_one_hundred_are_told(self):
		frappe.db.set_value("Strategic Objective", self.comply, "weight", 15)
		_columns, _data, message, _chart, summary, _skip = execute()
		self.assertIn("total 95 %", message)
		self.assertEqual(cards(summary)["Total Weight"], "95 %")

	def test_filters(self):
		self.make_matrix()
		gaps = execute({"only_gaps": 1})[1]
		self.assertEqual(
			[row["description"] for row in gaps if row.get("is_gap")],
			[self.comply, "Services that serve no active objective (1)", self.legacy.service_name],
		)
		one = execute({"strategic_objective": self.cost})[1]
		self.assertEqual([row["description"] for row in one], [self.cost, self.mail.service_name, "Total"])
		# In the catalogue there is nothing yet, so each objective is a gap there.
		self.assertEqual(cards(execute({"phase": "Catalogue"})[4])["Objectives Not Served"], 3)

	def test_rows_outside_user_permissions_are_folded_and_the_total_stays(self):
		self.make_matrix()
		user = make_user("Business Relationship Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": self.files.name}
		).insert()
		frappe.set_user(user)
		result = run("Strategic Alignment", {})
		data = [row for row in result["result"] if isinstance(row, dict)]
		self.assertEqual(
			[(row["description"], row.get("value")) for row in data],
			[
				(self.sales, 50.0),
				(self.files.service_name, 30.0),
				(self.cost, 3.0),
				(self.comply, 0.0),
				("Services that serve no active objective (1)", None),
				("Not shown (3 records)", 23.0),
				("Total", 53.0),
			],
		)
		self.assertEqual(result["chart"]["data"]["labels"], [self.files.service_name, "Not shown"])

	def test_no_data(self):
		frappe.db.set_value("Strategic Objective", {"is_active": 1}, "is_active", 0)
		_columns, data, message, chart, summary, _skip = execute()
		self.assertEqual((data, message, chart), ([], None, None))
		self.assertEqual(cards(summary)["Active Objectives"], 0)

	def test_query_count_does_not_grow_with_services(self):
		self.make_matrix()
		few = count_queries(execute)
		for _number in range(27):
			serve(**{self.sales: 10, self.comply: 10})
		self.assertEqual(count_queries(execute), few)
		self.assertLessEqual(few, 6)
