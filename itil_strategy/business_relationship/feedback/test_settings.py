import frappe

from itil_strategy.business_relationship.feedback.settings import (
	DEFAULT_TARGETS,
	read_settings,
	show_defaults,
)
from itil_strategy.exceptions import ServiceStrategyError, WorkingTimeError
from itil_strategy.setup.defaults import create_defaults
from itil_strategy.tests.factories import unique
from itil_strategy.tests.feedback import MONDAY, FeedbackTestCase, make_feedback


class TestFeedbackSettings(FeedbackTestCase):
	def setUp(self):
		super().setUp()
		self.settings = frappe.get_doc("Service Strategy Settings")

	def test_the_defaults_are_seeded_and_valid(self):
		self.settings.save()
		self.assertEqual(
			[(row.weekday, str(row.start), str(row.end)) for row in self.settings.working_windows],
			[
				(day, "9:00:00", "17:00:00")
				for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
			],
		)
		self.assertEqual(
			tuple(
				(row.nature, row.severity or "", row.response_hours) for row in self.settings.feedback_targets
			),
			DEFAULT_TARGETS,
		)
		self.assertEqual((self.settings.escalate_at, self.settings.reopen_days), (100, 30))

	def test_edited_rows_stay(self):
		self.settings.feedback_targets[0].response_hours = 3
		self.settings.reopen_days = 0
		self.settings.save()
		create_defaults()
		settings = frappe.get_doc("Service Strategy Settings")
		self.assertEqual((settings.feedback_targets[0].response_hours, settings.reopen_days), (3, 0))

	def test_nothing_entered_means_the_defaults(self):
		empty = frappe.new_doc("Service Strategy Settings")
		empty.update({"working_windows": [], "feedback_targets": [], "escalate_at": 0})
		self.assertEqual(read_settings(empty).target_hours("Complaint", "Critical"), 4)
		self.assertTrue(show_defaults(empty))
		self.assertFalse(show_defaults(empty))

	def test_a_calendar_without_working_time_is_refused(self):
		self.settings.working_windows = []
		with self.assertRaisesRegex(WorkingTimeError, "There is no working time"):
			self.settings.save()

	def test_holidays_that_leave_no_day_are_refused(self):
		holidays = frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": unique("Closed"),
				"from_date": "2020-01-01",
				"to_date": "2030-12-31",
				"holidays": [
					{"holiday_date": frappe.utils.add_days("2026-01-01", day), "description": "Closed"}
					for day in range(3 * 366)
				],
			}
		).insert()
		self.settings.holiday_list = holidays.name
		with self.freeze_time(f"{MONDAY} 10:00:00"):
			with self.assertRaisesRegex(WorkingTimeError, "no working time from .*Service Strategy Settings"):
				self.settings.save()

	def test_a_holiday_is_no_working_time(self):
		holidays = frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": unique("One day"),
				"from_date": "2026-01-01",
				"to_date": "2026-12-31",
				"holidays": [{"holiday_date": "2026-03-03", "description": "Closed"}],
			}
		).insert()
		self.settings.holiday_list = holidays.name
		self.settings.save()
		with self.freeze_time(f"{MONDAY} 10:00:00"):
			self.assertEqual(str(make_feedback(severity="High").due_by), "2026-03-04 10:00:00")

	def test_a_break_and_a_night_shift(self):
		self.settings.working_windows = []
		for start, end in (("09:00:00", "12:00:00"), ("13:00:00", "15:00:00"), ("22:00:00", "00:00:00")):
			self.settings.append("working_windows", {"weekday": "Monday", "start": start, "end": end})
		self.settings.save()
		with self.freeze_time(f"{MONDAY} 11:00:00"):
			self.assertEqual(str(make_feedback(severity="Critical").due_by), "2026-03-02 23:00:00")

	def test_other_bad_settings(self):
		for change, message in (
			({"escalate_at": 99}, "100 % or more"),
			(
				{"feedback_targets": [{"nature": "Complaint", "response_hours": 1}] * 2},
				"Row #2.*listed twice",
			),
			(
				{"feedback_targets": [{"nature": "Complaint", "response_hours": 0}]},
				"Row #1.*more than 0",
			),
		):
			with self.subTest(message), self.assertRaisesRegex(ServiceStrategyError, message):
				frappe.get_doc("Service Strategy Settings").update(change).save()
