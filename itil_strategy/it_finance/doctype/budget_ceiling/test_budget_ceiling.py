import frappe

from itil_strategy.exceptions import BudgetPlanError, ServiceStrategyError
from itil_strategy.tests.budgets import make_ceiling
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import center, make_service
from itil_strategy.tests.setup import OTHER_ABBR


class TestBudgetCeiling(SiteTestCase):
	def test_one_is_in_force_for_each(self):
		service = make_service()
		first = make_ceiling(100, it_service=service.name)
		with self.assertRaisesRegex(BudgetPlanError, f"{first.name}.*Change the amount there, or disable it"):
			make_ceiling(200, it_service=service.name)
		first.disabled = 1
		first.save()
		second = make_ceiling(200, it_service=service.name)
		first.disabled = 0
		with self.assertRaisesRegex(BudgetPlanError, second.name):
			first.save()

	def test_two_at_the_same_moment_meet_the_key_in_the_database(self):
		service = make_service()
		first = make_ceiling(100, it_service=service.name)
		second = make_ceiling(100, it_service=make_service().name)
		with self.assertRaises(Exception) as caught:
			frappe.db.set_value("Budget Ceiling", second.name, "live_key", first.live_key)
		self.assertTrue(frappe.db.is_unique_key_violation(caught.exception))

	def test_it_names_one_thing(self):
		doc = make_ceiling(100, it_service=make_service().name)
		doc.update({"ceiling_for": "Cost Center", "cost_center": center("Sales")})
		doc.save()
		self.assertEqual((doc.it_service, doc.cost_center), (None, center("Sales")))
		doc.ceiling_for = "IT Service"
		with self.assertRaisesRegex(BudgetPlanError, "IT Service: choose for what"):
			doc.save()

	def test_refusals(self):
		with self.assertRaisesRegex(BudgetPlanError, "belongs to"):
			make_ceiling(1, cost_center=f"Main - {OTHER_ABBR}")
		frappe.db.set_value("Fiscal Year", "2027", "disabled", 1)
		frappe.clear_document_cache("Fiscal Year", "2027")
		with self.assertRaisesRegex(ServiceStrategyError, "2027.* is disabled. Enable it or choose another"):
			make_ceiling(1, it_service=make_service().name, fiscal_year="2027")
		frappe.clear_document_cache("Fiscal Year", "2027")
		with self.assertRaisesRegex(frappe.ValidationError, "egative"):
			make_ceiling(-1, it_service=make_service().name)

	def test_the_form_shows_what_is_used(self):
		doc = make_ceiling(100, it_service=make_service().name)
		doc.run_method("onload")
		self.assertEqual(doc.get_onload("use"), {"actual": 0, "committed": 0, "used": 0, "available": 100})
