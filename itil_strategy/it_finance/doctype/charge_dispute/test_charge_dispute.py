from unittest.mock import patch

import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import (
	CorrectionError,
	CorrectionTooLargeError,
	DisputeError,
	DisputeWindowError,
	DoubleDisputeError,
	ReversalError,
	RunStateError,
)
from itil_strategy.it_finance.charging import reversal
from itil_strategy.it_finance.charging.calculation import calculate_run
from itil_strategy.it_finance.charging.vouchers import post_batch
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
from itil_strategy.tests.factories import (
	calculated_run,
	charges_of,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
)


class DisputeTestCase(SiteTestCase):
	def setUp(self):
		super().setUp()
		set_dispute_window()
		self.owner = make_user("Service Owner")
		self.service = make_service(service_owner=self.owner)
		self.offering = make_offering(self.service)
		make_policy(self.offering, unit_price=10)
		use(self.offering, "Sales Unit", 9)
		use(self.offering, "Production Unit", 5)
		self.run_1 = published_run()
		self.charge = charge_of(self.run_1, "Sales Unit")

	def status(self, charge=None) -> str:
		return frappe.db.get_value("Service Charge", (charge or self.charge).name, "status")

	def next_run(self, month: str = "2026-02-01", **values):
		return published_run(month, **values)


