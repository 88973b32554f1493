"""What the gates ask about needs and mediations, and how the checks join stages that exist already (SP-3)."""

import frappe

from itil_strategy.patches.add_relationship_requirements import execute
from itil_strategy.setup.defaults import requirement_rows
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service
from itil_strategy.tests.relationship import make_need, make_topic, mediations_of
from itil_strategy.utils.relationship import find_assessed_needs, find_open_mediations


def requirements(stage: str) -> list[tuple]:
	return [
		(row.gate_check, row.level) for row in frappe.get_doc("Service Pipeline Stage", stage).requirements
	]


def set_requirements(stage: str, rows: list[dict]) -> None:
	doc = frappe.get_doc("Service Pipeline Stage", stage)
	doc.set("requirements", rows)
	doc.save()


class TestRelationshipGates(SiteTestCase):
	def test_needs_count_from_their_assessment_until_they_are_declined(self):
		service = make_service()
		for status in ("Draft", "Submitted"):
			make_need(service, status)
		self.assertEqual(find_assessed_needs([service.name]), {})
		need = make_need(service, "Assessed")
		self.assertEqual(find_assessed_needs([service.name]), {service.name: (need.name,)})
		need.decline("No")
		self.assertEqual(find_assessed_needs([service.name]), {})

	def test_a_mediation_concerns_its_service_and_those_of_its_needs(self):
		service, other, topic = make_service(), make_service(), make_topic()
		need = make_need(service, "Submitted", wishes=[(topic, "Must")])
		against = make_need(service, "Submitted", wishes=[(topic, "Won't")], customer="Meadow AG")
		(found,) = mediations_of(need, against)
		elsewhere = make_need(other, "Submitted")
		by_hand = frappe.get_doc(
			{
				"doctype": "Requirement Mediation",
				"mediation_title": "Who comes first",
				"kind": "Timing",
				"parties": [{"customer_need": need.name}, {"customer_need": elsewhere.name}],
			}
		).insert()
		names = [service.name, other.name]
		self.assertEqual(
			find_open_mediations(names),
			{service.name: tuple(sorted((found.name, by_hand.name))), other.name: (by_hand.name,)},
		)
		with self.assertQueryCount(3):
			find_open_mediations(names)
			find_assessed_needs(names)
		by_hand.withdraw("Settled on the phone")
		self.assertEqual(find_open_mediations([other.name]), {})

	def test_the_patch_leaves_edited_stages_alone(self):
		set_requirements("Analysed", [])
		set_requirements("Approved", [{"gate_check": "Cost model", "level": "Warn"}])
		for _run in range(2):
			execute()
			self.assertEqual(
				requirements("Analysed"), [("Customer need", "Stop"), ("No open mediation", "Warn")]
			)
			self.assertEqual(requirements("Approved"), [("Cost model", "Warn")])

	def test_new_sites_start_with_the_checks(self):
		self.assertIn({"gate_check": "No open mediation", "level": "Stop"}, requirement_rows("Approved"))
