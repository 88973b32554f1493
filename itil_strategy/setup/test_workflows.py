"""The workflow of business cases comes once, stays as administrators changed it, and leaves nothing."""

import frappe

from itil_strategy.setup.workflows import NAME, create_workflows, delete_workflows
from itil_strategy.tests.compat import SiteTestCase

RECORDS = (
	"Workflow",
	"Workflow State",
	"Workflow Action Master",
	"Workflow Document State",
	"Workflow Transition",
)


def records() -> dict[str, set[str]]:
	return {doctype: set(frappe.get_all(doctype, pluck="name", limit=0)) for doctype in RECORDS}


class TestWorkflows(SiteTestCase):
	def test_it_is_created_once_and_never_overwritten(self):
		create_workflows()
		frappe.db.set_value("Workflow", NAME, "is_active", 0)
		before = records()
		create_workflows()
		self.assertEqual(records(), before)
		self.assertEqual(frappe.db.get_value("Workflow", NAME, "is_active"), 0)

	def test_it_goes_without_a_trace_and_takes_nothing_of_others(self):
		create_workflows()
		delete_workflows()
		frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Funds Secured"}).insert()
		without = records()
		self.assertNotIn("In Review", without["Workflow State"])
		create_workflows()
		self.assertIn("In Review", records()["Workflow State"])
		delete_workflows()
		# A state that was there before, and those that ERPNext brings, stay.
		self.assertEqual(records(), without)