class TestRaising(DisputeTestCase):
	def test_a_disputed_charge_is_held_and_not_posted(self):
		dispute = make_dispute(self.charge)
		self.assertEqual((dispute.status, dispute.customer, dispute.price_amount), ("Open", "Sales Unit", 90))
		self.assertEqual((dispute.raised_by, self.status()), ("Administrator", "Held"))
		post(self.run_1)
		self.assertEqual(self.status(), "Held")
		self.assertEqual(ledger_of(self.run_1), {self.run_1.name: (50.0, 50.0, 0)})

	def test_it_goes_to_the_service_owner_and_finance_hears_of_it(self):
		manager = make_user("IT Financial Manager")
		dispute = make_dispute(self.charge)
		self.assertEqual(dispute.routed_to, self.owner)
		todos = frappe.get_all(
			"ToDo", {"reference_name": dispute.name, "status": "Open"}, pluck="allocated_to"
		)
		self.assertEqual(todos, [self.owner])
		told = set(frappe.get_all("Notification Log", {"document_name": dispute.name}, pluck="for_user"))
		self.assertLessEqual({self.owner, manager}, told)
		dispute.decide("Rejected", "The count is right")
		self.assertFalse(frappe.db.exists("ToDo", {"reference_name": dispute.name, "status": "Open"}))

	def test_without_an_owner_it_goes_to_finance(self):
		self.service.db_set("service_owner", None)
		manager = make_user("IT Financial Manager")
		dispute = make_dispute(self.charge)
		todos = frappe.get_all("ToDo", {"reference_name": dispute.name}, pluck="allocated_to")
		self.assertIn(manager, todos)
		self.assertIsNone(dispute.routed_to)
		dispute.routed_to = self.owner
		dispute.save()
		todos = frappe.get_all(
			"ToDo", {"reference_name": dispute.name, "status": "Open"}, pluck="allocated_to"
		)
		self.assertEqual(todos, [self.owner])

	def test_after_the_window_it_is_refused(self):
		self.run_1.db_set("dispute_until", today())
		make_dispute(charge_of(self.run_1, "Production Unit"))
		self.run_1.db_set("dispute_until", add_days(today(), -1))
		with self.assertRaisesRegex(DisputeWindowError, "could be disputed until .*correction"):
			make_dispute(self.charge)
		self.assertEqual(self.status(), "Published")

	def test_before_publishing_it_is_refused(self):
		use(self.offering, "Sales Unit", 1, "2026-02-01")
		charge = charge_of(calculated_run("2026-02-01"), "Sales Unit")
		with self.assertRaisesRegex(DisputeWindowError, "Only a published charge"):
			make_dispute(charge)

	def test_a_second_dispute_is_refused_until_the_first_is_withdrawn(self):
		first = make_dispute(self.charge)
		with self.assertRaisesRegex(DoubleDisputeError, f"{first.name}.*Open"):
			make_dispute(self.charge)
		first.decide("Withdrawn", "A mistake")
		with self.assertRaisesRegex(DisputeWindowError, "Held"):
			# It waits for the next run, and is in the ledger then.
			make_dispute(self.charge)

	def test_words_of_refusals(self):
		with self.assertRaisesRegex(DisputeError, "what is wrong"):
			make_dispute(self.charge, reason="  ")
		with self.assertRaisesRegex(frappe.ValidationError, "99999999"):
			make_dispute(frappe._dict(name=99999999))
		dispute = make_dispute(self.charge)
		with self.assertRaisesRegex(DisputeError, "Write down why"):
			dispute.decide("Rejected", " ")
		with self.assertRaisesRegex(DisputeError, "stays on record"):
			dispute.delete()
		for moved_to, words in (
			(None, "Choose the customer"),
			("Sales Unit", "it is not"),
			("Nobody", "no enabled"),
		):
			with self.assertRaisesRegex(DisputeError, words):
				dispute.decide("Wrong Customer", "x", moved_to=moved_to)
		for granted, error in ((None, CorrectionError), (90, CorrectionError), (91, CorrectionTooLargeError)):
			with self.assertRaises(error):
				dispute.decide("Upheld in Part", "x", granted)
		self.assertEqual((dispute.reload().status, self.status()), ("Open", "Held"))
		dispute.decide("Rejected", "The count is right")
		with self.assertRaisesRegex(DisputeError, "decided already"):
			dispute.decide("Upheld in Full", "x")

	def test_outcomes_cannot_be_written_by_hand(self):
		dispute = make_dispute(self.charge, outcome="Upheld in Full", status="Decided")
		self.assertEqual((dispute.outcome, dispute.status), (None, "Open"))
		for field, value in (("outcome", "Rejected"), ("status", "Decided"), ("price_amount", 1)):
			dispute.reload()
			dispute.set(field, value)
			with self.assertRaises(DisputeError):
				dispute.save()

	def test_the_one_it_is_routed_to_records_a_finding(self):
		dispute = make_dispute(self.charge)
		frappe.set_user(self.owner)
		frappe.get_doc("Charge Dispute", dispute.name).record_finding("Two users left in May")
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc("Charge Dispute", dispute.name).decide("Upheld in Full", "x")
		frappe.set_user(make_user("Business Relationship Manager"))
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc("Charge Dispute", dispute.name).record_finding("x")
		frappe.set_user("Administrator")
		self.assertEqual(dispute.reload().finding, "Two users left in May")

	def test_what_is_decided_is_what_is_stored(self):
		"""A browser sends the document along with the method, and may send another one."""
		dispute = make_dispute(self.charge)
		other = charge_of(self.run_1, "Production Unit")
		sent = frappe.get_doc({**dispute.as_dict(), "service_charge": str(other.name), "__islocal": 1})
		sent.decide("Upheld in Full", "As agreed")
		amounts = {row.customer: row.amount for row in charges_of(self.run_1)}
		self.assertEqual(amounts, {"Sales Unit": 0, "Production Unit": 50})
		self.assertEqual(dispute.reload().status, "Decided")

	def test_rights_are_those_on_the_stored_dispute(self):
		dispute = make_dispute(self.charge)
		frappe.set_user(self.owner)
		sent = frappe.get_doc(
			{**dispute.as_dict(), "company": None, "routed_to": self.owner, "customer": None}
		)
		frappe.db.set_value("Charge Dispute", dispute.name, "routed_to", "Administrator")
		with self.assertRaises(frappe.PermissionError):
			sent.record_finding("x")

	def test_markup_in_finding_and_note_is_text(self):
		"""A form shows stored text as HTML, in the browser of finance too."""
		dispute = make_dispute(self.charge)
		dispute.record_finding("<img src=x onerror=alert(1)> 5 < 6")
		dispute.decide("Upheld in Part", "<img src=x onerror=alert(2)>", 10)
		dispute.reload()
		self.assertEqual(dispute.finding, "&lt;img src=x onerror=alert(1)&gt; 5 &lt; 6")
		self.assertEqual(dispute.note, "&lt;img src=x onerror=alert(2)&gt;")
		reason, detail = frappe.db.get_value("Service Charge", self.charge.name, ["reason", "price_detail"])
		self.assertIn("&lt;img src=x onerror=alert(2)&gt;", reason)
		self.assertNotIn("<", reason)
		# Every reader of the price detail escapes it.
		self.assertIn("<img src=x onerror=alert(2)>", detail)


