import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import (
	RunStateError,
	ServiceStrategyError,
	SurveyFrozenError,
	SurveyStateError,
	WeightTotalError,
)
from itil_strategy.setup.defaults import create_defaults
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service
from itil_strategy.tests.surveys import (
	QUESTIONS,
	make_contact,
	make_customer,
	make_invitation,
	make_survey,
	respond,
)


class TestSatisfactionSurvey(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.customer = make_customer()

	def draft(self, **values):
		return make_survey(activate=False, **{"customers": [self.customer], **values})

	def test_weights_total_100(self):
		with self.assertRaisesRegex(WeightTotalError, "total 40 %"):
			self.draft(questions=QUESTIONS[:1])
		survey = self.draft()
		survey.questions[1].weight = 59.99
		with self.assertRaisesRegex(WeightTotalError, "total 99.99 %"):
			survey.save()

	def test_questions_and_schedule_that_cannot_be(self):
		for values, words in (
			({"questions": []}, "needs a question"),
			(
				{"questions": [{**QUESTIONS[1], "weight": 100, "minimum": 5, "maximum": 5}]},
				"Row #1: the scale",
			),
			({"reminders": 9}, "Send fewer reminders"),
			({"expires_after_days": 0}, "open for a day"),
			({"customers": [self.customer] * 2}, "row #2.*listed twice"),
		):
			with self.subTest(words), self.assertRaisesRegex(ServiceStrategyError, words):
				self.draft(**values)

	def test_throttle_is_proposed_by_the_settings_and_zero_is_an_answer(self):
		frappe.db.set_single_value("Service Strategy Settings", "survey_throttle_days", 45)
		frappe.clear_document_cache("Service Strategy Settings", "Service Strategy Settings")
		self.assertEqual(self.draft(throttle_days=None).throttle_days, 45)
		self.assertEqual(self.draft(throttle_days=0).throttle_days, 0)

	def test_an_older_site_gets_the_throttle_once(self):
		field = ("Service Strategy Settings", "survey_throttle_days")
		frappe.db.delete("Singles", dict(zip(("doctype", "field"), field, strict=True)))
		create_defaults()
		self.assertEqual(frappe.db.get_single_value(*field, cache=False), 30)
		frappe.db.set_single_value(*field, 0)
		create_defaults()
		self.assertEqual(frappe.db.get_single_value(*field, cache=False), 0)

	def test_states(self):
		survey = self.draft(starts_on=None)
		with self.assertRaisesRegex(SurveyStateError, "is .*Draft"):
			survey.close()
		with self.assertRaisesRegex(SurveyStateError, "is .*Draft"):
			survey.send_now()
		survey.activate()
		self.assertEqual((survey.state, str(survey.starts_on)), ("Active", today()))
		invitation = make_invitation(survey, self.customer)
		survey.close()
		invitation.reload()
		self.assertEqual((survey.state, invitation.status), ("Closed", "Expired"))
		with self.assertRaisesRegex(SurveyStateError, "is .*Closed"):
			survey.activate()

	def test_nobody_to_ask(self):
		survey = self.draft(customers=[])
		with self.assertRaisesRegex(ServiceStrategyError, "Nobody would be asked"):
			survey.activate()

	def test_the_state_is_the_apps(self):
		self.assertEqual(self.draft(state="Active").state, "Draft")
		survey = self.draft(waves=[{"invited": 7}])
		self.assertEqual(survey.waves, [])
		survey.state = "Active"
		with self.assertRaises(RunStateError):
			survey.save()
		survey.reload()
		survey.append("waves", {"invited": 7})
		with self.assertRaisesRegex(SurveyFrozenError, "cannot be changed by hand"):
			survey.save()

	def test_questions_with_answers_are_frozen_and_a_new_version_is_a_copy(self):
		survey = make_survey(customers=[self.customer], services=[make_service().name])
		survey.questions[1].question = "How fast is it?"
		survey.save()
		respond(survey, 9, 4, self.customer)
		for change in (
			lambda doc: doc.questions[1].update({"question": "How slow is it?"}),
			lambda doc: doc.questions[0].update({"low_score": 60}),
			lambda doc: doc.questions.pop(),
		):
			survey.reload()
			change(survey)
			with self.assertRaisesRegex(SurveyFrozenError, "Choose New Version"):
				survey.save()
		survey.reload()
		survey.reminders = 1
		survey.save()

		copy = frappe.get_doc("Satisfaction Survey", survey.make_new_version())
		self.assertEqual((copy.version_of, copy.state, copy.starts_on), (survey.name, "Draft", None))
		self.assertEqual([row.question for row in copy.questions][1], "How fast is it?")
		self.assertEqual([row.customer for row in copy.customers], [self.customer])
		copy.questions[1].question = "How slow is it?"
		copy.save()
		with self.assertRaisesRegex(SurveyStateError, f"{survey.name}.* is still active"):
			copy.activate()
		survey.close()
		copy.activate()

	def test_the_calendar_of_a_sent_survey_stays(self):
		survey = make_survey(customers=[self.customer], cadence="Monthly")
		survey.db_set("last_wave", today())
		survey.reload()
		survey.cadence = "Yearly"
		with self.assertRaisesRegex(SurveyFrozenError, "cadence and start stay"):
			survey.save()
		survey.reload()
		survey.starts_on = add_days(today(), -3)
		with self.assertRaises(SurveyFrozenError):
			survey.save()

	def test_customers_of_contacts_are_filled_in(self):
		contact = make_contact(self.customer)
		survey = self.draft(customers=[], contacts=[contact])
		self.assertEqual(survey.contacts[0].customer, self.customer)

	def test_results_per_question(self):
		survey = make_survey(
			customers=[self.customer],
			questions=[
				QUESTIONS[0],
				QUESTIONS[1],
				{"question": "An app?", "kind": "Kano", "is_required": 0},
			],
		)
		for nps, rating in ((10, 5), (9, 4), (8, 3), (2, 1)):
			respond(survey, nps, rating, self.customer)
		nps, rating, kano = survey.get_results()
		self.assertEqual((nps["answers"], nps["nps"]), (4, 25.0))
		self.assertEqual(rating["score"], (100 + 75 + 50 + 0) / 4)
		self.assertEqual([row["answers"] for row in rating["choices"]], [1, 0, 1, 1, 1])
		self.assertEqual((kano["answers"], kano["kano"]["category"]), (0, None))
