"""FM-6: the funds of a business case from the judgement to the last cent spent, and the approval that lost them."""

from unittest.mock import patch

import frappe
from frappe.utils import today

from itil_strategy.exceptions import CaseStatusError, FundsError
from itil_strategy.it_finance.business_case import lapse as lapse_module
from itil_strategy.it_finance.business_case.lapse import lapse_cases
from itil_strategy.it_finance.doctype.budget_transfer.test_budget_transfer import make_transfer
from itil_strategy.tests.budgets import OFFICE, make_budget, make_ceiling, make_order
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
from itil_strategy.utils.fund_cover import find_shortfalls

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

	def test_every_night_for_what_changed_otherwise(self):
		"""A budget of ERPNext itself, which is changed by cancelling it first; others spend of a cost center."""
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
