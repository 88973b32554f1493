"""FM-13: the charges of a run as a FOCUS 1.2 file, for whom it is, and what FOCUS's own validator says of it."""

import csv
import io
import tempfile
from decimal import Decimal
from pathlib import Path

import frappe

from itil_strategy.exceptions import RunStateError
from itil_strategy.it_finance.charging.focus_export import download, export_run
from itil_strategy.tests.charging import charge_of, make_correction, make_dispute, post, priced_offering, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	charges_of,
	make_offering,
	make_policy,
	make_user,
	published_run,
)
from itil_strategy.tests.feedback import make_feedback
from itil_strategy.utils.credit_requests import request_credit
from tests.focus_validator import failed_rules, find_validator


class TestFocusExport(SiteTestCase):
	def setUp(self):
		super().setUp()
		offering, fee = priced_offering(), make_offering()
		make_policy(fee, method="Fixed Fee", fixed_fee=50, customer="Harbour GmbH")
		for customer, quantity in (("Sales Unit", 9), ("Harbour GmbH", 3)):
			use(offering, customer, quantity)
		self.first = published_run()
		post(self.first)
		charge = charge_of(self.first, "Sales Unit")
		make_correction(charge, -20)
		self.first.db_set("dispute_until", frappe.utils.today())
		disputed = charge_of(self.first, "Harbour GmbH", kind="Usage")
		make_dispute(disputed).decide("Upheld in Part", "One too many", 10)
		feedback = make_feedback(customer="Sales Unit", it_service=offering.it_service)
		feedback.db_set({"remedy": "Credit", "credit_amount": 5, "credit_currency": "EUR"})
		request_credit(feedback.name)
		use(offering, "Sales Unit", 2, "2026-02-03")
		self.run_2 = published_run("2026-02-01")

	def rows(self, run) -> list[dict]:
		return list(csv.DictReader(io.StringIO(export_run(run), newline="")))

	def test_the_rows_are_the_charges_of_the_run(self):
		for run in (self.first, self.run_2):
			rows, charges = self.rows(run), charges_of(run)
			self.assertEqual({row["x_ChargeId"] for row in rows}, {str(row.name) for row in charges})
			total = sum((Decimal(row["BilledCost"]) for row in rows), Decimal(0))
			self.assertEqual(total, Decimal(str(run.chargeback_amount)))

	def test_corrections_and_credits_are_told_apart(self):
		kinds = {
			(row["ChargeCategory"], row["ChargeClass"], row["BilledCost"]) for row in self.rows(self.run_2)
		}
		self.assertLessEqual(
			{
				("Usage", "", "20.0"),
				("Usage", "Correction", "-20.0"),
				("Usage", "Correction", "-10.0"),
				("Credit", "", "-5.0"),
				("Purchase", "", "50.0"),
			},
			kinds,
		)
		vouchers = {row["InvoiceId"] for row in self.rows(self.first)}
		self.assertEqual(vouchers, {row.voucher_no for row in charges_of(self.first)})

	def test_the_file_is_downloaded_by_who_may_export_charges(self):
		frappe.set_user(make_user("IT Financial Manager"))
		download(self.run_2.name)
		self.assertEqual(frappe.response["type"], "csv")
		self.assertIn(self.run_2.name, frappe.response["doctype"])
		self.assertIn("x_ChargeId", frappe.response["result"])
		for role in (
			"Service Portfolio Manager",
			"Business Relationship Manager",
			"Service Owner",
			"Customer",
		):
			frappe.set_user(make_user(role))
			with self.assertRaises(frappe.PermissionError):
				download(self.run_2.name)

	def test_user_permissions_hold(self):
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": "Sales Unit"}
		).insert()
		frappe.set_user(user)
		self.assertEqual({row["BillingAccountId"] for row in self.rows(self.first)}, {"Sales Unit"})

	def test_a_draft_is_not_exported(self):
		with self.assertRaisesRegex(RunStateError, "Publish it first"):
			download(calculated_run("2026-03-01").name)

	def test_query_count_does_not_grow_with_charges(self):
		with self.assertQueryCount(4):
			export_run(self.first)
		with self.assertQueryCount(4):
			export_run(self.run_2)

	def test_the_validator_accepts_a_run(self):
		if find_validator() is None:
			self.skipTest("focus-validator needs Python 3.12 or 3.13 and its package from the index")
		for run, expected in (
			(self.first, {"EffectiveCost-C-005-C", "InvoiceId-C-004-C"}),
			(self.run_2, {"EffectiveCost-C-005-C", "InvoiceId-C-005-C"}),
		):
			with tempfile.TemporaryDirectory() as folder:
				path = Path(folder) / "export.csv"
				path.write_text(export_run(run), encoding="utf-8", newline="")
				self.assertEqual(failed_rules(path), expected)
