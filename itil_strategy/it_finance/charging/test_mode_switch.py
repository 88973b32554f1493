import frappe
from frappe.utils import add_months, get_first_day, getdate, today

from itil_strategy.exceptions import LedgerSetupError, ModeSwitchError
from itil_strategy.it_finance.charging.mode_switch import first_open_month, get_comparison, switch_mode
from itil_strategy.tests.charging import priced_offering, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	center,
	charges_of,
	make_customer,
	make_offering,
	make_policy,
	make_user,
	published_run,
	unique,
)
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY


class TestModeSwitch(SiteTestCase):
	def setUp(self):
		super().setUp()
		row = {"company": COMPANY, "cost_center": center("Sales"), "mode": "Showback"}
		self.customer = make_customer(unique("Unit"), it_charging=[row]).name
		self.month = get_first_day(add_months(getdate(today()), -1))
		self.offering, free = priced_offering(), make_offering()
		make_policy(free, method="None")
		use(self.offering, self.customer, 9, str(self.month))
		use(free, self.customer, 5, str(self.month))

	def compare(self, mode: str = "Chargeback", **values) -> dict:
		return get_comparison(self.customer, COMPANY, mode, **values)

	def row(self) -> tuple:
		return frappe.db.get_value(
			"Customer IT Charging", {"parent": self.customer}, ["mode", "chargeback_from"]
		)

	def test_what_would_have_been_charged_stands_beside_what_was_shown(self):
		published_run(str(self.month))
		told = self.compare()
		paid = next(row for row in told["rows"] if row["service"] == self.offering.it_service)
		self.assertEqual((paid["shown"], paid["charged"], paid["would_be_charged"]), (90, 0, 90))
		self.assertEqual(told["total"], {"shown": 90, "charged": 0, "would_be_charged": 90})
		self.assertEqual((told["current"], told["currency"]), ("Showback", "EUR"))
		self.assertEqual(self.compare("Showback")["total"]["would_be_charged"], 0)

	def test_the_switch_counts_from_the_first_month_that_is_not_published(self):
		published_run(str(self.month))
		first = get_first_day(today())
		self.assertEqual(first_open_month(COMPANY), first)
		with self.assertRaisesRegex(ModeSwitchError, "published as shown"):
			switch_mode(self.customer, COMPANY, "Chargeback", str(self.month))
		with self.assertRaises(ModeSwitchError):
			switch_mode(self.customer, COMPANY, "Chargeback")
		with self.assertRaises(LedgerSetupError):
			switch_mode(self.customer, COMPANY, "Chargeback", str(first.replace(day=2)))
		self.assertEqual(self.row(), ("Showback", None))
		switch_mode(self.customer, COMPANY, "Chargeback", str(first))
		self.assertEqual(self.row(), ("Chargeback", first))
		comment = frappe.get_last_doc("Comment", {"reference_name": self.customer, "comment_type": "Info"})
		self.assertRegex(comment.content, r"90.00 were shown and .*0.00 charged; .*90.00 would")
		use(self.offering, self.customer, 1, str(first))
		(charge,) = charges_of(calculated_run(str(first)))
		self.assertEqual((charge.mode, charge.amount), ("Chargeback", 10))

	def test_back_to_showback_and_runs_to_calculate_again(self):
		run = calculated_run(str(self.month))
		self.assertEqual(
			switch_mode(self.customer, COMPANY, "Chargeback", str(first_open_month(COMPANY))), [run.name]
		)
		switch_mode(self.customer, COMPANY, "Showback")
		self.assertEqual(self.row(), ("Showback", None))
		with self.assertRaisesRegex(ModeSwitchError, "Showback already"):
			switch_mode(self.customer, COMPANY, "Showback")

	def test_an_external_customer_has_no_mode_to_switch(self):
		for call in (get_comparison, switch_mode):
			with self.assertRaisesRegex(ModeSwitchError, "Add a row with its cost center first"):
				call("Harbour GmbH", COMPANY, "Showback")

	def test_who_compares_and_who_switches(self):
		first = str(first_open_month(COMPANY))
		for role, reads in (
			("Service Portfolio Manager", True),
			("Business Relationship Manager", False),
			("Service Owner", False),
		):
			frappe.set_user(make_user(role))
			if reads:
				self.compare()
			else:
				self.assertRaises(frappe.PermissionError, self.compare)
			with self.assertRaises(frappe.PermissionError):
				switch_mode(self.customer, COMPANY, "Chargeback", first)
		user = make_finance_user_of(OTHER_COMPANY)
		frappe.set_user(user)
		with self.assertRaisesRegex(frappe.PermissionError, "Choose a company of yours"):
			self.compare()
		frappe.set_user(make_user("IT Financial Manager"))
		switch_mode(self.customer, COMPANY, "Chargeback", first)
		self.assertEqual(self.row()[0], "Chargeback")

	def test_query_count_does_not_grow_with_charges(self):
		published_run(str(self.month))
		self.compare()
		with self.assertQueryCount(7):
			self.compare()


def make_finance_user_of(company: str) -> str:
	frappe.set_user("Administrator")
	user = make_user("IT Financial Manager")
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Company", "for_value": company}
	).insert()
	return user
