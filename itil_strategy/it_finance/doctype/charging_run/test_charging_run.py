from collections import defaultdict
from decimal import Decimal
from unittest.mock import patch

import frappe
from frappe.utils import add_days, getdate, today

from itil_strategy.exceptions import (
	OverlappingRunError,
	PreflightError,
	ReversalError,
	RunStateError,
	ServiceStrategyError,
	VoucherOwnedByRunError,
)
from itil_strategy.it_finance.charging import preflight, vouchers
from itil_strategy.it_finance.charging.calculation import calculate_run
from itil_strategy.it_finance.charging.posting import open_batches
from itil_strategy.it_finance.charging.reversal import (
	reverse_invoice,
	reverse_journal_entry,
	reverse_open_vouchers,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	calculated_run,
	center,
	charges_of,
	import_usage,
	ledger_movement,
	make_offering,
	make_policy,
	make_run,
	make_service,
	make_user,
	post_all,
	published_run,
	require_dimension,
	rows_of_run,
)
from itil_strategy.tests.setup import ABBR, COMPANY, OTHER_ABBR, OTHER_COMPANY

MONTH = "2026-01-01"


def use(offering, customer: str, quantity, day: str = "2026-01-10", uom: str = "Nos"):
	return import_usage([(offering.name, customer, day, uom, quantity)])


def amounts(run) -> list[tuple]:
	return [(row.customer, float(row.quantity), row.amount) for row in charges_of(run)]