class TestOutcomesBeforePosting(DisputeTestCase):
	def decide(self, outcome: str, **values):
		dispute = make_dispute(self.charge)
		dispute.decide(outcome, "As agreed", **values)
		post(self.run_1)
		return dispute.reload()

	def test_a_rejected_charge_is_posted_by_the_next_run(self):
		self.decide("Rejected")
		self.assertEqual(self.status(), "Held")
		run_2 = self.next_run()
		self.assertEqual((run_2.carried_count, run_2.carried_amount, run_2.charge_count), (1, 90, 0))
		self.assertEqual(self.status(), "Published")
		post(run_2)
		self.assertEqual(self.status(), "Posted")
		self.assertEqual(
			ledger_of(self.run_1, run_2), {self.run_1.name: (50.0, 50.0, 0), run_2.name: (90.0, 90.0, 0)}
		)

	def test_one_upheld_in_part_is_revised(self):
		dispute = self.decide("Upheld in Part", granted_amount=30)
		self.assertEqual((dispute.granted_amount, dispute.outcome), (30, "Upheld in Part"))
		charge = charge_of(self.run_1, "Sales Unit")
		self.assertEqual((charge.amount, charge.price_amount, charge.price_revision), (60, 60, -30))
		self.assertIn("As agreed", charge.price_detail)
		self.run_1.reload()
		self.assertEqual((self.run_1.total_amount, self.run_1.chargeback_amount), (110, 110))
		run_2 = self.next_run()
		post(run_2)
		self.assertEqual(ledger_of(run_2), {run_2.name: (60.0, 60.0, 0)})

	def test_one_upheld_in_full_is_posted_as_nothing(self):
		self.decide("Upheld in Full")
		run_2 = self.next_run()
		post(run_2)
		self.assertEqual((self.status(), charge_of(self.run_1, "Sales Unit").amount), ("Posted", 0))
		self.assertEqual(ledger_of(run_2), {run_2.name: (0, 0, 0)})

	def test_one_of_another_customer_is_moved(self):
		self.decide("Wrong Customer", moved_to="Harbour GmbH")
		run_2 = self.next_run()
		self.assertEqual((charge_of(self.run_1, "Sales Unit").amount, run_2.carried_amount), (0, 0))
		moved = charge_of(run_2, "Harbour GmbH")
		self.assertEqual(
			(moved.amount, moved.kind, moved.mode, moved.cost_center, moved.is_late, moved.corrects),
			(90, "Correction", "Chargeback", None, 1, str(self.charge.name)),
		)
		post(run_2)
		self.assertEqual(ledger_of(run_2), {run_2.name: (90.0, 90.0, 0)})
		invoice = frappe.db.get_value("Sales Invoice", {"it_charging_run": run_2.name}, "base_net_total")
		self.assertEqual(invoice, 90)

	def test_what_was_taken_off_does_not_come_back_as_late_usage(self):
		self.decide("Upheld in Part", granted_amount=30)
		use(self.offering, "Sales Unit", 1, "2026-01-31")
		late = charge_of(self.next_run(), "Sales Unit", kind="Usage")
		# One more unit at 10, and no more.
		self.assertEqual((late.quantity, late.amount), (1, 10))

	def test_an_open_dispute_is_not_carried(self):
		make_dispute(self.charge)
		post(self.run_1)
		run_2 = self.next_run()
		self.assertEqual((run_2.carried_count, self.status()), (0, "Held"))

	def test_deleting_or_cancelling_the_next_run_leaves_it_to_another(self):
		self.decide("Rejected")
		draft = calculated_run("2026-02-01")
		self.assertEqual(draft.carried_count, 1)
		calculate_run(draft)
		self.assertEqual(draft.carried_count, 1)
		draft.delete()
		run_2 = self.next_run()
		post(run_2)
		run_2.cancel()
		charge = charge_of(self.run_1, "Sales Unit")
		self.assertEqual(
			(charge.status, charge.posting_run, charge.voucher_no), ("Held", self.run_1.name, None)
		)
		run_3 = self.next_run("2026-03-01")
		post(run_3)
		self.assertEqual(ledger_of(run_3), {run_3.name: (90.0, 90.0, 0)})

	def test_a_carried_charge_disputed_again_waits_for_the_new_outcome(self):
		make_dispute(self.charge).decide("Withdrawn", "A mistake")
		post(self.run_1)
		run_2 = self.next_run()
		again = make_dispute(charge_of(self.run_1, "Sales Unit"))
		post(run_2)
		self.assertEqual(self.status(), "Held")
		run_3 = self.next_run("2026-03-01")
		self.assertEqual((run_3.carried_count, self.status()), (0, "Held"))
		again.decide("Upheld in Part", "Two left", 20)
		run_4 = self.next_run("2026-04-01")
		self.assertEqual((run_4.carried_count, run_4.carried_amount), (1, 70))
		post(run_4)
		self.assertEqual(ledger_of(run_4), {run_4.name: (70.0, 70.0, 0)})

	def carried_and_corrected(self):
		"""A run that posted a held charge, which is corrected and disputed afterwards."""
		make_dispute(self.charge).decide("Withdrawn", "A mistake")
		post(self.run_1)
		run_2 = self.next_run()
		post(run_2)
		charge = charge_of(self.run_1, "Sales Unit")
		return run_2, make_correction(charge, -20), make_dispute(charge)

	def reverse(self, run, recharge: int = 0):
		run.db_set(
			{
				"reversal_date": "2026-03-01",
				"reversal_reason": "x",
				"reversal_recharge": recharge,
				"status": "Posting",
			}
		)
		with patch.object(frappe.db, "commit"):
			reversal.reverse_open_vouchers(run.name)

	def test_reversing_the_run_that_posted_it_ends_its_corrections_and_disputes(self):
		run_2, correction, dispute = self.carried_and_corrected()
		self.reverse(run_2)
		self.assertEqual((self.status(), correction.reload().status), ("Reversed", "Withdrawn"))
		self.assertEqual((dispute.reload().status, dispute.outcome), ("Decided", "Withdrawn"))

	def test_the_run_that_posted_it_is_taken_back_after_the_one_that_corrects_it(self):
		run_2, _correction, _dispute = self.carried_and_corrected()
		run_3 = self.next_run("2026-03-01")
		with self.assertRaisesRegex(CorrectionError, f"{run_3.name}.*corrects charges of this run"):
			reversal.start(run_2, "because", None, False)

	def test_nothing_is_decided_about_a_charge_that_was_taken_back(self):
		dispute = make_dispute(self.charge)
		frappe.db.set_value("Service Charge", self.charge.name, "status", "Reversed")
		with self.assertRaisesRegex(DisputeError, "is Reversed"):
			dispute.decide("Upheld in Full", "x")

	def test_the_own_run_is_taken_back_last(self):
		self.decide("Rejected")
		run_2 = self.next_run()
		with self.assertRaisesRegex(RunStateError, f"{run_2.name}.*posts disputed charges"):
			self.run_1.reload().cancel()
		with self.assertRaises(RunStateError):
			reversal.start(self.run_1, "because", None, False)
		run_2.cancel()
		self.run_1.reload().cancel()
		self.assertEqual({row.status for row in charges_of(self.run_1)}, {"Cancelled"})

	def test_cancelling_the_run_withdraws_what_is_disputed(self):
		dispute = make_dispute(self.charge)
		self.run_1.reload().cancel()
		dispute.reload()
		self.assertEqual((dispute.status, dispute.outcome), ("Decided", "Withdrawn"))
		self.assertIn(self.run_1.name, dispute.note)

	def test_reversing_does_not_forget_what_is_held(self):
		make_dispute(self.charge)
		post(self.run_1)
		with self.assertRaisesRegex(ReversalError, "let the next run post what was disputed"):
			reversal.start(self.run_1, "because", None, False)

	def test_reversing_does_not_forget_what_a_deleted_run_was_to_post(self):
		self.decide("Rejected")
		calculated_run("2026-02-01").delete()
		with self.assertRaisesRegex(ReversalError, "1 charges of the run are not posted"):
			reversal.start(self.run_1, "because", None, False)

	def test_a_run_being_reversed_keeps_its_held_charges(self):
		self.decide("Rejected")
		self.run_1.db_set({"reversal_date": "2026-03-01", "status": "Posting"})
		self.assertEqual((calculated_run("2026-02-01").carried_count, self.status()), (0, "Held"))

	def test_a_dispute_during_posting_waits_for_the_batch(self):
		"""What is in the voucher is posted: the charge is locked while its batch is written."""
		queries = []
		real = frappe.db.sql

		def record(query, *args, **kwargs):
			queries.append(str(query))
			return real(query, *args, **kwargs)

		with patch.object(frappe.db, "sql", record):
			post_batch(self.run_1, self.charge.batch_no)
		reading = next(query for query in queries if "price_detail" in query and "SELECT" in query)
		self.assertIn("FOR UPDATE", reading)


