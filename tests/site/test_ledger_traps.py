"""What ERPNext's ledger does behind one's back, with real vouchers: dimensions, closing, rounding, finance books."""

import os
from datetime import date
from decimal import Decimal

import frappe
from frappe.desk.query_report import run as run_report
from frappe.utils import get_last_day, getdate

from erpnext.accounts.doctype.accounting_dimension.accounting_dimension import (
	get_accounting_dimensions,
)
from erpnext.accounts.doctype.budget.budget import BudgetError

from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.it_finance.charging import preflight
from itil_strategy.it_finance.charging.month_end import draft_runs
from itil_strategy.it_finance.charging.reversal import (
	posted_vouchers,
	reverse_invoice,
	reverse_journal_entry,
)
from itil_strategy.it_finance.report.reconciliation_to_ledger.reconciliation_to_ledger import execute
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.tests.allocation import (
	book,
	calculated_allocation,
	costs_of,
	count_units,
	make_allocation,
	make_driver,
	make_pool,
	receivers,
)
from itil_strategy.tests.budgets import OFFICE, make_budget, make_ceiling
from itil_strategy.tests.charging import post, priced_offering, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, center, make_service, published_run
from itil_strategy.tests.setup import ABBR, COMPANY
from itil_strategy.utils.costing import direct_cost_by_month
from itil_strategy.utils.ledger import forget_cached_dimensions

DIMENSION = "IT Service"
JANUARY = date(2026, 1, 1)
YEAR = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}
# Every report that reads what services cost, with filters that it needs.
LEDGER_REPORTS = {
	"Service Cost Analysis": YEAR,
	"Cost Recovery": YEAR,
	"Reconciliation to Ledger": YEAR,
	"Budget and Forecast": {"company": COMPANY, "fiscal_year": "2026"},
	"Service Assets": {"company": COMPANY},
	"Benefit Realisation": {"company": COMPANY},
	"Supply and Demand": {"company": COMPANY},
	"Service Investment": YEAR,
	"Service Portfolio": {"company": COMPANY},
	"Retirement Analysis": {"company": COMPANY},
}


def set_dimension(**values) -> None:
	"""Change the dimension past its document, whose jobs would end the transaction."""
	frappe.db.set_value("Accounting Dimension", {"document_type": DIMENSION}, values)
	forget_dimension()


def forget_dimension() -> None:
	frappe.clear_document_cache("Accounting Dimension", DIMENSION)
	forget_cached_dimensions()


def require_service() -> None:
	"""Make the service mandatory on the profit and loss of the company."""
	frappe.db.set_value(
		"Accounting Dimension Detail", {"parent": DIMENSION, "company": COMPANY}, "mandatory_for_pl", 1
	)
	forget_cached_dimensions()


def ask_with_a_filter() -> None:
	"""What code of others does in the request before us."""
	forget_cached_dimensions()
	assert get_accounting_dimensions(filters={"document_type": "Department"}) == []


def ledger_rows(voucher: str) -> list[frappe._dict]:
	return frappe.get_all(
		"GL Entry",
		{"voucher_no": voucher, "is_cancelled": 0},
		["account", "it_service", "debit", "credit"],
		order_by="name asc",
	)