class TestCalculation(SiteTestCase):
	def test_graduated_and_volume_prices(self):
		"""Design, section 8: 65,000 units cost 51.00 graduated and 39.00 by volume."""
		tiers = [(0, 10_000, 0.001), (10_000, 50_000, 0.0008), (50_000, 100_000, 0.0006)]
		expected = {}
		for method, amount in (("Graduated", 51.00), ("Volume", 39.00)):
			offering = make_offering()
			make_policy(offering, tiers, method=method)
			use(offering, "Sales Unit", 65_000)
			expected[offering.name] = amount
		run = calculated_run()
		self.assertEqual({row.service_offering: row.amount for row in charges_of(run)}, expected)
		self.assertEqual((run.status, run.charge_count, run.total_amount), ("Calculated", 2, 90.00))

	def test_quantities_of_a_month_are_one_total(self):
		offering = make_offering()
		make_policy(offering, [(0, 10, 1), (10, 0, 0.5)], method="Graduated")
		use(offering, "Sales Unit", 7, "2026-01-02")
		use(offering, "Sales Unit", 5, "2026-01-30")
		self.assertEqual(amounts(calculated_run()), [("Sales Unit", 12.0, 11.00)])

	def test_a_policy_that_changes_within_the_month_is_priced_in_parts(self):
		offering = make_offering()
		first = make_policy(offering, unit_price=2, valid_to="2026-01-10")
		second = make_policy(offering, unit_price=3, valid_from="2026-01-11", minimum=31)
		use(offering, "Sales Unit", 4, "2026-01-10")
		use(offering, "Sales Unit", 1, "2026-01-11")
		rows = {row.charging_policy: row.amount for row in charges_of(calculated_run())}
		# 4 x 2 = 8; 1 x 3 = 3, below the minimum of 31 x 21 / 31 days = 21
		self.assertEqual(rows, {first.name: 8.00, second.name: 21.00})

	def test_fixed_fee_of_a_customer_is_due_without_usage(self):
		offering = make_offering()
		make_policy(
			offering, method="Fixed Fee", fixed_fee=310, customer="Sales Unit", valid_from="2026-01-22"
		)
		rows = charges_of(calculated_run())
		# 10 of 31 days
		self.assertEqual([(row.kind, row.amount) for row in rows], [("Fixed", 100.00)])

	def test_a_fee_is_not_due_to_a_company_that_does_not_deliver_the_service(self):
		service = make_service(
			companies=[{"company": OTHER_COMPANY, "provider_cost_center": f"Main - {OTHER_ABBR}"}]
		)
		make_policy(make_offering(service), method="Fixed Fee", fixed_fee=310, customer="Sales Unit")
		self.assertEqual(charges_of(calculated_run()), [])

	def test_cost_is_shared_by_usage_and_adds_up(self):
		service = make_service()
		offering = make_offering(service)
		make_policy(offering, method="Cost")
		book_expense(service.name, 100)
		for customer in ("Sales Unit", "Production Unit", "Logistics Unit"):
			use(offering, customer, 1)
		rows = charges_of(calculated_run())
		self.assertEqual(sorted(row.amount for row in rows), [33.33, 33.33, 33.34])

	def test_late_usage_is_charged_by_the_next_run_as_if_in_time(self):
		offering = make_offering()
		make_policy(offering, [(0, 10, 1), (10, 0, 0.5)], method="Graduated")
		use(offering, "Sales Unit", 8)
		first = published_run()
		self.assertEqual(amounts(first), [("Sales Unit", 8.0, 8.00)])
		use(offering, "Sales Unit", 4)
		second = calculated_run("2026-02-01")
		(late,) = charges_of(second)
		# 12 units cost 11.00, 8.00 are charged already
		self.assertEqual(
			(late.quantity, late.amount, late.is_late, late.usage_month), (4, 3.00, 1, getdate(MONTH))
		)

	def test_usage_is_charged_once(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 8)
		published_run()
		self.assertEqual(amounts(calculated_run("2026-02-01")), [])

	def test_calculating_again_replaces_the_charges(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 8)
		run = calculated_run()
		use(offering, "Sales Unit", 2)
		calculate_run(run)
		self.assertEqual(amounts(run), [("Sales Unit", 10.0, 10.00)])
		self.assertEqual(frappe.db.count("Usage Claim", {"charging_run": run.name}), 2)

	def test_all_obstacles_are_listed_at_once(self):
		frappe.db.delete("Currency Exchange", {"from_currency": "USD", "to_currency": "EUR"})
		no_policy, in_dollars = make_offering(), make_offering()
		make_policy(in_dollars, unit_price=1, currency="USD")
		use(no_policy, "Sales Unit", 1)
		use(in_dollars, "Sales Unit", 1)
		import_usage([(no_policy.name, "Nobody", "2026-01-05", "Nos", 1)])
		run = make_run()
		with self.assertRaises(PreflightError) as caught:
			calculate_run(run)
		message = str(caught.exception)
		for words in (
			f"No charging policy covers {no_policy.name}",
			"There is no exchange rate from USD to EUR for 2026-01-31",
			"has 1 unmapped rows",
		):
			self.assertIn(words, message)
		self.assertEqual(charges_of(run), [])

	def test_foreign_prices_are_converted_at_the_periods_last_day(self):
		offering = make_offering()
		make_policy(offering, unit_price=1.01, currency="USD")
		frappe.db.delete("Currency Exchange", {"from_currency": "USD", "to_currency": "EUR"})
		for day, rate in (("2026-01-30", 0.5), ("2026-01-31", 0.9), ("2026-02-01", 0.7)):
			frappe.get_doc(
				{
					"doctype": "Currency Exchange",
					"date": day,
					"from_currency": "USD",
					"to_currency": "EUR",
					"exchange_rate": rate,
				}
			).insert()
		use(offering, "Sales Unit", 3)
		(charge,) = charges_of(calculated_run())
		# 3 x 1.01 = 3.03 USD x 0.9 = 2.727 EUR
		self.assertEqual((charge.price_amount, charge.exchange_rate, charge.amount), (3.03, 0.9, 2.73))

	def test_modes(self):
		offering, free = make_offering(), make_offering()
		make_policy(offering, unit_price=1)
		make_policy(free, method="None")
		customer = frappe.get_doc("Customer", "Sales Unit")
		customer.it_charging[0].chargeback_from = "2026-02-01"
		customer.save()
		for name in ("Sales Unit", "Production Unit"):
			use(offering, name, 1)
		use(free, "Production Unit", 1)
		use(offering, "Sales Unit", 1, "2026-02-01")
		run = calculated_run(period_end="2026-02-28")
		modes = {
			(row.customer, row.service_offering, str(row.usage_month)): row.mode for row in charges_of(run)
		}
		self.assertEqual(
			modes,
			{
				("Sales Unit", offering.name, "2026-01-01"): "Showback",
				("Sales Unit", offering.name, "2026-02-01"): "Chargeback",
				("Production Unit", offering.name, "2026-01-01"): "Chargeback",
				("Production Unit", free.name, "2026-01-01"): "Showback",
			},
		)

	def test_query_count_does_not_grow_with_customers_and_offerings(self):
		offerings = [make_offering() for _number in range(6)]
		for offering in offerings:
			make_policy(offering, unit_price=1)
		use(offerings[0], "Sales Unit", 1)
		run = make_run()
		with self.assertQueryCount(60):
			calculate_run(run)
		import_usage(
			[
				(offering.name, customer, "2026-01-05", "Nos", 1)
				for offering in offerings
				for customer in ("Sales Unit", "Production Unit", "Logistics Unit")
			]
		)
		with self.assertQueryCount(60):
			calculate_run(run)


