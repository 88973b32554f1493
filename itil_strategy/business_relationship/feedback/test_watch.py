from unittest.mock import patch

import frappe

from itil_strategy.business_relationship.feedback import watch
from itil_strategy.business_relationship.feedback.watch import check_deadlines
from itil_strategy.setup.roles import RELATIONSHIP_MANAGER
from itil_strategy.tests.factories import make_user
from itil_strategy.tests.feedback import (
	MONDAY,
	FeedbackTestCase,
	mails_to,
	make_case,
	make_employee,
	make_feedback,
	notified,
	todos,
)


class TestDeadlines(FeedbackTestCase):
	"""8 working hours from Monday 10:00: warned at 16:00, due on Tuesday 10:00."""

	def setUp(self):
		super().setUp()
		with self.freeze_time(f"{MONDAY} 10:00:00"):
			self.case = make_case(severity="High")
		self.boss = make_user()
		make_employee(self.case.owner, reports_to=make_employee(self.boss))

	def run_at(self, moment: str):
		with self.freeze_time(moment):
			check_deadlines()
			check_deadlines()
		self.case.doc.reload()

	def told(self) -> list[str]:
		return [(user, subject.split("<")[0].strip()) for user, subject in notified(self.case.doc)]

	def test_nothing_happens_before_time(self):
		self.run_at(f"{MONDAY} 15:59:59")
		self.assertEqual((self.told(), self.case.doc.warned_on), ([], None))

	def test_warning_breach_and_escalation_happen_once_each(self):
		"""BR-5: at 75 %, at 100 %, and then to the owner's manager."""
		self.run_at(f"{MONDAY} 16:00:00")
		self.assertEqual(self.told(), [(self.case.owner, "Respond to")])
		self.assertEqual(str(self.case.doc.warned_on), f"{MONDAY} 16:00:00")
		self.assertIsNone(self.case.doc.breached_on)
		self.run_at("2026-03-03 10:00:00")
		self.run_at("2026-03-04 10:00:00")
		doc = self.case.doc
		self.assertEqual(
			(str(doc.breached_on), str(doc.escalated_on), doc.breach_count, doc.escalated_to),
			("2026-03-03 10:00:00", "2026-03-03 10:00:00", 1, self.boss),
		)
		told = self.told()
		self.assertEqual(told.count((self.case.owner, "The response to")), 1)
		self.assertEqual(told.count((self.case.manager, "The response to")), 1)
		self.assertEqual(told.count((self.boss, "Escalated to you:")), 1)
		# The manager sees it without a role of the process.
		self.assertTrue(frappe.has_permission("Service Feedback", "read", doc=doc, user=self.boss))
		self.assertIn("Escalated to you", mails_to(self.boss)[-1].message)

	def test_everything_is_made_up_for_after_a_standstill(self):
		self.run_at("2026-03-10 10:00:00")
		doc = self.case.doc
		self.assertTrue(doc.warned_on and doc.breached_on and doc.escalated_on)

	def test_an_escalation_may_come_later_than_the_breach(self):
		frappe.db.set_single_value("Service Strategy Settings", "escalate_at", 150)
		with self.freeze_time(f"{MONDAY} 10:00:00"):
			self.case.doc.severity = "High"
			case = make_case(severity="High")
		self.assertEqual(str(case.doc.escalate_by), "2026-03-03 14:00:00")
		with self.freeze_time("2026-03-03 13:00:00"):
			check_deadlines()
		case.doc.reload()
		self.assertTrue(case.doc.breached_on)
		self.assertIsNone(case.doc.escalated_on)

	def test_a_held_or_answered_one_is_left_alone(self):
		with self.freeze_time(f"{MONDAY} 11:00:00"):
			self.case.doc.hold("Log")
			other = make_feedback(severity="High")
			other.respond("Done", "Phone")
		self.run_at("2026-03-10 10:00:00")
		other.reload()
		self.assertEqual((self.case.doc.warned_on, other.warned_on), (None, None))

	def test_two_jobs_at_once_tell_it_once(self):
		"""Both have found it due; the second one finds it claimed."""
		with self.freeze_time(f"{MONDAY} 16:00:00"):
			with patch.object(watch, "_find_due", return_value=[self.case.doc.name]):
				check_deadlines()
				check_deadlines()
		self.assertEqual(self.told(), [(self.case.owner, "Respond to")])

	def test_one_that_fails_does_not_hold_up_the_others(self):
		with self.freeze_time(f"{MONDAY} 10:00:01"):
			other = make_case(severity="High")
		real = watch.notify

		def fail_for_the_first(doc, *args):
			if doc.name == self.case.doc.name:
				raise frappe.ValidationError("no")
			real(doc, *args)

		with self.freeze_time("2026-03-02 16:30:00"), patch.object(watch, "notify", fail_for_the_first):
			check_deadlines()
		self.case.doc.reload()
		other.doc.reload()
		self.assertIsNone(self.case.doc.warned_on)
		self.assertTrue(other.doc.warned_on)

	def test_the_site_keeps_its_own_time(self):
		"""Windows are wall time of the site: 09:00 in Berlin is 08:00 UTC in winter and 07:00 in summer."""
		with patch("itil_strategy.business_relationship.feedback.settings.get_system_timezone") as zone:
			zone.return_value = "Europe/Berlin"
			# A Friday; clocks go forward in the night to Sunday.
			case = make_feedback(severity="Medium", received_on="2026-03-27 16:00:00")
		self.assertEqual(str(case.due_by), "2026-03-31 16:00:00")

	def test_the_third_reopening_goes_to_the_manager(self):
		doc = self.case.doc
		for number in range(1, 4):
			with self.freeze_time(f"2026-03-0{2 + number} 11:00:00"):
				doc.respond("Done", "Phone")
				doc.reopen("No")
			self.assertEqual(doc.reopen_count, number)
			self.assertEqual(doc.assigned_to, self.boss if number == 3 else self.case.owner)
		self.assertEqual(doc.escalated_to, self.boss)
		self.assertEqual(todos(doc), [(self.boss, "Open")])
		self.assertEqual(self.told().count((self.boss, "Reopened 3 times:")), 1)

	def test_without_a_manager_it_goes_to_the_relationship_managers(self):
		case = make_case(severity="High")
		doc = case.doc
		for _number in range(3):
			doc.respond("Done", "Phone")
			doc.reopen("No")
		self.assertIn(RELATIONSHIP_MANAGER, frappe.get_roles(doc.escalated_to))
		self.assertEqual(doc.assigned_to, doc.escalated_to)