class TestDimension(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(forget_dimension)
		self.service = make_service(service_name="Mail").name

	def cost(self, month: date = JANUARY) -> Decimal:
		return direct_cost_by_month(COMPANY, [self.service], [month]).get((self.service, month), Decimal(0))

	def test_a_disabled_dimension_loses_services_so_figures_are_refused(self):
		"""ERPNext books the row without its service and says nothing; 250 booked before keeps its own."""
		book_expense(self.service, 250)
		set_dimension(disabled=1)
		entry = book_expense(self.service, 100)
		self.assertEqual({row.it_service for row in ledger_rows(entry.name)}, {None})
		for report, filters in LEDGER_REPORTS.items():
			with (
				self.subTest(report=report),
				self.assertRaisesRegex(LedgerSetupError, "^Not available: .*is disabled.*Enable it"),
			):
				run_report(report, filters)
		set_dimension(disabled=0)
		self.assertEqual(self.cost(), 250)
		for report, filters in LEDGER_REPORTS.items():
			with self.subTest(report=report):
				run_report(report, filters)

	def test_runs_refuse_a_disabled_dimension(self):
		offering = priced_offering()
		use(offering, "Sales Unit", 3)
		charging, allocation = published_run(), make_allocation("2026-01-01")
		set_dimension(disabled=1)
		self.assertIn("is disabled", " ".join(preflight.find_obstacles(charging, "post")))
		with self.assertRaisesRegex(LedgerSetupError, "is disabled"):
			calculated_allocation("2026-02-01")
		self.assertEqual(frappe.db.count("Service Cost", {"allocation_run": allocation.name}), 0)

	def test_runs_refuse_another_label(self):
		offering = priced_offering()
		use(offering, "Sales Unit", 3)
		run = published_run()
		set_dimension(label="IT Line")
		self.assertIn("label must be IT Service", " ".join(preflight.find_obstacles(run, "post")))

	def test_a_deleted_dimension_is_not_available_and_rows_keep_their_service(self):
		book_expense(self.service, 250)
		doc = frappe.get_doc("Accounting Dimension", DIMENSION)
		frappe.db.delete("Accounting Dimension", {"name": DIMENSION})
		forget_dimension()
		for report, filters in LEDGER_REPORTS.items():
			with (
				self.subTest(report=report),
				self.assertRaisesRegex(LedgerSetupError, "^Not available: .*no accounting dimension"),
			):
				run_report(report, filters)
		doc.db_insert()
		forget_dimension()
		self.assertEqual(self.cost(), 250)

	def test_dimensions_that_were_asked_for_with_a_filter_earlier(self):
		"""ERPNext would answer the filtered list to all who ask later in the request: no row would carry a service."""
		offering = priced_offering()
		for customer in ("Sales Unit", "Harbour GmbH"):
			use(offering, customer, 3)
		run = published_run()
		ask_with_a_filter()
		post(run)
		vouchers = [
			frappe.db.get_value(doctype, {"it_charging_run": run.name})
			for doctype in ("Journal Entry", "Sales Invoice")
		]
		accounts = get_company_accounts(COMPANY)
		for voucher in vouchers:
			services = {
				row.it_service for row in ledger_rows(voucher) if row.account in set(accounts.values())
			}
			self.assertEqual(services, {offering.it_service})
		ask_with_a_filter()
		self.assertEqual(self.reverse(run), {offering.it_service})

	def reverse(self, run) -> set[str]:
		"""Services on the rows of what takes the run back."""
		run.db_set({"reversal_date": "2026-02-05", "reversal_reason": "wrong prices"})
		made = [
			(reverse_journal_entry if row.voucher_type == "Journal Entry" else reverse_invoice)(run, row)
			for row in posted_vouchers(run.name)
		]
		accounts = set(get_company_accounts(COMPANY).values())
		rows = [row for voucher in made for row in ledger_rows(voucher.name) if row.account in accounts]
		self.assertEqual(len(made), 2)
		return {row.it_service for row in rows}

	def test_a_finance_book_is_cost_here_as_it_is_use_of_the_budget_there(self):
		"""ERPNext counts a notional entry against the budget; the ceiling and the report say the same amount."""
		book_name = frappe.get_doc({"doctype": "Finance Book", "finance_book_name": "Notional"}).insert().name
		make_budget(frappe.get_doc("IT Service", self.service), {OFFICE: 1000})
		ceiling = make_ceiling(5000, it_service=self.service)
		entry = frappe.copy_doc(book_expense(self.service, 600))
		entry.finance_book = book_name
		entry.posting_date = "2026-01-20"
		entry.accounts[0].debit_in_account_currency = entry.accounts[1].credit_in_account_currency = 300
		entry.insert().submit()
		self.assertEqual({row.finance_book for row in self.books(entry.name)}, {book_name})
		with self.assertRaises(BudgetError):
			frappe.db.savepoint("beyond")
			book_expense(self.service, 101)
		frappe.db.rollback(save_point="beyond")
		self.assertEqual((self.cost(), ceiling.get_use()["actual"]), (900, 900))

	def books(self, voucher: str) -> list[frappe._dict]:
		return frappe.get_all("GL Entry", {"voucher_no": voucher}, ["finance_book"])

	def test_showback_uses_up_no_budget(self):
		"""So a budget of 10 that is used up stops nothing: showback is no entry, not one in a book of its own."""
		offering = priced_offering(unit_price=100)
		service = frappe.get_doc("IT Service", offering.it_service)
		make_budget(service, {OFFICE: 10})
		book_expense(service.name, 10)
		use(offering, "Sales Unit", 5)
		before = frappe.db.count("GL Entry", {"company": COMPANY})
		run = published_run(mode="Showback")
		self.assertEqual(
			(run.showback_amount, frappe.db.count("GL Entry", {"company": COMPANY})), (500, before)
		)

	def test_cancelled_and_mirrored_rows_are_no_cost(self):
		book_expense(self.service, 500).cancel()
		self.assertEqual(self.cost(), 0)
		frappe.db.set_single_value("Accounts Settings", "enable_immutable_ledger", 1)
		entry = book_expense(self.service, 500)
		entry.cancel()
		# The mirrored row is of today, the original stays where it was: over both months it is nothing.
		this_month = getdate().replace(day=1)
		months = sorted({JANUARY, this_month})
		cost = direct_cost_by_month(COMPANY, [self.service], months)
		self.assertEqual(sum(cost.values()), 0)


class TestClosing(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(forget_dimension)

	def test_closing_the_books_leaves_the_cost_of_services(self):
		"""With a mandatory service: 500 on Mail, the year is closed, profit and loss is even, and Mail cost 500."""
		service = make_service(service_name="Mail").name
		equity = (
			frappe.get_doc(
				{
					"doctype": "Account",
					"account_name": "Retained Result",
					"parent_account": f"Equity - {ABBR}",
					"company": COMPANY,
					"account_type": "",
				}
			)
			.insert()
			.name
		)
		before = execute(YEAR)[1]
		require_service()
		book_expense(service, 500)
		# ERPNext closes one year after the other; there is none before this one.
		frappe.db.delete("GL Entry", {"company": COMPANY, "posting_date": ("<", "2026-01-01")})
		closing = frappe.get_doc(
			{
				"doctype": "Period Closing Voucher",
				"company": COMPANY,
				"transaction_date": "2026-12-31",
				"fiscal_year": "2026",
				"period_start_date": "2026-01-01",
				"period_end_date": "2026-12-31",
				"closing_account_head": equity,
				"remarks": "Year end",
			}
		).insert()
		closing.submit()
		closing.reload()
		self.assertEqual(closing.gle_processing_status, "Completed")
		rows = [row for row in ledger_rows(closing.name) if row.it_service == service]
		self.assertEqual(
			{(row.account, row.debit, row.credit) for row in rows},
			{(OFFICE, 0, 500), (equity, 500, 0)},
		)
		self.assertEqual(
			direct_cost_by_month(COMPANY, [service], [JANUARY]), {(service, JANUARY): Decimal(500)}
		)
		december = date(2026, 12, 1)
		self.assertEqual(direct_cost_by_month(COMPANY, [service], [december]), {})
		(row,) = [
			row
			for row in run_report("Service Cost Analysis", {**YEAR, "it_service": service})["result"]
			if isinstance(row, dict) and row.get("it_service") == service
		]
		self.assertEqual(row["direct_cost"], 500)
		after = {row["description"]: row for row in execute(YEAR)[1] if row.get("description")}
		direct = "Direct cost of services"
		old = next(row["amount"] for row in before if row.get("description") == direct)
		self.assertEqual(after[direct]["amount"] - old, 500)
		self.assertEqual(after["Expense not explained"]["amount"], 0)


class TestRounding(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(forget_dimension)

	def test_our_entries_balance_by_themselves_where_the_service_is_mandatory(self):
		"""Thrice 33.335 is thrice 33.34 in money; a row of Round Off has no service and would be refused."""
		offerings = [priced_offering(unit_price=33.335) for _number in range(3)]
		for offering in offerings:
			use(offering, "Sales Unit", 1)
		require_service()
		run = published_run()
		post(run)
		rows = ledger_rows(frappe.db.get_value("Journal Entry", {"it_charging_run": run.name}))
		self.assertEqual({row.it_service for row in rows}, {item.it_service for item in offerings})
		self.assertEqual(
			tuple(round(sum(row[side] for row in rows), 2) for side in ("debit", "credit")), (100.02, 100.02)
		)
		accounts = get_company_accounts(COMPANY)
		self.assertEqual({row.account for row in rows}, {accounts.charges_account, accounts.recovery_account})

	def test_a_round_off_row_without_service_is_a_cost_without_service(self):
		"""Where others' entries leave a cent on Round Off, it is unassigned, and the whole is still the ledger's."""
		service = make_service().name
		before = self.figures()
		round_off = frappe.get_cached_value("Company", COMPANY, "round_off_account") or f"Round Off - {ABBR}"
		entry = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"voucher_type": "Journal Entry",
				"company": COMPANY,
				"posting_date": "2026-01-15",
				"accounts": [
					{
						"account": OFFICE,
						"cost_center": center("Data Centre"),
						"it_service": service,
						"debit_in_account_currency": 100.01,
					},
					{
						"account": round_off,
						"cost_center": center("Data Centre"),
						"credit_in_account_currency": 0.01,
					},
					{"account": f"Cash - {ABBR}", "credit_in_account_currency": 100},
				],
			}
		).insert()
		entry.submit()
		after = self.figures()
		self.assertEqual(round(after["direct"] - before["direct"], 2), 100.01)
		self.assertEqual(round(after["unassigned"] - before["unassigned"], 2), -0.01)
		self.assertEqual(round(after["ledger"] - before["ledger"], 2), 100)

	def figures(self) -> dict[str, float]:
		rows = {row["description"]: row["amount"] for row in execute(YEAR)[1] if row.get("description")}
		self.assertEqual(rows["Expense not explained"], 0)
		return {
			"direct": rows["Direct cost of services"],
			"unassigned": rows["Unassigned: no service on the entry"],
			"ledger": rows["Ledger expense of the period"],
		}


class TestJournalEntries(SiteTestCase):
	def test_posting_leaves_no_lock_behind(self):
		"""ERPNext locks a long entry with a file, which a rollback does not take back: the next of that name fails."""
		folder = frappe.get_site_path("locks")
		locks = set(os.listdir(folder)) if os.path.isdir(folder) else set()
		for _number in range(51):
			use(priced_offering(1), "Sales Unit", 1)
		run = published_run()
		frappe.db.savepoint("posting")
		post(run)
		first = frappe.db.get_value("Journal Entry", {"it_charging_run": run.name})
		frappe.db.rollback(save_point="posting")
		self.assertEqual(set(os.listdir(folder)) if os.path.isdir(folder) else set(), locks)
		post(run)
		entry = frappe.get_doc("Journal Entry", {"it_charging_run": run.name})
		self.assertEqual((entry.name, entry.docstatus, len(entry.accounts)), (first, 1, 102))

	def test_a_long_allocation_entry_is_posted_and_not_queued(self):
		"""101 services of 10 each, and the 1,010 of rent that come from none."""
		settings = frappe.get_doc("Service Strategy Settings")
		row = next(row for row in settings.companies if row.company == COMPANY)
		row.update({"post_allocations": 1, "allocation_account": f"Print and Stationery - {ABBR}"})
		settings.save()
		services = [
			make_service(
				companies=[{"company": COMPANY, "provider_cost_center": center("Service Desk")}]
			).name
			for _number in range(101)
		]
		book(1010, day="2027-05-15")
		make_pool(receivers_are="Only Listed", receivers=receivers(*services))
		run = calculated_allocation()
		ask_with_a_filter()
		run.submit()
		entry = frappe.get_doc("Journal Entry", run.journal_entry)
		self.assertEqual((entry.docstatus, len(entry.accounts)), (1, 102))
		rows = ledger_rows(entry.name)
		self.assertEqual(len(rows), 102)
		self.assertEqual({row.it_service for row in rows}, {*services, None})
		self.assertEqual({row.debit for row in rows if row.it_service}, {10})


class TestDrivers(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.a, self.b, self.c = (make_service().name for _number in range(3))

	def test_a_driver_that_changes_counts_from_its_month(self):
		"""60 : 40 in February, 50 : 50 in March: 1,000 of 28 February and 1,000 of 1 March."""
		driver = make_driver()
		for month, values in (("2027-02-01", (60, 40)), ("2027-03-01", (50, 50))):
			for service, value in zip((self.a, self.b), values, strict=True):
				count_units(driver, service, value, month)
		book(1000, day="2027-02-28")
		book(1000, day="2027-03-01")
		make_pool(basis="Driver", cost_driver=driver.name)
		run = calculated_allocation("2027-02-01", "2027-03-01")
		rows = frappe.get_all(
			"Service Cost",
			{"allocation_run": run.name, "kind": "Pool"},
			["month", "it_service", "amount"],
		)
		self.assertEqual(
			{(getdate(row.month).month, row.it_service): row.amount for row in rows},
			{(2, self.a): 600, (2, self.b): 400, (3, self.a): 500, (3, self.b): 500},
		)

	def test_seats_share_the_rent(self):
		"""10, 30 and 60 seats: 500, 1,500 and 3,000 of 5,000."""
		driver = make_driver()
		for service, seats in ((self.a, 10), (self.b, 30), (self.c, 60)):
			count_units(driver, service, seats)
		book(5000)
		make_pool(basis="Driver", cost_driver=driver.name)
		self.assertEqual(costs_of(calculated_allocation(), "Pool"), {self.a: 500, self.b: 1500, self.c: 3000})

	def test_shares_that_floats_do_not_add_up(self):
		"""33.4 + 33.3 + 33.3 and 72.68 + 10.93 + 2.73 + 13.66 are 100 and not 100.00000000000001; 99.99 is not."""
		last = make_service().name
		four = dict(zip((self.a, self.b, self.c, last), (72.68, 10.93, 2.73, 13.66), strict=True))
		for shares in ({self.a: 33.4, self.b: 33.3, self.c: 33.3}, four):
			make_pool(basis="Fixed Shares", receivers=receivers(**shares))
		with self.assertRaisesRegex(frappe.ValidationError, "99.99 %"):
			make_pool(basis="Fixed Shares", receivers=receivers(**{self.a: 33.33, self.b: 66.66}))


class TestSiteClock(SiteTestCase):
	def test_the_month_that_is_over_is_that_of_the_site(self):
		"""00:30 of 1 November in the site's zone is October in UTC, and October is what is drafted."""
		with self.freeze_time("2026-11-01 00:30:00"):
			(name,) = draft_runs(COMPANY, calculate=False)
		start, end = frappe.db.get_value("Charging Run", name, ["period_start", "period_end"])
		self.assertEqual((getdate(start), getdate(end)), (date(2026, 10, 1), get_last_day(date(2026, 10, 1))))
