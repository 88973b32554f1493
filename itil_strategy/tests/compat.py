"""The base class of site tests on Frappe 15 and 16, with isolation per test."""

import frappe

try:
	from frappe.tests import IntegrationTestCase as _TestCase
except ImportError:
	from frappe.tests.utils import FrappeTestCase as _TestCase

SETTINGS = ("Service Strategy Settings", "Selling Settings", "Stock Settings", "Accounts Settings")


class SiteTestCase(_TestCase):
	"""Each test starts from the committed masters: what it writes is rolled back after it."""

	def setUp(self):
		super().setUp()
		frappe.set_user("Administrator")
		frappe.db.savepoint("site_test")
		self.addCleanup(self._undo)

	@staticmethod
	def _undo():
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="site_test")
		# A rollback does not reach what was cached of the settings meanwhile.
		frappe.db.value_cache.clear()
		for settings in SETTINGS:
			frappe.clear_document_cache(settings, settings)
		frappe.local.message_log = []
