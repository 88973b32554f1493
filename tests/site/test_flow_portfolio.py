"""A service through its whole life, each gate failing first (SP-1 to SP-6)."""

from datetime import timedelta

import frappe
from frappe.utils import add_days, getdate, today

from itil_strategy.exceptions import GateError, RetirementError, StageChangeError, WaiverError
from itil_strategy.tests.business_cases import approve, make_case
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	center,
	make_offering,
	make_policy,
	make_user,
)
from itil_strategy.tests.portfolio import decide, make_objective, make_retirement, propose_service, reload
from itil_strategy.tests.relationship import SCORE, make_need, make_topic, mediations_of, settle
from itil_strategy.tests.setup import COMPANY


class TestPortfolioFlow(SiteTestCase):
	def test_a_service_from_the_idea_to_its_end(self):
		owner, manager = make_user("Service Owner"), make_user("Service Portfolio Manager")
		relationship = make_user("Business Relationship Manager")
		frappe.set_user(manager)
		service = propose_service(with_need=False, service_owner=None, companies=[], outcomes=[])

		self.refused(service, "Proceed", "Service owner", "Business outcome")
		service = reload(service)
		service.service_owner = owner
		service.append(
			"outcomes",
			{"strategic_objective": make_objective(), "contribution": 40, "outcome": "Faster invoices"},
		)
		service.save()
		decide(service, "Proceed", "Defined as asked for by Sales")

		self.refused(service, "Proceed", "Customer need")
		frappe.set_user(relationship)
		topic = make_topic()
		need = make_need(service, "Submitted", wishes=[(topic, "Must")])
		frappe.set_user(manager)
		self.refused(service, "Proceed", "Customer need")
		frappe.set_user(relationship)
		need.assess(**SCORE)
		other = make_need(service, "Submitted", wishes=[(topic, "Won't")], customer="Meadow AG")
		frappe.set_user(manager)
		decision = decide(service, "Proceed", "Ready for Analysed")
		# The open mediation warns here and stops at the next gate.
		warning = next(row for row in decision.gate_results if row.gate_check == "No open mediation")
		self.assertEqual((warning.level, warning.result), ("Warn", "Failed"))
		self.refused(service, "Proceed", "Approved business case", "No open mediation")
		frappe.set_user(relationship)
		(mediation,) = mediations_of(need, other)
		settle(mediation, decided_by=manager).close_mediation()
		frappe.set_user(manager)
		self.refused(service, "Proceed", "Approved business case")
		frappe.set_user("Administrator")
		approve(make_case(reload(service), customer_need=need.name))
		frappe.set_user(manager)
		for stage in ("Approved", "Chartered", "In Design"):
			decide(service, "Proceed", f"Ready for {stage}")
			self.assertEqual(reload(service).stage, stage)

		self.refused(service, "Proceed", "Priced offering")
		offering = make_offering(reload(service))
		self.refused(service, "Proceed", "Priced offering")
		frappe.set_user("Administrator")
		make_policy(offering, unit_price=1)
		frappe.set_user(manager)
		decision = decide(service, "Proceed", "Built and tested")
		# The missing cost model warns here and stops at the next gate.
		warning = next(row for row in decision.gate_results if row.gate_check == "Cost model")
		self.assertEqual((warning.level, warning.result), ("Warn", "Failed"))

		self.refused(service, "Proceed", "Cost model")
		service = reload(service)
		service.append(
			"companies", {"company": COMPANY, "provider_cost_center": center("Data Centre"), "active": 1}
		)
		service.save()
		decide(service, "Proceed", "Handed over")
		service = reload(service)
		self.assertEqual(
			(service.stage, service.phase, service.operational_from), ("Operational", "Catalogue", getdate())
		)

		self.refused(service, "Retire", "Notice given", "Successor or loss accepted")
		plan = make_retirement(service, last_day=add_days(today(), 30))
		self.refused(service, "Retire", "Notice given", "Successor or loss accepted")
		plan.loss_accepted, plan.loss_reason = 1, "Nobody uses it"
		plan.submit()
		dependent = propose_service(dependencies=[{"depends_on": service.name}])
		self.refused(service, "Retire", "No live dependents")
		dependent.set("dependencies", [])
		dependent.save()
		decide(service, "Retire", "Replaced by a market product")
		self.assertEqual(reload(service).stage, "Retiring")

		with self.assertRaisesRegex(RetirementError, "from the day after"):
			plan.reload()
			plan.data_owner, plan.data_retention = owner, "Invoices kept ten years in the archive"
			plan.save()
			decide(service, "Retire", "Done")
		plan.reload()
		plan.data_owner = plan.data_retention = None
		plan.save()
		with self.freeze_time(add_days(today(), 31) + " 12:00:00.250000"):
			self.refused(service, "Retire", "Data retention decided")
			plan.reload()
			plan.data_owner, plan.data_retention = owner, "Invoices kept ten years in the archive"
			plan.save()
			decide(service, "Retire", "Done")
			service = reload(service)
			self.assertEqual((service.stage, service.phase), ("Retired", "Retired"))
			with self.assertRaisesRegex(StageChangeError, "final"):
				decide(service, "Back", "Again", to_stage="Retiring")

		log = [
			(row.from_stage, row.to_stage, row.outcome, row.decided_by, row.reason)
			for row in service.stage_log
		]
		self.assertEqual(
			log,
			[
				("Proposed", "Defined", "Proceed", manager, "Defined as asked for by Sales"),
				("Defined", "Analysed", "Proceed", manager, "Ready for Analysed"),
				("Analysed", "Approved", "Proceed", manager, "Ready for Approved"),
				("Approved", "Chartered", "Proceed", manager, "Ready for Chartered"),
				("Chartered", "In Design", "Proceed", manager, "Ready for In Design"),
				("In Design", "In Transition", "Proceed", manager, "Built and tested"),
				("In Transition", "Operational", "Proceed", manager, "Handed over"),
				("Operational", "Retiring", "Retire", manager, "Replaced by a market product"),
				("Retiring", "Retired", "Retire", manager, "Done"),
			],
		)
		self.assertTrue(all(row.changed_at and row.portfolio_decision for row in service.stage_log))
		actual = {row.stage: row.actual_date for row in service.stage_plan}
		self.assertEqual(actual["Operational"], getdate())
		self.assertEqual(actual["Retired"], getdate() + timedelta(days=31))

	def test_a_rejected_service_and_its_return(self):
		service = propose_service()
		decide(service, "Reject", "No demand")
		service = reload(service)
		self.assertEqual((service.stage, service.decision_state), ("Proposed", "Rejected"))
		decide(service, "Proceed", "Demand came", deviation_reason="Three customers asked since")
		service = reload(service)
		self.assertEqual((service.stage, service.decision_state), ("Defined", "Active"))
		self.assertEqual([row.outcome for row in service.stage_log], ["Reject", "Proceed"])

	def test_an_expired_waiver_opens_the_gate_again(self):
		service = propose_service(outcomes=[])
		self.refused(service, "Proceed", "Business outcome")
		waiver = {
			"gate_check": "Business outcome",
			"reason": "Workshop on Monday",
			"expires_on": add_days(today(), 5),
		}
		decision = decide(service, "Proceed", "Start now", waivers=[waiver])
		self.assertEqual(decision.waivers[0].waived_by, "Administrator")
		self.assertIn("Waived", [row.result for row in decision.gate_results])
		# Valid: the next stage does not ask for it.
		draft = decide(service, "Proceed", "Look ahead", submit=False)
		self.assertNotIn("Business outcome", [row.gate_check for row in draft.gate_results])
		draft.delete()
		with self.freeze_time(add_days(today(), 6) + " 12:00:00.250000"):
			self.refused(service, "Proceed", "Business outcome")
			service = reload(service)
			service.append("outcomes", {"strategic_objective": make_objective(), "contribution": 10})
			service.save()
			decide(service, "Proceed", "Outcome described")
			self.assertEqual(reload(service).stage, "Analysed")

	def test_waivers_need_a_reason_an_expiry_and_a_portfolio_manager(self):
		owner = make_user("Service Owner")
		service = propose_service(outcomes=[], service_owner=owner)
		waiver = {"gate_check": "Business outcome", "reason": "Later", "expires_on": add_days(today(), 5)}
		for change, words in (
			({"reason": " "}, "needs a Reason"),
			({"expires_on": None}, "needs a Reason"),
			({"expires_on": add_days(today(), -1)}, "expired on"),
			({"gate_check": "Notice given"}, "does not ask for it"),
		):
			with self.subTest(change), self.assertRaisesRegex(WaiverError, words):
				decide(service, "Proceed", "x", waivers=[{**waiver, **change}])
		frappe.set_user(owner)
		with self.assertRaisesRegex(WaiverError, "only a Service Portfolio Manager"):
			decide(service, "Proceed", "x", waivers=[waiver], submit=False)

	def refused(self, service, outcome: str, *checks: str):
		"""The gate names each missing thing and leaves the service where it is."""
		stage = reload(service).stage
		with self.assertRaises(GateError) as caught:
			decide(service, outcome, "Too early")
		for check in checks:
			self.assertIn(f"<b>{check}</b>", str(caught.exception))
		self.assertEqual(str(caught.exception).count("<li>"), len(checks))
		self.assertEqual(reload(service).stage, stage)
		frappe.clear_messages()
