import frappe

from itil_strategy.exceptions import LedgerSetupError, StageChangeError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, center, make_service, unique
from itil_strategy.tests.setup import ABBR, COMPANY, OTHER_COMPANY


class TestITService(SiteTestCase):
	def test_a_new_service_starts_at_the_first_stage(self):
		doc = frappe.get_doc(
			{"doctype": "IT Service", "service_code": unique("S"), "service_name": "New"}
		).insert()
		self.assertEqual((doc.stage, doc.phase, doc.decision_state), ("Proposed", "Pipeline", "Active"))

	def test_the_stage_changes_by_decision_only(self):
		"""SP-1: refused by form, by the API of list view and REST, and by db_set."""
		doc = frappe.get_doc("IT Service", make_service(stage="Proposed").name)
		doc.stage = "Operational"
		with self.assertRaisesRegex(StageChangeError, "only by submitting a Portfolio Decision"):
			doc.save()
		with self.assertRaises(StageChangeError):
			frappe.client.set_value("IT Service", doc.name, "stage", "Operational")
		with self.assertRaises(StageChangeError):
			frappe.get_doc("IT Service", doc.name).db_set("stage", "Operational")
		with self.assertRaises(StageChangeError):
			frappe.get_doc("IT Service", doc.name).db_set("last_day", "2026-01-31")
		self.assertEqual(frappe.db.get_value("IT Service", doc.name, "stage"), "Proposed")

	def test_a_new_service_cannot_claim_a_later_stage(self):
		with self.assertRaises(StageChangeError):
			frappe.get_doc(
				{
					"doctype": "IT Service",
					"service_code": unique("S"),
					"service_name": "New",
					"stage": "Operational",
				}
			).insert()

	def test_cost_centers_must_fit(self):
		with self.assertRaisesRegex(LedgerSetupError, "Row #1.*is a group"):
			make_service(companies=[{"company": COMPANY, "provider_cost_center": f"{COMPANY} - {ABBR}"}])
		with self.assertRaisesRegex(LedgerSetupError, "belongs to"):
			make_service(companies=[{"company": OTHER_COMPANY, "provider_cost_center": center("Sales")}])
		with self.assertRaisesRegex(LedgerSetupError, "Row #2.*listed twice"):
			make_service(companies=[{"company": COMPANY, "provider_cost_center": center("Sales")}] * 2)

	def test_a_service_with_ledger_entries_is_not_deleted(self):
		doc = make_service()
		book_expense(doc.name, 1)
		with self.assertRaisesRegex(frappe.LinkExistsError, "Retire the service instead"):
			doc.delete()
