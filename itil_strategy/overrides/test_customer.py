import frappe

from itil_strategy.exceptions import CustomerMergeError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	center,
	charges_of,
	import_usage,
	make_customer,
	make_offering,
	make_policy,
	make_user,
	post_all,
	published_run,
	unique,
)
from itil_strategy.tests.setup import COMPANY


def merge(old: str, new: str) -> None:
	frappe.rename_doc("Customer", old, new, merge=True, rebuild_search=False, show_alert=False)


class TestMerge(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.old, self.new = make_customer(unique("Old & Co")).name, make_customer(unique("New")).name

	def use(self, offering, *customers: str, day: str = "2026-01-10"):
		return import_usage([(offering.name, customer, day, "Nos", 7) for customer in customers])

	def charge_both(self):
		"""One offering, one policy: the charges differ by the customer alone."""
		offering = make_offering()
		make_policy(offering, unit_price=1)
		self.use(offering, self.old, self.new)
		return offering

	def assert_refused(self, *texts: str):
		with self.assertRaises(CustomerMergeError) as caught:
			merge(self.old, self.new)
		for text in (self.old.replace("&", "&amp;"), self.new, *texts):
			self.assertIn(text, str(caught.exception))
		self.assertTrue(frappe.db.exists("Customer", self.old))

	def assert_merged(self):
		merge(self.old, self.new)
		self.assertFalse(frappe.db.exists("Customer", self.old))
		for doctype in ("Service Usage", "Usage Claim", "Service Charge"):
			self.assertEqual(frappe.db.count(doctype, {"customer": self.old}), 0)

	def test_a_calculated_run_that_charges_both(self):
		self.charge_both()
		run = calculated_run()
		self.assert_refused(run.name, "delete that run first")
		run.delete()
		self.assert_merged()
		(charge,) = charges_of(calculated_run())
		self.assertEqual((charge.customer, charge.quantity, charge.amount), (self.new, 14, 14.00))

	def test_a_published_run_that_charges_both(self):
		self.charge_both()
		run = published_run()
		self.assert_refused(run.name, "cancel and delete that run first", "or disable")
		run.cancel()
		self.assert_refused(run.name, "delete that run first")
		run.delete()
		self.assert_merged()

	def test_a_posted_run_stays_and_so_do_both(self):
		self.charge_both()
		run = published_run()
		post_all(run)
		run.db_set("status", "Posted")
		self.assert_refused(run.name, "stays with its vouchers as history: disable")
		run.reload()
		run.cancel()
		self.assert_refused(run.name, "stays with its vouchers as history: disable")
		with self.assertRaises(frappe.LinkExistsError):
			run.delete()

	def test_usage_of_one_import_under_policies_of_their_own(self):
		"""Their charges differ, what was claimed does not."""
		offering = make_offering()
		for customer in (self.old, self.new):
			make_policy(offering, unit_price=1, customer=customer)
		self.use(offering, self.old, self.new)
		run = published_run()
		post_all(run)
		run.db_set("status", "Posted")
		self.assert_refused(run.name)

	def test_an_open_run_lists_a_customer_once(self):
		"""Acceptance is recorded per customer."""
		for customer in (self.old, self.new):
			offering = make_offering()
			make_policy(offering, unit_price=1)
			self.use(offering, customer)
		run = published_run()
		self.assert_refused(run.name)
		post_all(run)
		run.db_set("status", "Posted")
		self.assert_merged()
		self.assertEqual({row.customer for row in charges_of(run)}, {self.new})

	def test_customers_charged_by_different_runs(self):
		offering = make_offering()
		make_policy(offering, unit_price=1)
		self.use(offering, self.old)
		first = published_run()
		self.use(offering, self.new, day="2026-02-10")
		second = published_run("2026-02-01")
		self.assert_merged()
		self.assertEqual([row.customer for run in (first, second) for row in charges_of(run)], [self.new] * 2)

	def test_usage_that_no_run_charged(self):
		self.charge_both()
		self.assert_merged()
		self.assertEqual([row.quantity for row in charges_of(calculated_run())], [14])

	def test_customers_without_usage(self):
		self.assert_merged()

	def test_renaming_is_no_merge(self):
		self.charge_both()
		run = calculated_run()
		name = unique("Renamed")
		frappe.rename_doc("Customer", self.old, name, rebuild_search=False, show_alert=False)
		self.assertEqual({row.customer for row in charges_of(run)}, {name, self.new})

	def test_what_frappe_refuses_it_refuses_itself(self):
		self.charge_both()
		calculated_run()
		with self.assertRaisesRegex(frappe.ValidationError, "names? (are|is) the same"):
			merge(self.old, self.old)
		with self.assertRaisesRegex(frappe.ValidationError, "select a new target"):
			merge(self.old, unique("Nobody"))


class TestTerms(SiteTestCase):
	"""Who pays is decided by finance, though others write customers."""

	def setUp(self):
		super().setUp()
		self.customer = make_customer(unique("Unit"))
		self.customer.append(
			"it_charging", {"company": COMPANY, "cost_center": center("Sales"), "mode": "Showback"}
		)
		self.customer.save()

	def change(self, **values):
		doc = frappe.get_doc("Customer", self.customer.name)
		doc.it_charging[0].update(values)
		doc.save()

	def test_others_change_customers_but_not_their_terms(self):
		frappe.set_user(make_user("Sales User", "Sales Manager", "Sales Master Manager"))
		doc = frappe.get_doc("Customer", self.customer.name)
		doc.customer_details = "Second floor"
		doc.save()
		for values in (
			{"mode": "Chargeback"},
			{"mode": "Chargeback", "chargeback_from": "2025-01-01"},
			{"cost_center": center("Production")},
		):
			with self.assertRaisesRegex(frappe.PermissionError, "set by an IT Financial Manager"):
				self.change(**values)
		doc.reload().it_charging = []
		self.assertRaises(frappe.PermissionError, doc.save)
		doc = frappe.get_doc(
			{"doctype": "Customer", "customer_name": unique("New"), "customer_type": "Company"}
		)
		doc.append("it_charging", {"company": COMPANY, "cost_center": center("Sales"), "mode": "Showback"})
		self.assertRaises(frappe.PermissionError, doc.insert)

	def test_finance_changes_them(self):
		frappe.set_user(make_user("IT Financial Manager", "Sales User", "Sales Master Manager"))
		self.change(mode="Chargeback")
		self.assertEqual(self.customer.reload().it_charging[0].mode, "Chargeback")
