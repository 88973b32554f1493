import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, today

from itil_strategy.service_portfolio.report.pipeline_gates.pipeline_gates import execute, get_checks
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_offering, make_service, make_user
from itil_strategy.tests.portfolio import decide, make_retirement, propose_service
from itil_strategy.tests.queries import count_queries

ONLY_MISSING = {"only_missing": 1}


def facts(data: list[dict]) -> list[tuple]:
	return [
		(row.get("it_service"), row.get("next_stage"), row["gate_check"], row.get("level"), row["result"])
		for row in data
	]


def cards(summary: list[dict]) -> dict:
	return {card["label"]: card["value"] for card in summary}


class TestPipelineGates(SiteTestCase):
	def test_each_requirement_of_the_next_stage(self):
		idea = propose_service(outcomes=[])
		designed = make_service(stage="In Design", companies=[])
		make_offering(designed)
		_columns, data, _message, chart, summary, _skip = execute()
		self.assertEqual(
			facts(data),
			[
				(idea.name, "Defined", "Service owner", "Stop", "Passed"),
				(idea.name, "Defined", "Business outcome", "Stop", "Failed"),
				(designed.name, "In Transition", "Priced offering", "Stop", "Failed"),
				(designed.name, "In Transition", "Cost model", "Warn", "Failed"),
			],
		)
		self.assertIn("No business outcome", data[1]["evidence"])
		self.assertIn("Add a row under Business Outcomes", data[1]["remedy"])
		self.assertIn("has no price today", data[2]["evidence"])
		self.assertEqual([row["result"] for row in execute(ONLY_MISSING)[1]], ["Failed", "Failed", "Failed"])
		self.assertEqual(chart["data"]["labels"], ["Business outcome", "Priced offering", "Cost model"])
		self.assertEqual([item["values"] for item in chart["data"]["datasets"]], [[1, 1, 0], [0, 0, 1]])
		self.assertEqual(
			cards(summary),
			{
				"Services With a Next Stage": 2,
				"Ready to Move": 0,
				"Held Up": 2,
				"Waivers Expired": 0,
				"Waivers That End in 30 Days": 0,
			},
		)

	def test_a_service_that_nothing_is_asked_of_is_ready(self):
		stage = frappe.get_doc("Service Pipeline Stage", "Chartered")
		stage.requirements = []
		stage.save()
		service = propose_service()
		for _stage in ("Defined", "Analysed", "Approved", "Chartered"):
			decide(service, "Proceed")
		_columns, data, _message, _chart, summary, _skip = execute()
		self.assertEqual(facts(data), [(service.name, "In Design", "", None, "Nothing asked")])
		self.assertEqual(cards(summary)["Ready to Move"], 1)
		self.assertEqual(execute(ONLY_MISSING)[1], [])

	def test_retirement_is_asked_for_once_it_is_planned(self):
		service = make_service()
		self.assertEqual(execute()[1], [])
		make_retirement(service, last_day=add_days(today(), 30))
		self.assertEqual(
			facts(execute()[1]),
			[
				(service.name, "Retiring", "No live dependents", "Stop", "Passed"),
				(service.name, "Retiring", "Notice given", "Stop", "Failed"),
				(service.name, "Retiring", "Successor or loss accepted", "Stop", "Failed"),
			],
		)

	def test_waivers_that_end_soon_and_those_that_expired(self):
		service, decision = self.waive(20)
		row = execute(ONLY_MISSING)[1][0]
		self.assertEqual(
			(row["result"], row["waiver"], row["waived_by"], row["reason"], str(row["expires_on"])),
			("Waiver ends soon", decision.name, "Administrator", "Workshop", add_days(today(), 20)),
		)
		with self.freeze_time(add_days(today(), 21) + " 12:00:00.250000"):
			_columns, data, _message, _chart, summary, _skip = execute(ONLY_MISSING)
			self.assertEqual(
				facts(data), [(service.name, "Analysed", "Business outcome", "Stop", "Waiver expired")]
			)
			self.assertEqual((data[0]["waiver"], data[0]["reason"]), (decision.name, "Workshop"))
			self.assertEqual((cards(summary)["Waivers Expired"], cards(summary)["Held Up"]), (1, 1))

	def test_a_waiver_of_the_next_gate_that_lasts_is_no_open_point(self):
		service, _decision = self.waive(90)
		decide(service, "Back", to_stage="Proposed")
		data = execute()[1]
		self.assertEqual([row["result"] for row in data], ["Passed", "Waived"])
		self.assertEqual(data[1]["reason"], "Workshop")
		self.assertEqual(execute(ONLY_MISSING)[1], [])

	def test_an_expired_waiver_of_a_live_service_is_told(self):
		service, _decision = self.waive(5)
		frappe.db.set_value("IT Service", service.name, {"stage": "Operational", "phase": "Catalogue"})
		with self.freeze_time(add_days(today(), 6) + " 12:00:00.250000"):
			self.assertEqual(
				facts(execute(ONLY_MISSING)[1]),
				[(service.name, None, "Business outcome", "Stop", "Waiver expired")],
			)

	def test_filters(self):
		held, owned = propose_service(outcomes=[]), propose_service(outcomes=[], service_owner=None)
		decide(held, "Hold")
		self.assertEqual({row["it_service"] for row in execute()[1]}, {owned.name})
		self.assertEqual(
			{row["it_service"] for row in execute({"include_waiting": 1})[1]}, {held.name, owned.name}
		)
		self.assertEqual(
			[row["it_service"] for row in execute({"gate_check": "Service owner"})[1]], [owned.name]
		)
		self.assertEqual(execute({"service_owner": "Administrator"})[1], [])
		self.assertEqual(execute({"stage": "Defined"})[1], [])
		self.assertIn("Business outcome", [option["value"] for option in get_checks()])

	def test_rows_outside_user_permissions_are_folded(self):
		hidden, shown = propose_service(), propose_service()
		user = make_user("Service Portfolio Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": shown.name}
		).insert()
		frappe.set_user(user)
		data = [row for row in run("Pipeline Gates", {})["result"] if isinstance(row, dict)]
		self.assertEqual([row.get("it_service") for row in data], [shown.name, shown.name, None])
		self.assertEqual(data[-1]["description"], "Not shown (2 records)")
		self.assertNotIn(hidden.name, str(data))

	def test_no_data(self):
		_columns, data, _message, chart, summary, _skip = execute()
		self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))

	def test_query_count_does_not_grow_with_services(self):
		for _number in range(3):
			propose_service(outcomes=[])
		self.waive(20)
		few = count_queries(execute)
		for _number in range(27):
			propose_service(outcomes=[])
		self.assertEqual(count_queries(execute), few)
		self.assertLessEqual(few, 18)

	def waive(self, days: int):
		"""A service that entered Defined without the outcome it lacks."""
		service = propose_service(outcomes=[])
		decision = decide(
			service,
			"Proceed",
			waivers=[
				{
					"gate_check": "Business outcome",
					"reason": "Workshop",
					"expires_on": add_days(today(), days),
				}
			],
		)
		return service, decision
