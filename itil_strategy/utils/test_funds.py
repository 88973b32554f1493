from decimal import Decimal

import frappe

from itil_strategy.exceptions import FundsError
from itil_strategy.tests.budgets import (
	OFFICE,
	TRAVEL,
	YEAR,
	make_budget,
	make_ceiling,
	make_order,
	rolled_back,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, center, make_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.fiscal_years import load_year
from itil_strategy.utils.funds import (
	FundingLine,
	budget_of,
	judge_funds,
	open_reservations,
	release_funds,
	reserve_funds,
)

D = Decimal


def case(name: str) -> tuple[str, str]:
	"""Any record can ask for funds; a service stands for a business case here."""
	return ("IT Service", name)


class TestFunds(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()
		self.line = FundingLine(self.service.name)
		self.first, self.second = case(make_service().name), case(make_service().name)

	def judge(self, planned: float, reference=None, line: FundingLine | None = None):
		return judge_funds(COMPANY, line or self.line, {YEAR: D(str(planned))}, reference)[YEAR]

	def reserve(self, planned: float, reference, line: FundingLine | None = None) -> list[str]:
		"""Reservations that are open for the reference then."""
		reserve_funds(COMPANY, line or self.line, {YEAR: D(str(planned))}, reference)
		return frappe.get_all(
			"Fund Reservation", {"reference_name": reference[1], "status": "Open"}, pluck="name"
		)

	def held(self) -> dict[tuple[str, str], Decimal]:
		return {item.reference: item.open_amount for item in open_reservations(COMPANY, load_year(YEAR))}

	def test_available_is_budget_less_all_that_is_used_or_reserved(self):
		make_budget(self.service, {OFFICE: 800, TRAVEL: 200}, annual_action="Warn")
		book_expense(self.service.name, 300)
		make_order(self.service, 200)
		self.reserve(100, self.first)
		funds = self.judge(400, self.second)
		self.assertEqual(
			(funds.budget, funds.actual, funds.committed, funds.reserved, funds.available),
			(D(1000), D(300), D(200), D(100), D(400)),
		)
		self.assertTrue(funds.is_secured)
		self.assertEqual(self.judge(400.01, self.second).shortfall, D("0.01"))

	def test_own_reservations_are_not_in_the_way(self):
		make_budget(self.service, {OFFICE: 1000})
		self.reserve(700, self.first)
		self.assertEqual(self.judge(0, self.first).available, D(1000))
		self.assertEqual(self.judge(0, self.second).available, D(300))
		# Planned anew: the former reservation is replaced.
		self.reserve(900, self.first)
		self.assertEqual(self.held()[self.first], D(900))

	def test_too_little_is_refused_with_year_and_shortfall_and_nothing_is_reserved(self):
		make_budget(self.service, {OFFICE: 1000})
		make_budget(self.service, {OFFICE: 100}, fiscal_year="2027")
		self.reserve(500, self.first)
		planned = {YEAR: D(400), "2027": D(150)}
		with self.assertRaisesRegex(
			FundsError,
			f"{self.service.name}.*2027: .*150.00 are planned and .*100.00 available, .*50.00.*Raise the budget",
		):
			reserve_funds(COMPANY, self.line, planned, self.second)
		self.assertNotIn(self.second, self.held())
		# A plan that cannot be covered leaves the former one reserved.
		with self.assertRaises(FundsError):
			self.reserve(5000, self.first)
		self.assertEqual(self.held()[self.first], D(500))

	def test_spending_since_the_approval_uses_it_up(self):
		make_budget(self.service, {OFFICE: 1000})
		book_expense(self.service.name, 200)
		self.reserve(500, self.first)
		self.assertEqual(self.held()[self.first], D(500))
		make_order(self.service, 150)
		book_expense(self.service.name, 50)
		self.assertEqual(self.held()[self.first], D(300))
		# Nothing of that is counted twice: 1,000 - 250 - 150 - 300.
		self.assertEqual(self.judge(0, self.second).available, D(300))
		book_expense(self.service.name, 600)
		self.assertEqual(self.held()[self.first], D(0))

	def test_spending_is_counted_for_one_of_two(self):
		make_budget(self.service, {OFFICE: 1000})
		self.reserve(300, self.first)
		self.reserve(300, self.second)
		book_expense(self.service.name, 350)
		self.assertEqual((self.held()[self.first], self.held()[self.second]), (D(0), D(250)))

	def test_released_money_is_there_again(self):
		make_budget(self.service, {OFFICE: 1000})
		(name,) = self.reserve(700, self.first)
		self.assertEqual(release_funds(*self.first), 1)
		self.assertEqual(release_funds(*self.first), 0)
		self.assertEqual(self.judge(1000, self.second).is_secured, True)
		doc = frappe.get_doc("Fund Reservation", name)
		self.assertEqual((doc.status, bool(doc.released_on)), ("Released", True))

	def test_without_budget_there_is_nothing_and_a_ceiling_limits_it(self):
		self.assertEqual(self.judge(1, self.first).available, D(0))
		with self.assertRaises(FundsError):
			self.reserve(1, self.first)
		make_ceiling(600, it_service=self.service.name)
		self.assertEqual(self.judge(1, self.first).available, D(600))
		make_budget(self.service, {OFFICE: 1000})
		self.assertEqual(self.judge(1, self.first).available, D(600))

	def test_a_year_without_spending_needs_no_funds(self):
		self.assertEqual(self.reserve(0, self.first), [])
		self.assertTrue(self.judge(0, self.first).is_secured)

	def test_money_of_a_cost_center_and_spending_of_a_service(self):
		frappe.get_doc(
			{
				"doctype": "Budget",
				"budget_against": "Cost Center",
				"cost_center": center("Sales"),
				"company": COMPANY,
				"fiscal_year": YEAR,
				"accounts": [{"account": OFFICE, "budget_amount": 1000}],
			}
		).insert().submit()
		line = FundingLine(self.service.name, center("Sales"))
		self.assertEqual(self.judge(0, self.first, line).available, D(1000))
		self.reserve(600, self.first, line)
		with self.assertRaisesRegex(FundsError, center("Sales")):
			self.reserve(401, self.second, line)
		# Spent on the service, at another cost center.
		book_expense(self.service.name, 250)
		self.assertEqual(self.held()[self.first], D(350))
		self.assertEqual(self.judge(0, self.second, line).available, D(650))

	def test_a_parent_cost_center_has_the_budgets_below_it(self):
		for name in ("Sales", "Production"):
			frappe.get_doc(
				{
					"doctype": "Budget",
					"budget_against": "Cost Center",
					"cost_center": center(name),
					"company": COMPANY,
					"fiscal_year": YEAR,
					"accounts": [{"account": OFFICE, "budget_amount": 500}],
				}
			).insert().submit()
		root = frappe.db.get_value(
			"Cost Center", {"company": COMPANY, "parent_cost_center": ("is", "not set")}
		)
		self.assertEqual(budget_of(COMPANY, load_year(YEAR), "Cost Center", [root]), {root: D(1000)})

	def test_money_of_a_group_is_reserved_at_its_children(self):
		"""Or the same 500 would be there twice: for the group and for the one below it."""
		frappe.get_doc(
			{
				"doctype": "Budget",
				"budget_against": "Cost Center",
				"cost_center": center("Sales"),
				"company": COMPANY,
				"fiscal_year": YEAR,
				"accounts": [{"account": OFFICE, "budget_amount": 500}],
			}
		).insert().submit()
		group = frappe.db.get_value("Cost Center", center("Sales"), "parent_cost_center")
		self.reserve(500, self.first, FundingLine(cost_center=center("Sales")))
		with self.assertRaisesRegex(FundsError, f"{group}.* is a group. Choose one of its children"):
			self.reserve(500, self.second, FundingLine(cost_center=group))

	def test_refusals(self):
		with self.assertRaisesRegex(FundsError, "Choose the IT service or the cost center"):
			self.reserve(1, self.first, FundingLine())
		with self.assertRaisesRegex(FundsError, "is not one of"):
			self.reserve(1, self.first, FundingLine(self.service.name, "Main - TCS"))

	def test_nobody_reserves_by_hand(self):
		make_budget(self.service, {OFFICE: 1000})
		(name,) = self.reserve(100, self.first)
		doc = frappe.get_doc("Fund Reservation", name)
		doc.planned = 900
		for call in (doc.save, doc.delete, frappe.copy_doc(doc).insert):
			with (
				self.subTest(call=call),
				rolled_back(),
				self.assertRaisesRegex(FundsError, "with the record they are for"),
			):
				call()

	def test_queries_do_not_grow_with_reservations(self):
		make_budget(self.service, {OFFICE: 1000})
		self.reserve(1, self.first)
		few = count_queries(lambda: self.judge(1, self.second))
		for _number in range(10):
			other = make_service()
			make_budget(other, {OFFICE: 100})
			self.reserve(1, case(other.name), FundingLine(other.name))
			self.reserve(1, case(make_service().name))
		self.assertEqual(count_queries(lambda: self.judge(1, self.second)), few)
