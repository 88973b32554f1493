import frappe

from itil_strategy.exceptions import FeedbackCloseError, FeedbackStateError, ServiceStrategyError
from itil_strategy.tests.factories import charges_of, import_usage, make_offering, make_policy, published_run
from itil_strategy.tests.feedback import FeedbackTestCase, make_case, make_feedback
from itil_strategy.utils.credit_requests import open_credit_requests, request_credit, settle_credit_request


def requests_of(doc) -> list[str]:
	return [row.name for row in open_credit_requests(doc.customer)]


class TestCredit(FeedbackTestCase):
	"""BR-6: a closed feedback with a remedy of credit asks finance for it, once."""

	def closed_with_credit(self, **values):
		doc = make_feedback()
		doc.update({"findings": "Down on Monday", "remedy": "Credit", **values})
		doc.save()
		doc.respond("You get 12.50 back.", "Phone")
		doc.close()
		return doc

	def test_closing_asks_for_the_credit_once(self):
		doc = self.closed_with_credit(credit_amount=12.5, credit_currency="EUR")
		self.assertEqual((doc.status, doc.credit_status), ("Closed", "Requested"))
		self.assertTrue(doc.credit_requested_on)
		(row,) = open_credit_requests(doc.customer)
		self.assertEqual((row.name, row.credit_amount, row.credit_currency), (doc.name, 12.5, "EUR"))
		asked_on = doc.credit_requested_on
		doc.reopen("And the rest?")
		doc.respond("That is all.", "Phone")
		doc.close()
		self.assertEqual((requests_of(doc), doc.credit_requested_on), ([doc.name], asked_on))
		self.assertFalse(request_credit(doc.name))

	def test_one_charge_settles_one_feedback_once(self):
		first = self.closed_with_credit(credit_amount=12.5, credit_currency="EUR")
		second = self.closed_with_credit(credit_amount=3, credit_currency="EUR")
		self.assertTrue(settle_credit_request(first.name, "4711"))
		self.assertFalse(settle_credit_request(first.name, "4712"))
		with self.assertRaises(frappe.UniqueValidationError):
			settle_credit_request(second.name, "4711")
		first.reload()
		self.assertEqual((first.credit_status, first.credit_correction), ("Credited", "4711"))
		self.assertEqual((requests_of(first), requests_of(second)), ([], [second.name]))
		self.assertFalse(settle_credit_request(make_feedback().name, "4713"))

	def test_a_credit_needs_amount_and_currency(self):
		for values in ({"credit_amount": 0, "credit_currency": "EUR"}, {"credit_amount": 5}):
			with self.subTest(values), self.assertRaisesRegex(FeedbackCloseError, "amount or currency"):
				self.closed_with_credit(**values)

	def test_what_finance_was_asked_for_stays(self):
		doc = self.closed_with_credit(credit_amount=12.5, credit_currency="EUR")
		doc.credit_amount = 1250
		with self.assertRaisesRegex(FeedbackStateError, "finance was asked"):
			doc.save()

	def test_only_a_charge_of_the_customer_is_corrected(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		import_usage([(offering.name, "Sales Unit", "2026-01-05", "Nos", 10)])
		charge = charges_of(published_run())[0]
		with self.assertRaisesRegex(ServiceStrategyError, "a charge of .*Sales Unit"):
			make_feedback(remedy="Credit", credit_charge=charge.name)
		doc = make_feedback(customer="Sales Unit", remedy="Credit", credit_charge=charge.name)
		self.assertEqual(str(doc.credit_charge), str(charge.name))

	def test_no_credit_no_request(self):
		doc = make_feedback(nature="Compliment")
		doc.respond("Thank you", "Phone")
		doc.close()
		self.assertFalse(doc.credit_status)


class TestQualityAction(FeedbackTestCase):
	def test_it_is_made_once_and_linked(self):
		case = make_case(subject="Slow & late")
		case.doc.update({"findings": "A job ran at nine", "root_cause": "No <plan>"})
		case.doc.save()
		name = case.doc.create_quality_action()
		action = frappe.get_doc("Quality Action", name)
		self.assertEqual((case.doc.quality_action, case.doc.remedy), (name, "Quality Action"))
		self.assertEqual((action.corrective_preventive, action.status), ("Corrective", "Open"))
		self.assertIn(case.doc.name, action.resolutions[0].problem)
		self.assertEqual(action.resolutions[0].responsible, case.owner)
		with self.assertRaisesRegex(FeedbackStateError, "exists already"):
			case.doc.create_quality_action()

	def test_the_remedy_cannot_be_an_action_that_is_not_there(self):
		doc = make_feedback(remedy="Quality Action", findings="x")
		doc.respond("Done", "Phone")
		with self.assertRaisesRegex(FeedbackCloseError, "there is none"):
			doc.close()
		with self.assertRaises(FeedbackStateError):
			doc.create_quality_action("Punitive")
