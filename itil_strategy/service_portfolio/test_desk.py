"""What the desk reads: the dependency picture, the gate before it is stored, planned dates."""

import frappe
from frappe.utils import add_days, add_months, get_first_day, today

from itil_strategy.service_portfolio.decision_desk import get_checks, get_gate, get_indicators
from itil_strategy.service_portfolio.dependency_picture import get_picture
from itil_strategy.service_portfolio.doctype.portfolio_decision.portfolio_decision import get_choices
from itil_strategy.service_portfolio.planned_dates import get_events
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.portfolio import decide, propose_service
from itil_strategy.tests.setup import COMPANY


class TestDependencyPicture(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.net = make_service(service_type="Supporting")
		self.store = self.needs(self.net)
		self.shop = self.needs(self.store)
		self.report = make_service(
			dependencies=[
				{"depends_on": self.shop.name, "is_critical": 0},
				{"depends_on": self.net.name, "is_critical": 1},
			]
		)

	def needs(self, *providers):
		return make_service(dependencies=[{"depends_on": p.name, "is_critical": 1} for p in providers])

	def test_who_is_hit_stands_to_the_right_at_any_depth(self):
		picture = get_picture(self.net.name)
		layers = {node["name"]: (node["side"], node["layer"]) for node in picture["nodes"]}
		self.assertEqual(
			layers,
			{
				self.net.name: ("", 0),
				self.store.name: ("hit", 1),
				self.shop.name: ("hit", 2),
				self.report.name: ("hit", 3),
			},
		)
		self.assertEqual(
			self.edges(picture),
			{
				(self.net.name, self.store.name, True),
				(self.store.name, self.shop.name, True),
				(self.shop.name, self.report.name, False),
				(self.net.name, self.report.name, True),
			},
		)

	def test_what_it_needs_stands_to_the_left(self):
		nodes = get_picture(self.report.name)["nodes"]
		self.assertEqual(
			{node["name"]: node["layer"] for node in nodes},
			{self.report.name: 0, self.shop.name: -1, self.store.name: -2, self.net.name: -3},
		)
		self.assertEqual({node["side"] for node in nodes[1:]}, {"needed"})

	def test_a_circle_that_is_not_critical_is_drawn_once_per_side(self):
		self.net.append("dependencies", {"depends_on": self.report.name, "is_critical": 0})
		self.net.save()
		picture = get_picture(self.net.name)
		self.assertEqual(len(picture["nodes"]), 7)
		for edge in picture["edges"]:
			sides = {picture["nodes"][edge[end]]["side"] for end in ("from", "to")}
			self.assertNotEqual(sides, {"hit", "needed"})

	def test_customers_of_the_last_twelve_months_are_counted_once(self):
		self.charge(self.net, "Sales Unit", get_first_day(today()))
		self.charge(self.shop, "Sales Unit", add_months(get_first_day(today()), -11))
		self.charge(self.shop, "Logistics Unit", add_months(get_first_day(today()), -2))
		self.charge(self.shop, "Production Unit", add_months(get_first_day(today()), -14))
		picture = get_picture(self.net.name)
		self.assertEqual(picture["customers"], 2)
		shop = next(node for node in picture["nodes"] if node["name"] == self.shop.name)
		self.assertEqual(shop["customers"], 2)

	def test_services_that_the_viewer_may_not_read_have_no_name(self):
		user = make_user("Service Owner")
		for service in (self.net, self.shop):
			frappe.get_doc(
				{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": service.name}
			).insert()
		frappe.set_user(user)
		picture = get_picture(self.net.name)
		self.assertEqual(picture["hidden"], 2)
		self.assertNotIn(self.store.name, str(picture))
		self.assertEqual(len(picture["edges"]), 4)
		self.assertRaises(frappe.PermissionError, get_picture, self.store.name)

	def test_nobody_without_rights_reads_it(self):
		frappe.set_user(make_user("Employee"))
		self.assertRaises(frappe.PermissionError, get_picture, self.net.name)

	def test_the_number_of_queries_is_fixed(self):
		with self.assertQueryCount(8):
			get_picture(self.net.name)
		for _ in range(5):
			self.needs(self.net)
		with self.assertQueryCount(8):
			get_picture(self.net.name)

	def edges(self, picture) -> set[tuple]:
		names = [node["name"] for node in picture["nodes"]]
		return {(names[edge["from"]], names[edge["to"]], edge["is_critical"]) for edge in picture["edges"]}

	def charge(self, service, customer: str, month) -> None:
		frappe.get_doc(
			{
				"doctype": "Service Charge",
				"name": frappe.db.count("Service Charge") + 10**9,
				"company": COMPANY,
				"customer": customer,
				"it_service": service.name,
				"usage_month": month,
				"status": "Posted",
			}
		).db_insert()


class TestDecisionDesk(SiteTestCase):
	def test_the_gate_before_the_decision_is_what_the_decision_stores(self):
		service = propose_service(service_owner=None)
		seen = get_gate(service.name, "Proceed")
		stored = decide(service, "Proceed", submit=False).gate_results
		self.assertEqual(
			[(row["gate_check"], row["result"], row["evidence"]) for row in seen],
			[(row.gate_check, row.result, row.evidence) for row in stored],
		)
		self.assertIn("Failed", [row["result"] for row in seen])

	def test_outcomes_without_a_move_have_no_gate(self):
		service = propose_service()
		self.assertEqual(get_gate(service.name, "Hold"), [])
		self.assertEqual(get_gate(service.name, "Retire"), [])

	def test_the_gate_of_an_existing_service_is_that_of_its_stage(self):
		service = propose_service()
		self.assertIn("Operational", get_choices(service.name)["existing_stages"])
		checks = {
			row["gate_check"] for row in get_gate(service.name, "Proceed", "Operational", is_existing=True)
		}
		self.assertIn("Cost model", checks)
		self.assertEqual(get_choices(make_service().name)["existing_stages"], [])

	def test_a_named_successor_counts(self):
		service, successor = make_service(), make_service()
		result = {
			row["gate_check"]: row["result"] for row in get_gate(service.name, "Retire", None, successor.name)
		}
		self.assertEqual(result["Successor or loss accepted"], "Passed")

	def test_reading_needs_rights(self):
		service = propose_service()
		frappe.set_user(make_user("Employee"))
		for call in (lambda: get_gate(service.name, "Proceed"), get_indicators, get_checks):
			self.assertRaises(frappe.PermissionError, call)
		self.assertRaises(frappe.PermissionError, get_choices, service.name)

	def test_names_of_indicators_and_checks(self):
		self.assertEqual(get_indicators()["recovery"]["label"], "Recovery")
		self.assertIn("Service owner", get_checks())


class TestPlannedDates(SiteTestCase):
	def events(self, service, **kwargs):
		found = get_events(add_days(today(), -60), add_days(today(), 60), **kwargs)
		return [event for event in found if event["name"] == service.name]

	def test_planned_dates_and_what_became_of_them(self):
		service = propose_service(
			stage_plan=[
				{"stage": "Defined", "planned_date": add_days(today(), -5)},
				{"stage": "Analysed", "planned_date": add_days(today(), -1)},
				{"stage": "Approved", "planned_date": add_days(today(), 9)},
				{"stage": "Operational", "planned_date": add_days(today(), 300)},
			]
		)
		decide(service, "Proceed")
		self.assertEqual(
			[(event["kind"], str(event["start"])) for event in self.events(service)],
			[
				("entered late", today()),
				("overdue", add_days(today(), -1)),
				("planned", add_days(today(), 9)),
			],
		)

	def test_plans_of_rejected_services_are_not_shown(self):
		service = propose_service(stage_plan=[{"stage": "Defined", "planned_date": today()}])
		self.assertEqual(len(self.events(service)), 1)
		decide(service, "Reject")
		self.assertEqual(self.events(service), [])

	def test_filters_of_the_list_apply(self):
		service = propose_service(stage_plan=[{"stage": "Defined", "planned_date": today()}])
		for owner, count in (("Administrator", 1), ("Guest", 0)):
			filters = f'[["IT Service", "service_owner", "=", "{owner}"]]'
			self.assertEqual(len(self.events(service, filters=filters)), count)

	def test_permissions(self):
		seen, hidden = (
			propose_service(stage_plan=[{"stage": "Defined", "planned_date": today()}]) for _ in range(2)
		)
		user = make_user("Service Owner")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": seen.name}
		).insert()
		frappe.set_user(user)
		self.assertEqual((len(self.events(seen)), self.events(hidden)), (1, []))
		frappe.set_user(make_user("Employee"))
		self.assertRaises(frappe.PermissionError, get_events, today(), today())
