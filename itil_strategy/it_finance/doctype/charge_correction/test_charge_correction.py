from unittest.mock import patch

import frappe

from itil_strategy.exceptions import (
	CorrectionError,
	CorrectionTooLargeError,
	PreflightError,
	RunStateError,
	ServiceStrategyError,
)
from itil_strategy.it_finance.charging import calculation
from itil_strategy.it_finance.charging.calculation import calculate_run
from itil_strategy.it_finance.charging.reversal import reverse_open_vouchers
from itil_strategy.tests.charging import (
	charge_of,
	ledger_of,
	make_correction,
	make_dispute,
	post,
	priced_offering,
	set_dispute_window,
	use,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import calculated_run, charges_of, make_run, make_user, published_run
from itil_strategy.tests.feedback import make_feedback
from itil_strategy.utils.credit_requests import request_credit


class CorrectionTestCase(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.offering = priced_offering()
		use(self.offering, "Sales Unit", 9)
		use(self.offering, "Harbour GmbH", 3)
		self.run_1 = published_run()
		post(self.run_1)
		self.charge = charge_of(self.run_1, "Sales Unit")

	def status(self, correction) -> str:
		return frappe.db.get_value("Charge Correction", correction.name, "status")


class TestManualCorrection(CorrectionTestCase):
	def test_it_is_charged_by_the_next_run_with_its_reason(self):
		correction = make_correction(self.charge, -25.5, "Two users left")
		self.assertEqual((correction.status, correction.source, correction.amount), ("Open", "Manual", -25.5))
		run_2 = published_run("2026-02-01")
		(counter,) = charges_of(run_2)
		self.assertEqual(
			(counter.kind, counter.amount, counter.usage_month, counter.is_late, counter.corrects),
			("Correction", -25.5, self.charge.usage_month, 1, str(self.charge.name)),
		)
		self.assertEqual(
			(counter.reason, counter.charging_policy), ("Two users left", self.charge.charging_policy)
		)
		correction.reload()
		self.assertEqual(
			(correction.status, correction.charging_run, correction.correction_charge),
			("Charged", run_2.name, str(counter.name)),
		)
		post(run_2)
		self.assertEqual(
			ledger_of(self.run_1, run_2),
			{self.run_1.name: (120.0, 120.0, 0), run_2.name: (-25.5, -25.5, 0)},
		)

	def test_it_is_never_larger_than_what_remains(self):
		make_correction(self.charge, -60)
		with self.assertRaisesRegex(CorrectionTooLargeError, "larger than the 30"):
			make_correction(self.charge, -30.01)
		with self.assertRaisesRegex(CorrectionError, "more than nothing"):
			make_correction(self.charge, 10)
		make_correction(self.charge, -30)
		with self.assertRaises(CorrectionError):
			make_correction(self.charge, -0.01)

	def test_several_corrections_of_one_charge_are_charged_apart(self):
		for amount in (-10, -20):
			make_correction(self.charge, amount)
		self.assertEqual([row.amount for row in charges_of(calculated_run("2026-02-01"))], [-10, -20])

	def test_an_external_customer_gets_a_credit_note(self):
		make_correction(charge_of(self.run_1, "Harbour GmbH"), -30)
		run_2 = published_run("2026-02-01")
		post(run_2)
		note = frappe.get_doc("Sales Invoice", {"it_charging_run": run_2.name})
		self.assertEqual((note.is_return, note.base_net_total), (1, -30))
		self.assertIn("Counted twice", note.items[0].description)

	def test_late_usage_does_not_take_a_correction_back(self):
		make_correction(self.charge, -40)
		post(published_run("2026-02-01"))
		use(self.offering, "Sales Unit", 1, "2026-01-31")
		self.assertEqual([row.amount for row in charges_of(calculated_run("2026-03-01"))], [10])

	def test_a_charge_that_is_published_only_is_disputed_instead(self):
		use(self.offering, "Sales Unit", 1, "2026-02-05")
		charge = charge_of(published_run("2026-02-01"), "Sales Unit")
		with self.assertRaisesRegex(CorrectionError, "dispute one that is published only"):
			make_correction(charge, -1)

	def test_it_is_withdrawn_never_changed_or_deleted(self):
		correction = make_correction(self.charge, -10)
		for field, value in (
			("price_amount", -20),
			("amount", -20),
			("status", "Charged"),
			("customer", "Meadow AG"),
		):
			correction.reload()
			correction.set(field, value)
			with self.assertRaises(frappe.ValidationError):
				correction.save()
		correction.reload()
		with self.assertRaisesRegex(CorrectionError, "stays on record"):
			correction.delete()
		with self.assertRaisesRegex(CorrectionError, "the reason"):
			correction.withdraw(" ")
		correction.withdraw("No need")
		self.assertEqual(charges_of(calculated_run("2026-02-01")), [])
		with self.assertRaisesRegex(CorrectionError, "Withdrawn"):
			correction.withdraw("Again")
		make_correction(self.charge, -90)

	def test_what_is_withdrawn_is_what_is_stored(self):
		correction = make_correction(self.charge, -10)
		sent = frappe.get_doc({**correction.as_dict(), "company": "Elsewhere", "__islocal": 1})
		sent.withdraw("No need")
		self.assertEqual((sent.company, self.status(correction)), (self.charge.company, "Withdrawn"))

	def test_words_of_refusals(self):
		for values, words in (
			({"reason": " "}, "Write down the reason"),
			({"service_charge": None}, "Service Charge"),
		):
			with self.assertRaisesRegex(frappe.ValidationError, words):
				make_correction(self.charge, -10, **values)

	def test_only_finance_corrects(self):
		correction = make_correction(self.charge, -10)
		for role in ("Service Portfolio Manager", "Business Relationship Manager", "Service Owner"):
			frappe.set_user(make_user(role))
			with self.assertRaises(frappe.PermissionError):
				make_correction(self.charge, -1)
			with self.assertRaises(frappe.PermissionError):
				frappe.get_doc("Charge Correction", correction.name).withdraw("x")
		frappe.set_user(make_user("IT Financial Manager"))
		frappe.get_doc("Charge Correction", correction.name).withdraw("x")


class TestRunsThatTakeCorrections(CorrectionTestCase):
	def test_two_runs_take_it_once(self):
		correction = make_correction(self.charge, -10)
		first, second = calculated_run("2026-02-01"), calculated_run("2026-03-01")
		self.assertEqual(([row.amount for row in charges_of(first)], charges_of(second)), ([-10], []))
		calculate_run(first)
		self.assertEqual([row.amount for row in charges_of(first)], [-10])
		first.delete()
		self.assertEqual(self.status(correction), "Open")
		calculate_run(second)
		self.assertEqual([row.amount for row in charges_of(second)], [-10])

	def test_one_that_is_taken_meanwhile_stops_the_run(self):
		correction = make_correction(self.charge, -10)
		run = make_run("2026-02-01")
		real = calculation._insert_claims

		def taken_by_another(*arguments):
			frappe.db.set_value("Charge Correction", correction.name, "status", "Charged")
			real(*arguments)

		calculation._insert_claims = taken_by_another
		self.addCleanup(setattr, calculation, "_insert_claims", real)
		with self.assertRaisesRegex(RunStateError, "Another run took some of these corrections"):
			calculate_run(run)

	def test_cancelling_the_run_frees_it(self):
		correction = make_correction(self.charge, -10)
		run_2 = published_run("2026-02-01")
		post(run_2)
		run_2.cancel()
		self.assertEqual(self.status(correction), "Open")
		run_3 = published_run("2026-03-01")
		post(run_3)
		self.assertEqual(ledger_of(run_3), {run_3.name: (-10.0, -10.0, 0)})

	def test_reversing_the_run_frees_it(self):
		correction = make_correction(self.charge, -10)
		run_2 = published_run("2026-02-01")
		post(run_2)
		run_2.db_set({"reversal_date": "2026-03-01", "reversal_reason": "x", "status": "Posting"})
		commit, frappe.db.commit = frappe.db.commit, lambda: None
		self.addCleanup(setattr, frappe.db, "commit", commit)
		reverse_open_vouchers(run_2.name)
		frappe.db.commit = commit
		self.assertEqual(self.status(correction), "Open")
		run_3 = published_run("2026-03-01")
		self.assertEqual([row.amount for row in charges_of(run_3)], [-10])

	def test_a_corrected_run_is_taken_back_last(self):
		correction = make_correction(self.charge, -10)
		run_2 = published_run("2026-02-01")
		with self.assertRaisesRegex(CorrectionError, f"{run_2.name}.*corrects charges of this run"):
			self.run_1.cancel()
		run_2.cancel()
		self.run_1.reload().cancel()
		self.assertEqual(self.status(correction), "Withdrawn")

	def test_a_run_being_reversed_is_left_alone(self):
		correction = make_correction(self.charge, -10)
		self.run_1.db_set({"reversal_date": "2026-03-01", "status": "Posting"})
		self.assertEqual(charges_of(calculated_run("2026-02-01")), [])
		self.assertEqual(self.status(correction), "Open")
		with self.assertRaisesRegex(RunStateError, f"{self.run_1.name}.*is being reversed"):
			make_correction(self.charge, -1)

	def test_a_reversal_that_starts_meanwhile_stops_the_run(self):
		make_correction(self.charge, -10)
		run = make_run("2026-02-01")
		real = calculation._insert_claims

		def reversal_starts(*arguments):
			self.run_1.db_set({"reversal_date": "2026-03-01", "status": "Posting"})
			real(*arguments)

		calculation._insert_claims = reversal_starts
		self.addCleanup(setattr, calculation, "_insert_claims", real)
		with self.assertRaisesRegex(RunStateError, f"{self.run_1.name}.*is being reversed"):
			calculate_run(run)

	def test_a_reversal_stops_before_its_first_voucher_when_another_run_took_a_correction(self):
		make_correction(self.charge, -10)
		run_2 = calculated_run("2026-02-01")
		# As if both had started at the same moment.
		self.run_1.db_set({"reversal_date": "2026-03-01", "reversal_reason": "x", "status": "Posting"})
		with (
			patch.object(frappe.db, "commit"),
			self.assertRaisesRegex(CorrectionError, f"{run_2.name}.*corrects charges of this run"),
		):
			reverse_open_vouchers(self.run_1.name)
		self.assertFalse(
			frappe.db.exists(
				"Charge Posting", {"charging_run": self.run_1.name, "reversal_voucher": ("is", "set")}
			)
		)

	def test_a_showback_run_takes_only_what_is_shown(self):
		make_correction(self.charge, -10)
		self.assertEqual(charges_of(calculated_run("2026-02-01", mode="Showback")), [])

	def test_query_count_does_not_grow_with_corrections(self):
		make_correction(self.charge, -1)
		run = calculated_run("2026-02-01")
		with self.assertQueryCount(70):
			calculate_run(run)
		for _number in range(12):
			make_correction(self.charge, -1)
		with self.assertQueryCount(70):
			calculate_run(run)
		self.assertEqual(run.charge_count, 13)


class TestCreditsOfComplaints(CorrectionTestCase):
	"""BR-6: a credit that a closed complaint promised is charged once."""

	def credit(self, amount: float = 12.5, currency: str = "EUR", **values):
		feedback = make_feedback(
			**{"customer": "Sales Unit", "it_service": self.offering.it_service, **values}
		)
		feedback.db_set({"remedy": "Credit", "credit_amount": amount, "credit_currency": currency})
		request_credit(feedback.name)
		return feedback

	def state(self, feedback) -> tuple:
		return frappe.db.get_value("Service Feedback", feedback.name, ["credit_status", "credit_correction"])

	def test_the_next_run_gives_it_once(self):
		feedback = self.credit(credit_charge=str(self.charge.name))
		run_2 = published_run("2026-02-01")
		(counter,) = charges_of(run_2)
		self.assertEqual((counter.amount, counter.corrects), (-12.5, str(self.charge.name)))
		self.assertEqual(self.state(feedback), ("Credited", str(counter.name)))
		post(run_2)
		self.assertEqual(ledger_of(run_2), {run_2.name: (-12.5, -12.5, 0)})
		self.assertEqual(charges_of(calculated_run("2026-03-01")), [])

	def test_cancelling_the_run_asks_again(self):
		feedback = self.credit(credit_charge=str(self.charge.name))
		run_2 = published_run("2026-02-01")
		run_2.cancel()
		self.assertEqual(self.state(feedback), ("Requested", None))
		(counter,) = charges_of(published_run("2026-03-01"))
		self.assertEqual(self.state(feedback), ("Credited", str(counter.name)))

	def test_without_a_charge_it_goes_where_the_latest_one_went(self):
		self.credit(200)
		(counter,) = charges_of(published_run("2026-02-01"))
		self.assertEqual(
			(counter.amount, counter.corrects, counter.cost_center, counter.service_offering),
			(-200, None, self.charge.cost_center, self.offering.name),
		)

	def test_one_that_cannot_be_placed_is_left_out_and_said(self):
		feedback = self.credit(customer="Meadow AG")
		run = calculated_run("2026-02-01")
		self.assertEqual(run.charge_count, 0)
		self.assertIn(feedback.name, run.notices)
		self.assertIn("nothing was posted to that customer", run.notices)
		self.assertEqual(self.state(feedback), ("Requested", None))

	def test_one_whose_charge_is_gone_is_left_out_and_said(self):
		feedback = self.credit(credit_charge=str(self.charge.name))
		feedback.db_set("credit_charge", "99999999")
		run = calculated_run("2026-02-01")
		self.assertIn(f"{feedback.name}: no credit was given", run.notices)
		self.assertIn("charge 99999999 does not exist any more", run.notices)
		self.assertEqual(self.state(feedback), ("Requested", None))

	def test_one_whose_charge_is_taken_off_wholly_is_left_out_and_said(self):
		make_correction(self.charge, -90)
		feedback = self.credit(credit_charge=str(self.charge.name))
		run = calculated_run("2026-02-01")
		self.assertEqual([row.amount for row in charges_of(run)], [-90])
		self.assertIn(f"{feedback.name}: no credit was given", run.notices)
		self.assertIn("nothing remains", run.notices)

	def test_one_whose_charge_is_not_posted_yet_waits(self):
		use(self.offering, "Sales Unit", 2, "2026-02-05")
		run_2 = published_run("2026-02-01")
		charge = charge_of(run_2, "Sales Unit")
		# More than the charge: who could correct it by less, while it is only published?
		feedback = self.credit(50, credit_charge=str(charge.name))
		run_3 = calculated_run("2026-03-01")
		self.assertEqual(run_3.charge_count, 0)
		self.assertIn(f"{feedback.name}: no credit was given", run_3.notices)
		self.assertIn("is Published", run_3.notices)
		feedback.db_set("credit_amount", 15)
		post(run_2)
		calculate_run(run_3)
		self.assertEqual([row.amount for row in charges_of(run_3)], [-15])

	def test_a_complaint_names_a_published_charge(self):
		use(self.offering, "Sales Unit", 2, "2026-02-05")
		charge = charge_of(calculated_run("2026-02-01"), "Sales Unit")
		values = {"customer": "Sales Unit", "remedy": "Credit", "credit_amount": 5}
		with self.assertRaisesRegex(ServiceStrategyError, f"Charge {charge.name} is Calculated"):
			make_feedback(**values, credit_charge=str(charge.name))
		make_feedback(**values, credit_charge=str(self.charge.name))

	def test_more_than_remains_of_the_named_charge_is_refused(self):
		make_correction(self.charge, -80)
		feedback = self.credit(credit_charge=str(self.charge.name))
		run = make_run("2026-02-01")
		with self.assertRaisesRegex(PreflightError, f"{feedback.name}.*only .*10.00 remain"):
			calculate_run(run)
		make_correction(self.charge, -10, service_feedback=feedback.name)
		calculate_run(run)
		self.assertEqual([row.amount for row in charges_of(run)], [-80, -10])
		self.assertEqual(self.state(feedback)[0], "Credited")

	def test_a_foreign_credit_needs_a_rate_of_the_last_day(self):
		frappe.db.delete("Currency Exchange", {"from_currency": "USD", "to_currency": "EUR"})
		feedback = self.credit(10, "USD")
		run = make_run("2026-02-01")
		with self.assertRaisesRegex(PreflightError, f"{feedback.name}.*no exchange rate to EUR"):
			calculate_run(run)
		frappe.get_doc(
			{
				"doctype": "Currency Exchange",
				"date": "2026-02-28",
				"from_currency": "USD",
				"to_currency": "EUR",
				"exchange_rate": 0.9,
			}
		).insert()
		calculate_run(run)
		(counter,) = charges_of(run)
		self.assertEqual((counter.price_amount, counter.currency, counter.amount), (-10, "USD", -9))

	def test_a_feedback_of_another_customer_is_refused(self):
		feedback = self.credit(customer="Meadow AG")
		with self.assertRaisesRegex(CorrectionError, "asks for no credit to"):
			make_correction(self.charge, -5, service_feedback=feedback.name)

	def test_a_charge_that_was_taken_back_is_said(self):
		feedback = self.credit(credit_charge=str(self.charge.name))
		frappe.db.set_value("Service Charge", self.charge.name, "status", "Reversed")
		run = calculated_run("2026-02-01")
		self.assertIn(f"{feedback.name}: no credit was given", run.notices)


class TestDisputesAndCorrectionsTogether(CorrectionTestCase):
	def test_a_dispute_is_upheld_over_what_remains(self):
		set_dispute_window()
		self.run_1.db_set("dispute_until", frappe.utils.today())
		make_correction(self.charge, -60)
		dispute = make_dispute(self.charge)
		dispute.decide("Upheld in Full", "All wrong")
		run_2 = published_run("2026-02-01")
		self.assertEqual(sorted(row.amount for row in charges_of(run_2)), [-60, -30])
