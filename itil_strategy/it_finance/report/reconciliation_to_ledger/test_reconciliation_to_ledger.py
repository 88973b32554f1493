import frappe

from itil_strategy.it_finance.charging import vouchers
from itil_strategy.it_finance.charging.posting import open_batches
from itil_strategy.it_finance.report.reconciliation_to_ledger.reconciliation_to_ledger import execute
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	import_usage,
	make_offering,
	make_policy,
	published_run,
)
from itil_strategy.tests.setup import COMPANY

YEAR = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}


def post(quantity_internal: float = 90, quantity_external: float = 3):
	offering = make_offering()
	make_policy(offering, unit_price=10)
	book_expense(offering.it_service, 900)
	import_usage(
		[
			(offering.name, "Sales Unit", "2026-01-05", "Nos", quantity_internal),
			(offering.name, "Harbour GmbH", "2026-01-05", "Nos", quantity_external),
		]
	)
	run = published_run()
	for batch_no in open_batches(run.name):
		vouchers.post_batch(run, batch_no)
	return run


class TestReconciliationToLedger(SiteTestCase):
	def amounts(self) -> dict:
		return {row["description"]: row for row in execute(YEAR)[1] if row.get("description")}

	def test_every_cent_of_expense_has_its_place(self):
		before = self.amounts()["Direct cost of services"]["amount"]
		post()
		rows = self.amounts()
		# 900 direct + 900 charges - 900 recovery: the company's expense is not inflated
		self.assertEqual(rows["Less balance of IT Charges"]["amount"], -900.0)
		self.assertEqual(rows["Less balance of IT Recovery"]["amount"], 900.0)
		self.assertEqual(rows["Direct cost of services"]["amount"] - before, 900.0)
		self.assertEqual(rows["Expense not explained"]["amount"], 0)
		self.assertEqual(rows["Ledger expense of the period"]["amount"], rows["Expense to explain"]["amount"])

	def test_charges_of_a_run_equal_its_vouchers(self):
		run = post()
		row = self.amounts()[f"Charging run {run.name}"]
		self.assertEqual(
			(row["amount"], row["ledger"], row["difference"], row["state"]), (930.0, 930.0, 0, "Agrees")
		)

	def test_a_charge_without_its_ledger_row_is_shown(self):
		run = post()
		entry = frappe.db.get_value("Journal Entry", {"it_charging_run": run.name})
		frappe.db.delete("GL Entry", {"voucher_no": entry, "account": ("like", "IT Charges%")})
		row = self.amounts()[f"Charging run {run.name}"]
		self.assertEqual((row["difference"], row["state"]), (900.0, "Differs"))

	def test_usage_that_no_charge_explains_is_listed(self):
		offering = make_offering()
		doc = import_usage([(offering.name, "Nobody", "2026-01-05", "Nos", 1)])
		self.assertIn(f"1 unmapped rows in {doc.name}", self.amounts())

	def test_query_count_does_not_grow_with_runs(self):
		post()
		with self.assertQueryCount(10):
			execute(YEAR)