class TestOutcomesAfterPosting(DisputeTestCase):
	def setUp(self):
		super().setUp()
		post(self.run_1)
		self.dispute = make_dispute(self.charge)

	def test_it_stays_in_the_ledger_while_it_is_disputed(self):
		self.assertEqual(self.status(), "Posted")
		self.assertEqual(ledger_of(self.run_1), {self.run_1.name: (140.0, 140.0, 0)})

	def test_what_is_upheld_is_a_counter_charge_of_the_next_run(self):
		self.dispute.decide("Upheld in Part", "Two left", 20)
		run_2 = self.next_run()
		counter = charge_of(run_2, "Sales Unit")
		self.assertEqual((counter.kind, counter.amount, counter.quantity), ("Correction", -20, 0))
		self.assertIn("Two left", counter.reason)
		post(run_2)
		self.assertEqual(
			ledger_of(self.run_1, run_2), {self.run_1.name: (140.0, 140.0, 0), run_2.name: (-20.0, -20.0, 0)}
		)

	def test_a_wrong_customer_gets_it_back_and_the_right_one_pays(self):
		self.dispute.decide("Wrong Customer", "Theirs", moved_to="Logistics Unit")
		run_2 = self.next_run()
		self.assertEqual(
			{row.customer: row.amount for row in charges_of(run_2)},
			{"Sales Unit": -90, "Logistics Unit": 90},
		)
		post(run_2)
		self.assertEqual(ledger_of(run_2), {run_2.name: (0, 0, 0)})
		self.assertEqual(
			frappe.db.count(
				"GL Entry",
				{
					"voucher_type": "Journal Entry",
					"is_cancelled": 0,
					"voucher_no": frappe.db.get_value("Journal Entry", {"it_charging_run": run_2.name}),
				},
			),
			2,
		)

	def test_rejected_and_withdrawn_change_nothing(self):
		self.dispute.decide("Rejected", "The count is right")
		self.assertEqual(charges_of(self.next_run()), [])


