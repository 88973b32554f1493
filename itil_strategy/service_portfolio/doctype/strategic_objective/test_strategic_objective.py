import json

import frappe

from itil_strategy.exceptions import ServiceStrategyError, WeightTotalError
from itil_strategy.service_portfolio.doctype.strategic_objective.strategic_objective import set_weights
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_user
from itil_strategy.tests.portfolio import make_objective


class TestStrategicObjective(SiteTestCase):
	def setUp(self):
		super().setUp()
		table = frappe.qb.DocType("Strategic Objective")
		frappe.qb.update(table).set(table.is_active, 0).run()

	def weights(self) -> dict[str, float]:
		return dict(frappe.get_all("Strategic Objective", {"is_active": 1}, ["name", "weight"], as_list=True))

	def test_one_objective_cannot_bring_the_total_above_100(self):
		make_objective(weight=70)
		with self.assertRaisesRegex(WeightTotalError, "110.*at most 30.*Set Weights"):
			make_objective(weight=40)
		second = make_objective(weight=30)
		doc = frappe.get_doc("Strategic Objective", second)
		doc.weight = 31
		self.assertRaisesRegex(WeightTotalError, "101", doc.save)
		self.assertRaises(
			WeightTotalError, make_objective, weight=1, is_active=1, description="markup <b>stays</b>"
		)

	def test_activating_counts_like_a_new_weight(self):
		make_objective(weight=100)
		asleep = frappe.get_doc("Strategic Objective", make_objective(weight=20, is_active=0))
		asleep.is_active = 1
		self.assertRaisesRegex(WeightTotalError, "120", asleep.save)

	def test_a_total_below_100_is_only_a_hint(self):
		make_objective(weight=60)
		self.assertIn("total 60.0 %", str(frappe.get_message_log()))

	def test_a_weight_can_be_lowered_while_the_total_is_too_high(self):
		first, second = make_objective(weight=50), make_objective(weight=50)
		frappe.db.set_value("Strategic Objective", first, "weight", 80)
		doc = frappe.get_doc("Strategic Objective", second)
		doc.weight = 40
		doc.save()
		self.assertEqual(self.weights()[second], 40)

	def test_all_weights_are_replaced_as_one_set(self):
		first, second = make_objective(weight=90), make_objective(weight=10)
		set_weights({first: 20, second: 80})
		self.assertEqual(self.weights(), {first: 20, second: 80})
		set_weights(json.dumps({first: 33.33, second: "66.67"}))
		self.assertEqual(self.weights(), {first: 33.33, second: 66.67})

	def test_a_set_that_does_not_total_100_changes_nothing(self):
		first, second = make_objective(weight=90), make_objective(weight=10)
		for weights in ({first: 80, second: 10}, {first: 80, second: 30}):
			with self.assertRaisesRegex(WeightTotalError, str(float(sum(weights.values())))):
				set_weights(weights)
		self.assertEqual(self.weights(), {first: 90, second: 10})

	def test_a_set_names_each_active_objective_with_a_number(self):
		first, second = make_objective(weight=90), make_objective(weight=10)
		asleep = make_objective(weight=5, is_active=0)
		for weights in (
			{first: 100},
			{first: 90, second: 10, asleep: 0},
			{first: "many", second: 10},
			{first: -10, second: 110},
			{first: float("nan"), second: 10},
			[],
		):
			with self.assertRaises(ServiceStrategyError):
				set_weights(json.dumps(weights) if isinstance(weights, list) else weights)
		self.assertEqual(self.weights(), {first: 90, second: 10})

	def test_only_who_may_write_objectives_sets_weights(self):
		first = make_objective(weight=50)
		for role, is_allowed in (
			("Service Owner", False),
			("IT Financial Manager", False),
			("Service Portfolio Manager", True),
		):
			frappe.set_user(make_user(role))
			if is_allowed:
				set_weights({first: 100})
			else:
				self.assertRaises(frappe.PermissionError, set_weights, {first: 100})
			frappe.set_user("Administrator")
		self.assertEqual(self.weights(), {first: 100})
