"""Who is asked and who is not: audience, throttle, turns of services, two people who send at once (BR-7)."""

from unittest.mock import patch

import frappe
from frappe.utils import add_days, add_months, getdate, today

from itil_strategy.business_relationship.surveys import daily, sending
from itil_strategy.business_relationship.surveys.sending import send_wave
from itil_strategy.exceptions import SurveyStateError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_offering,
	make_policy,
	make_service,
	published_run,
)
from itil_strategy.tests.surveys import (
	make_account,
	make_contact,
	make_customer,
	make_invitation,
	make_survey,
)


def asked(survey) -> list[tuple]:
	"""(customer, service) of everybody invited."""
	rows = frappe.get_all(
		"Survey Invitation", {"survey": survey.name}, ["customer", "it_service"], order_by="email"
	)
	return [(row.customer, row.it_service) for row in rows]


class TestSurveySending(SiteTestCase):
	def setUp(self):
		super().setUp()
		make_account()
		self.customer, self.other = make_customer(), make_customer()

	def send(self, survey) -> dict:
		return {reason: count for reason, count in send_wave(survey.name, commit=False).items() if count}

	def test_customers_with_usage_or_charges_of_the_last_twelve_months(self):
		service, offering = self.make_used_service(self.customer, add_months(today(), -11))
		make_policy(offering, unit_price=1, valid_from="2024-01-01")
		import_usage([(offering.name, self.other, add_months(today(), -14), "Nos", 1)])
		for customer in (self.customer, self.other):
			make_contact(customer)
		survey = make_survey(services=[service])
		self.assertEqual(self.send(survey), {"invited": 1})
		self.assertEqual(asked(survey), [(self.customer, service)])

	def test_charges_count_as_use(self):
		service = make_service()
		offering = make_offering(service)
		make_policy(offering, unit_price=1)
		make_contact("Sales Unit", first_name="Charged")
		import_usage([(offering.name, "Sales Unit", "2026-01-05", "Nos", 1)])
		published_run("2026-01-01")
		with patch("itil_strategy.utils.service_customers._used", return_value=[]):
			with self.freeze_time("2026-06-01 12:00:00.250000"):
				survey = make_survey(services=[service.name])
				self.assertGreaterEqual(survey.preview_wave()["invited"], 1)

	def make_used_service(self, customer: str, day: str):
		service = make_service(operational_from="2024-01-01")
		offering = make_offering(service)
		import_usage([(offering.name, customer, day, "Nos", 1)])
		return service.name, offering

	def test_reasons_for_being_left_out_are_counted(self):
		address = "same.person@example.com"
		make_contact(self.customer, address)
		make_contact(self.customer, address.upper())
		make_contact(self.customer, None)
		make_contact(self.customer, unsubscribed=1)
		left = make_contact(self.customer)
		empty = make_customer()
		disabled = make_customer(disabled=1)
		make_contact(disabled)
		survey = make_survey(customers=[self.customer, empty, disabled])
		frappe.get_doc(
			{
				"doctype": "Email Unsubscribe",
				"email": frappe.db.get_value("Contact", left, "email_id"),
				"reference_doctype": "Satisfaction Survey",
				"reference_name": survey.name,
			}
		).insert()
		expected = {"invited": 1, "unsubscribed": 2, "without_email": 1, "without_contact": 1}
		preview = survey.preview_wave()
		self.assertEqual({key: value for key, value in preview.items() if value and key != "wave"}, expected)
		self.assertEqual(self.send(survey), expected)
		self.assertEqual(
			frappe.get_all("Survey Invitation", {"survey": survey.name}, pluck="email"), [address]
		)
		survey.reload()
		self.assertEqual([(row.invited, row.unsubscribed) for row in survey.waves], [(1, 2)])
		del expected["invited"]
		self.assertEqual(self.send(survey), {**expected, "known": 1})

	def test_a_contact_of_two_customers_is_asked_once(self):
		contact = make_contact(self.customer)
		doc = frappe.get_doc("Contact", contact)
		doc.append("links", {"link_doctype": "Customer", "link_name": self.other})
		doc.save()
		survey = make_survey(customers=[self.customer, self.other])
		self.assertEqual(self.send(survey), {"invited": 1})
		listed = make_survey(
			customers=[self.customer], contacts=[{"contact": contact, "customer": self.other}]
		)
		self.assertEqual(self.send(listed), {"invited": 1})
		self.assertEqual(asked(listed), [(self.other, None)])

	def test_the_throttle_holds_across_surveys(self):
		contact = make_contact(self.customer)
		email = frappe.db.get_value("Contact", contact, "email_id")
		first = make_survey(customers=[self.customer])
		for days, expected in ((29, {"throttled": 1}), (30, {"invited": 1})):
			with self.subTest(days):
				frappe.db.delete("Survey Invitation", {"email": email})
				make_invitation(first, self.customer, email=email, sent_on=add_days(today(), -days))
				survey = make_survey(customers=[self.customer], throttle_days=30)
				self.assertEqual(self.send(survey), expected)

	def test_services_take_turns_and_follow_use(self):
		used, _offering = self.make_used_service(self.customer, today())
		service_b = make_service()
		for _number in range(2):
			make_contact(self.customer)
			make_contact(self.other)
		survey = make_survey(services=[used, service_b.name], customers=[self.customer, self.other])
		self.assertEqual(self.send(survey), {"invited": 4})
		# Who uses one of them is asked about it; who uses none is asked about both in turn.
		rows = asked(survey)
		self.assertEqual({service for customer, service in rows if customer == self.customer}, {used})
		self.assertIn((self.other, service_b.name), rows)

	def test_waves_by_cadence(self):
		make_contact(self.customer)
		survey = make_survey(customers=[self.customer], cadence="Monthly", starts_on="2026-01-31")
		due = []
		with patch.object(daily, "enqueue", lambda _method, _doctype, name: due.append(name)):
			for day, sent in (("2026-02-27", 1), ("2026-02-28", 2), ("2026-03-30", 2), ("2026-03-31", 3)):
				with self.freeze_time(f"{day} 12:00:00.250000"):
					daily.send_due_waves()
					for name in due:
						if name == survey.name:
							send_wave(name, commit=False)
					due.clear()
				count = frappe.db.count("Survey Invitation", {"survey": survey.name})
				self.assertEqual(count, sent, day)

	def test_a_draft_a_closed_and_a_future_survey_are_not_sent(self):
		future = make_survey(customers=[self.customer], starts_on=add_days(today(), 1))
		closed = make_survey(customers=[self.customer])
		closed.close()
		draft = make_survey(customers=[self.customer], activate=False)
		due = []
		with patch.object(daily, "enqueue", lambda _method, _doctype, name: due.append(name)):
			daily.send_due_waves()
		self.assertFalse({future.name, closed.name, draft.name} & set(due))
		with self.assertRaisesRegex(SurveyStateError, "starts on"):
			future.send_now()
		for survey in (closed, draft):
			with self.assertRaises(SurveyStateError):
				send_wave(survey.name, commit=False)

	def test_a_site_without_mail_refuses_before_anything_is_written(self):
		survey = make_survey(customers=[self.customer])
		make_contact(self.customer)
		with patch.object(sending, "require_outgoing_account", side_effect=SurveyStateError):
			with self.assertRaises(SurveyStateError):
				send_wave(survey.name, commit=False)
		self.assertEqual(asked(survey), [])

	def test_the_database_keeps_the_second_of_two_out(self):
		"""Past the lock and the look: what another connection wrote meanwhile is met by the unique key."""
		make_contact(self.customer)
		survey = make_survey(customers=[self.customer])
		self.assertEqual(self.send(survey), {"invited": 1})
		with patch("itil_strategy.business_relationship.surveys.audience._asked_in_wave", return_value=set()):
			self.assertEqual(self.send(survey), {"known": 1})
		self.assertEqual(len(asked(survey)), 1)

	def test_send_now_works_in_the_background(self):
		make_contact(self.customer)
		survey = make_survey(customers=[self.customer])
		with patch.object(sending, "enqueue") as enqueue:
			survey.send_now()
		enqueue.assert_called_once_with(sending.SEND_JOB, "Satisfaction Survey", survey.name)
		self.assertEqual(asked(survey), [])

	def test_expiry_happens_once(self):
		survey = make_survey(customers=[self.customer])
		over = make_invitation(survey, self.customer, sent_on=add_days(today(), -15))
		last_day = make_invitation(survey, self.customer, sent_on=add_days(today(), -14))
		daily.expire_invitations()
		first = frappe.db.get_value("Survey Invitation", over.name, ["status", "modified"])
		daily.expire_invitations()
		self.assertEqual(frappe.db.get_value("Survey Invitation", over.name, ["status", "modified"]), first)
		self.assertEqual(first[0], "Expired")
		self.assertEqual(frappe.db.get_value("Survey Invitation", last_day.name, "status"), "Sent")

	def test_two_reminder_jobs_at_once_send_one(self):
		survey = make_survey(customers=[self.customer], reminders=1, reminder_spacing_days=2)
		invitation = make_invitation(survey, self.customer, sent_on=add_days(today(), -2))
		(row,) = daily._find_due(survey, getdate())
		self.assertTrue(daily._remind(survey, row, None, getdate()))
		self.assertFalse(daily._remind(survey, row, None, getdate()))
		self.assertEqual(frappe.db.get_value("Survey Invitation", invitation.name, "reminders_sent"), 1)

	def test_query_count_does_not_grow_with_the_audience(self):
		survey = make_survey(services=[make_service().name], customers=[self.customer])
		make_contact(self.customer)
		survey.preview_wave()
		with self.assertQueryCount(10):
			survey.preview_wave()
		for _number in range(20):
			make_contact(self.customer)
		with self.assertQueryCount(10):
			survey.preview_wave()
