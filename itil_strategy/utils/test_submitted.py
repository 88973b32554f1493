import frappe

from itil_strategy.tests.allocation import calculated_allocation
from itil_strategy.tests.budgets import make_budget
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service


class TestTwoAtOnce(SiteTestCase):
	"""The second one presses a button that the first has pressed already."""

	def assert_told(self, error, state: str):
		self.assertIn(state, str(error.exception))
		self.assertIn("Reload", str(error.exception))
		self.assertTrue(frappe.local.message_log)

	def test_both_cancel(self):
		run = calculated_allocation()
		run.submit()
		frappe.get_doc(run.doctype, run.name).cancel()
		second = frappe.get_doc(run.doctype, run.name)
		frappe.local.message_log = []
		with self.assertRaises(frappe.ValidationError) as error:
			second.cancel()
		self.assert_told(error, "Cancelled")

	def test_one_saves_what_the_other_has_submitted(self):
		budget = make_budget(make_service(), submit=False)
		first, second = (frappe.get_doc(budget.doctype, budget.name) for _number in range(2))
		first.submit()
		second.modified = first.modified
		frappe.local.message_log = []
		with self.assertRaises(frappe.DocstatusTransitionError) as error:
			second.save()
		self.assert_told(error, "Submitted")

	def test_what_is_allowed_passes(self):
		budget = make_budget(make_service())
		budget.reload()
		budget.cancel()
		self.assertEqual(budget.docstatus, 2)
