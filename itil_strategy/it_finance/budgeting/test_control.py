"""Ceilings and unlisted accounts: stopped and warned where ERPNext itself says nothing."""

import frappe

from erpnext.accounts.doctype.budget.budget import BudgetError
from erpnext.buying.doctype.purchase_order.purchase_order import make_purchase_invoice
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.stock.doctype.material_request.material_request import make_purchase_order

from itil_strategy.exceptions import BudgetExceededError
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.tests.budgets import (
	OFFICE,
	TRAVEL,
	YEAR,
	make_budget,
	make_ceiling,
	make_invoice,
	make_order,
	make_request,
	messages,
	rolled_back,
	supplier,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, center, make_service, make_user, unique
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import ABBR, COMPANY


def make_entry(rows: list[tuple], day: str = "2026-01-15"):
	"""A submitted entry against cash; rows are (service, cost center, account, debit)."""
	total = round(sum(row[3] for row in rows), 2)
	side = "credit_in_account_currency" if total > 0 else "debit_in_account_currency"
	doc = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Journal Entry",
			"company": COMPANY,
			"posting_date": day,
			"accounts": [
				{
					"account": account,
					"cost_center": cost_center,
					"it_service": service,
					("debit" if amount > 0 else "credit") + "_in_account_currency": abs(amount),
				}
				for service, cost_center, account, amount in rows
			]
			+ [{"account": f"Cash - {ABBR}", side: abs(total)}],
		}
	).insert()
	doc.submit()
	return doc


def make_center(name: str, parent: str | None = None, is_group: int = 0) -> str:
	return (
		frappe.get_doc(
			{
				"doctype": "Cost Center",
				"cost_center_name": unique(name),
				"parent_cost_center": parent or f"{COMPANY} - {ABBR}",
				"company": COMPANY,
				"is_group": is_group,
			}
		)
		.insert()
		.name
	)


def make_erpnext_budget(**values):
	doc = frappe.get_doc(
		{
			"doctype": "Budget",
			"company": COMPANY,
			"fiscal_year": YEAR,
			"action_if_annual_budget_exceeded": "Stop",
			"applicable_on_booking_actual_expenses": 1,
			**values,
		}
	).insert()
	doc.submit()
	return doc


