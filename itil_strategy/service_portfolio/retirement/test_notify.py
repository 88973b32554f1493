from unittest.mock import patch

import frappe
from frappe.utils import today
from frappe.utils.safe_exec import safe_exec

from itil_strategy.service_portfolio.retirement.notify import notify_owners
from itil_strategy.setup.server_scripts import MONTHLY_ANALYSIS, SCRIPTS, create_server_scripts
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY


class TestNotifyOwners(SiteTestCase):
	def setUp(self):
		super().setUp()
		settings = frappe.get_doc("Service Strategy Settings")
		settings.set(
			"indicators",
			[
				{"indicator": f"{kind} fit", "axis": axis, "weight": 100, "worst": 1, "target": 4}
				for kind, axis in (("Functional", "Value"), ("Technical", "Fitness"))
			],
		)
		settings.save()
		self.owner = make_user("Service Owner")
		self.poor = self.make("1", service_name="Fax <b>", service_owner=self.owner)
		self.good = self.make("4", service_owner=self.owner)

	def make(self, fit: str, **values):
		return make_service(
			fit_assessments=[
				{"kind": kind, "score": fit, "assessed_on": today()} for kind in ("Technical", "Functional")
			],
			**values,
		)

	def logs(self) -> list[frappe._dict]:
		return frappe.get_all(
			"Notification Log",
			{"document_type": "IT Service", "document_name": ("in", [self.poor.name, self.good.name])},
			["for_user", "document_name", "subject", "email_content"],
		)

	def test_the_owner_of_an_eliminate_service_is_told_once_a_month(self):
		self.assertIn(self.poor.name, notify_owners(company=COMPANY))
		(log,) = self.logs()
		self.assertEqual((log.for_user, log.document_name), (self.owner, self.poor.name))
		self.assertIn("Fax &lt;b&gt;", log.subject)
		self.assertIn("Business value 1.00, fitness 1.00, cut-off 5.50", log.email_content)
		self.assertNotIn(self.poor.name, notify_owners(company=COMPANY))
		self.assertEqual(len(self.logs()), 1)
		self.assertNotIn(self.poor.name, notify_owners(company=OTHER_COMPANY))

	def test_without_an_enabled_owner_the_portfolio_managers_are_told(self):
		manager = make_user("Service Portfolio Manager")
		frappe.db.set_value("User", self.owner, "enabled", 0)
		notify_owners(company=COMPANY)
		self.assertIn(manager, [log.for_user for log in self.logs()])

	def test_only_portfolio_managers_may_send(self):
		frappe.set_user(self.owner)
		with self.assertRaises(frappe.PermissionError):
			notify_owners()
		frappe.set_user(make_user("Service Portfolio Manager"))
		self.assertIn(self.poor.name, notify_owners())

	def test_the_server_script_as_it_ships(self):
		# The switch is a setting of the whole bench, not of a site.
		with patch("frappe.utils.safe_exec.is_safe_exec_enabled", return_value=True):
			safe_exec(SCRIPTS[MONTHLY_ANALYSIS]["script"])
		self.assertEqual([log.for_user for log in self.logs()], [self.owner])

	def test_a_changed_script_is_never_overwritten(self):
		frappe.db.set_value("Server Script", MONTHLY_ANALYSIS, "script", "log('mine')")
		create_server_scripts()
		self.assertEqual(frappe.db.get_value("Server Script", MONTHLY_ANALYSIS, "script"), "log('mine')")
