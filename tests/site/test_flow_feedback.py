"""A complaint from its receipt to the confirmed close, and a compliment to the person (BR-5, BR-6)."""

import frappe

from itil_strategy.business_relationship.feedback.watch import check_deadlines
from itil_strategy.exceptions import FeedbackCloseError
from itil_strategy.tests.factories import make_user
from itil_strategy.tests.feedback import (
	FeedbackTestCase,
	mails_to,
	make_case,
	make_customer_user,
	make_employee,
	make_feedback,
	notified,
	todos,
)
from itil_strategy.utils.credit_requests import open_credit_requests


class TestFeedbackFlow(FeedbackTestCase):
	def test_a_complaint_with_two_reopenings_and_one_escalation(self):
		"""Monday to Friday 09:00 to 17:00; severity High is due in 8 working hours."""
		with self.freeze_time("2026-03-02 08:00:00"):
			case = make_case()
			boss = make_user()
			make_employee(case.owner, reports_to=make_employee(boss))
			customer = make_customer_user(case.customer)

		# Monday 10:00: the customer complains on the portal and has the number at once.
		with self.freeze_time("2026-03-02 10:00:00"):
			frappe.set_user(customer)
			doc = make_feedback(customer=case.customer, it_service=case.service, severity="High")
			frappe.set_user("Administrator")
		self.assertEqual(
			(doc.status, doc.assigned_to, todos(doc)), ("Acknowledged", case.owner, [(case.owner, "Open")])
		)
		self.assertIn(doc.name, mails_to(customer)[-1].message)
		self.assertEqual(str(doc.due_by), "2026-03-03 10:00:00")

		# The owner works, waits for the customer's log over lunch: two working hours do not count.
		frappe.set_user(case.owner)
		with self.freeze_time("2026-03-02 11:00:00"):
			doc = frappe.get_doc("Service Feedback", doc.name)
			doc.start_work()
			doc.hold("Waiting for the log of the customer")
		with self.freeze_time("2026-03-02 13:00:00"):
			doc.resume()
		self.assertEqual(str(doc.due_by), "2026-03-03 12:00:00")
		with self.freeze_time("2026-03-02 14:00:00"):
			doc.append("actions", {"action": "Move the job to the night", "action_owner": case.owner})
			doc.save()
			doc.respond("We move the job that slowed the mail down.")
		self.assertEqual((doc.status, doc.in_time, doc.hours_to_response), ("Responded", 1, 2))
		with self.assertRaises(FeedbackCloseError) as refused:
			doc.close()
		self.assertIn("Move the job to the night", str(refused.exception))
		self.assertIn("Findings are empty", str(refused.exception))

		# First reopening, by the customer; the new round is missed and goes to the owner's manager, once.
		with self.freeze_time("2026-03-03 09:00:00"):
			frappe.set_user(customer)
			doc.reload()
			doc.reopen("Slow again this morning")
			frappe.set_user("Administrator")
		self.assertEqual((doc.status, str(doc.due_by)), ("Reopened", "2026-03-03 17:00:00"))
		for moment in (
			"2026-03-03 15:00:00",
			"2026-03-03 16:00:00",
			"2026-03-04 09:00:00",
			"2026-03-04 10:00:00",
		):
			with self.freeze_time(moment):
				check_deadlines()
		doc.reload()
		self.assertEqual((doc.escalated_to, doc.breach_count), (boss, 1))
		told = [subject for user, subject in notified(doc) if user == boss]
		self.assertEqual(len([subject for subject in told if "Escalated to you" in subject]), 1)

		# Second response, second reopening, third response.
		frappe.set_user(case.owner)
		with self.freeze_time("2026-03-04 11:00:00"):
			doc = frappe.get_doc("Service Feedback", doc.name)
			doc.respond("The job had been started by hand. It is locked now.")
			doc.reopen("The customer called: slow for two minutes")
		self.assertEqual((doc.reopen_count, doc.assigned_to), (2, case.owner))
		with self.freeze_time("2026-03-05 10:00:00"):
			doc.findings = "A job ran in working time; starting it by hand was possible."
			doc.actions[0].is_done = 1
			doc.update({"remedy": "Credit", "credit_amount": 40, "credit_currency": "EUR"})
			doc.save()
			doc.respond("The last run is over. You get 40.00 EUR back.")

		# The customer confirms on the portal; everything is complete, so it closes, and finance is asked once.
		with self.freeze_time("2026-03-05 15:00:00.250000"):
			frappe.set_user(customer)
			doc = frappe.get_doc("Service Feedback", doc.name)
			doc.accept_response("Thank you")
			frappe.set_user("Administrator")
		doc = frappe.get_doc("Service Feedback", doc.name)
		self.assertEqual(
			(doc.status, doc.customer_answer, doc.reopen_count, str(doc.closed_on)),
			("Closed", "Accepted", 2, "2026-03-05 15:00:00.250000"),
		)
		self.assertEqual([row.credit_amount for row in open_credit_requests(case.customer)], [40])
		self.assertEqual(todos(doc), [(case.owner, "Closed")])
		# Acknowledgement and three responses, all in the thread.
		self.assertEqual(
			frappe.db.count("Communication", {"reference_name": doc.name, "sent_or_received": "Sent"}), 4
		)

	def test_a_compliment_reaches_the_person_and_is_counted(self):
		person = make_user()
		case = make_case(nature="Compliment", named_person=person, subject="Fast help on Sunday")
		self.assertEqual((case.doc.status, todos(case.doc)), ("Acknowledged", [(person, "Open")]))
		frappe.set_user(person)
		doc = frappe.get_doc("Service Feedback", case.doc.name)
		doc.respond("Thank you, the whole shift was glad.")
		doc.close()
		frappe.set_user("Administrator")
		mail = mails_to(case.address)[-1]
		self.assertIn("the whole shift was glad", mail.message)
		self.assertNotIn("feedback-answer", mail.message)
		doc = frappe.get_doc("Service Feedback", doc.name)
		self.assertEqual((doc.status, doc.in_time), ("Closed", 1))
