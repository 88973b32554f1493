import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import (
	DateOrderError,
	NeedContentError,
	NeedScoreError,
	NeedServiceError,
	NeedStateError,
	OpenMediationError,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_offering, make_service, make_user, unique
from itil_strategy.tests.relationship import (
	CUSTOMER,
	SCORE,
	backdate,
	make_contact,
	make_need,
	make_portal_user,
	make_topic,
	mediations_of,
)

RELATIONSHIP = "Business Relationship Manager"


class TestCustomerNeed(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()

	# BR-1

	def test_the_score_of_the_design(self):
		need = make_need(self.service, "Assessed")
		self.assertEqual(need.wsjf_score, 17)
		smaller = {"value": 60, "time_criticality": 40, "risk_reduction": 20, "size": 5}
		self.assertEqual(make_need(self.service, "Assessed", score=smaller).wsjf_score, 24)

	def test_parts_of_the_score_are_1_to_100(self):
		need = make_need(self.service, "Submitted")
		for change, words in (
			({"size": 0}, "Size.* is 0"),
			({"size": 101}, "Size.* is 101"),
			({"value": 0}, "Business Value.* is 0"),
			({"risk_reduction": -1}, "Risk Reduction.* is -1"),
		):
			with self.subTest(change), self.assertRaisesRegex(NeedScoreError, words):
				need.assess(**{**SCORE, **change})
		need.reload()
		self.assertEqual((need.status, need.size), ("Submitted", 0))

	def test_an_assessed_need_keeps_a_size(self):
		need = make_need(self.service, "Assessed")
		need.size = 0
		with self.assertRaisesRegex(NeedScoreError, "Size.* is 0"):
			need.save()
		need.reload()
		need.size = 20
		need.save()
		self.assertEqual(need.wsjf_score, 8.5)

	def test_the_score_cannot_be_written(self):
		need = make_need(self.service, "Assessed")
		need.wsjf_score = 99
		with self.assertRaisesRegex(NeedStateError, "Change the parts"):
			need.save()
		need.reload()
		with self.assertRaises(NeedStateError):
			need.db_set("wsjf_score", 99)
		with self.assertRaises(NeedStateError):
			make_need(wsjf_score=99)

	# States

	def test_every_other_way_to_the_state_is_refused(self):
		need = make_need(self.service)
		for field, value in (
			("status", "Accepted"),
			("status", "Submitted"),
			("rejected_count", 3),
			("confirmed_on", "2026-01-01 10:00:00"),
			("decline_reason", "No"),
		):
			with self.subTest(field):
				with self.assertRaisesRegex(NeedStateError, "cannot be written by hand"):
					frappe.client.set_value("Customer Need", need.name, field, value)
				copy = frappe.copy_doc(need)
				copy.set(field, value)
				with self.assertRaises(NeedStateError):
					copy.insert()
				doc = frappe.get_doc("Customer Need", need.name)
				with self.assertRaises(NeedStateError):
					doc.db_set(field, value)
		self.assertEqual(frappe.db.get_value("Customer Need", need.name, "status"), "Draft")

	def test_what_the_client_sends_along_with_a_step_is_forgotten(self):
		need = make_need(self.service, "Submitted")
		sent = {**need.as_dict(), "status": "Delivered", "need_title": "Changed", "customer": "Meadow AG"}
		with self.assertRaisesRegex(NeedStateError, "The need is Submitted"):
			frappe.get_doc(sent).confirm()
		need.reload()
		self.assertEqual((need.status, need.customer), ("Submitted", CUSTOMER))

	def test_steps_out_of_turn(self):
		need = make_need(self.service)
		for step in ("accept", "start_delivery", "deliver", "confirm"):
			with self.subTest(step), self.assertRaisesRegex(NeedStateError, "The need is Draft"):
				getattr(need, step)()
		need.submit_need()
		with self.assertRaisesRegex(NeedStateError, "The need is Submitted"):
			need.submit_need()

	def test_steps_are_post_only(self):
		from frappe import allowed_http_methods_for_whitelisted_func as allowed

		from itil_strategy.business_relationship.doctype.customer_need.customer_need import CustomerNeed

		for step in ("submit_need", "assess", "accept", "decline", "start_delivery", "deliver", "confirm"):
			self.assertEqual(allowed[getattr(CustomerNeed, step)], ["POST"])

	def test_a_decline_needs_a_reason_and_is_final(self):
		need = make_need(self.service, "Assessed")
		with self.assertRaisesRegex(NeedStateError, "Write down the reason"):
			need.decline(" ")
		need.decline("Covered by MAIL", notes="Ask again in spring")
		self.assertEqual((need.status, need.decline_reason), ("Declined", "Covered by MAIL"))
		with self.assertRaises(NeedStateError):
			need.assess(**SCORE)

	def test_confirmed_or_rejected_by_the_customer(self):
		contact = make_contact(CUSTOMER)
		need = make_need(self.service, "Delivered")
		with self.assertRaisesRegex(NeedContentError, "Choose the contact"):
			need.confirm()
		with self.assertRaisesRegex(NeedContentError, "Choose the contact"):
			need.confirm(contact=make_contact("Meadow AG"))
		need.reject_delivery("Too slow", contact=contact)
		self.assertEqual(
			(need.status, need.rejected_count, need.customer_rejection_reason), ("In Delivery", 1, "Too slow")
		)
		backdate(need, submitted_on=4.5)
		need.deliver()
		need.confirm(contact=contact)
		self.assertEqual(
			(need.status, need.days_to_confirmation, need.answered_by_contact), ("Confirmed", 4.5, contact)
		)
		comments = frappe.get_all(
			"Comment",
			{"reference_name": need.name, "comment_type": "Info"},
			pluck="content",
			order_by="creation asc, name asc",
		)
		self.assertIn("Rejected by the customer: Too slow", comments)
		self.assertIn("Confirmed by the customer", comments)

	def test_a_customer_confirms_the_own_need_only(self):
		need = make_need(self.service, "Delivered")
		frappe.set_user(make_portal_user("Meadow AG"))
		with self.assertRaises(frappe.PermissionError):
			need.confirm()
		frappe.set_user(make_portal_user(CUSTOMER))
		need.confirm()
		self.assertEqual(need.status, "Confirmed")

	def test_what_was_accepted_stays(self):
		need = make_need(self.service, "Accepted", wishes=[("Speed", "Must")])
		for change in ({"wanted_outcome": "Something else"}, {"needed_to": today()}, {"size": 1}):
			need.reload()
			need.update(change)
			with self.subTest(change), self.assertRaisesRegex(NeedStateError, "stays as it was accepted"):
				need.save()
		need.reload()
		need.requirements[0].moscow = "Could"
		with self.assertRaisesRegex(NeedStateError, "Requirements"):
			need.save()
		need.reload()
		need.contact = make_contact(CUSTOMER)
		need.save()

	def test_a_raised_need_is_not_deleted(self):
		draft, raised = make_need(self.service), make_need(self.service, "Submitted")
		draft.delete()
		with self.assertRaisesRegex(NeedStateError, "stays on record"):
			raised.delete()

	# Content

	def test_a_service_that_ended_cannot_be_asked_for(self):
		retired = make_service(stage="Retired")
		ended = make_service(last_day=add_days(today(), -1))
		ending = make_service(last_day=add_days(today(), 30))
		for service, values, words in (
			(retired, {}, "has ended"),
			(ended, {}, "has ended"),
			(ending, {"needed_from": add_days(today(), 31)}, "Needed From.* is after the last day"),
			(ending, {"needed_to": add_days(today(), 31)}, "Needed To.* is after the last day"),
		):
			with self.subTest(words), self.assertRaisesRegex(NeedServiceError, words):
				make_need(service, **values)
		make_need(ending, needed_to=add_days(today(), 30))

	def test_a_service_that_ends_meanwhile_cannot_be_accepted(self):
		need = make_need(self.service, "Assessed")
		frappe.db.set_value("IT Service", self.service.name, "last_day", add_days(today(), -1))
		with self.assertRaisesRegex(NeedServiceError, "has ended"):
			need.accept()
		need.reload()
		need.need_title = "Old needs can still be edited"
		need.save()

	def test_a_need_without_service_is_assessed_once_it_has_one(self):
		need = make_need(None, "Submitted")
		with self.assertRaisesRegex(NeedServiceError, "Choose the IT Service"):
			need.assess(**SCORE)
		need.assess(**SCORE, it_service=self.service.name)
		self.assertEqual((need.status, need.it_service), ("Assessed", self.service.name))

	def test_dates_the_wrong_way_round(self):
		with self.assertRaisesRegex(DateOrderError, "before Needed From"):
			make_need(self.service, needed_from="2027-02-01", needed_to="2027-01-31")

	def test_an_offering_belongs_to_the_service(self):
		offering = make_offering(self.service)
		self.assertEqual(make_need(None, service_offering=offering.name).it_service, self.service.name)
		with self.assertRaisesRegex(NeedContentError, "is an offering of"):
			make_need(make_service(), service_offering=offering.name)
		with self.assertRaisesRegex(NeedContentError, "Choose a Service Offering"):
			make_need(self.service, units_per_month=5)

	def test_a_contact_belongs_to_the_customer(self):
		with self.assertRaisesRegex(NeedContentError, "is no contact of"):
			make_need(self.service, contact=make_contact("Meadow AG"))

	def test_requirements_are_one_per_topic_and_stakeholder(self):
		topic = make_topic()
		row = {"topic": topic, "moscow": "Must", "statement": "Fast"}
		make_need(
			self.service, requirements=[{**row, "stakeholder": "Sales"}, {**row, "stakeholder": "Finance"}]
		)
		with self.assertRaisesRegex(NeedContentError, "Row #2: .*listed twice"):
			make_need(self.service, requirements=[row, row])
		with self.assertRaisesRegex(NeedContentError, "cannot exclude itself"):
			make_need(self.service, requirements=[{**row, "exclusive_with": topic}])

	def test_who_raised_it(self):
		user = make_portal_user(CUSTOMER)
		contact = frappe.db.get_value("Contact", {"user": user})
		self.assertEqual(make_need(self.service, contact=contact).raised_by, user)
		self.assertEqual(make_need(self.service).raised_by, "Administrator")
		need = make_need(self.service, "Submitted")
		need.raised_by = user
		with self.assertRaisesRegex(NeedContentError, "stays as it was"):
			need.save()

	def test_markup_is_stored_cleaned_and_shown_escaped(self):
		title = f"<b>Fast</b> <script>alert(1)</script> {unique('x')}"
		need = make_need(self.service, need_title=title)
		self.assertNotIn("<script>", need.need_title)
		self.assertIn("<b>Fast</b>", need.need_title)
		manager = make_user(RELATIONSHIP)
		need.submit_need()
		subject = frappe.db.get_value(
			"Notification Log", {"document_name": need.name, "for_user": manager}, "subject"
		)
		self.assertIn("&lt;b&gt;Fast&lt;/b&gt;", subject)
		need.decline("<img src=x onerror=alert(1)> no")
		self.assertNotIn("onerror", need.decline_reason)

	# BR-4

	def test_not_accepted_while_in_mediation(self):
		topic = make_topic()
		first = make_need(self.service, "Assessed", wishes=[(topic, "Must")])
		second = make_need(self.service, "Assessed", wishes=[(topic, "Won't")], customer="Meadow AG")
		(mediation,) = mediations_of(first, second)
		for need in (first, second):
			with self.assertRaisesRegex(OpenMediationError, mediation.name):
				need.accept()
		mediation.withdraw("They mean different things")
		first.accept()
		self.assertEqual(first.status, "Accepted")