class TestServiceCeiling(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()
		self.name = self.service.name

	def test_a_total_over_all_accounts(self):
		"""600 on one account and 600 on another: 1,200 of 1,000, and ERPNext alone stays silent."""
		make_budget(self.service, {OFFICE: 1000, TRAVEL: 1000})
		book_expense(self.name, 600, account=OFFICE)
		ceiling = make_ceiling(1000, it_service=self.name)
		with (
			rolled_back(),
			self.assertRaisesRegex(
				BudgetExceededError,
				rf"1.200.00.*ceiling of.*1.000.00.*200.00.*too much.*raise ceiling.*{ceiling.name}",
			),
		):
			book_expense(self.name, 600, account=TRAVEL)
		book_expense(self.name, 400, account=TRAVEL)
		with self.assertRaises(BudgetExceededError):
			book_expense(self.name, 0.01, account=TRAVEL)

	def test_it_stops_before_anything_stays(self):
		make_ceiling(100, it_service=self.name)
		with rolled_back(), self.assertRaises(BudgetExceededError):
			book_expense(self.name, 101)
		self.assertFalse(frappe.db.exists("GL Entry", {"it_service": self.name}))

	def test_an_invoice_without_order_when_orders_used_the_budget_up(self):
		"""10,000 of which 9,000 are ordered; 2,000 more: available is -1,000, and the warning comes once."""
		ceiling = make_ceiling(10000, it_service=self.name, action="Warn")
		make_order(self.service, 9000)
		messages()
		make_invoice(self.service, 2000)
		shown = [text for text in messages() if "ceiling" in text]
		self.assertEqual(len(shown), 1)
		self.assertRegex(shown[0], r"1.000.00.*too much")
		self.assertEqual(
			ceiling.get_use(), {"actual": 2000, "committed": 9000, "used": 11000, "available": -1000}
		)

	def test_an_invoice_of_an_order_counts_once(self):
		ceiling = make_ceiling(1000, it_service=self.name)
		order = make_order(self.service, 100, quantity=10)
		invoice = make_purchase_invoice(order.name)
		invoice.update({"bill_no": unique("bill"), "set_posting_time": 1, "posting_date": "2026-03-20"})
		invoice.items[0].qty = 4
		invoice.insert()
		invoice.submit()
		self.assertEqual(ceiling.get_use(), {"actual": 400, "committed": 600, "used": 1000, "available": 0})
		with self.assertRaises(BudgetExceededError):
			make_invoice(self.service, 1)

	def test_a_request_that_becomes_an_order_counts_as_order_only(self):
		ceiling = make_ceiling(1000, it_service=self.name)
		request = make_request(self.service, 100, quantity=10)
		with rolled_back(), self.assertRaises(BudgetExceededError):
			make_request(self.service, 1)
		order = make_purchase_order(request.name)
		order.update({"supplier": supplier(), "transaction_date": "2026-03-02"})
		order.items[0].update({"qty": 6, "rate": 90, "it_service": self.name})
		order.insert()
		order.submit()
		# 6 ordered at 90, 4 requested at 100.
		self.assertEqual(ceiling.get_use()["committed"], 940)

	def test_an_order_that_is_made_dearer(self):
		make_ceiling(1000, it_service=self.name)
		order = make_order(self.service, 900)
		row = order.items[0]
		changed = {
			"docname": row.name,
			"item_code": row.item_code,
			"qty": 1,
			"rate": 1001,
			"schedule_date": "2026-12-31",
		}
		with self.assertRaises(BudgetExceededError):
			update_child_qty_rate("Purchase Order", frappe.as_json([changed]), order.name)

	def test_what_takes_back_is_never_in_the_way(self):
		make_ceiling(1000, it_service=self.name, action="Warn")
		book_expense(self.name, 1500)
		frappe.db.set_value("Budget Ceiling", {"it_service": self.name}, "action", "Stop")
		make_entry([(self.name, center("Data Centre"), OFFICE, -100)])
		with self.assertRaises(BudgetExceededError):
			book_expense(self.name, 1)

	def test_cancelled_documents_free_it(self):
		ceiling = make_ceiling(1000, it_service=self.name)
		entry = book_expense(self.name, 1000)
		entry.cancel()
		self.assertEqual(ceiling.get_use()["used"], 0)
		book_expense(self.name, 1000)

	def test_reversals_dated_in_the_year_free_it_too(self):
		"""With an immutable ledger the rows stay and are mirrored instead."""
		frappe.db.set_single_value("Accounts Settings", "enable_immutable_ledger", 1)
		ceiling = make_ceiling(1000, it_service=self.name)
		book_expense(self.name, 500, frappe.utils.today()[:4] + "-01-15").cancel()
		self.assertEqual(ceiling.get_use()["used"], 0)

	def test_years_are_not_mixed(self):
		ceiling = make_ceiling(1000, it_service=self.name)
		book_expense(self.name, 700, "2025-12-31")
		book_expense(self.name, 300, "2026-01-01")
		self.assertEqual(ceiling.get_use()["actual"], 300)

	def test_period_closing_rows_are_no_use(self):
		ceiling = make_ceiling(1000, it_service=self.name)
		book_expense(self.name, 500)
		gl = frappe.get_all("GL Entry", {"it_service": self.name}, ["*"])[0]
		closing = frappe.get_doc(
			{
				**gl,
				"doctype": "GL Entry",
				"name": frappe.generate_hash(),
				"voucher_type": "Period Closing Voucher",
				"debit": 0,
				"credit": 500,
			}
		)
		closing.db_insert()
		self.assertEqual(ceiling.get_use()["actual"], 500)

	def test_the_recharge_is_no_use(self):
		accounts = get_company_accounts(COMPANY)
		ceiling = make_ceiling(100, it_service=self.name)
		make_entry(
			[
				(self.name, center("Sales"), accounts.charges_account, 5000),
				(self.name, center("Data Centre"), accounts.recovery_account, -4000),
			]
		)
		self.assertEqual(ceiling.get_use()["used"], 0)

	def test_commitments_may_be_left_out(self):
		ceiling = make_ceiling(1000, it_service=self.name, counts_commitments=0)
		make_order(self.service, 5000)
		make_request(self.service, 5000)
		book_expense(self.name, 1000)
		self.assertEqual(ceiling.get_use()["available"], 0)
		with self.assertRaises(BudgetExceededError):
			book_expense(self.name, 1)

	def test_a_disabled_ceiling_and_one_of_another_year_or_service(self):
		make_ceiling(1, it_service=self.name, disabled=1)
		make_ceiling(1, it_service=self.name, fiscal_year="2027")
		make_ceiling(1, it_service=make_service().name)
		book_expense(self.name, 1000)

	def test_the_override_role(self):
		"""Only its users pass, the document notes it, and with no role nobody passes."""
		make_ceiling(100, it_service=self.name)
		role = frappe.get_doc({"doctype": "Role", "role_name": unique("Budget Approver")}).insert().name
		bookkeeper, approver = make_user("Accounts User"), make_user("Accounts User", role)
		frappe.set_user(approver)
		with self.assertRaises(BudgetExceededError):
			book_expense(self.name, 101)
		frappe.set_user("Administrator")
		frappe.db.set_single_value("Service Strategy Settings", "budget_override_role", role)
		frappe.set_user(bookkeeper)
		with self.assertRaisesRegex(BudgetExceededError, f"A user with the role .*{role}.* may submit it"):
			book_expense(self.name, 101)
		frappe.set_user(approver)
		entry = book_expense(self.name, 101)
		comments = frappe.get_all(
			"Comment", {"reference_name": entry.name, "comment_type": "Info"}, pluck="content"
		)
		self.assertTrue(any(role in text and "ceiling" in text for text in comments))

	def test_a_category_counts_its_services(self):
		category = (
			frappe.get_doc({"doctype": "IT Service Category", "category_name": unique("Cat")}).insert().name
		)
		first, second = make_service(category=category), make_service(category=category)
		make_ceiling(1000, category=category)
		book_expense(first.name, 600)
		book_expense(self.name, 600)
		with self.assertRaisesRegex(BudgetExceededError, category):
			book_expense(second.name, 600)

	def test_everything_that_is_exceeded_is_said_at_once(self):
		make_ceiling(100, it_service=self.name)
		make_ceiling(50, cost_center=center("Data Centre"))
		with self.assertRaisesRegex(BudgetExceededError, r"IT Service(.|\n)*Cost Center"):
			book_expense(self.name, 101)


class TestWhereErpnextCannot(SiteTestCase):
	"""The three holes of ERPNext's Budget, each beside the ceiling that closes it."""

	def setUp(self):
		super().setUp()
		self.parent = make_center("Parent", is_group=1)
		self.one, self.two = make_center("One", self.parent), make_center("Two", self.parent)

	def test_a_budget_on_a_parent_does_not_add_up_its_children(self):
		make_erpnext_budget(
			budget_against="Cost Center",
			cost_center=self.parent,
			accounts=[{"account": OFFICE, "budget_amount": 1000}],
		)
		make_entry([(None, self.one, OFFICE, 600)])
		make_entry([(None, self.two, OFFICE, 600)])
		ceiling = make_ceiling(1500, cost_center=self.parent)
		self.assertEqual(ceiling.get_use()["actual"], 1200)
		with rolled_back(), self.assertRaisesRegex(BudgetExceededError, self.parent):
			make_entry([(None, self.one, TRAVEL, 301)])
		make_entry([(None, self.one, TRAVEL, 300)])

	def test_a_budget_on_an_allocated_cost_center_never_fills(self):
		self.allocate(self.one, {self.two: 60, center("Sales"): 40})
		make_erpnext_budget(
			budget_against="Cost Center",
			cost_center=self.one,
			accounts=[{"account": OFFICE, "budget_amount": 1000}],
		)
		for _number in range(3):
			make_entry([(None, self.one, OFFICE, 600)], "2026-03-15")
		ceiling = make_ceiling(2000, cost_center=self.one)
		self.assertEqual(ceiling.get_use()["actual"], 1800)
		make_invoice(None, 200, cost_center=self.one)
		with self.assertRaises(BudgetExceededError):
			make_entry([(None, self.one, OFFICE, 1)], "2026-03-15")
		with self.assertRaises(BudgetExceededError):
			make_invoice(None, 1, cost_center=self.one)

	def test_what_is_allocated_within_a_parent_counts_once(self):
		"""60 % of 1,000 stays in the parent, 40 % goes elsewhere; both were booked in it."""
		self.allocate(self.one, {self.two: 60, center("Sales"): 40})
		make_entry([(None, self.one, OFFICE, 1000)], "2026-03-15")
		self.assertEqual(make_ceiling(5000, cost_center=self.parent).get_use()["actual"], 1000)
		self.assertEqual(make_ceiling(5000, cost_center=self.two).get_use()["actual"], 600)

	def test_the_allocation_of_the_day_counts(self):
		make_entry([(None, self.one, OFFICE, 100)], "2026-01-15")
		self.allocate(self.one, {self.two: 60, center("Sales"): 40}, "2026-02-01")
		make_entry([(None, self.one, OFFICE, 1000)], "2026-02-28")
		self.allocate(self.one, {self.two: 50, center("Sales"): 50}, "2026-03-01")
		make_entry([(None, self.one, OFFICE, 1000)], "2026-03-01")
		self.assertEqual(make_ceiling(9000, cost_center=self.one).get_use()["actual"], 2100)
		self.assertEqual(make_ceiling(9000, cost_center=self.two).get_use()["actual"], 1100)

	def test_a_service_keeps_its_cost_when_the_cost_center_is_allocated(self):
		service = make_service()
		self.allocate(self.one, {self.two: 60, center("Sales"): 40})
		make_budget(service, {OFFICE: 1000})
		make_entry([(service.name, self.one, OFFICE, 900)], "2026-03-15")
		with self.assertRaises(BudgetError):
			make_entry([(service.name, self.one, OFFICE, 101)], "2026-03-15")

	def test_the_exception_role_of_the_company_has_no_effect_on_what_is_booked(self):
		"""ERPNext asks for it only where a row has no fiscal year, and ledger rows have one; the override role works."""
		role = frappe.get_doc({"doctype": "Role", "role_name": unique("Budget Approver")}).insert().name
		frappe.db.set_value("Company", COMPANY, "exception_budget_approver_role", role)
		frappe.clear_document_cache("Company", COMPANY)
		service = make_service()
		make_budget(service, {OFFICE: 100})
		frappe.flags.exception_approver_role = None
		frappe.set_user(make_user("Accounts User", role))
		with self.assertRaises(BudgetError):
			book_expense(service.name, 101)
		frappe.set_user("Administrator")
		frappe.clear_document_cache("Company", COMPANY)

	def test_entries_that_are_posted_in_the_background(self):
		"""More than a hundred rows are queued and not posted by submit: the check comes with the posting."""
		make_ceiling(100, cost_center=self.parent)
		entry = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"voucher_type": "Journal Entry",
				"company": COMPANY,
				"posting_date": "2026-01-15",
				"accounts": [
					*[
						{"account": OFFICE, "cost_center": self.one, "debit_in_account_currency": 1}
						for _row in range(101)
					],
					{"account": f"Cash - {ABBR}", "credit_in_account_currency": 101},
				],
			}
		).insert()
		with self.assertRaises(BudgetExceededError):
			entry._submit()

	def test_orders_of_a_cost_center(self):
		make_ceiling(1000, cost_center=self.parent)
		make_order(None, 1000, cost_center=self.one)
		with self.assertRaises(BudgetExceededError):
			make_order(None, 1, cost_center=self.two)

	def allocate(self, main: str, shares: dict[str, float], day: str = "2026-02-01") -> None:
		frappe.get_doc(
			{
				"doctype": "Cost Center Allocation",
				"company": COMPANY,
				"main_cost_center": main,
				"valid_from": day,
				"allocation_percentages": [
					{"cost_center": name, "percentage": percent} for name, percent in shares.items()
				],
			}
		).insert().submit()


