"""FM-6: the funds of a business case from the judgement to the last cent spent, and the approval that lost them."""

from decimal import Decimal
from unittest.mock import patch

import frappe
from frappe.utils import getdate, today

from itil_strategy.exceptions import CaseStatusError, FundsError
from itil_strategy.it_finance.business_case import lapse as lapse_module
from itil_strategy.it_finance.business_case.lapse import lapse_cases
from itil_strategy.it_finance.doctype.budget_transfer.test_budget_transfer import make_transfer
from itil_strategy.patches.set_funds_needed import execute as set_funds_needed
from itil_strategy.tests.budgets import OFFICE, make_budget, make_ceiling, make_order, messages
from itil_strategy.tests.business_cases import (
	PORTFOLIO,
	approve,
	ensure_fiscal_years,
	flow,
	make_case,
	reserved_for,
	take,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, center, make_service, make_user
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.business_cases import find_funding
from itil_strategy.utils.fund_cover import find_shortfalls
from itil_strategy.utils.health.funds import find_reservation_differences

NOW = "2026-06-15 12:00:00.250000"
# 1,000 and the first 100 fall in 2026, 100 in each of two years after it.
PLANNED = {"2026": 1100.0, "2027": 100.0, "2028": 100.0}
LATER = ("2027", "2028")
EVIDENCE = ("budget", "actual", "committed", "reserved", "available")


class FundedTestCase(SiteTestCase):
	def setUp(self):
		super().setUp()
		clock = self.freeze_time(NOW)
		clock.__enter__()
		self.addCleanup(clock.__exit__, None, None, None)
		ensure_fiscal_years()
		self.service = make_service()

	def make_later_funds(self, amount: float = 1000) -> None:
		for year in LATER:
			make_ceiling(amount, it_service=self.service.name, fiscal_year=year)

	def make_case(self, **values):
		"""For the same service, unless it is told otherwise."""
		return make_case(self.service, **values)

	def in_this_year_only(self, amount: float, **values):
		"""A case that spends the amount in 2026."""
		rows = [flow(item="Licences", kind="CapEx", amount=amount), flow("Do nothing", item="Old", amount=5)]
		return self.make_case(flows=rows, **values)

	def secure(self, case):
		return take(case, "Submit for Review", "Secure Funds")

	def approved(self, case):
		return take(self.secure(case), "Approve", user=make_user(PORTFOLIO))


class TestReservation(FundedTestCase):
	def test_securing_keeps_the_evidence_and_approving_reserves(self):
		"""1,500 − 200 booked − 150 ordered = 1,150 are there for the 1,100 of 2026."""
		make_budget(self.service, {OFFICE: 1500}, annual_action="Warn")
		self.make_later_funds()
		book_expense(self.service.name, 200)
		make_order(self.service, 150)
		case = self.secure(self.make_case())
		evidence = [tuple(row.get(field) for field in EVIDENCE) for row in case.spend]
		self.assertEqual(evidence[0], (1500, 200, 150, 0, 1150))
		self.assertEqual(evidence[1:], [(1000, 0, 0, 0, 1000)] * 2)
		self.assertEqual(reserved_for(case), {})
		take(case, "Approve", user=make_user(PORTFOLIO))
		self.assertEqual(reserved_for(case), PLANNED)

	def test_a_shortfall_is_refused_with_year_amount_and_way_out(self):
		make_ceiling(1100, it_service=self.service.name)
		make_ceiling(100, it_service=self.service.name, fiscal_year="2027")
		make_ceiling(60, it_service=self.service.name, fiscal_year="2028")
		case = take(self.make_case(), "Submit for Review")
		with self.assertRaisesRegex(
			FundsError,
			f"{self.service.name}.*2028: .*100.00 are planned and .*60.00 available, .*40.00.* are missing. "
			"Raise the budget, transfer money to it, or plan less",
		) as refusal:
			take(case, "Secure Funds")
		self.assertNotIn("2027", str(refusal.exception))
		self.assertEqual(case.reload().status, "In Review")

	def test_without_a_line_there_are_no_funds(self):
		case = take(self.make_case(it_service=None), "Submit for Review")
		with self.assertRaisesRegex(FundsError, "Choose the IT service or the cost center"):
			take(case, "Secure Funds")

	def test_money_that_another_approval_took_is_refused(self):
		"""Both were judged while it was there; 700 + 700 of 1,000."""
		make_ceiling(1000, it_service=self.service.name)
		first, second = (self.secure(self.in_this_year_only(700)) for _number in range(2))
		manager = make_user(PORTFOLIO)
		take(first, "Approve", user=manager)
		with self.assertRaisesRegex(
			FundsError, "2026: .*700.00 are planned and .*300.00 available, .*400.00"
		):
			take(second, "Approve", user=manager)
		self.assertEqual((second.reload().status, reserved_for(second)), ("Funds Secured", {}))
		self.assertEqual(reserved_for(first), {"2026": 700.0})

	def test_a_cost_center_pays_for_what_a_service_spends(self):
		make_ceiling(1000, cost_center=center("Sales"), action="Warn")
		case = self.approved(self.in_this_year_only(700, funding_cost_center=center("Sales")))
		(row,) = frappe.get_all(
			"Fund Reservation", {"reference_name": case.name}, ["it_service", "cost_center", "planned"]
		)
		self.assertEqual(
			(row.it_service, row.cost_center, row.planned), (self.service.name, center("Sales"), 700)
		)

	def test_every_end_of_an_approval_frees_the_money(self):
		def withdraw(case):
			case.withdraw_approval("Too dear")

		def move(case):
			case.flows[0].amount = 2000
			case.save()

		def expire(case):
			case.db_set("valid_until", "2026-06-14")
			lapse_cases()

		def cancel(case):
			case.cancel()

		for end in (withdraw, move, expire, cancel):
			with self.subTest(end=end.__name__):
				case = approve(make_case())
				self.assertEqual(reserved_for(case), PLANNED)
				end(case)
				self.assertEqual(reserved_for(case), {})

	def test_what_was_approved_and_judged_is_not_a_clients_to_write(self):
		case = approve(make_case())
		for field in ("approved_spend", "available"):
			case.spend[0].set(field, 1_000_000_000)
			with self.assertRaisesRegex(CaseStatusError, "Planned Spend.*written by the app itself"):
				case.save()
			case.reload()

	def test_returning_forgets_the_evidence(self):
		make_ceiling(1000, it_service=self.service.name)
		case = self.secure(self.in_this_year_only(700))
		self.assertEqual(case.spend[0].available, 1000)
		take(case, "Return")
		self.assertEqual((case.spend[0].available, case.funds_secured_by), (0, None))

	def test_a_reservation_is_changed_with_its_case_only(self):
		case = approve(make_case())
		name = frappe.db.get_value("Fund Reservation", {"reference_name": case.name})
		for change in (lambda doc: doc.save(), lambda doc: doc.delete()):
			with self.assertRaisesRegex(FundsError, f"Open Business Case <strong>{case.name}"):
				change(frappe.get_doc("Fund Reservation", name))


class TestYearsThatAreOver(FundedTestCase):
	"""A case that began in October 2025: 500 at the start, then 100 a month for six months; it is June 2026."""

	def setUp(self):
		super().setUp()
		with self.freeze_time("2025-06-15 12:00:00"):
			ensure_fiscal_years(1)

	def late_case(self, **values):
		rows = [
			flow(item="Licences", kind="CapEx", amount=500),
			flow(item="Support", first_period=1, last_period=6, amount=100),
			flow("Do nothing", item="Old", amount=5),
		]
		return self.make_case(flows=rows, start_date="2025-10-01", period_length="Month", **values)

	def test_what_was_not_spent_counts_in_the_current_year(self):
		"""800 of 2025 (500 + 3 × 100), of which 120 are booked and 200 ordered since October; 300 of 2026."""
		book_expense(self.service.name, 40, "2025-09-30")
		book_expense(self.service.name, 120, "2025-11-15")
		make_order(self.service, 200, day="2025-12-01")
		make_ceiling(779, it_service=self.service.name)
		case = take(self.late_case(), "Submit for Review")
		with self.assertRaisesRegex(
			FundsError, "2026: .*780.00 are planned and .*779.00 available, .*1.00"
		) as no:
			take(case, "Secure Funds")
		self.assertNotIn("2025", str(no.exception))
		frappe.db.set_value("Budget Ceiling", {"it_service": self.service.name}, "amount", 780)
		messages()
		take(case, "Secure Funds")
		self.assertRegex(
			" ".join(messages()),
			"Of what was planned in <strong>2025</strong>, <strong>.*480.00</strong> are neither booked nor ordered. "
			"They count in <strong>2026</strong>.",
		)
		take(case, "Approve", user=make_user(PORTFOLIO))
		rows = [
			(row.fiscal_year, row.planned_spend, row.approved_spend, row.funds_needed, row.available)
			for row in case.spend
		]
		self.assertEqual(rows, [("2025", 800, 800, 0, 0), ("2026", 300, 300, 780, 780)])
		self.assertEqual(reserved_for(case), {"2026": 780.0})

	def test_a_plan_that_is_over_needs_the_current_year_too(self):
		"""Nothing is planned in 2026; the row of it stays as long as it pays."""
		make_ceiling(1000, it_service=self.service.name)
		rows = [flow(item="Licences", kind="CapEx", amount=500), flow("Do nothing", item="Old", amount=5)]
		case = self.secure(self.make_case(flows=rows, start_date="2025-10-01"))
		self.assertEqual(
			[(row.fiscal_year, row.funds_needed) for row in case.spend], [("2025", 0), ("2026", 500)]
		)
		take(case, "Return")
		case.save()
		self.assertEqual([(row.fiscal_year, row.funds_needed) for row in case.spend], [("2025", 0)])
		case = self.approved(case)
		self.assertEqual(reserved_for(case), {"2026": 500.0})
		case.save()
		self.assertEqual(
			[(row.planned_spend, row.funds_needed, row.available) for row in case.reload().spend],
			[(500, 0, 0), (0, 500, 1000)],
		)
		self.assertEqual((case.status, reserved_for(case)), ("Approved", {"2026": 500.0}))
		self.assertNotIn(case.name, [finding.record for finding in find_reservation_differences()])

	def test_what_is_spent_by_now_needs_no_money(self):
		book_expense(self.service.name, 800, "2025-11-15")
		make_ceiling(300, it_service=self.service.name)
		case = self.approved(self.late_case())
		self.assertEqual(reserved_for(case), {"2026": 300.0})

	def test_a_budget_that_is_cut_takes_what_was_carried_over_too(self):
		ceiling = make_ceiling(1100, it_service=self.service.name)
		case = self.approved(self.late_case())
		ceiling.amount = 1099
		ceiling.save()
		self.assertEqual((case.reload().status, reserved_for(case)), ("Lapsed", {}))

	def test_the_gate_sees_money_that_was_reserved_and_never_spent(self):
		"""The approval of 2026 stands in 2027, but nothing of its 700 can be spent any more."""
		make_ceiling(1000, it_service=self.service.name)
		case = self.approved(self.in_this_year_only(700, valid_until="2027-06-30"))
		book_expense(self.service.name, 100, "2026-06-15")
		with self.freeze_time("2027-01-01 12:00:00.250000"):
			lapse_cases()
			self.assertEqual(case.reload().status, "Approved")
			(found,) = find_funding([self.service.name], getdate())[self.service.name]
		self.assertEqual((found.is_secured, found.expired), (False, (("2026", Decimal(600)),)))
		(found,) = find_funding([self.service.name], getdate())[self.service.name]
		self.assertEqual((found.is_secured, found.expired), (True, ()))

	def test_the_patch_keeps_what_was_reserved_before(self):
		case = approve(self.make_case())
		frappe.db.set_value("Business Case Spend", {"parent": case.name}, "funds_needed", 0)
		for _run in range(2):
			set_funds_needed()
			self.assertEqual({row.fiscal_year: row.funds_needed for row in case.reload().spend}, PLANNED)


class TestCut(FundedTestCase):
	def assert_lapsed(self, case, missing: str):
		case.reload()
		self.assertEqual((case.status, reserved_for(case)), ("Lapsed", {}))
		self.assertRegex(
			case.lapse_reason,
			f"{case.funding_cost_center or case.it_service} no longer covers it: .*{missing} are missing in "
			"2026. Raise the budget or transfer money to it, then renew the case",
		)

	def revise(self, budget, amount: float):
		revision = frappe.get_doc("Service Budget", budget.revise())
		revision.set("lines", [])
		revision.spread_amount(OFFICE, amount)
		revision.save()
		revision.submit()
		return revision

	def test_a_lower_budget(self):
		budget = make_budget(self.service, {OFFICE: 1200}, annual_action="Warn")
		case = self.approved(self.in_this_year_only(700))
		budget = self.revise(budget, 700)
		self.assertEqual(case.reload().status, "Approved")
		self.revise(budget, 600)
		self.assert_lapsed(case, "100.00")
		with self.assertRaisesRegex(CaseStatusError, "Renew it"):
			case.save()

	def test_a_cancelled_budget(self):
		budget = make_budget(self.service, {OFFICE: 1200}, annual_action="Warn")
		case = self.approved(self.in_this_year_only(700))
		budget.cancel()
		self.assert_lapsed(case, "700.00")

	def test_money_given_away(self):
		getter = make_service()
		make_budget(self.service, annual_action="Warn")
		make_budget(getter, annual_action="Warn")
		case = self.approved(self.in_this_year_only(700))
		make_transfer(self.service, getter, 500)
		self.assertEqual(case.reload().status, "Approved")
		make_transfer(self.service, getter, 50)
		self.assert_lapsed(case, "50.00")

	def test_a_transfer_taken_back(self):
		giver = make_service()
		make_budget(giver, annual_action="Warn")
		make_budget(self.service, {OFFICE: 100}, annual_action="Warn")
		transfer = make_transfer(giver, self.service, 600)
		case = self.approved(self.in_this_year_only(700))
		transfer.cancel()
		self.assert_lapsed(case, "600.00")

	def test_a_lower_ceiling_of_a_service_or_a_cost_center(self):
		for line in ({"it_service": self.service.name}, {"cost_center": center("Sales")}):
			with self.subTest(line):
				ceiling = make_ceiling(1000, **line)
				case = self.approved(self.in_this_year_only(700, funding_cost_center=line.get("cost_center")))
				ceiling.amount = 700
				ceiling.save()
				self.assertEqual(case.reload().status, "Approved")
				ceiling.amount = 699
				ceiling.save()
				self.assert_lapsed(case, "1.00")

	def test_a_ceiling_that_goes(self):
		"""Where there is no budget beside it, nothing is left."""
		for end in (lambda doc: doc.update({"disabled": 1}).save(), lambda doc: doc.delete()):
			ceiling = make_ceiling(1000, it_service=self.service.name)
			case = self.approved(self.in_this_year_only(700))
			end(ceiling)
			self.assert_lapsed(case, "700.00")

	def test_a_budget_of_erpnext_itself_that_is_cancelled(self):
		budget = frappe.get_doc(
			{
				"doctype": "Budget",
				"budget_against": "Cost Center",
				"cost_center": center("Sales"),
				"company": COMPANY,
				"fiscal_year": "2026",
				"accounts": [{"account": OFFICE, "budget_amount": 1000}],
			}
		).insert()
		budget.submit()
		case = self.approved(self.in_this_year_only(700, funding_cost_center=center("Sales")))
		other = approve(make_case())
		budget.cancel()
		self.assert_lapsed(case, "700.00")
		self.assertEqual(other.reload().status, "Approved")

	def test_every_night_for_what_changed_otherwise(self):
		"""Others spend of a cost center."""
		make_ceiling(1000, cost_center=center("Data Centre"), action="Warn")
		case = self.approved(self.in_this_year_only(700, funding_cost_center=center("Data Centre")))
		book_expense(make_service().name, 300)
		lapse_cases()
		self.assertEqual(case.reload().status, "Approved")
		book_expense(make_service().name, 40)
		self.assertEqual(case.reload().status, "Approved")
		lapse_cases()
		self.assert_lapsed(case, "40.00")

	def test_what_cannot_be_judged_does_not_keep_the_others(self):
		over = self.approved(self.in_other_money(valid_until=today()))
		ceiling = make_ceiling(1000, it_service=self.service.name)
		case = self.approved(self.in_this_year_only(700))
		over.db_set("valid_until", "2026-06-14")
		ceiling.db_set("amount", 600)

		def fail(company, year, *args, **values):
			if year.name == "2027":
				frappe.throw("No budget can be read")
			return find_shortfalls(company, year, *args, **values)

		keeper = approve(make_case())
		with patch.object(lapse_module, "find_shortfalls", fail):
			lapse_cases()
		self.assert_lapsed(case, "100.00")
		self.assertEqual([over.reload().status, keeper.reload().status], ["Lapsed", "Approved"])
		self.assertTrue(frappe.db.exists("Error Log", {"method": "Business case not judged"}))

	def in_other_money(self, **values):
		"""A case that a cost center pays."""
		make_ceiling(1000, cost_center=center("Sales"), action="Warn")
		return self.in_this_year_only(700, funding_cost_center=center("Sales"), **values)

	def test_what_was_approved_first_keeps_its_money(self):
		ceiling = make_ceiling(1000, it_service=self.service.name)
		first, second, third = (self.approved(self.in_this_year_only(amount)) for amount in (500, 300, 100))
		ceiling.amount = 700
		ceiling.save()
		self.assert_lapsed(second, "100.00")
		self.assertEqual([first.reload().status, third.reload().status], ["Approved"] * 2)

	def test_what_is_spent_needs_no_funds_any_more(self):
		ceiling = make_ceiling(1000, it_service=self.service.name, action="Warn")
		case = self.approved(self.in_this_year_only(700))
		book_expense(self.service.name, 650, "2026-06-15")
		ceiling.amount = 700
		ceiling.save()
		lapse_cases()
		self.assertEqual((case.reload().status, reserved_for(case)), ("Approved", {"2026": 700.0}))

	def test_a_year_that_is_over_needs_none(self):
		ceiling = make_ceiling(1000, it_service=self.service.name)
		case = self.approved(self.in_this_year_only(700, valid_until="2027-06-30"))
		with self.freeze_time("2027-01-01 12:00:00.250000"):
			ceiling.amount = 1
			ceiling.save()
			lapse_cases()
		self.assertEqual(case.reload().status, "Approved")

	def test_others_are_left_alone(self):
		"""Neither another service nor another company's year is judged by a cut."""
		ceiling = make_ceiling(1000, it_service=self.service.name)
		case, other = self.approved(self.in_this_year_only(700)), approve(make_case())
		ceiling.amount = 1
		ceiling.save()
		self.assertEqual((case.reload().status, other.reload().status), ("Lapsed", "Approved"))
		self.assertEqual(frappe.db.get_value("Business Case", other.name, "company"), COMPANY)
