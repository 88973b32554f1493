import frappe
from frappe.utils import add_days, today

from itil_strategy.business_relationship.doctype.requirement_mediation.requirement_mediation import (
	record_answer,
)
from itil_strategy.exceptions import DateOrderError, MediationError, MediationPartyError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.relationship import (
	CUSTOMER,
	make_need,
	make_portal_user,
	make_topic,
	mediations_of,
	settle,
)

OTHER = "Meadow AG"
RELATIONSHIP, PORTFOLIO = "Business Relationship Manager", "Service Portfolio Manager"


class TestRequirementMediation(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service, self.topic = make_service(), make_topic()
		self.manager = make_user(RELATIONSHIP)
		self.first = make_need(
			self.service,
			"Assessed",
			wishes=[(self.topic, "Must")],
			raised_by=make_portal_user(CUSTOMER),
		)
		self.second = make_need(
			self.service,
			"Assessed",
			wishes=[(self.topic, "Won't")],
			customer=OTHER,
			raised_by=make_portal_user(OTHER),
		)
		(self.mediation,) = mediations_of(self.first, self.second)

	def refused(self, words: str, exception: type[Exception] = MediationError):
		self.mediation.reload()
		with self.assertRaisesRegex(exception, words):
			self.mediation.close_mediation()
		self.mediation.reload()
		self.assertEqual(self.mediation.status, "Open")

	# BR-3

	def test_closes_with_decision_neutral_decider_and_all_answers(self):
		frappe.set_user(self.manager)
		self.refused("Fill in .*Decision")
		self.mediation.decision = "Offline for Harbour, as an option"
		self.mediation.save()
		self.refused("have not answered.*Harbour GmbH.*Meadow AG")
		self.mediation.parties[0].answer = "Accepted"
		self.mediation.save()
		self.refused("have not answered.*Meadow AG")
		self.mediation.parties[1].answer = "Rejected"
		self.mediation.decided_by = self.second.raised_by
		self.mediation.save()
		self.refused("no enabled desk user")
		decider = make_user(PORTFOLIO)
		self.mediation.decided_by = decider
		self.mediation.save()
		self.mediation.close_mediation()
		self.assertEqual(
			(self.mediation.status, self.mediation.decided_by, str(self.mediation.decided_on)),
			("Closed", decider, today()),
		)
		told = frappe.get_all(
			"Notification Log", {"document_name": self.mediation.name, "for_user": decider}, pluck="subject"
		)
		self.assertTrue(any("recorded your decision" in subject for subject in told))

	def test_whoever_closes_is_the_decider_unless_another_is_named(self):
		settle(self.mediation)
		frappe.set_user(self.manager)
		self.mediation.close_mediation()
		self.assertEqual(self.mediation.decided_by, self.manager)

	def test_a_party_does_not_decide(self):
		raiser, contact, manager = make_user(RELATIONSHIP), make_user(RELATIONSHIP), make_user(RELATIONSHIP)
		frappe.db.set_value("Customer Need", self.first.name, "raised_by", raiser)
		linked = frappe.get_doc({"doctype": "Contact", "first_name": "Desk", "user": contact})
		linked.append("links", {"link_doctype": "Customer", "link_name": OTHER})
		linked.insert()
		frappe.db.set_value("Customer", CUSTOMER, "account_manager", manager)
		for user, words in (
			(raiser, f"raised the need {self.first.name}"),
			(contact, f"contact of {OTHER}"),
			(manager, f"account manager of {CUSTOMER} alone"),
		):
			settle(self.mediation, decided_by=user)
			with self.subTest(words):
				self.refused(words, MediationPartyError)
		frappe.db.set_value("Customer", OTHER, "account_manager", manager)
		self.mediation.close_mediation()
		self.assertEqual(self.mediation.decided_by, manager)

	def test_an_answer_belongs_to_its_decision(self):
		self.mediation.parties[0].answer = "Accepted"
		with self.assertRaisesRegex(MediationError, "no decision yet"):
			self.mediation.save()
		settle(self.mediation)
		self.assertEqual(self.mediation.parties[0].answered_by, "Administrator")
		self.mediation.decision = "The other way round"
		self.mediation.save()
		self.assertEqual([row.answer for row in self.mediation.parties], ["", ""])
		self.assertIsNone(self.mediation.parties[0].answered_on)

	def test_a_contact_answers_for_the_own_customer(self):
		with self.assertRaisesRegex(MediationError, "Fill in"):
			record_answer(self.mediation.name, self.first.name, "Accepted")
		self.mediation.decision = "Both, one after the other"
		self.mediation.save()
		user = self.first.raised_by
		frappe.set_user(user)
		for need, answer, error in (
			(self.second, "Accepted", frappe.PermissionError),
			(self.first, "Perhaps", MediationError),
		):
			with self.assertRaises(error):
				record_answer(self.mediation.name, need.name, answer)
		record_answer(self.mediation.name, self.first.name, "Rejected")
		frappe.set_user("Administrator")
		self.mediation.reload()
		party = next(row for row in self.mediation.parties if row.customer_need == self.first.name)
		self.assertEqual((party.answer, party.answered_by), ("Rejected", user))

	# State

	def test_every_other_way_to_the_state_is_refused(self):
		settle(self.mediation)
		for field, value in (("status", "Closed"), ("decided_on", today()), ("conflict_key", "x")):
			with self.subTest(field), self.assertRaisesRegex(MediationError, "cannot be written by hand"):
				frappe.client.set_value("Requirement Mediation", self.mediation.name, field, value)
		with self.assertRaises(MediationError):
			self.mediation.db_set("status", "Withdrawn")
		with self.assertRaisesRegex(MediationError, "stays on record"):
			self.mediation.delete()

	def test_an_ended_mediation_stays_as_it_is(self):
		settle(self.mediation)
		self.mediation.close_mediation()
		for field, value in (("decision", "Another"), ("compensation", "A discount")):
			self.mediation.reload()
			self.mediation.set(field, value)
			with self.subTest(field), self.assertRaisesRegex(MediationError, "stays as it is"):
				self.mediation.save()
		self.mediation.reload()
		self.mediation.parties[0].position = "Never mind"
		with self.assertRaisesRegex(MediationError, "stays as it is"):
			self.mediation.save()
		self.mediation.reload()
		self.mediation.review_date = add_days(today(), 90)
		self.mediation.save()
		with self.assertRaisesRegex(MediationError, "is Closed already"):
			self.mediation.withdraw("x")
		self.mediation.review_date = add_days(today(), -1)
		with self.assertRaisesRegex(DateOrderError, "before the decision"):
			self.mediation.save()

	def test_a_party_is_not_taken_out(self):
		third = make_need(self.service, "Submitted", wishes=[(self.topic, "Must")])
		self.mediation.reload()
		self.assertEqual({row.customer_need for row in self.mediation.parties} & {third.name}, {third.name})
		self.mediation.parties = [
			row for row in self.mediation.parties if row.customer_need != self.first.name
		]
		with self.assertRaisesRegex(MediationError, f"{self.first.name}.* is a party and stays"):
			self.mediation.save()

	def test_between_two_needs_at_least(self):
		for parties in ([self.first], [self.first, self.first]):
			with self.assertRaisesRegex(MediationError, "two needs|listed twice"):
				frappe.get_doc(
					{
						"doctype": "Requirement Mediation",
						"mediation_title": "By hand",
						"kind": "Timing",
						"parties": [{"customer_need": need.name} for need in parties],
					}
				).insert()

	def test_options_and_scores_fit_together(self):
		option = {"option_title": "Later"}
		for values, words in (
			({"options": [option, option]}, "listed twice"),
			(
				{"scores": [{"option_title": "Now", "customer": OTHER, "score": 1}]},
				"not listed under Options",
			),
			(
				{"options": [option], "scores": [{**option, "customer": "Sales Unit", "score": 1}]},
				"is no party",
			),
			(
				{"options": [option], "scores": [{**option, "customer": OTHER, "score": 11}]},
				"not between 0 and 10",
			),
			(
				{"options": [option], "scores": [{**option, "customer": OTHER, "score": 1}] * 2},
				"scored this option",
			),
			({"options": [option], "chosen_option": "Now"}, "not listed under Options"),
		):
			self.mediation.reload()
			self.mediation.update(values)
			with self.subTest(words), self.assertRaisesRegex(MediationError, words):
				self.mediation.save()
		self.mediation.reload()
		self.mediation.update(
			{
				"options": [option],
				"scores": [{**option, "customer": OTHER, "score": 10}],
				"chosen_option": "Later",
			}
		)
		self.mediation.save()

	def test_markup_in_a_refusal_is_escaped(self):
		settle(self.mediation, chosen_option=None)
		self.mediation.chosen_option = "<img src=x>"
		with self.assertRaisesRegex(MediationError, "&lt;img"):
			self.mediation.save()
