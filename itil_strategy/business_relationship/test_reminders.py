"""Changes and reviews: what they must say, and that people are told once (BR-12)."""

import frappe
from frappe.utils import add_days, add_months, getdate, today

from itil_strategy.business_relationship.reminders import remind
from itil_strategy.exceptions import DateOrderError, OpenActionError, ServiceStrategyError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_customer, make_service, make_user, unique
from itil_strategy.tests.relationship import CUSTOMER, make_need


def make_change(**values):
	return frappe.get_doc(
		{
			"doctype": "Environment Change",
			"change_title": unique("Change"),
			"kind": "Technology",
			"watch_date": add_days(today(), 30),
			**values,
		}
	).insert()


def make_review(customer: str, review_date: str, **values):
	return frappe.get_doc(
		{"doctype": "Relationship Review", "customer": customer, "review_date": review_date, **values}
	).insert()


def told(doc) -> int:
	return frappe.db.count("Notification Log", {"document_type": doc.doctype, "document_name": doc.name})


class TestReminders(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.manager = make_user("Business Relationship Manager")
		self.customer = make_customer(unique("Customer"), account_manager=self.manager).name

	def test_a_change_is_about_something_and_says_what(self):
		service, need = make_service().name, make_need().name
		for impact, words in (
			({"effect_on_cost": "Rises"}, "Row #1: Choose a service, a need or a commitment"),
			(
				{"it_service": service, "customer_need": need, "effect_on_cost": "Rises"},
				"Choose a service, a need or a commitment",
			),
			({"it_service": service}, "Say what the effect"),
			({"it_service": service, "action": "Buy licences"}, "needs its owner"),
		):
			with self.subTest(words), self.assertRaisesRegex(ServiceStrategyError, words):
				make_change(impacts=[impact])
		with self.assertRaisesRegex(ServiceStrategyError, "Choose the Customer"):
			make_change(kind="Customer")
		with self.assertRaisesRegex(ServiceStrategyError, "Watch Date"):
			make_change(watch_date=None)
		make_change(
			kind="Customer",
			customer=CUSTOMER,
			impacts=[
				{"it_service": service, "effect_on_demand": "Rises"},
				{"customer_need": need, "effect_on_risk": "Falls"},
			],
		)

	def test_a_change_with_open_actions_is_not_closed(self):
		action = {
			"it_service": make_service().name,
			"action": "Buy licences",
			"action_owner": self.manager,
			"due_on": today(),
		}
		change = make_change(impacts=[action])
		change.status = "Closed"
		with self.assertRaisesRegex(OpenActionError, "row 1 are not done"):
			change.save()
		change.reload()
		change.status, change.impacts[0].is_done = "Closed", 1
		change.save()

	def test_a_watch_date_is_told_once(self):
		change = make_change(kind="Customer", customer=self.customer, watch_date=today())
		later = make_change(watch_date=add_days(today(), 1))
		for _run in range(2):
			remind()
			self.assertEqual((told(change), told(later)), (1, 0))
		change.reload()
		change.watch_date = add_days(today(), 10)
		change.save()
		with self.freeze_time(add_days(today(), 10) + " 12:00:00.250000"):
			remind()
			remind()
			self.assertEqual(told(change), 2)

	def test_an_overdue_action_is_told_to_its_owner_once(self):
		owner = make_user("Service Owner")
		action = {"action": "Send the report", "action_owner": owner, "due_on": add_days(today(), -1)}
		review = make_review(self.customer, today(), status="Held", actions=[action])
		change = make_change(impacts=[{**action, "it_service": make_service().name}])
		for _run in range(2):
			remind()
			self.assertEqual((told(review), told(change)), (1, 1))
		review.reload()
		review.actions[0].is_done = 1
		review.save()
		self.assertEqual(review.actions[0].done_on, today())

	def test_the_next_review_follows_the_cadence(self):
		for cadence, months in (("Monthly", 1), ("Quarterly", 3), ("Half-yearly", 6), ("Yearly", 12)):
			review = make_review(self.customer, "2027-01-31", cadence=cadence)
			self.assertEqual(getdate(review.next_review), getdate(add_months("2027-01-31", months)))
		self.assertIsNone(make_review(self.customer, "2027-01-31", cadence="None").next_review)
		review.review_date = "2027-02-10"
		review.save()
		self.assertEqual(str(review.next_review), "2028-02-10")
		review.next_review = "2027-05-01"
		review.save()
		self.assertEqual(str(review.next_review), "2027-05-01")
		with self.assertRaisesRegex(DateOrderError, "is not after this one"):
			review.next_review = "2027-02-10"
			review.save()

	def test_a_review_is_not_held_before_its_day(self):
		with self.assertRaisesRegex(DateOrderError, "still planned"):
			make_review(self.customer, add_days(today(), 1), status="Held")

	def test_an_overdue_review_is_told_once_to_the_account_manager(self):
		missed = make_review(self.customer, add_days(today(), -1))
		other = make_customer(unique("Customer"), account_manager=self.manager).name
		held = make_review(other, add_days(today(), -40), status="Held", cadence="Monthly")
		for _run in range(2):
			remind()
			self.assertEqual((told(missed), told(held)), (1, 1))
		self.assertEqual(
			set(frappe.get_all("Notification Log", {"document_name": held.name}, pluck="for_user")),
			{self.manager},
		)

	def test_a_review_that_is_followed_is_not_overdue(self):
		held = make_review(self.customer, add_days(today(), -40), status="Held", cadence="Monthly")
		planned = make_review(self.customer, add_days(today(), 5))
		held.reload()
		self.assertEqual(held.followed_by, planned.name)
		remind()
		self.assertEqual(told(held), 0)
		planned.delete()
		held.reload()
		self.assertIsNone(held.followed_by)
		remind()
		self.assertEqual(told(held), 1)
		with self.assertRaisesRegex(ServiceStrategyError, "stays on record"):
			held.delete()

	def test_markup_in_a_reminder_is_escaped(self):
		change = make_change(change_title="<b>Cloud</b>", watch_date=today())
		remind()
		subject = frappe.db.get_value("Notification Log", {"document_name": change.name}, "subject")
		self.assertIn("&lt;b&gt;Cloud", subject)
