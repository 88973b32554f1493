"""Conflicts open one mediation each, whoever finds them (BR-2)."""

import frappe

from itil_strategy.business_relationship.conflict_facts import load_mediated, load_needs
from itil_strategy.business_relationship.conflicts import find_now, mediate_all, mediate_service
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_offering, make_service, make_user
from itil_strategy.tests.relationship import make_need, make_topic, mediations_of

OTHER = "Meadow AG"


class TestConflicts(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()
		self.offering = make_offering(self.service, practical_capacity=10)
		self.topic = make_topic()

	def count(self) -> int:
		return frappe.db.count("Requirement Mediation", {"it_service": self.service.name})

	def units(self, number: float, status: str = "Submitted", **values):
		return make_need(
			self.service, status, service_offering=self.offering.name, units_per_month=number, **values
		)

	def test_drafts_are_not_compared(self):
		make_need(self.service, wishes=[(self.topic, "Must")])
		make_need(self.service, "Submitted", wishes=[(self.topic, "Won't")], customer=OTHER)
		self.assertEqual(self.count(), 0)

	def test_needs_over_capacity(self):
		first = self.units(6, needed_from="2027-03-10", needed_to="2027-05-02")
		self.assertEqual(self.count(), 0)
		second = self.units(5, customer=OTHER, needed_from="2027-05-20")
		(mediation,) = mediations_of(first, second)
		self.assertEqual(
			(mediation.kind, mediation.it_service, mediation.service_offering, mediation.status),
			("Resource", self.service.name, self.offering.name, "Open"),
		)
		self.assertIn("needs ask for 11 a month and 0 are committed, 10 can be delivered", mediation.conflict)
		self.assertIn("6 a month", mediation.parties[0].position)

	def test_a_conflict_is_opened_once(self):
		first = make_need(self.service, "Submitted", wishes=[(self.topic, "Must")])
		second = make_need(self.service, "Submitted", wishes=[(self.topic, "Won't")], customer=OTHER)
		(mediation,) = mediations_of(first, second)
		self.assertEqual((mediation.kind, mediation.topic), ("Function", self.topic))
		self.assertEqual(
			[row.position for row in mediation.parties], [f"{self.topic}: Must", f"{self.topic}: Won't"]
		)
		second.reload()
		second.save()
		self.assertEqual(mediate_service(self.service.name), [])
		mediate_all()
		find_now(self.service.name)
		self.assertEqual(self.count(), 1)
		mediation.withdraw("A misunderstanding")
		mediate_all()
		self.assertEqual(self.count(), 1)

	def test_the_database_refuses_a_second_one(self):
		first = make_need(self.service, "Submitted", wishes=[(self.topic, "Must")])
		second = make_need(self.service, "Submitted", wishes=[(self.topic, "Won't")], customer=OTHER)
		(mediation,) = mediations_of(first, second)
		copy = frappe.copy_doc(mediation)
		copy.conflict_key = mediation.conflict_key
		copy.flags.found_by_rule = True
		with self.assertRaises(frappe.UniqueValidationError):
			copy.insert()

	def test_a_third_need_joins_the_open_mediation(self):
		first = make_need(self.service, "Submitted", wishes=[(self.topic, "Must")])
		second = make_need(self.service, "Submitted", wishes=[(self.topic, "Won't")], customer=OTHER)
		third = make_need(self.service, "Submitted", wishes=[(self.topic, "Must")], customer="Sales Unit")
		(mediation,) = mediations_of(first, second, third)
		self.assertEqual(self.count(), 1)
		mediation.withdraw("Later")
		# The one who faces the newcomer meets it; those who met before do not meet again.
		fourth = make_need(
			self.service, "Submitted", wishes=[(self.topic, "Must")], customer="Logistics Unit"
		)
		(again,) = mediations_of(second, fourth)
		self.assertEqual({row.customer_need for row in again.parties}, {second.name, fourth.name})

	def test_topics_that_exclude_each_other(self):
		other = make_topic()
		first = make_need(self.service, "Submitted", wishes=[(self.topic, "Must", other)])
		second = make_need(self.service, "Submitted", wishes=[(other, "Should")], customer=OTHER)
		(mediation,) = mediations_of(first, second)
		self.assertEqual({mediation.topic, mediation.excluded_topic}, {self.topic, other})

	def test_a_changed_need_is_compared_again(self):
		first = make_need(self.service, "Assessed", wishes=[(self.topic, "Must")])
		second = make_need(self.service, "Submitted", wishes=[(self.topic, "Could")], customer=OTHER)
		self.assertEqual(self.count(), 0)
		second.requirements[0].moscow = "Won't"
		second.save()
		self.assertEqual(len(mediations_of(first, second)), 1)

	def test_a_need_that_gets_its_service_with_the_assessment(self):
		first = make_need(self.service, "Assessed", wishes=[(self.topic, "Must")])
		second = make_need(None, "Submitted", wishes=[(self.topic, "Won't")], customer=OTHER)
		second.assess(1, 1, 1, 1, it_service=self.service.name)
		self.assertEqual(len(mediations_of(first, second)), 1)

	def test_a_lowered_capacity_is_found_by_the_daily_job(self):
		first, second = self.units(5), self.units(5, customer=OTHER)
		self.assertEqual(self.count(), 0)
		self.offering.practical_capacity = 9
		self.offering.save()
		mediate_all()
		self.assertEqual(len(mediations_of(first, second)), 1)

	def test_declining_one_of_two_ends_the_mediation(self):
		first = make_need(self.service, "Assessed", wishes=[(self.topic, "Must")])
		second = make_need(self.service, "Assessed", wishes=[(self.topic, "Won't")], customer=OTHER)
		(mediation,) = mediations_of(first, second)
		second.decline("Not this year")
		mediation.reload()
		self.assertEqual(mediation.status, "Withdrawn")
		self.assertIn(second.name, mediation.withdrawal_reason)
		first.accept()

	def test_renaming_service_and_topic_opens_nothing_new(self):
		make_need(self.service, "Submitted", wishes=[(self.topic, "Must")])
		make_need(self.service, "Submitted", wishes=[(self.topic, "Won't")], customer=OTHER)
		frappe.rename_doc("Requirement Topic", self.topic, make_topic() + "-renamed")
		self.assertEqual(mediate_service(self.service.name), [])
		self.assertEqual(self.count(), 1)

	def test_only_managers_press_the_button(self):
		for role in ("Service Portfolio Manager", "Service Owner", "Customer"):
			frappe.set_user(make_user(role))
			with self.subTest(role), self.assertRaises(frappe.PermissionError):
				find_now(self.service.name)
			frappe.set_user("Administrator")

	def test_reading_takes_a_fixed_number_of_queries(self):
		def read():
			services = [self.service.name]
			load_needs(services)
			load_mediated(services)

		with self.assertQueryCount(3):
			read()
		for _number in range(6):
			make_need(self.service, "Submitted", wishes=[(make_topic(), "Must")], customer=OTHER)
		with self.assertQueryCount(3):
			read()
