import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import (
	ContradictionError,
	RetirementError,
	ServiceStrategyError,
	StageChangeError,
	StaleDecisionError,
)
from itil_strategy.service_portfolio.doctype.portfolio_decision.portfolio_decision import get_choices
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user, unique
from itil_strategy.tests.portfolio import decide, make_objective, make_retirement, propose_service, reload


class TestPortfolioDecision(SiteTestCase):
	def test_a_decision_on_a_service_that_moved_meanwhile(self):
		service = propose_service()
		late = decide(service, "Hold", submit=False)
		decide(service, "Proceed")
		with self.assertRaisesRegex(StaleDecisionError, "decided about meanwhile .* in stage .*Defined"):
			late.submit()
		late.reload()
		late.save()
		self.assertEqual(late.from_stage, "Defined")
		late.deviation_reason = "The sponsor left"
		late.save()
		late.submit()
		self.assertEqual(reload(service).decision_state, "On Hold")

	def test_a_draft_is_stale_when_only_the_state_changed(self):
		service = propose_service()
		late = decide(service, "Proceed", submit=False)
		decide(service, "Reject")
		with self.assertRaises(StaleDecisionError):
			late.submit()

	def test_an_outcome_of_another_phase_is_refused(self):
		for stage, outcome, words in (
			("Proposed", "Retire", "Choose one of Proceed, Hold, Reject"),
			("Operational", "Reject", "Choose one of Retain"),
			("Retired", "Retain", "is final"),
		):
			with self.subTest(stage), self.assertRaisesRegex(StageChangeError, words):
				decide(make_service(stage=stage), outcome)

	def test_a_contradiction_of_the_last_live_decision_needs_a_reason(self):
		service = make_service()
		decide(service, "Retain", review_date=add_days(today(), 90))
		with self.assertRaisesRegex(ContradictionError, "still live, says Retain.*Reason for Contradicting"):
			decide(service, "Rationalise")
		decide(service, "Rationalise", deviation_reason="Two offerings are one")
		log = reload(service).stage_log
		self.assertEqual(log[-1].reason, "Decided in the board\nTwo offerings are one")
		self.assertEqual((log[-1].from_stage, log[-1].to_stage), ("Operational", "Operational"))

	def test_an_expired_decision_binds_no_more(self):
		service = make_service()
		decide(service, "Retain", review_date=add_days(today(), 1))
		with self.freeze_time(add_days(today(), 2) + " 12:00:00.250000"):
			decide(service, "Rationalise")

	def test_replace_needs_a_successor(self):
		service = make_service()
		with self.assertRaisesRegex(ServiceStrategyError, "Replace needs a Successor"):
			decide(service, "Replace")
		with self.assertRaisesRegex(ServiceStrategyError, "its own successor"):
			decide(service, "Replace", successor=service.name)

	def test_renew_opens_a_service_in_the_pipeline(self):
		objective = make_objective()
		service = make_service(
			service_code=unique("OLD"), outcomes=[{"strategic_objective": objective, "contribution": 30}]
		)
		decision = decide(service, "Renew", "The platform ends next year")
		successor = frappe.get_doc("IT Service", f"{service.name}-2")
		self.assertEqual(reload(service).successor, successor.name)
		self.assertEqual(
			frappe.db.get_value("Portfolio Decision", decision.name, "successor"), successor.name
		)
		self.assertEqual((successor.stage, successor.stage_log), ("Proposed", []))
		self.assertEqual(successor.outcomes[0].strategic_objective, objective)
		self.assertEqual(reload(service).stage, "Operational")
		decide(service, "Renew", "Once more", new_service_name="Named by us")
		self.assertEqual(
			frappe.db.get_value("IT Service", f"{service.name}-3", "service_name"), "Named by us"
		)
		existing = propose_service()
		decide(service, "Renew", "This one", successor=existing.name)
		self.assertEqual(reload(service).successor, existing.name)

	def test_back_within_the_pipeline(self):
		service = propose_service()
		decide(service, "Proceed")
		decide(service, "Proceed")
		with self.assertRaisesRegex(StageChangeError, "Choose one of Proposed, Defined"):
			decide(service, "Back", to_stage="Operational")
		decide(service, "Back", "Unclear after all", to_stage="Proposed")
		self.assertEqual(reload(service).stage, "Proposed")

	def test_back_from_retiring_withdraws_the_plan(self):
		service = make_service()
		plan = make_retirement(
			service, last_day=add_days(today(), 20), loss_accepted=1, loss_reason="Nobody uses it"
		)
		plan.submit()
		decide(service, "Retire")
		self.assertEqual(str(reload(service).last_day), add_days(today(), 20))
		with self.assertRaisesRegex(RetirementError, "outcome Back"):
			frappe.get_doc("Service Retirement", plan.name).cancel()
		decide(service, "Back", "A customer came back", to_stage="Operational")
		service, plan = reload(service), frappe.get_doc("Service Retirement", plan.name)
		self.assertEqual((service.stage, service.last_day), ("Operational", None))
		self.assertEqual((plan.docstatus, plan.status), (2, "Withdrawn"))

	def test_no_way_back_after_the_last_day(self):
		service = make_service()
		make_retirement(
			service, last_day=add_days(today(), 2), loss_accepted=1, loss_reason="Nobody uses it"
		).submit()
		decide(service, "Retire")
		with self.freeze_time(add_days(today(), 2) + " 12:00:00.250000"):
			decide(service, "Back", to_stage="Operational", submit=False).delete()
		with self.freeze_time(add_days(today(), 3) + " 12:00:00.250000"):
			with self.assertRaisesRegex(RetirementError, "its retirement is final"):
				decide(service, "Back", to_stage="Operational")

	def test_a_decision_that_moved_a_service_stays(self):
		service = propose_service()
		decision = decide(service, "Proceed")
		with self.assertRaisesRegex(StageChangeError, "stays on record"):
			decision.cancel()
		self.assertEqual(reload(service).stage, "Defined")

	def test_what_the_server_writes_cannot_be_invented(self):
		service = propose_service(outcomes=[])
		decision = decide(
			service,
			"Proceed",
			submit=False,
			from_stage="In Transition",
			to_stage="Operational",
			analysis_class="Invest",
			decided_by="Guest",
			gate_results=[{"gate_check": "Business outcome", "level": "Stop", "result": "Passed"}],
		)
		self.assertEqual((decision.from_stage, decision.to_stage), ("Proposed", "Defined"))
		self.assertEqual(decision.analysis_class or "", "")
		results = {row.gate_check: row.result for row in decision.gate_results}
		self.assertEqual(results["Business outcome"], "Failed")

	def test_the_review_is_filled_in_later(self):
		service = make_service()
		decision = decide(service, "Retain", review_date=add_days(today(), 90))
		decision.review_result = "Worse than expected"
		decision.save()
		self.assertEqual(str(decision.reviewed_on), today())
		decision.reviewed_on = add_days(today(), -1)
		with self.assertRaisesRegex(ServiceStrategyError, "before the decision"):
			decision.save()

	def test_choices(self):
		service = propose_service()
		decide(service, "Proceed")
		choices = get_choices(service.name)
		self.assertEqual(choices["stage"], "Defined")
		self.assertEqual(
			[(row["outcome"], row["to_stage"]) for row in choices["outcomes"]],
			[("Proceed", "Analysed"), ("Hold", "Defined"), ("Reject", "Defined"), ("Back", None)],
		)
		self.assertEqual(choices["back_stages"], ["Proposed"])
		frappe.set_user(make_user("Accounts User"))
		with self.assertRaises(frappe.PermissionError):
			get_choices(service.name)

	def classed(self, fit: str):
		"""A service of the catalogue, judged by its fit alone: 4 is Invest, 1 is Eliminate."""
		settings = frappe.get_doc("Service Strategy Settings")
		settings.set(
			"indicators",
			[
				{"indicator": f"{kind} fit", "axis": axis, "weight": 100, "worst": 1, "target": 4}
				for kind, axis in (("Functional", "Value"), ("Technical", "Fitness"))
			],
		)
		settings.save()
		return make_service(
			fit_assessments=[
				{"kind": kind, "score": fit, "assessed_on": today()} for kind in ("Technical", "Functional")
			]
		)

	def test_a_contradiction_of_the_class_needs_a_reason(self):
		"""Section 11: Replace or Retire against Invest, Retain or Renew against Eliminate."""
		service = self.classed("1")
		draft = decide(service, "Retain", submit=False)
		self.assertEqual(draft.analysis_class, "Eliminate")
		with self.assertRaisesRegex(ContradictionError, "analysis says Eliminate, the outcome is Retain"):
			draft.submit()
		draft.reload()
		draft.deviation_reason = "The law asks for it"
		draft.submit()
		self.assertIn("The law asks for it", reload(service).stage_log[-1].reason)

	def test_a_retirement_against_invest_needs_a_reason(self):
		service = self.classed("4")
		make_retirement(
			service, last_day=add_days(today(), 20), loss_accepted=1, loss_reason="Nobody uses it"
		).submit()
		with self.assertRaisesRegex(ContradictionError, "analysis says Invest, the outcome is Retire"):
			decide(service, "Retire")
		decide(service, "Retire", deviation_reason="The company leaves the market")

	def test_the_evidence_is_read_by_the_server_and_kept(self):
		service = self.classed("4")
		forged = {"service_class": "Eliminate", "window": ["2026-01", "2026-02", "2026-03"]}
		decision = decide(service, "Retain", analysis_class="Eliminate", analysis_evidence=forged)
		self.assertEqual(decision.analysis_class, "Invest")
		evidence = frappe.parse_json(decision.analysis_evidence)
		self.assertEqual(evidence["service_class"], "Invest")
		self.assertEqual(evidence["window"], forged["window"])
		self.assertEqual(decision.compare_with_now(), [])
		service = reload(service)
		service.append("fit_assessments", {"kind": "Technical", "score": "1", "assessed_on": today()})
		service.save()
		changes = {(row["part"], row["field"]): row for row in decision.compare_with_now()}
		moved = changes[("class", "service_class")]
		self.assertEqual((moved["before"], moved["after"]), ("Invest", "Migrate"))
		# The snapshot itself stays what it was.
		stored = frappe.db.get_value("Portfolio Decision", decision.name, "analysis_evidence")
		self.assertEqual(frappe.parse_json(stored)["service_class"], "Invest")
