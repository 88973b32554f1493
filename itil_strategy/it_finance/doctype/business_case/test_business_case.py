"""FM-6, FM-7, FM-16: the Business Case from draft to its lapse."""

import json
from contextlib import contextmanager

import frappe
from frappe.desk.form.save import savedocs
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError
from frappe.utils import add_days, today

from itil_strategy.exceptions import (
	BusinessCaseError,
	CaseFormulaError,
	CasePeriodError,
	CasePolicyError,
	CaseStatusError,
	DateOrderError,
	OwnCaseError,
)
from itil_strategy.it_finance.business_case.desk import get_template, get_templates, renew
from itil_strategy.it_finance.business_case.lapse import lapse_cases
from itil_strategy.tests.business_cases import (
	BUY,
	FINANCE,
	NOTHING,
	PORTFOLIO,
	SECTIONS,
	approve,
	flow,
	fund,
	make_case,
	reserved_for,
	take,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user, unique
from itil_strategy.tests.relationship import make_need
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY

SETTINGS = "Service Strategy Settings"
IRR = "33.64 %"  # numpy-financial: irr([-950, 550, 550, 550])


@contextmanager
def policy(limits: list[dict] | None = None, **values):
	"""Settings for a while."""
	settings = frappe.get_single(SETTINGS)
	settings.update(values)
	settings.set("approval_limits", limits or [])
	settings.save()
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	yield


class TestFigures(SiteTestCase):
	def test_figures_are_worked_out_on_save(self):
		"""By hand: −1000 + 500 ÷ 1.1 + 500 ÷ 1.21 + 500 ÷ 1.331 = 243.43."""
		case = make_case()
		self.assertEqual((case.npv, case.total_spend), (243.43, 1300))
		# Against doing nothing: −950, then 550 a year; 700 gained for 1,300 spent.
		self.assertEqual((case.internal_rates, case.payback), (IRR, "1.73 years"))
		self.assertEqual(case.return_on_investment, "53.85 %")
		# Doing nothing costs 50 now and in three years: 174.34.
		self.assertEqual((case.options[1].npv, case.advantage), (-174.34, 417.77))
		self.assertEqual((case.options[1].internal_rates, case.options[1].payback), ("none", "never"))
		self.assertEqual(case.currency, frappe.get_cached_value("Company", COMPANY, "default_currency"))

	def test_the_pictures_hold_schedule_tornado_and_distribution(self):
		figures = json.loads(make_case().figures)
		self.assertEqual([line[1] for line in figures["options"][0]["schedule"]], [-1000, 500, 500, 500])
		self.assertEqual([bar["assumption"] for bar in figures["tornado"]], ["users"])
		self.assertEqual(figures["distribution"]["draws"], 10_000)
		self.assertEqual(sum(figures["distribution"]["counts"]), 10_000)

	def test_the_same_seed_gives_the_same_simulation(self):
		self.assertEqual(make_case(seed=4).percentiles, make_case(seed=4).percentiles)
		self.assertNotEqual(make_case(seed=4).percentiles, make_case(seed=5).percentiles)

	def test_spend_is_told_per_fiscal_year_with_reserves(self):
		risk = {"risk": "Delay", "probability": 20, "impact": 100, "period": 1, "reserve": 40}
		case = make_case(risks=[risk])
		year = today()[:4]
		first = next(row for row in case.spend if year in row.fiscal_year)
		self.assertEqual((first.planned_spend, case.total_spend, case.total_reserve), (1140, 1340, 40))
		self.assertEqual(case.expected_risk_cost, 20)

	def test_assumptions_without_a_name_are_numbered(self):
		case = make_case(
			assumptions=[
				{"assumption": "x", "base_value": 5},
				{"variable": "A2", "assumption": "y", "base_value": 1},
				{"assumption": "z"},
			],
			flows=[flow(formula="A1 * A2", item="a"), flow(NOTHING, item="b", amount=0)],
		)
		self.assertEqual([row.variable for row in case.assumptions], ["A1", "A2", "A3"])

	def test_several_rates_and_unequal_lives_are_noted(self):
		case = make_case(
			discount_rate=0,
			flows=[
				flow(item="a", amount=101),
				flow(item="b", kind="Benefit", first_period=1, amount=230),
				flow(item="c", first_period=2, amount=132),
				flow(NOTHING, item="d", amount=1),
			],
		)
		self.assertEqual(case.internal_rates, "10.00 %; 20.00 %")
		self.assertIn("There are 2 internal rates of return", case.figure_notes)
		self.assertIn("Options last differently long", case.figure_notes)

	def test_a_draft_may_be_empty(self):
		case = make_case(
			assumptions=[], options=[], flows=[], recommended_option="", **dict.fromkeys(SECTIONS)
		)
		self.assertEqual((case.npv, case.internal_rates, case.status), (0, None, "Draft"))

	def test_markup_is_kept_and_shown_escaped(self):
		"""Refusals are HTML: what was typed must not become part of it."""
		with self.assertRaises(BusinessCaseError) as refusal:
			make_case(recommended_option="<b>Rent</b>")
		self.assertIn("&lt;b&gt;Rent&lt;/b&gt;", str(refusal.exception))


class TestBadInput(SiteTestCase):
	def refused(self, exception, *words: str, **values):
		with self.assertRaises(exception) as refusal:
			make_case(**values)
		for word in words:
			self.assertIn(word, str(refusal.exception))

	def test_formulas(self):
		rows = [flow(item="Support", formula="__import__(&#x27;os&#x27;)"), flow(NOTHING, item="x")]
		self.refused(
			CaseFormulaError, "Row 1, flow Support of Buy: Position 12", "is no part of a formula", flows=rows
		)
		rows = [flow(item="Support", formula="usres * 2"), flow(NOTHING, item="x")]
		self.refused(
			CaseFormulaError,
			"Row 1",
			"Position 1: there is no variable usres. There are: period, support, users",
			flows=rows,
		)
		rows = [flow(item="Support", formula="1 / 0"), flow(NOTHING, item="x")]
		self.refused(CaseFormulaError, "Row 1", "divides by zero", flows=rows)

	def test_circular_assumptions(self):
		rows = [
			{"variable": "a", "assumption": "a", "formula": "b"},
			{"variable": "b", "assumption": "b", "formula": "a"},
		]
		self.refused(CaseFormulaError, "in a circle: a → b → a", assumptions=rows, flows=[])

	def test_ranges(self):
		row = {"variable": "a", "assumption": "a", "low_value": 2, "base_value": 1, "high_value": 3}
		self.refused(
			BusinessCaseError, "Row 1, assumption a", "not between low 2", assumptions=[row], flows=[]
		)

	def test_periods(self):
		rows = [flow(item="x", last_period=2), flow(item="x", first_period=2)]
		self.refused(CasePeriodError, "Rows 1 and 2", "in period 2 twice", flows=rows)
		rows = [flow(item="x"), flow(item="y", first_period=2)]
		self.refused(CasePeriodError, "Buy has no flow in period 1", flows=rows)
		self.refused(CasePeriodError, "within 0 to 600", flows=[flow(item="x", last_period=10**6)])

	def test_rates(self):
		self.refused(BusinessCaseError, "-100 % has no present value", discount_rate=-100)

	def test_no_sign_change_all_zero_and_one_flow_have_no_rate(self):
		for rows in (
			[flow(item="x", last_period=3, amount=5)],
			[flow(item="x", last_period=3)],
			[flow(item="x", amount=5)],
		):
			self.assertEqual(make_case(flows=rows).internal_rates, "none")

	def test_unbounded_sizes(self):
		rows = [flow(item=str(number)) for number in range(1001)]
		self.refused(BusinessCaseError, "can have 1000 flows; this has 1001", flows=rows)

	def test_options(self):
		self.refused(BusinessCaseError, "Rent", "is no option of this case", recommended_option="Rent")
		rows = [{"option_title": name, "is_doing_nothing": 1} for name in (BUY, NOTHING)]
		self.refused(BusinessCaseError, "Rows 1 and 2 are both marked as doing nothing", options=rows)

	def test_links(self):
		need = make_need(make_service())
		self.refused(BusinessCaseError, "is a need for", customer_need=need.name)
		center = frappe.db.get_value("Cost Center", {"company": OTHER_COMPANY, "is_group": 0})
		self.refused(BusinessCaseError, center, "Choose a cost center of", funding_cost_center=center)
		self.refused(DateOrderError, "Valid Until", "is before", valid_until="2020-01-01")

	def test_a_need_brings_its_service(self):
		service = make_service()
		case = make_case(service, insert=False, customer_need=make_need(service).name, it_service=None)
		self.assertEqual(case.insert().it_service, service.name)

	def test_settings(self):
		for values, words in (
			({"hurdle_rate": -100}, "has no present value"),
			({"simulation_draws": 99}, "must be between 100 and 100,000"),
		):
			with self.assertRaisesRegex(CasePolicyError, words), policy(**values):
				pass
		with (
			self.assertRaisesRegex(CasePolicyError, "Rows 1 and 2 both limit"),
			policy([{"role": FINANCE, "amount": 1}] * 2),
		):
			pass


class TestWorkflow(SiteTestCase):
	def test_from_draft_to_approved(self):
		manager = make_user(PORTFOLIO)
		case = make_case()
		fund(case)
		take(case, "Submit for Review", "Secure Funds")
		self.assertEqual(
			(case.status, case.docstatus, case.funds_secured_by), ("Funds Secured", 0, "Administrator")
		)
		take(case, "Approve", user=manager)
		self.assertEqual((case.status, case.docstatus, case.approved_by), ("Approved", 1, manager))
		self.assertEqual(case.approved_npv, case.npv)
		self.assertEqual(
			[row.approved_spend for row in case.spend], [row.planned_spend for row in case.spend]
		)
		self.assertEqual(
			[(row.version, row.status) for row in case.versions], [(1, "In Review"), (2, "Approved")]
		)

	def test_a_year_that_does_not_exist_cannot_be_funded(self):
		case = make_case(start_date="2090-01-01", valid_until="2090-02-01")
		self.assertIn("No fiscal year covers the spend from", case.figure_notes)
		take(case, "Submit for Review")
		with self.assertRaisesRegex(BusinessCaseError, "covers the spend of 01-2090. Create it"):
			take(case, "Secure Funds")

	def test_every_missing_part_is_named(self):
		for field, label in (
			("introduction", "Introduction"),
			("methods", "Methods and Assumptions"),
			("impacts", "Business Impacts"),
			("contingencies", "Risks and Contingencies"),
			("recommendation", "Recommendations"),
		):
			with self.assertRaisesRegex(BusinessCaseError, f"the section <strong>{label}"):
				take(make_case(**{field: "<p> </p>"}), "Submit for Review")
		empty = make_case(assumptions=[], options=[], flows=[], recommended_option="")
		with self.assertRaisesRegex(
			BusinessCaseError,
			"assumptions; an option marked as doing nothing; an option to do something; cash flows; ",
		):
			take(empty, "Submit for Review")

	def test_a_case_out_of_date_is_not_reviewed(self):
		case = make_case(start_date="2020-01-01", valid_until=add_days(today(), -1))
		with self.assertRaisesRegex(BusinessCaseError, "was valid until"):
			take(case, "Submit for Review")

	def test_what_is_reviewed_stays_as_it_is(self):
		case = make_case()
		take(case, "Submit for Review")
		case.assumptions[0].base_value = 61
		with self.assertRaisesRegex(CaseStatusError, "Return it to Draft to change it"):
			case.save()
		take(case.reload(), "Return")
		case.assumptions[0].base_value = 61
		case.save()
		self.assertEqual(case.status, "Draft")

	def test_conditions_are_the_reviewers_to_set(self):
		owner, manager = make_user("Service Owner"), make_user(PORTFOLIO)
		case = make_case(
			make_service(service_owner=owner), conditions=[{"condition": "Two people are hired"}]
		)
		take(case, "Submit for Review")
		for user, may in ((owner, False), (manager, True)):
			frappe.set_user(user)
			case = frappe.get_doc("Business Case", case.name)
			case.append("conditions", {"condition": "The contract is signed"})
			if may:
				case.save()
			else:
				self.assertRaisesRegex(CaseStatusError, "are set by those who approve it", case.save)
		self.assertEqual(len(case.reload().conditions), 2)

	def test_a_service_owner_changes_no_approved_case(self):
		owner = make_user("Service Owner")
		case = approve(make_case(make_service(service_owner=owner)))
		frappe.set_user(owner)
		case = frappe.get_doc("Business Case", case.name)
		case.assumptions[0].base_value = 61
		self.assertRaises(frappe.PermissionError, case.save)

	def test_rejecting_needs_a_reason(self):
		case = make_case()
		fund(case)
		take(case, "Submit for Review", "Secure Funds")
		self.assertRegex(str(case.funds_secured_on), today())
		with self.assertRaisesRegex(BusinessCaseError, "Say why the case is rejected"):
			take(case, "Reject")
		case.reload().rejection_reason = "Too small"
		case.save()
		take(case, "Reject")
		self.assertEqual((case.status, case.docstatus, case.funds_secured_on), ("Rejected", 0, None))
		self.assertEqual({row.available for row in case.spend}, {0})
		self.assertEqual(take(case, "Rework").status, "Draft")

	def test_the_status_is_moved_by_the_workflow_only(self):
		case = make_case()
		case.status = "Approved"
		self.assertRaises((CaseStatusError, WorkflowPermissionError), case.save)
		with self.assertRaises((CaseStatusError, WorkflowPermissionError)):
			make_case(status="Approved")
		for values in ({"approved_by": "Administrator"}, {"approved_npv": 5}):
			case.reload().update(values)
			self.assertRaises(CaseStatusError, case.save)

	def test_spend_as_approved_and_versions_are_not_written_by_hand(self):
		case = approve(make_case())
		case.spend[0].approved_spend = 10**6
		self.assertRaisesRegex(CaseStatusError, "written by the app itself", case.save)
		case.reload().remove(case.versions[0])
		self.assertRaisesRegex(CaseStatusError, "written by the app itself", case.save)
		case.reload().versions[0].snapshot = "{}"
		self.assertRaisesRegex(CaseStatusError, "written by the app itself", case.save)
		new = make_case(versions=[{"version": 7}], spend=[{"approved_spend": 5}])
		self.assertEqual((new.versions, {row.approved_spend for row in new.spend}), ([], {0}))

	def test_submitting_past_the_workflow_is_no_approval(self):
		"""REST and the form's own submit change docstatus and not the status."""
		case = make_case()
		fund(case)
		for actions in ((), ("Submit for Review",), ("Secure Funds",)):
			take(case, *actions)
			with self.assertRaisesRegex(CaseStatusError, "It is submitted by its approval only"):
				case.submit()
			case.reload()
			with self.assertRaises(CaseStatusError):
				savedocs(case.as_json(), "Submit")
			case.reload()

	def test_an_approval_by_somebody_without_the_transition_is_refused(self):
		owner = make_user("Service Owner")
		case = make_case(make_service(service_owner=owner))
		fund(case)
		take(case, "Submit for Review", "Secure Funds")
		frappe.set_user(owner)
		doc = frappe.get_doc("Business Case", case.name)
		doc.status, doc.docstatus = "Approved", 1
		self.assertRaises((frappe.PermissionError, CaseStatusError, WorkflowPermissionError), doc.save)
		frappe.set_user("Administrator")
		with self.assertRaises((WorkflowTransitionError, frappe.PermissionError)):
			take(case, "Approve", user=owner)

	def test_without_an_active_workflow_nothing_moves(self):
		case = make_case()
		frappe.db.set_value("Workflow", {"document_type": "Business Case"}, "is_active", 0)
		frappe.cache.delete_value("workflow")
		frappe.clear_cache(doctype="Business Case")
		try:
			case.status = "In Review"
			with self.assertRaisesRegex(CaseStatusError, "No workflow for Business Cases is active"):
				case.save()
		finally:
			frappe.db.set_value("Workflow", {"document_type": "Business Case"}, "is_active", 1)
			frappe.cache.delete_value("workflow")
			frappe.clear_cache(doctype="Business Case")


class TestPolicy(SiteTestCase):
	def refused(self, words: str, exception=CasePolicyError, user: str | None = None, **values):
		case = make_case(**values)
		with self.assertRaisesRegex(exception, words):
			approve(case, user)
		return case

	def test_nobody_approves_the_own_case(self):
		manager = make_user(PORTFOLIO)
		self.refused("is your own case", OwnCaseError, manager, case_owner=manager)
		case = make_case()
		fund(case)
		take(case, "Submit for Review", user=manager)
		take(case, "Secure Funds")
		with self.assertRaises(OwnCaseError):
			take(case, "Approve", user=manager)
		frappe.set_user(manager)
		case = make_case(case_owner="Administrator")
		frappe.set_user("Administrator")
		with self.assertRaises(OwnCaseError):
			approve(case, manager)

	def test_nobody_approves_what_they_wrote_a_part_of(self):
		manager = make_user(PORTFOLIO)
		case = make_case()
		fund(case)
		frappe.set_user(manager)
		doc = frappe.get_doc("Business Case", case.name)
		doc.assumptions[0].base_value = 61
		doc.save()
		frappe.set_user("Administrator")
		take(case, "Submit for Review", "Secure Funds")
		with self.assertRaises(OwnCaseError):
			take(case, "Approve", user=manager)
		self.assertEqual(take(case, "Approve", user=make_user(PORTFOLIO)).status, "Approved")

	def test_a_case_in_review_is_not_handed_to_another_owner(self):
		manager = make_user(PORTFOLIO)
		case = make_case(case_owner=manager)
		fund(case)
		take(case, "Submit for Review", "Secure Funds")
		frappe.set_user(manager)
		doc = frappe.get_doc("Business Case", case.name)
		doc.case_owner = "Administrator"
		self.assertRaisesRegex(CaseStatusError, "Return it to Draft", doc.save)
		doc.reload().writers = ""
		self.assertRaises(CaseStatusError, doc.save)

	def test_the_hurdle_rate(self):
		"""The internal rate against doing nothing is 33.64 %."""
		with policy(hurdle_rate=34):
			self.refused("At the hurdle rate of 34 % the net present value is -")
		with policy(hurdle_rate=33):
			self.assertEqual(approve(make_case()).status, "Approved")

	def test_the_longest_payback(self):
		with policy(longest_payback=1.7):
			self.refused("It pays back after 1.73 years. At most 1.7 are allowed")
			self.refused("It never pays back", flows=[flow(item="x", amount=5), flow(NOTHING, item="x")])
		with policy(longest_payback=1.8):
			self.assertEqual(approve(make_case()).status, "Approved")

	def test_what_the_law_asks_for_need_not_pay(self):
		with policy(hurdle_rate=34, longest_payback=1):
			case = make_case(is_mandatory=1, mandatory_basis="Data protection law")
			self.assertEqual(approve(case).status, "Approved")

	def test_what_the_law_asks_for_names_the_law(self):
		"""It need not pay, so the reason is asked for by the server, not by the form alone."""
		for basis in (None, "", "  "):
			with self.assertRaisesRegex(
				BusinessCaseError, "Required by Law or Contract.*Fill in .*Basis of the Obligation"
			):
				make_case(is_mandatory=1, mandatory_basis=basis)

	def test_the_capitalisation_threshold(self):
		with policy(capitalisation_threshold=1000.01):
			self.refused("Licences is CapEx of 1,000.00, below the capitalisation threshold of 1,000.01")
		with policy(capitalisation_threshold=1000):
			self.assertEqual(approve(make_case()).status, "Approved")

	def test_approval_limits_by_role_and_amount(self):
		with policy([{"role": PORTFOLIO, "amount": 1299.99}, {"role": FINANCE, "amount": 5000}]):
			self.refused("You may approve up to .*; the case plans .*higher limit")
			self.assertEqual(approve(make_case(), make_user(FINANCE)).status, "Approved")
		with policy([{"role": FINANCE, "amount": 5000}]):
			self.refused("Your roles have no approval limit")
		with policy(
			[{"role": PORTFOLIO, "amount": 1}, {"role": PORTFOLIO, "amount": 0, "for_company": COMPANY}]
		):
			self.assertEqual(approve(make_case()).status, "Approved")


class TestLapse(SiteTestCase):
	def test_within_tolerance_an_approved_case_stays_approved(self):
		case = approve(make_case())
		case.assumptions[0].base_value = 59.5
		case.save()
		self.assertEqual((case.reload().status, case.approved_npv, case.npv), ("Approved", 243.43, 230.99))
		self.assertEqual(len(case.versions), 3)

	def test_beyond_tolerance_it_lapses(self):
		"""10 % of 243.43 is 24.34; a user less costs 24.87."""
		case = approve(make_case())
		case.assumptions[0].base_value = 58
		case.save()
		self.assertEqual((case.reload().status, case.docstatus), ("Lapsed", 1))
		self.assertIn("The net present value fell from 243.43 to 193.69", case.lapse_reason)
		self.assertEqual(reserved_for(case), {})
		case.assumptions[0].base_value = 60
		with self.assertRaisesRegex(CaseStatusError, "Renew it as a new case"):
			case.save()

	def test_a_year_that_costs_more_lapses_it(self):
		case = approve(make_case())
		case.flows[0].amount = 1200
		case.flows[2].formula = "users * 20"
		case.save()
		self.assertRegex(case.reload().lapse_reason, "The planned spend of .* rose from 1,100.00 to 1,300.00")

	def test_the_day_after_it_was_valid_it_lapses(self):
		case, other = approve(make_case(valid_until=today())), approve(make_case())
		lapse_cases()
		self.assertEqual(case.reload().status, "Approved")
		frappe.db.set_value("Business Case", case.name, "valid_until", add_days(today(), -1))
		lapse_cases()
		self.assertEqual((case.reload().status, other.reload().status), ("Lapsed", "Approved"))
		self.assertIn("It was valid until", case.lapse_reason)

	def test_an_approval_can_be_withdrawn_with_a_reason(self):
		case = approve(make_case())
		self.assertRaisesRegex(BusinessCaseError, "fill in the reason", case.withdraw_approval, " ")
		case.withdraw_approval("The vendor is gone")
		self.assertEqual((case.reload().status, case.lapse_reason), ("Lapsed", "The vendor is gone"))
		self.assertRaisesRegex(CaseStatusError, "is not approved", case.withdraw_approval, "Again")

	def test_a_lapsed_case_is_renewed(self):
		case = approve(make_case())
		self.assertRaisesRegex(BusinessCaseError, "Only a case that lapsed", renew, case.name)
		case.withdraw_approval("Prices rose")
		new = frappe.get_doc("Business Case", renew(case.name))
		self.assertEqual((new.status, new.docstatus, new.renews, new.npv), ("Draft", 0, case.name, case.npv))
		self.assertEqual((new.versions, new.approved_by, new.lapse_reason), ([], None, None))


class TestVersionsAndTemplates(SiteTestCase):
	def test_versions_are_compared(self):
		case = make_case()
		take(case, "Submit for Review", "Return")
		case.assumptions[0].base_value = 61
		case.append("risks", {"risk": "Delay", "probability": 10, "impact": 5})
		case.introduction = "Why now"
		case.save()
		take(case, "Submit for Review")
		found = {
			(row["where"], row["field"]): (row["kind"], row["before"], row["after"])
			for row in case.compare(1, 2)
		}
		self.assertEqual(found[("", "Introduction")], ("Changed", "Why", "Why now"))
		self.assertEqual(found[("Assumptions · users", "Base")], ("Changed", "60.0", "61.0"))
		self.assertEqual(found[("Risks · Delay", "")], ("Added", "", ""))
		self.assertEqual(found[("", "Net Present Value")][1:], ("243.43", "268.29"))
		self.assertRaisesRegex(frappe.ValidationError, "There is no version 9", case.compare, 1, 9)

	def test_every_template_makes_a_complete_case(self):
		self.assertEqual(len(get_templates()), 3)
		for template in get_templates():
			case = frappe.get_doc(
				{
					"doctype": "Business Case",
					"case_title": unique("Case"),
					"company": COMPANY,
					"it_service": make_service().name,
					"case_owner": "Administrator",
					"valid_until": add_days(today(), 90),
					"discount_rate": 8,
					**get_template(template["name"]),
				}
			).insert()
			self.assertGreater(case.advantage, 0, template)
			self.assertEqual(take(case, "Submit for Review").status, "In Review")
		self.assertRaisesRegex(BusinessCaseError, "There is no template", get_template, "Nonsense")
