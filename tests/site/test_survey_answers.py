"""Answering by the link: what is accepted, and what is refused with one clear sentence (BR-7)."""

import html
from unittest.mock import patch

import frappe
from frappe.utils import add_days, today

from itil_strategy.business_relationship.surveys.answers import submit
from itil_strategy.business_relationship.surveys.links import hash_token, make_link, make_token
from itil_strategy.business_relationship.surveys.page import build_page
from itil_strategy.exceptions import RunStateError, SurveyAnswerError, SurveyLinkError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.surveys import QUESTIONS, answer, make_customer, make_invitation, make_survey

KANO = {"question": "A mobile app", "kind": "Kano", "is_required": 0}
MARKUP = "<script>alert(1)</script> 5 < 6 & <b>bold</b>"


class TestSurveyAnswers(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.customer = make_customer()
		self.survey = make_survey(
			customers=[self.customer], questions=[*QUESTIONS, KANO], thanks="Danke & bis bald"
		)
		self.invitation = make_invitation(self.survey, self.customer)
		self.keys = [row.name for row in self.survey.questions]
		frappe.set_user("Guest")

	def form(self, **fields) -> dict:
		return {"invitation": self.invitation.name, "token": make_token(self.invitation.name), **fields}

	def post(self, *choices: str, **fields) -> dict:
		chosen = {f"choice-{key}": choice for key, choice in zip(self.keys, choices, strict=False)}
		return build_page(self.form(**chosen, **fields), is_post=True)

	def response(self):
		return frappe.get_doc("Survey Response", self.invitation.name)

	def test_a_guest_answers_once(self):
		self.assertEqual(answer(self.invitation, "9", "4"), "Danke & bis bald")
		response = self.response()
		self.assertEqual((response.customer, response.survey), (self.customer, self.survey.name))
		self.assertEqual((response.nps, response.nps_group, response.is_scored), (9, "Promoter", 1))
		self.assertEqual(response.score, 0.4 * 90 + 0.6 * 75)
		self.assertEqual([(row.raw_value, row.score) for row in response.answers], [("9", 90.0), ("4", 75.0)])
		self.invitation.reload()
		self.assertEqual(self.invitation.status, "Answered")
		self.assertTrue(self.invitation.answered_on)
		with self.assertRaisesRegex(SurveyLinkError, "You have answered already"):
			answer(self.invitation, "9", "4")
		self.assertEqual(build_page(self.form(), False)["refusal"], "You have answered already. Thank you!")

	def test_the_database_keeps_a_second_response_out(self):
		answer(self.invitation, "9", "4")
		second = frappe.copy_doc(self.response())
		second.flags.written_by_job = True
		with self.assertRaises((frappe.DuplicateEntryError, frappe.UniqueValidationError)):
			second.insert(ignore_permissions=True)

	def test_forged_links(self):
		other = make_invitation(self.survey, self.customer)
		token = make_token(self.invitation.name)
		for invitation, forged in (
			(self.invitation.name, ""),
			(self.invitation.name, token[:-1] + ("0" if token[-1] != "0" else "1")),
			(self.invitation.name, make_token(other.name)),
			(self.invitation.name, self.invitation.token_hash),
			("nobody", token),
			("", ""),
			("%", token),
		):
			with self.subTest((invitation, forged)):
				with self.assertRaisesRegex(SurveyLinkError, "This link is not valid"):
					submit(invitation, forged, {})
				page = build_page({"invitation": invitation, "token": forged}, False)
				self.assertIn("This link is not valid", page["refusal"])
				self.assertEqual(page["title"], "Survey")

	def test_the_secret_is_compared_in_constant_time(self):
		with patch("hmac.compare_digest", return_value=False) as compare:
			with self.assertRaises(SurveyLinkError):
				answer(self.invitation, "9", "4")
		compare.assert_called_once_with(
			hash_token(make_token(self.invitation.name)), self.invitation.token_hash
		)

	def test_the_link_is_not_in_the_database(self):
		token = make_token(self.invitation.name)
		self.assertIn(token, make_link(self.invitation.name))
		row = frappe.db.get_value("Survey Invitation", self.invitation.name, "*", as_dict=True)
		self.assertNotIn(token, [str(value) for value in row.values()])
		self.assertEqual(row.token_hash, hash_token(token))

	def test_after_the_last_day(self):
		frappe.db.set_value("Survey Invitation", self.invitation.name, "expires_on", today())
		with self.freeze_time(add_days(today(), 1) + " 00:00:01"):
			with self.assertRaisesRegex(SurveyLinkError, "It is closed now"):
				answer(self.invitation, "9", "4")
		answer(self.invitation, "9", "4")

	def test_after_the_survey_was_closed(self):
		frappe.db.set_value("Satisfaction Survey", self.survey.name, "state", "Closed")
		with self.assertRaisesRegex(SurveyLinkError, "It is closed now"):
			answer(self.invitation, "9", "4")

	def test_bad_answers_are_refused_and_the_link_stays_good(self):
		for choices, words in (
			(("11", "4"), "outside the scale. Choose one of 0 – 10"),
			(("9", "6"), "outside the scale. Choose one of 1 – 5"),
			(("9", ""), "please answer"),
			(("9", "2"), "please say why"),
		):
			with self.subTest(words), self.assertRaisesRegex(SurveyAnswerError, words):
				answer(self.invitation, *choices)
		self.assertFalse(frappe.db.exists("Survey Response", self.invitation.name))
		answer(self.invitation, "9", "2", comments=("", "Slow since May"))

	def test_the_page_keeps_what_was_entered_and_names_each_problem(self):
		page = self.post("3", "", **{f"comment-{self.keys[1]}": "Hm"})
		self.assertEqual(
			[problem["sentence"] for problem in page["problems"]],
			[
				"“How likely are you to recommend it?”: please say why, so that we can do better.",
				"“How quick is it?”: please answer.",
			],
		)
		self.assertEqual(page["problems"][1]["anchor"], f"choice-{self.keys[1]}-1")
		first, second = page["questions"][:2]
		self.assertEqual((first["groups"][0]["value"], second["comment"]), ("3", "Hm"))
		self.assertEqual(self.post("9", "4")["thanks"], "Danke & bis bald")

	def test_a_kano_pair(self):
		page = self.post("9", "4", "", "Like")
		self.assertIn("answer both parts", page["problems"][0]["sentence"])
		self.post("9", "4", "", "Like", **{f"second-{self.keys[3]}": "Dislike"})
		self.assertEqual(self.response().answers[-1].raw_value, "Like | Dislike")
		frappe.set_user("Administrator")
		self.assertEqual(self.survey.get_results()[3]["kano"]["category"], "One-dimensional")

	def test_markup_is_stored_as_it_was_entered(self):
		self.post("9", "4", **{f"comment-{self.keys[2]}": MARKUP})
		stored = self.response().answers[-1].comment
		self.assertEqual(html.unescape(stored), MARKUP)
		self.assertNotRegex(stored, '[<>"]')

	def test_markup_is_printed_as_text(self):
		self.post("9", "4", **{f"comment-{self.keys[2]}": MARKUP})
		frappe.set_user("Administrator")
		printed = frappe.get_print("Survey Response", self.invitation.name)
		self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", printed)
		self.assertNotIn("<script>alert(1)", printed)

	def test_fields_that_were_not_asked_change_nothing(self):
		self.post("9", "4", score="100", **{"choice-unknown": "1", "customer": "Somebody", "nps": "0"})
		self.assertEqual((self.response().score, self.response().customer), (81.0, self.customer))

	def test_the_mean_of_an_incomplete_answer_is_over_what_was_answered(self):
		frappe.set_user("Administrator")
		survey = make_survey(
			customers=[self.customer], questions=[QUESTIONS[0], {**QUESTIONS[1], "is_required": 0}]
		)
		invitation = make_invitation(survey, self.customer)
		answer(invitation, "9")
		self.assertEqual(frappe.db.get_value("Survey Response", invitation.name, "score"), 90.0)

	def test_what_was_answered_stays_and_the_follow_up_is_stamped(self):
		answer(self.invitation, "9", "4")
		frappe.set_user("Administrator")
		response = self.response()
		response.follow_up = "Called back"
		response.answers = []
		response.save()
		response.reload()
		self.assertEqual((len(response.answers), response.followed_up_by), (2, "Administrator"))
		self.assertEqual(str(response.followed_up_on), today())
		response.score = 1
		with self.assertRaises(RunStateError):
			response.save()
