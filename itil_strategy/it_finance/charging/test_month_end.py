from unittest.mock import patch

import frappe
from frappe.utils import add_days, get_first_day, getdate, today
from frappe.utils.safe_exec import safe_exec

from itil_strategy.it_finance.charging.month_end import draft_runs
from itil_strategy.setup.readiness import check_ledger
from itil_strategy.setup.server_scripts import MONTH_END_DRAFT, SCRIPTS, create_server_scripts
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_run, make_user
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY


class TestMonthEnd(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.end = add_days(get_first_day(getdate(today())), -1)
		self.start = get_first_day(self.end)

	def runs(self) -> dict:
		rows = frappe.get_all(
			"Charging Run",
			{"period_start": self.start, "docstatus": 0},
			["company", "period_end", "status", "mode"],
		)
		return {row.company: (getdate(row.period_end), row.status, row.mode) for row in rows}

	def test_a_draft_of_the_last_month_per_company_once(self):
		manager = make_user("IT Financial Manager")
		with patch("itil_strategy.utils.jobs.enqueue") as enqueue:
			names = draft_runs()
			self.assertEqual(enqueue.call_count, len(names))
			self.assertEqual(draft_runs(), [])
		expected = (self.end, "Calculating", "Chargeback")
		# A sample organisation may be on the site as well.
		self.assertLessEqual({COMPANY: expected, OTHER_COMPANY: expected}.items(), self.runs().items())
		told = frappe.get_all("Notification Log", {"for_user": manager}, pluck="document_name")
		self.assertEqual(sorted(told), sorted(names))

	def test_drafts_only_and_of_one_company(self):
		(name,) = draft_runs(COMPANY, calculate=False)
		self.assertEqual(self.runs(), {COMPANY: (self.end, "Draft", "Chargeback")})
		self.assertEqual(frappe.db.get_value("Charging Run", name, "docstatus"), 0)

	def test_a_company_with_a_run_is_left_alone(self):
		make_run(str(self.start))
		self.assertEqual(draft_runs(COMPANY, calculate=False), [])

	def test_only_finance_drafts_and_only_for_its_companies(self):
		for role in ("Service Portfolio Manager", "Business Relationship Manager", "Service Owner"):
			frappe.set_user(make_user(role))
			with self.assertRaises(frappe.PermissionError):
				draft_runs()
		frappe.set_user("Administrator")
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Company", "for_value": OTHER_COMPANY}
		).insert()
		frappe.set_user(user)
		with self.assertRaisesRegex(frappe.PermissionError, "Choose a company of yours"):
			draft_runs(COMPANY)
		draft_runs(calculate=False)
		self.assertEqual(set(self.runs()), {OTHER_COMPANY})

	def test_the_server_script_as_it_ships(self):
		with (
			patch("itil_strategy.utils.jobs.enqueue"),
			patch("frappe.utils.safe_exec.is_safe_exec_enabled", return_value=True),
		):
			safe_exec(SCRIPTS[MONTH_END_DRAFT]["script"])
		self.assertLessEqual({COMPANY, OTHER_COMPANY}, set(self.runs()))

	def test_the_script_is_created_once_and_disabled_where_scripts_are_off(self):
		self.assertTrue(frappe.db.get_value("Server Script", MONTH_END_DRAFT, "disabled"))
		frappe.db.set_value("Server Script", MONTH_END_DRAFT, "script", "log('mine')")
		create_server_scripts()
		self.assertEqual(frappe.db.get_value("Server Script", MONTH_END_DRAFT, "script"), "log('mine')")
		row = next(row for row in check_ledger() if MONTH_END_DRAFT in row["label"])
		self.assertIn("Server scripts are off", row["detail"])
