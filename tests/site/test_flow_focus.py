"""A real cloud bill, from the file to the ledger to the report and back."""

import csv
import os
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

import frappe

from itil_strategy.it_finance.charging.calculation import run_calculation
from itil_strategy.it_finance.charging.posting import run_posting
from itil_strategy.it_finance.report.charging_statement.charging_statement import execute
from itil_strategy.it_finance.usage.importer import run_import
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.tests.factories import unique
from itil_strategy.tests.setup import OTHER_COMPANY
from tests.site import cloud, processes
from tests.site.cloud import press

SAMPLE = Path(
	os.environ.get("ITIL_FOCUS_SAMPLE") or Path(__file__).parents[3] / "shared" / "data" / "focus_sample.csv"
)
pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason=f"the FOCUS sample is not at {SAMPLE}")


def expected_charges() -> dict[str, Decimal]:
	"""Billed cost per sub-account, rounded to the cent: computed without the app."""
	sums: dict[str, Decimal] = defaultdict(Decimal)
	with SAMPLE.open(newline="") as file:
		for row in csv.DictReader(file):
			sums[row["SubAccountId"]] += Decimal(row["BilledCost"])
	return {key: total.quantize(Decimal("0.01"), ROUND_HALF_UP) for key, total in sums.items()}


def make_mapping(offering, customers: dict[str, str]):
	return frappe.get_doc(
		{
			"doctype": "Usage Mapping",
			"mapping_name": unique("focus"),
			"file_layout": "FOCUS",
			"quantity_source": "BilledCost",
			"number_repeated_keys": 1,
			# twelve rows of usage carry refunds
			"accept_negative": 1,
			"offering_source": "Fixed",
			"fixed_offering": offering.name,
			"customer_source": "Column",
			"customer_column": "SubAccountId",
			"mapped_values": [
				{"value_for": "Customer", "file_value": value, "customer": customer}
				for value, customer in customers.items()
			],
		}
	).insert()


def ledger_balance(account: str) -> Decimal:
	rows = frappe.get_all("GL Entry", {"account": account, "is_cancelled": 0}, ["debit", "credit"], limit=0)
	return sum((Decimal(str(row.debit)) - Decimal(str(row.credit)) for row in rows), Decimal(0))


def test_cloud_bill_is_charged_by_sub_account_posted_and_taken_back():
	expected = expected_charges()
	accounts = get_company_accounts(OTHER_COMPANY)
	with cloud.cleaned_up():
		before = ledger_balance(accounts.charges_account)
		offering = cloud.make_cloud_offering()
		# Half of the payers are customers of their own company and get invoices.
		customers = {value: cloud.make_payer(f"Sub-account {value}"[:140]) for value in sorted(expected)}
		mapping = make_mapping(offering, customers)
		doc = cloud.make_cloud_import(SAMPLE.read_bytes(), "focus.csv", usage_mapping=mapping.name)
		doc.start_import()
		frappe.db.commit()
		processes.run_worker()
		frappe.db.rollback()
		doc.reload()
		assert (doc.status, doc.rows_read, doc.rows_imported, doc.rows_unmapped) == (
			"Completed",
			1000,
			1000,
			0,
		)
		# as in the facts beside the sample
		assert Decimal(doc.totals.split()[0]) == Decimal("20.52022672899")

		again = cloud.make_cloud_import(SAMPLE.read_bytes(), "focus.csv", usage_mapping=mapping.name)
		press(again.start_import)
		run_import(again.name, "Administrator")
		again.reload()
		assert (again.status, again.rows_known, again.rows_imported) == ("Completed", 1000, 0)

		run = cloud.make_cloud_run("2024-09-01", "2024-09-30")
		press(run.calculate)
		run_calculation(run.name, "Administrator")
		run.reload()
		assert (run.status, run.charge_count) == ("Calculated", 73), run.obstacles
		charged = {
			row.customer: Decimal(str(row.amount))
			for row in frappe.get_all(
				"Service Charge", {"charging_run": run.name}, ["customer", "amount"], limit=0
			)
		}
		assert charged == {customers[value]: amount for value, amount in expected.items()}

		run.submit()
		press(run.post)
		run_posting(run.name, "Administrator")
		run.reload()
		assert run.status == "Posted", run.error_message
		total = sum(expected.values())
		assert total == Decimal("20.55")  # 73 sub-accounts, each rounded half up
		assert ledger_balance(accounts.charges_account) - before == total
		entry = frappe.get_doc("Journal Entry", {"it_charging_run": run.name})
		assert entry.total_debit == entry.total_credit
		statement = execute({"company": OTHER_COMPANY, "charging_run": run.name})[1]
		assert Decimal(str(statement[-1]["amount"])) == total

		run.cancel()
		frappe.db.commit()
		assert ledger_balance(accounts.charges_account) == before
