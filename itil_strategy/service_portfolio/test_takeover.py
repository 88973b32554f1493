import frappe
from frappe.utils import add_days, getdate, today

from itil_strategy.exceptions import DateOrderError, GateError, ServiceStrategyError, StageChangeError
from itil_strategy.service_portfolio.takeover import take_over_services
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_offering, make_policy, make_user
from itil_strategy.tests.portfolio import decide, propose_service, reload


class TestTakeOver(SiteTestCase):
	def complete(self):
		service = propose_service()
		make_policy(make_offering(service), unit_price=1)
		return service

	def test_an_existing_service_enters_the_stage_where_it_is(self):
		service = self.complete()
		decide(
			service,
			"Proceed",
			"In use since 2024",
			is_existing=1,
			to_stage="Operational",
			operational_from="2024-03-01",
		)
		service = reload(service)
		self.assertEqual((service.stage, service.operational_from), ("Operational", getdate("2024-03-01")))
		(row,) = service.stage_log
		self.assertEqual(
			(row.from_stage, row.to_stage, row.reason), ("Proposed", "Operational", "In use since 2024")
		)

	def test_the_gate_is_that_of_the_stage(self):
		with self.assertRaisesRegex(GateError, "Priced offering"):
			decide(propose_service(), "Proceed", is_existing=1, to_stage="Operational")

	def test_it_happens_once_and_never_to_the_end(self):
		service = self.complete()
		for to_stage in ("Retired", "Retiring", "Proposed", None):
			with self.subTest(to_stage), self.assertRaisesRegex(StageChangeError, "needs its stage"):
				decide(service, "Proceed", is_existing=1, to_stage=to_stage)
		with self.assertRaisesRegex(DateOrderError, "in the future"):
			decide(
				service,
				"Proceed",
				is_existing=1,
				to_stage="Operational",
				operational_from=add_days(today(), 1),
			)
		with self.assertRaisesRegex(StageChangeError, "outcome Proceed"):
			decide(service, "Hold", is_existing=1, to_stage="Operational")
		decide(service, "Hold")
		with self.assertRaisesRegex(StageChangeError, "Only a service without decisions"):
			decide(service, "Proceed", is_existing=1, to_stage="Operational", deviation_reason="x")

	def test_many_at_once_with_a_waiver(self):
		complete, incomplete, moved = self.complete(), propose_service(), self.complete()
		decide(moved, "Proceed")
		frappe.set_user(make_user("Service Portfolio Manager"))
		answer = take_over_services(
			[complete.name, incomplete.name, moved.name, "NOT-THERE"],
			"Operational",
			"Catalogue of last year",
			waive_until=add_days(today(), 90),
			waiver_reason="Prices follow with the new year",
		)
		self.assertEqual(len(answer["done"]), 2)
		self.assertEqual([row["service"] for row in answer["failed"]], [moved.name, "NOT-THERE"])
		decision = frappe.get_doc("Portfolio Decision", answer["done"][1])
		self.assertEqual([row.gate_check for row in decision.waivers], ["Priced offering"])
		self.assertEqual(reload(incomplete).stage, "Operational")
		self.assertEqual(reload(moved).stage, "Defined")
		with self.assertRaisesRegex(ServiceStrategyError, "Choose 1 to 200"):
			take_over_services([], "Operational", "x")

	def test_only_portfolio_managers(self):
		service = self.complete()
		frappe.set_user(make_user("Service Owner"))
		with self.assertRaises(frappe.PermissionError):
			take_over_services([service.name], "Operational", "x")