class TestRunRules(SiteTestCase):
	def test_a_month_is_charged_by_one_run(self):
		first = make_run()
		with self.assertRaisesRegex(OverlappingRunError, first.name):
			make_run(mode="Showback")

	def test_a_run_covers_whole_months(self):
		with self.assertRaisesRegex(ServiceStrategyError, "whole months"):
			make_run(period_end="2026-01-30")

	def test_publishing_needs_a_calculation(self):
		with self.assertRaisesRegex(RunStateError, "Calculate it before publishing"):
			make_run().submit()

	def test_posting_date_moves_to_the_first_open_day(self):
		frappe.get_doc(
			{
				"doctype": "Accounting Period",
				"company": COMPANY,
				"period_name": "January closed",
				"start_date": "2026-01-01",
				"end_date": "2026-01-31",
				"closed_documents": [{"document_type": "Journal Entry", "closed": 1}],
			}
		).insert()
		self.assertEqual(getdate(make_run().posting_date), getdate("2026-02-01"))

	def test_a_closed_posting_date_is_an_obstacle(self):
		frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", "2026-01-31")
		run = make_run()
		run.posting_date = "2026-01-31"
		self.assertTrue(any("frozen" in text for text in preflight.find_obstacles(run, "calculate")))

	def test_no_fiscal_year_is_an_obstacle(self):
		run = make_run("2019-01-01")
		self.assertTrue(
			any("no active fiscal year" in text for text in preflight.find_obstacles(run, "calculate"))
		)

	def test_posting_waits_for_the_dispute_window_or_all_acceptances(self):
		frappe.db.set_single_value("Service Strategy Settings", "dispute_window_days", 5)
		frappe.clear_document_cache("Service Strategy Settings", "Service Strategy Settings")
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 1)
		run = published_run()
		self.assertEqual(getdate(run.dispute_until), getdate(add_days(today(), 4)))
		(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn("Sales Unit", obstacle)
		run.accept("Sales Unit")
		run.reload()
		self.assertEqual(preflight.find_obstacles(run, "post"), [])

	def test_a_provider_cost_center_under_allocation_is_named(self):
		allocation = frappe.get_doc(
			{
				"doctype": "Cost Center Allocation",
				"company": COMPANY,
				"main_cost_center": center("Service Desk"),
				"valid_from": "2026-01-01",
				"allocation_percentages": [
					{"cost_center": center("Sales"), "percentage": 50},
					{"cost_center": center("Production"), "percentage": 50},
				],
			}
		).insert()
		allocation.submit()
		service = make_service(
			companies=[{"company": COMPANY, "provider_cost_center": center("Service Desk")}]
		)
		offering = make_offering(service)
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 1)
		run = published_run()
		(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn(allocation.name, obstacle)


class TestPosting(SiteTestCase):
	def make_posted_run(self):
		"""Two business units and one external customer; 30.00 internal, 7.00 external."""
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 10)
		use(offering, "Production Unit", 20)
		use(offering, "Harbour GmbH", 7)
		run = published_run()
		post_all(run)
		return run

	def test_business_units_get_a_journal_entry_that_carries_the_service(self):
		run = self.make_posted_run()
		entry = frappe.get_doc("Journal Entry", {"it_charging_run": run.name})
		service = charges_of(run)[0].it_service
		rows = [
			(row.account, row.cost_center, row.it_service, row.debit, row.credit) for row in entry.accounts
		]
		self.assertEqual(
			rows,
			[
				(f"IT Charges - {ABBR}", center("Production"), service, 20.0, 0.0),
				(f"IT Charges - {ABBR}", center("Sales"), service, 10.0, 0.0),
				(f"IT Recovery - {ABBR}", center("Data Centre"), service, 0.0, 30.0),
			],
		)
		self.assertEqual((entry.docstatus, entry.posting_date), (1, getdate("2026-01-31")))

	def test_external_customers_get_an_invoice_with_the_true_quantity_beside_the_price(self):
		run = self.make_posted_run()
		invoice = frappe.get_doc("Sales Invoice", {"it_charging_run": run.name})
		(line,) = invoice.items
		self.assertEqual(
			(
				invoice.customer,
				invoice.docstatus,
				invoice.base_net_total,
				line.qty,
				line.rate,
				line.it_quantity,
			),
			("Harbour GmbH", 1, 7.0, 1, 7.0, 7.0),
		)
		self.assertEqual(
			(invoice.it_service, line.income_account), (line.it_service, f"IT Service Income - {ABBR}")
		)

	def test_charges_equal_the_ledger(self):
		run = self.make_posted_run()
		self.assertEqual(ledger_movement("charges_account", run.name), 30.00)
		self.assertEqual(ledger_movement("recovery_account", run.name), -30.00)
		self.assertEqual(ledger_movement("income_account", run.name), -7.00)
		self.assertEqual(sum(row.amount for row in charges_of(run)), 37.00)
		self.assertEqual({row.status for row in charges_of(run)}, {"Posted"})

	def test_posting_a_batch_again_does_nothing(self):
		run = self.make_posted_run()
		vouchers.post_batch(run, 1)
		self.assertEqual(frappe.db.count("Journal Entry", {"it_charging_run": run.name}), 1)

	def test_more_than_100_rows_are_posted_and_not_queued(self):
		"""ERPNext queues the submission of a Journal Entry of more than 100 rows."""
		for _number in range(60):
			offering = make_offering()
			make_policy(offering, unit_price=1)
			use(offering, "Sales Unit", 1)
		run = published_run()
		post_all(run)
		entry = frappe.get_doc("Journal Entry", {"it_charging_run": run.name})
		self.assertEqual((entry.docstatus, len(entry.accounts)), (1, 120))
		self.assertEqual(frappe.db.count("GL Entry", {"voucher_no": entry.name, "is_cancelled": 0}), 120)

	def test_showback_writes_nothing_to_the_ledger(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 10)
		run = published_run(mode="Showback")
		self.assertEqual((run.showback_amount, run.chargeback_amount, open_batches(run.name)), (10.00, 0, []))
		self.assertIn("never posted", preflight.find_obstacles(run, "post")[0])

	def test_a_net_credit_becomes_a_credit_note(self):
		offering = make_offering()
		make_policy(offering, [(0, 10, 2), (10, 0, 0.5)], method="Volume")
		use(offering, "Harbour GmbH", 9)
		first = published_run()
		post_all(first)
		# 10 units by volume cost 5.00, 18.00 were charged for 9
		use(offering, "Harbour GmbH", 1)
		second = published_run("2026-02-01")
		self.assertEqual(charges_of(second)[0].amount, -13.00)
		post_all(second)
		note = frappe.get_doc("Sales Invoice", {"it_charging_run": second.name})
		self.assertEqual((note.is_return, note.base_net_total, note.docstatus), (1, -13.0, 1))

	def test_an_internal_credit_swaps_the_sides(self):
		offering = make_offering()
		make_policy(offering, [(0, 10, 2), (10, 0, 0.5)], method="Volume")
		use(offering, "Sales Unit", 9)
		published_run()
		use(offering, "Sales Unit", 1)
		second = published_run("2026-02-01")
		post_all(second)
		entry = frappe.get_doc("Journal Entry", {"it_charging_run": second.name})
		self.assertEqual(
			[(row.account, row.debit, row.credit) for row in entry.accounts],
			[(f"IT Charges - {ABBR}", 0.0, 13.0), (f"IT Recovery - {ABBR}", 13.0, 0.0)],
		)

	def test_a_voucher_cannot_be_cancelled_without_its_run(self):
		run = self.make_posted_run()
		for doctype in ("Journal Entry", "Sales Invoice"):
			with self.assertRaisesRegex(VoucherOwnedByRunError, "Cancel or reverse the run"):
				frappe.get_doc(doctype, {"it_charging_run": run.name}).cancel()

	def test_the_default_taxes_apply_and_the_net_total_stays(self):
		account = frappe.db.get_value("Account", {"company": COMPANY, "account_type": "Tax", "is_group": 0})
		frappe.get_doc(
			{
				"doctype": "Sales Taxes and Charges Template",
				"title": "VAT",
				"company": COMPANY,
				"is_default": 1,
				"taxes": [
					{"charge_type": "On Net Total", "account_head": account, "rate": 19, "description": "VAT"}
				],
			}
		).insert()
		run = self.make_posted_run()
		invoice = frappe.get_doc("Sales Invoice", {"it_charging_run": run.name})
		self.assertEqual((invoice.base_net_total, invoice.base_grand_total), (7.0, 8.33))

	def test_charges_of_a_published_run_are_frozen(self):
		run = self.make_posted_run()
		run.db_set("status", "Failed")
		with self.assertRaisesRegex(RunStateError, "charges are frozen"):
			run.calculate()

	def test_charges_and_credits_in_one_invoice_need_the_setting(self):
		offering = make_offering()
		make_policy(offering, [(0, 10, 2), (10, 0, 0.5)], method="Volume")
		use(offering, "Harbour GmbH", 9)
		published_run()
		use(offering, "Harbour GmbH", 1)
		other = make_offering()
		make_policy(other, unit_price=1)
		use(other, "Harbour GmbH", 100, "2026-02-10")
		second = published_run("2026-02-01")
		(obstacle,) = preflight.find_obstacles(second, "post")
		self.assertIn("Allow Negative Rates", obstacle)
		frappe.db.set_single_value("Selling Settings", "allow_negative_rates_for_items", 1)
		self.assertEqual(preflight.find_obstacles(second, "post"), [])
		post_all(second)
		invoice = frappe.get_doc("Sales Invoice", {"it_charging_run": second.name})
		self.assertEqual(invoice.base_net_total, 87.0)

	def test_a_policy_that_changed_after_calculating_asks_for_it_again(self):
		offering = make_offering()
		policy = make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 10)
		run = calculated_run()
		policy.reload()
		policy.unit_price = 2
		policy.save()
		with self.assertRaisesRegex(RunStateError, "Calculate again"):
			run.submit()
		run.reload()
		calculate_run(run)
		self.assertEqual(amounts(run), [("Sales Unit", 10.0, 20.00)])

	def test_posting_teaches_no_price_to_the_lists_that_people_sell_by(self):
		frappe.db.set_single_value("Stock Settings", "auto_insert_price_list_rate_if_missing", 1)
		frappe.clear_document_cache("Stock Settings", "Stock Settings")
		others = {"price_list": ("!=", "IT Charges EUR")}
		before = frappe.db.count("Item Price", others)
		run = self.make_posted_run()
		self.assertEqual(frappe.db.count("Item Price", others), before)
		self.assertEqual(
			frappe.db.get_value("Sales Invoice", {"it_charging_run": run.name}, "selling_price_list"),
			"IT Charges EUR",
		)

	def test_a_financial_manager_posts_without_other_roles(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 10)
		use(offering, "Harbour GmbH", 7)
		run = published_run()
		frappe.set_user(make_user("IT Financial Manager"))
		post_all(run)
		self.assertEqual({row.status for row in charges_of(run)}, {"Posted"})

	def test_a_financial_manager_reverses_invoices_without_other_roles(self):
		run = self.make_posted_run()
		run.db_set({"reversal_date": "2026-02-05", "reversal_reason": "wrong prices"})
		user = make_user("IT Financial Manager")
		frappe.set_user(user)
		for posting in frappe.get_all("Charge Posting", {"charging_run": run.name}, ["*"]):
			if posting.voucher_type == "Sales Invoice":
				credit = reverse_invoice(run, posting)
		self.assertEqual((credit.docstatus, credit.is_return, credit.owner), (1, 1, user))
		self.assertEqual(frappe.session.user, user)

	def test_a_mandatory_dimension_and_a_required_order_are_named_before_posting(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Harbour GmbH", 7)
		run = published_run()
		frappe.db.set_single_value("Selling Settings", "so_required", "Yes")
		require_dimension("Department")
		obstacles = " ".join(preflight.find_obstacles(run, "post"))
		self.assertIn("require a Sales Order", obstacles)
		self.assertIn("Department", obstacles)

	def test_an_offering_without_item_cannot_be_invoiced(self):
		offering = make_offering(item=None)
		make_policy(offering, unit_price=1)
		use(offering, "Harbour GmbH", 7)
		(obstacle,) = preflight.find_obstacles(published_run(), "post")
		self.assertIn("has no Item", obstacle)


class TestTakingBack(SiteTestCase):
	make_posted_run = TestPosting.make_posted_run

	def test_cancelling_cancels_all_vouchers_and_frees_the_usage(self):
		run = self.make_posted_run()
		run.reload()
		run.cancel()
		for account in ("charges_account", "recovery_account", "income_account"):
			self.assertEqual(ledger_movement(account, run.name), 0)
		self.assertEqual(frappe.db.count("Usage Claim", {"charging_run": run.name}), 0)
		self.assertEqual((run.status, {row.status for row in charges_of(run)}), ("Cancelled", {"Cancelled"}))
		self.assertEqual(calculated_run().total_amount, 37.00)

	def test_a_paid_invoice_stops_the_cancellation_as_a_whole(self):
		from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

		run = self.make_posted_run()
		invoice = frappe.get_doc("Sales Invoice", {"it_charging_run": run.name})
		payment = get_payment_entry("Sales Invoice", invoice.name, bank_account=f"Cash - {ABBR}")
		payment.reference_no, payment.reference_date = "1", "2026-02-01"
		payment.insert().submit()
		run.reload()
		with self.assertRaisesRegex(ServiceStrategyError, invoice.name):
			run.cancel()
		self.assertEqual(ledger_movement("charges_account", run.name), 30.00)

	def test_a_closed_period_asks_for_reverse(self):
		run = self.make_posted_run()
		frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", "2026-01-31")
		run.reload()
		with self.assertRaisesRegex(ServiceStrategyError, "Use Reverse instead"):
			run.cancel()

	def test_a_credit_note_with_tax_is_reversed(self):
		account = frappe.db.get_value("Account", {"company": COMPANY, "account_type": "Tax", "is_group": 0})
		template = {"title": "VAT", "company": COMPANY, "is_default": 1}
		tax = {"charge_type": "On Net Total", "account_head": account, "rate": 19, "description": "VAT"}
		frappe.get_doc({"doctype": "Sales Taxes and Charges Template", **template, "taxes": [tax]}).insert()
		offering = make_offering()
		make_policy(offering, [(0, 10, 2), (10, 0, 0.5)], method="Volume")
		use(offering, "Harbour GmbH", 9)
		post_all(published_run())
		use(offering, "Harbour GmbH", 1)
		run = published_run("2026-02-01")
		post_all(run)
		run.db_set({"reversal_date": "2026-03-01", "reversal_reason": "wrong"})
		(row,) = frappe.get_all("Charge Posting", {"charging_run": run.name}, ["*"])
		voucher = reverse_invoice(run, row)
		# the credit of 13.00 and 19 % tax comes back
		self.assertEqual(
			(voucher.docstatus, voucher.base_net_total, voucher.base_grand_total, voucher.outstanding_amount),
			(1, 13.0, 15.47, 15.47),
		)
		self.assertEqual(ledger_movement("income_account", run.name), 0)

	def test_a_paid_invoice_can_be_reversed(self):
		from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

		run = self.make_posted_run()
		invoice = frappe.db.get_value("Sales Invoice", {"it_charging_run": run.name})
		payment = get_payment_entry("Sales Invoice", invoice, bank_account=f"Cash - {ABBR}")
		payment.reference_no, payment.reference_date = "1", "2026-02-01"
		payment.insert().submit()
		run.db_set({"status": "Posted"})
		with patch("itil_strategy.utils.jobs.enqueue"):
			run.reverse("wrong prices", "2026-02-05")
		row = frappe.get_all("Charge Posting", {"voucher_no": invoice}, ["*"])[0]
		self.assertEqual(reverse_invoice(run, row).docstatus, 1)
		self.assertEqual(ledger_movement("income_account", run.name), 0)

	def test_the_choice_to_recharge_survives_a_resume(self):
		run = self.make_posted_run()
		run.db_set({"status": "Posted"})
		with patch("itil_strategy.utils.jobs.enqueue"):
			run.reverse("wrong prices", "2026-02-05", recharge=True)
			# the worker died; whoever resumes forgets the tick
			run.reload()
			run.reverse("again", recharge=False)
		run.reload()
		self.assertEqual((run.status, run.reversal_recharge), ("Posting", 1))

	def test_reversing_a_half_posted_run_does_not_forget_the_other_half(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		use(offering, "Sales Unit", 10)
		use(offering, "Harbour GmbH", 7)
		run = published_run()
		vouchers.post_batch(run, 1)
		run.db_set({"status": "Failed"})
		with self.assertRaisesRegex(ServiceStrategyError, "1 charges of the run are not posted"):
			run.reverse("wrong prices", "2026-02-05")

	def test_a_run_is_reversed_once(self):
		run = self.make_posted_run()
		run.db_set({"reversal_date": "2026-02-05", "reversal_reason": "wrong prices", "status": "Posting"})
		with patch.object(frappe.local.db, "commit"):
			reverse_open_vouchers(run.name)
		run.reload()
		self.assertEqual(run.status, "Reversed")
		with self.assertRaisesRegex(ReversalError, "Only a posted run can be reversed"):
			run.reverse("wrong prices", "2026-02-05")
		rows = rows_of_run(run.name)
		self.assertTrue(rows)
		net = defaultdict(Decimal)
		for row in rows:
			net[(row.it_service, row.cost_center, row.account)] += Decimal(str(row.debit)) - Decimal(
				str(row.credit)
			)
		self.assertEqual(set(net.values()), {Decimal(0)})

	def test_reversing_counter_posts_in_an_open_period(self):
		run = self.make_posted_run()
		run.db_set({"reversal_date": "2026-02-05", "reversal_reason": "wrong prices"})
		for posting in frappe.get_all(
			"Charge Posting", {"charging_run": run.name}, ["*"], order_by="batch_no"
		):
			make = reverse_journal_entry if posting.voucher_type == "Journal Entry" else reverse_invoice
			voucher = make(run, posting)
			self.assertEqual((voucher.docstatus, getdate(voucher.posting_date)), (1, getdate("2026-02-05")))
		for account in ("charges_account", "recovery_account", "income_account"):
			self.assertEqual(ledger_movement(account, run.name), 0)
		january = frappe.get_all(
			"GL Entry",
			{"account": f"IT Charges - {ABBR}", "posting_date": "2026-01-31", "is_cancelled": 0},
			["debit", "credit", "voucher_no"],
		)
		mine = [row for row in january if row.voucher_no.startswith("IT-CHG")]
		self.assertEqual(sum(row.debit - row.credit for row in mine), 30.00)
