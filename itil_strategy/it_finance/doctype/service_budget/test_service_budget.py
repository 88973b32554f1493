import frappe
from frappe.utils import getdate

from erpnext.accounts.doctype.budget.budget import BudgetError

from itil_strategy.exceptions import BudgetPlanError, LedgerSetupError, PublishedBudgetError
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.tests.budgets import (
	MONTHS,
	OFFICE,
	TRAVEL,
	YEAR,
	make_budget,
	make_order,
	make_request,
	messages,
	rolled_back,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_service, unique
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import ABBR, COMPANY, OTHER_ABBR, OTHER_COMPANY
from itil_strategy.utils.erpnext_budget import delete_published, published


def budgets_of(service) -> list[dict]:
	"""ERPNext's Budgets in force, with their accounts."""
	return [
		{row.account: row.budget_amount for row in frappe.get_doc("Budget", name).accounts}
		for name in frappe.get_all(
			"Budget", {"it_service": service.name, "docstatus": 1}, pluck="name", order_by="name asc"
		)
	]


def make_distribution(year: str, **percents: float) -> str:
	return (
		frappe.get_doc(
			{
				"doctype": "Monthly Distribution",
				"distribution_id": unique("MD"),
				"fiscal_year": year,
				"percentages": [
					{"month": month, "percentage_allocation": percent} for month, percent in percents.items()
				],
			}
		)
		.insert()
		.name
	)


class TestServiceBudget(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()

	def test_it_publishes_a_budget_on_the_dimension(self):
		budget = make_budget(self.service, {OFFICE: 1200, TRAVEL: 600.05})
		self.assertEqual(budgets_of(self.service), [{OFFICE: 1200.0, TRAVEL: 600.05}])
		(name,) = published(budget.name)
		made = frappe.get_doc("Budget", name)
		self.assertEqual(
			(
				made.budget_against,
				made.company,
				made.fiscal_year,
				made.service_budget,
				made.monthly_distribution,
			),
			("IT Service", COMPANY, YEAR, budget.name, None),
		)
		self.assertEqual((budget.status, budget.total_amount), ("Published", 1800.05))

	def test_erpnext_stops_beyond_it_and_not_at_it(self):
		make_budget(self.service, {OFFICE: 1200})
		book_expense(self.service.name, 1200)
		with self.assertRaises(BudgetError):
			book_expense(self.service.name, 0.01)

	def test_a_warning_lets_it_pass(self):
		make_budget(self.service, {OFFICE: 1200}, annual_action="Warn")
		messages()
		book_expense(self.service.name, 1300)
		self.assertTrue(any("Annual Budget" in text for text in messages()))

	def test_orders_and_requests_are_checked_where_it_says_so(self):
		make_budget(self.service, {OFFICE: 1200})
		with self.assertRaises(BudgetError):
			make_order(self.service, 1201)
		with self.assertRaises(BudgetError):
			make_request(self.service, 1201)
		other = make_service()
		make_budget(other, {OFFICE: 1200}, applies_to_orders=0, applies_to_requests=0)
		make_order(other, 5000)
		make_request(other, 5000)

	def test_months_so_far(self):
		"""Budgets with one distribution per way through the year; each month allows exactly what is planned."""
		plan = {
			(OFFICE, MONTHS[0]): 100,
			(OFFICE, MONTHS[1]): 200,
			(OFFICE, MONTHS[11]): 700,
			(TRAVEL, MONTHS[0]): 33.33,
		}
		make_budget(self.service, plan, monthly_action="Stop")
		self.assertEqual(sorted(map(len, budgets_of(self.service))), [1, 1])
		book_expense(self.service.name, 100, "2026-01-31")
		book_expense(self.service.name, 33.33, "2026-01-31", TRAVEL)
		with self.assertRaises(BudgetError):
			book_expense(self.service.name, 0.01, "2026-01-31")
		book_expense(self.service.name, 200, "2026-02-28")
		with self.assertRaises(BudgetError):
			book_expense(self.service.name, 0.01, "2026-11-30")
		book_expense(self.service.name, 700, "2026-12-01")
		with self.assertRaises(BudgetError):
			book_expense(self.service.name, 0.01, "2026-12-31")

	def test_even_months_may_be_used_up_to_the_cent(self):
		"""Twelve times a twelfth is a hair less than the whole in floats."""
		make_budget(self.service, {OFFICE: 1000}, monthly_action="Stop")
		for month in MONTHS:
			planned = 83.33 if month > MONTHS[3] else 83.34
			book_expense(self.service.name, planned, month.isoformat())
			with self.assertRaises(BudgetError):
				book_expense(self.service.name, 0.01, month.isoformat())

	def test_a_revision_takes_its_place_and_control_has_no_gap(self):
		first = make_budget(self.service, {OFFICE: 1200})
		book_expense(self.service.name, 1100)
		second = frappe.get_doc("Service Budget", first.revise())
		second.spread_amount(OFFICE, 2400)
		second.save()
		# A draft changes nothing yet.
		with self.assertRaises(BudgetError):
			book_expense(self.service.name, 200)
		second.submit()
		self.assertEqual(budgets_of(self.service), [{OFFICE: 2400.0}])
		book_expense(self.service.name, 1300)
		with self.assertRaises(BudgetError):
			book_expense(self.service.name, 0.01)
		first.reload()
		self.assertEqual((first.docstatus, first.status, first.live_key), (2, "Superseded", None))
		self.assertEqual(second.reload().status, "Published")

	def test_a_revision_that_cannot_be_published_leaves_the_old_one_in_force(self):
		first = make_budget(self.service, {OFFICE: 1200})
		second = frappe.get_doc("Service Budget", first.revise())
		second.append("lines", {"account": TRAVEL, "month": MONTHS[0], "amount": 10})
		second.save()
		by_hand = frappe.get_doc(
			{
				"doctype": "Budget",
				"budget_against": "IT Service",
				"it_service": self.service.name,
				"company": COMPANY,
				"fiscal_year": YEAR,
				"accounts": [{"account": TRAVEL, "budget_amount": 5}],
			}
		).insert()
		with rolled_back(), self.assertRaisesRegex(BudgetPlanError, f"{by_hand.name}.*Cancel or delete it"):
			second.submit()
		self.assertEqual(budgets_of(self.service), [{OFFICE: 1200.0}])
		self.assertEqual(first.reload().status, "Published")

	def test_revising_twice_gives_the_same_draft(self):
		budget = make_budget(self.service)
		self.assertEqual(budget.revise(), budget.revise())

	def test_one_is_in_force_per_service_and_year(self):
		make_budget(self.service)
		second = make_budget(self.service, submit=False)
		with self.assertRaisesRegex(BudgetPlanError, "is in force for .* Choose Revise there"):
			second.submit()

	def test_cancelling_ends_control(self):
		budget = make_budget(self.service)
		budget.cancel()
		self.assertEqual((budgets_of(self.service), budget.reload().status), ([], "Cancelled"))
		book_expense(self.service.name, 5000)
		make_budget(self.service)

	def test_a_published_budget_is_changed_through_its_plan_only(self):
		budget = make_budget(self.service)
		made = frappe.get_doc("Budget", published(budget.name)[0])
		with self.assertRaisesRegex(PublishedBudgetError, f"published by .*{budget.name}"):
			made.cancel()
		false = frappe.get_doc(
			{
				"doctype": "Budget",
				"budget_against": "IT Service",
				"it_service": make_service().name,
				"company": COMPANY,
				"fiscal_year": YEAR,
				"service_budget": budget.name,
				"accounts": [{"account": TRAVEL, "budget_amount": 5}],
			}
		).insert()
		self.assertIsNone(false.service_budget)

	def test_spreading_replaces_the_months_of_an_account(self):
		doc = make_budget(self.service, {OFFICE: 1200, TRAVEL: 12}, submit=False)
		doc.spread_amount(OFFICE, 100)
		amounts = {}
		for row in doc.lines:
			amounts[row.account] = round(amounts.get(row.account, 0) + row.amount, 2)
		self.assertEqual(amounts, {OFFICE: 100, TRAVEL: 12})
		self.assertEqual([row.idx for row in doc.lines], list(range(1, len(doc.lines) + 1)))

	def test_a_distribution_of_another_year_is_refused_before_anything_is_published(self):
		other = make_distribution("2025", January=50, February=50)
		own = make_distribution(YEAR, January=75, March=25)
		doc = make_budget(self.service, submit=False)
		with self.assertRaisesRegex(BudgetPlanError, f"{other}.*is for fiscal year 2025, not for {YEAR}"):
			doc.spread_amount(OFFICE, 12000, other)
		doc.spread_amount(OFFICE, 12000, own)
		self.assertEqual(
			[(getdate(row.month), row.amount) for row in doc.lines], [(MONTHS[0], 9000), (MONTHS[2], 3000)]
		)

	def test_a_year_of_fourteen_months(self):
		frappe.get_doc(
			{
				"doctype": "Fiscal Year",
				"year": "2030 long",
				"year_start_date": "2030-11-01",
				"year_end_date": "2031-12-31",
				"is_short_year": 1,
			}
		).insert()
		doc = make_budget(self.service, {OFFICE: 14000}, fiscal_year="2030 long", submit=False)
		self.assertEqual([row.amount for row in doc.lines], [1000.0] * 14)
		self.assertEqual(len({row.month for row in doc.lines}), 14)
		doc.monthly_action = "Stop"
		with self.assertRaisesRegex(BudgetPlanError, "has 14 months.*Choose Ignore"):
			doc.save()
		doc.reload()
		doc.submit()
		self.assertEqual(budgets_of(self.service), [{OFFICE: 14000.0}])

	def test_refusals(self):
		accounts = get_company_accounts(COMPANY)
		for lines, words in (
			({(accounts.charges_account, MONTHS[0]): 1}, "Row #1: account .*recharges cost"),
			({(accounts.recovery_account, MONTHS[0]): 1}, "Row #1: account .*recharges cost"),
			({(f"Cash - {ABBR}", MONTHS[0]): 1}, "Row #1: .*must be an enabled expense account"),
			({(f"Indirect Expenses - {ABBR}", MONTHS[0]): 1}, "Row #1: .*not a group"),
			({(f"Sales - {ABBR}", MONTHS[0]): 1}, "Row #1: .*expense account"),
			({(f"Travel Expenses - {OTHER_ABBR}", MONTHS[0]): 1}, f"belongs to {OTHER_COMPANY}"),
			({(OFFICE, "2025-12-31"): 1}, "Row #1: 2025-12 is not in fiscal year 2026"),
			({(OFFICE, "2026-01-01"): 1, (OFFICE, "2026-01-20"): 2}, "Rows #1 and #2 are both for"),
			({(OFFICE, MONTHS[0]): 0}, "no amount"),
			({(OFFICE, MONTHS[0]): 9, (OFFICE, MONTHS[1]): -1}, "Row #2: the amount is below 0"),
		):
			with self.subTest(words=words), self.assertRaisesRegex(BudgetPlanError, words):
				make_budget(self.service, lines)
		with self.assertRaisesRegex(BudgetPlanError, "Switch Check Purchase Orders on"):
			make_budget(self.service, applies_to_orders=0)
		frappe.db.set_value("IT Service", self.service.name, "last_day", "2025-06-30")
		with self.assertRaisesRegex(BudgetPlanError, "ended on .*Choose another year or service"):
			make_budget(self.service)

	def test_a_company_that_does_not_deliver_the_service(self):
		with self.assertRaisesRegex(BudgetPlanError, "is not delivered by"):
			make_budget(
				self.service, {(f"Travel Expenses - {OTHER_ABBR}", MONTHS[0]): 1}, company=OTHER_COMPANY
			)

	def test_a_dimension_that_budgets_cannot_use(self):
		"""ERPNext looks the field up by the scrubbed document type: another label breaks every Budget."""
		for values, words in (
			({"label": "IT Line"}, "label must be IT Service"),
			({"disabled": 1}, "is disabled"),
		):
			frappe.db.savepoint("dimension")
			frappe.db.set_value("Accounting Dimension", {"document_type": "IT Service"}, values)
			with self.assertRaisesRegex(LedgerSetupError, f"{words}.*Run bench migrate"):
				make_budget(self.service)
			frappe.db.rollback(save_point="dimension")

	def test_what_the_app_writes_is_not_written_by_hand(self):
		budget = make_budget(self.service, submit=False)
		other = make_budget(make_service())
		for field, value in (
			("status", "Published"),
			("revision_of", other.name),
			("live_key", "x"),
			("transferred_amount", 5),
		):
			doc = frappe.get_doc("Service Budget", budget.name)
			doc.set(field, value)
			with (
				self.subTest(field=field),
				self.assertRaisesRegex(BudgetPlanError, "cannot be changed by hand"),
			):
				doc.save()

	def test_what_is_published_goes_with_the_app(self):
		make_budget(self.service, monthly_action="Warn")
		budgets, distributions = frappe.db.count("Budget"), frappe.db.count("Monthly Distribution")
		by_app = frappe.get_all("Budget", {"service_budget": ("is", "set")}, pluck="monthly_distribution")
		delete_published()
		self.assertEqual(frappe.db.count("Budget"), budgets - len(by_app))
		self.assertEqual(
			frappe.db.count("Monthly Distribution"), distributions - len(list(filter(None, by_app)))
		)
		self.assertEqual(frappe.get_all("Budget Account", {"parent": ("in", by_app)}), [])

	def test_queries_do_not_grow_with_months(self):
		def publish(lines: dict) -> None:
			make_budget(make_service(), lines)

		few = {(OFFICE, MONTHS[0]): 1}
		many = {(OFFICE, month): 1 for month in MONTHS}
		more = count_queries(lambda: publish(many)) - count_queries(lambda: publish(few))
		# Rows are stored one by one, and nothing else.
		self.assertLessEqual(more, 11 * 2)