class TestUnlistedAccounts(SiteTestCase):
	def test_allow_warn_and_stop(self):
		for action in ("Allow", "Warn", "Stop"):
			service = make_service()
			budget = make_budget(service, {OFFICE: 1000}, unlisted_accounts=action)
			book_expense(service.name, 10, account=OFFICE)
			messages()
			if action == "Stop":
				with self.assertRaisesRegex(
					BudgetExceededError, f"has no budget on account .*{TRAVEL}.*{budget.name}.*or revise"
				):
					book_expense(service.name, 10, account=TRAVEL)
				continue
			book_expense(service.name, 10, account=TRAVEL)
			self.assertEqual(any("has no budget on account" in text for text in messages()), action == "Warn")

	def test_orders_of_unlisted_accounts_and_services_without_budget(self):
		service = make_service()
		make_budget(service, {TRAVEL: 1000}, unlisted_accounts="Stop")
		with self.assertRaises(BudgetExceededError):
			make_order(service, 10)
		make_order(make_service(), 10)

	def test_a_transferred_account_is_listed(self):
		service, giver = make_service(), make_service()
		make_budget(service, {OFFICE: 1000}, unlisted_accounts="Stop")
		make_budget(giver, {OFFICE: 1000})
		frappe.get_doc(
			{
				"doctype": "Budget Transfer",
				"company": COMPANY,
				"fiscal_year": YEAR,
				"amount": 100,
				"from_service": giver.name,
				"from_account": OFFICE,
				"to_service": service.name,
				"to_account": TRAVEL,
				"reason": "Needed",
			}
		).insert().submit()
		book_expense(service.name, 100, account=TRAVEL)


class TestCost(SiteTestCase):
	def test_queries_do_not_grow_with_rows_and_ceilings(self):
		services = [make_service() for _number in range(12)]

		def post(count: int) -> int:
			rows = [(service.name, center("Data Centre"), OFFICE, 1) for service in services[:count]]
			entry = make_entry(rows)
			return count_queries(lambda: check(entry))

		from itil_strategy.it_finance.budgeting.control import check_submitted as check

		for service in services:
			make_ceiling(1000, it_service=service.name)
		make_ceiling(5000, cost_center=center("Data Centre"))
		few = post(1)
		self.assertEqual(post(12), few)
		self.assertLessEqual(few, 25)

	def test_without_ceilings_it_asks_next_to_nothing(self):
		entry = book_expense(make_service().name, 1)
		from itil_strategy.it_finance.budgeting.control import check_submitted

		self.assertLessEqual(count_queries(lambda: check_submitted(entry)), 2)
