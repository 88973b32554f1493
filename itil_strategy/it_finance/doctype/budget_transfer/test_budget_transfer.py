import frappe
from frappe.utils import getdate

from erpnext.accounts.doctype.budget.budget import BudgetError

from itil_strategy.exceptions import BudgetPlanError, FundsError
from itil_strategy.tests.budgets import MONTHS, OFFICE, TRAVEL, YEAR, make_budget, make_order, rolled_back
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_service
from itil_strategy.tests.setup import ABBR, COMPANY
from itil_strategy.utils.erpnext_budget import published


def make_transfer(giver, getter, amount: float, submit: bool = True, **values):
	doc = frappe.get_doc(
		{
			"doctype": "Budget Transfer",
			"company": COMPANY,
			"fiscal_year": YEAR,
			"amount": amount,
			"from_service": giver.name,
			"from_account": OFFICE,
			"to_service": getter.name,
			"to_account": OFFICE,
			"reason": "The archive is filled sooner than planned",
			**values,
		}
	).insert()
	if submit:
		doc.submit()
	return doc


def amounts_of(budget) -> dict[str, float]:
	amounts = {}
	for name in published(budget.name):
		for row in frappe.get_doc("Budget", name).accounts:
			amounts[row.account] = row.budget_amount
	return amounts


class TestBudgetTransfer(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.giver, self.getter = make_service(), make_service()
		plan = {(OFFICE, MONTHS[0]): 300, (OFFICE, MONTHS[6]): 900}
		self.giving, self.getting = make_budget(self.giver, plan), make_budget(self.getter, {TRAVEL: 600})

	def test_both_sides_move_and_erpnext_checks_the_new_amounts(self):
		transfer = make_transfer(self.giver, self.getter, 400, to_account=TRAVEL)
		self.assertEqual((amounts_of(self.giving), amounts_of(self.getting)), ({OFFICE: 800}, {TRAVEL: 1000}))
		# A quarter of the giver's money is in January, the rest in July.
		self.assertEqual(
			[(getdate(row.month), row.amount) for row in transfer.months],
			[(MONTHS[0], 100), (MONTHS[6], 300)],
		)
		self.giving.reload(), self.getting.reload()
		self.assertEqual((self.giving.total_amount, self.giving.transferred_amount), (800, -400))
		self.assertEqual((self.getting.total_amount, self.getting.transferred_amount), (1000, 400))
		book_expense(self.getter.name, 1000, account=TRAVEL)
		with self.assertRaises(BudgetError):
			book_expense(self.giver.name, 801)

	def test_an_account_that_the_receiver_did_not_have(self):
		make_transfer(self.giver, self.getter, 100)
		self.assertEqual(amounts_of(self.getting), {TRAVEL: 600, OFFICE: 100})

	def test_cancelling_takes_it_back(self):
		before = (amounts_of(self.giving), amounts_of(self.getting))
		make_transfer(self.giver, self.getter, 400).cancel()
		self.assertEqual((amounts_of(self.giving), amounts_of(self.getting)), before)
		self.assertEqual(self.giving.reload().transferred_amount, 0)

	def test_between_accounts_of_one_service(self):
		make_transfer(self.giver, self.giver, 400, to_account=TRAVEL)
		self.assertEqual(amounts_of(self.giving), {OFFICE: 800, TRAVEL: 400})
		self.assertEqual((self.giving.reload().total_amount, self.giving.transferred_amount), (1200, 0))

	def test_what_is_spent_or_ordered_cannot_be_given_away(self):
		book_expense(self.giver.name, 500)
		make_order(self.giver, 300)
		with self.assertRaisesRegex(FundsError, f"{self.giver.name}.*400.00.*left.*less than.*400.01"):
			make_transfer(self.giver, self.getter, 400.01)
		make_transfer(self.giver, self.getter, 400)

	def test_what_the_receiver_has_spent_cannot_be_taken_back(self):
		transfer = make_transfer(self.giver, self.getter, 400)
		book_expense(self.getter.name, 1)
		with self.assertRaisesRegex(FundsError, f"{self.getter.name}.*399.00.*left"):
			transfer.cancel()

	def test_both_or_nothing(self):
		"""The second side cannot be published: the first one is as it was."""
		transfer = make_transfer(self.giver, self.getter, 400, submit=False)
		frappe.get_doc(
			{
				"doctype": "Budget",
				"budget_against": "IT Service",
				"it_service": self.getter.name,
				"company": COMPANY,
				"fiscal_year": YEAR,
				"accounts": [{"account": OFFICE, "budget_amount": 5}],
			}
		).insert()
		with rolled_back(), self.assertRaisesRegex(frappe.ValidationError, "already"):
			transfer.submit()
		self.assertEqual((amounts_of(self.giving), amounts_of(self.getting)), ({OFFICE: 1200}, {TRAVEL: 600}))

	def test_a_revision_holds_the_transfer_and_the_way_back_is_another_one(self):
		transfer = make_transfer(self.giver, self.getter, 400)
		revision = frappe.get_doc("Service Budget", self.getting.reload().revise())
		revision.submit()
		self.assertEqual(amounts_of(revision), {TRAVEL: 600, OFFICE: 400})
		with self.assertRaisesRegex(BudgetPlanError, "was revised since.*Transfer the amount back"):
			transfer.cancel()
		make_transfer(self.getter, self.giver, 400)
		self.assertEqual((amounts_of(self.giving), amounts_of(revision)), ({OFFICE: 1200}, {TRAVEL: 600}))

	def test_a_transfer_after_a_revision_was_drafted_is_not_lost(self):
		revision = frappe.get_doc("Service Budget", self.getting.revise())
		make_transfer(self.giver, self.getter, 400)
		with (
			rolled_back(),
			self.assertRaisesRegex(BudgetPlanError, "after this revision was drafted. Delete the draft"),
		):
			revision.submit()
		revision.delete()
		revision = frappe.get_doc("Service Budget", self.getting.reload().revise())
		revision.submit()
		self.assertEqual(amounts_of(revision), {TRAVEL: 600, OFFICE: 400})

	def test_a_budget_with_transfers_is_revised_not_cancelled(self):
		transfer = make_transfer(self.giver, self.getter, 400)
		with self.assertRaisesRegex(BudgetPlanError, f"{transfer.name}.*Cancel it first, or choose Revise"):
			self.getting.reload().cancel()

	def test_refusals(self):
		for values, words in (
			({"amount": 0}, "above 0"),
			({"amount": -5}, "above 0"),
			({"amount": 1201}, "has 1200.* which is less than 1201.*"),
			({"to_service": self.giver.name}, "Both sides are the same"),
			({"to_account": f"Cash - {ABBR}"}, "To Account: account .* must be an enabled expense account"),
			({"to_service": make_service().name}, "has no Service Budget in force for 2026. Submit one"),
			({"fiscal_year": "2027"}, "has no Service Budget in force for 2027"),
		):
			with self.subTest(words=words), rolled_back(), self.assertRaisesRegex(BudgetPlanError, words):
				make_transfer(self.giver, self.getter, **{"amount": 1, **values})

	def test_the_months_are_not_written_by_hand(self):
		transfer = make_transfer(self.giver, self.getter, 400, submit=False)
		transfer.append("months", {"month": MONTHS[0], "amount": 9999})
		with self.assertRaisesRegex(BudgetPlanError, "cannot be changed by hand"):
			transfer.save()
