import frappe
from frappe.utils import get_last_day

from itil_strategy.exceptions import LedgerSetupError, ReversalError, VoucherOwnedByRunError
from itil_strategy.it_finance.allocation.calculation import calculate_run
from itil_strategy.it_finance.report.reconciliation_to_ledger.reconciliation_to_ledger import execute
from itil_strategy.tests.allocation import (
	MONTH,
	book,
	calculated_allocation,
	costs_of,
	make_allocation,
	make_pool,
	receivers,
	submitted_allocation,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import center, make_service
from itil_strategy.tests.setup import ABBR, COMPANY

ACCOUNT = f"Print and Stationery - {ABBR}"


def switch_on(account: str | None = ACCOUNT) -> None:
	settings = frappe.get_doc("Service Strategy Settings")
	row = next(row for row in settings.companies if row.company == COMPANY)
	row.update({"post_allocations": 1, "allocation_account": account})
	settings.save()


class TestPosting(SiteTestCase):
	"""NET 1,000 gives MAIL 30 %, the rent of 300 is split equally. By hand NET +150 - 345, MAIL +150 + 345."""

	def setUp(self):
		super().setUp()
		self.net = make_service().name
		self.mail = make_service(
			dependencies=[{"depends_on": self.net, "share": 30, "is_critical": 0}],
			companies=[{"company": COMPANY, "provider_cost_center": center("Service Desk")}],
		).name
		book(1000, self.net)
		book(300)
		make_pool(receivers_are="Only Listed", receivers=receivers(self.net, self.mail))

	def ledger(self) -> dict:
		"""Live rows of the account by service and cost center."""
		return {
			(row.it_service, row.cost_center): row.debit - row.credit
			for row in frappe.get_all(
				"GL Entry",
				{"account": ACCOUNT, "is_cancelled": 0, "company": COMPANY},
				["it_service", "cost_center", "debit", "credit"],
			)
		}

	def test_off_by_default(self):
		run = submitted_allocation()
		self.assertIsNone(run.journal_entry)
		self.assertEqual(self.ledger(), {})

	def test_one_entry_moves_cost_between_services(self):
		switch_on()
		run = submitted_allocation()
		default = frappe.get_cached_value("Company", COMPANY, "cost_center")
		self.assertEqual(
			self.ledger(),
			{
				(self.net, center("Data Centre")): -195,
				(self.mail, center("Service Desk")): 495,
				(None, default): -300,
			},
		)
		entry = frappe.get_doc("Journal Entry", run.journal_entry)
		self.assertEqual((entry.docstatus, str(entry.posting_date)), (1, str(get_last_day(MONTH))))

	def test_what_is_booked_is_no_cost_again(self):
		switch_on()
		submitted_allocation()
		again = calculated_allocation()
		self.assertEqual((again.direct_cost, again.pool_cost), (1000, 300))
		self.assertEqual(costs_of(again, "Final"), {self.net: 805, self.mail: 495})
		year = {"company": COMPANY, "from_date": "2027-05-01", "to_date": "2027-05-31"}
		rows = {row["description"]: row for row in execute(year)[1] if row.get("description")}
		self.assertEqual(rows["Direct cost of services"]["amount"], 1000)
		self.assertEqual(rows["Ledger expense of the period"]["amount"], 1300)
		self.assertEqual(rows["Expense not explained"]["amount"], 0)

	def test_the_entry_goes_with_its_run(self):
		switch_on()
		run = submitted_allocation()
		with self.assertRaisesRegex(VoucherOwnedByRunError, "Cancel the run; it takes its entry along"):
			frappe.get_doc("Journal Entry", run.journal_entry).cancel()
		run.cancel()
		self.assertEqual(frappe.db.get_value("Journal Entry", run.journal_entry, "docstatus"), 2)
		self.assertEqual(self.ledger(), {})

	def test_a_closed_period_keeps_it(self):
		switch_on()
		run = submitted_allocation()
		frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", "2027-06-30")
		frappe.db.set_single_value("Accounts Settings", "frozen_accounts_modifier", "Accounts Manager")
		frappe.clear_document_cache("Accounts Settings", "Accounts Settings")
		frappe.set_user("Administrator")
		with self.assertRaisesRegex(ReversalError, "A new run of the same months replaces the figures"):
			run.cancel()

	def test_a_service_without_a_cost_center_is_named(self):
		switch_on()
		other = make_service(companies=[]).name
		pool = frappe.get_last_doc("Cost Pool")
		pool.update({"basis": "Fixed Shares", "receivers": receivers(**{other: 100})})
		pool.save()
		run = make_allocation()
		calculate_run(run)
		with self.assertRaisesRegex(LedgerSetupError, f"{other}.*Add the company to the service"):
			run.submit()

	def test_the_account_is_needed_and_its_own(self):
		with self.assertRaisesRegex(LedgerSetupError, "Choose the account IT Allocation"):
			switch_on(None)
		with self.assertRaisesRegex(LedgerSetupError, "an account of its own"):
			switch_on(f"IT Charges - {ABBR}")