class TestShowback(SiteTestCase):
	def test_what_is_only_shown_is_published_again_at_once(self):
		set_dispute_window()
		offering = priced_offering()
		use(offering, "Sales Unit", 3)
		run = published_run(mode="Showback")
		charge = charge_of(run, "Sales Unit")
		dispute = make_dispute(charge)
		dispute.decide("Upheld in Part", "One too many", 10)
		charge = charge_of(run, "Sales Unit")
		self.assertEqual((charge.status, charge.amount, charge.batch_no), ("Published", 20, 0))
		self.assertEqual(published_run("2026-02-01").carried_count, 0)


class TestQueries(DisputeTestCase):
	def test_carrying_reads_no_query_per_charge(self):
		def carried(count: int) -> int:
			offerings = [priced_offering() for _number in range(count)]
			for offering in offerings:
				use(offering, "Sales Unit", 1, "2026-02-05")
			return offerings

		carried(4)
		run = published_run("2026-02-01")
		charges = charges_of(run)
		make_dispute(charges[0]).decide("Rejected", "x")
		draft = calculated_run("2026-03-01")
		with self.assertQueryCount(70):
			calculate_run(draft)
		for charge in charges[1:]:
			make_dispute(charge).decide("Rejected", "x")
		with self.assertQueryCount(70):
			calculate_run(draft)
		self.assertEqual(draft.carried_count, 4)
