"""The gate check on an approved business case (SP-3), its patch and the links to the case."""

import frappe
from frappe.desk.notifications import get_open_count
from frappe.utils import add_days, today

from itil_strategy.exceptions import GateError
from itil_strategy.patches.add_business_case_requirement import execute
from itil_strategy.setup.defaults import requirement_rows
from itil_strategy.tests.business_cases import approve, make_case, with_funds
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.portfolio import decide, propose_service
from itil_strategy.tests.relationship import make_need
from itil_strategy.utils.business_cases import find_approved_cases

STAGE = "Approved"


def requirements() -> list[tuple[str, str]]:
	doc = frappe.get_doc("Service Pipeline Stage", STAGE)
	return [(row.gate_check, row.level) for row in doc.requirements]


def set_requirements(rows: list[tuple[str, str]]) -> None:
	doc = frappe.get_doc("Service Pipeline Stage", STAGE)
	doc.set("requirements", [{"gate_check": check, "level": level} for check, level in rows])
	doc.save()


class TestGate(SiteTestCase):
	def test_a_service_is_approved_with_its_case_only(self):
		service = propose_service()
		frappe.db.delete("Business Case", {"it_service": service.name})
		for _stage in range(2):
			decide(service, "Proceed")
		with self.assertRaisesRegex(GateError, "No Business Case of the service is approved"):
			decide(service, "Proceed")
		case = approve(make_case(service))
		decide(service, "Proceed")
		with with_funds():
			case.withdraw_approval("Too dear")
		self.assertEqual(find_approved_cases([service.name]), {})

	def test_a_case_out_of_date_is_none(self):
		service = propose_service()
		frappe.db.set_value(
			"Business Case", {"it_service": service.name}, "valid_until", add_days(today(), -1)
		)
		for _stage in range(2):
			decide(service, "Proceed")
		with self.assertRaisesRegex(GateError, "was valid until"):
			decide(service, "Proceed")

	def test_the_patch_joins_seeded_requirements_and_leaves_edited_ones_alone(self):
		for before, after in (
			(
				[("No open mediation", "Stop")],
				[(row["gate_check"], row["level"]) for row in requirement_rows(STAGE)],
			),
			([("No open mediation", "Warn")], [("No open mediation", "Warn")]),
			([], []),
		):
			set_requirements(before)
			for _run in range(2):
				execute()
				self.assertEqual(requirements(), after)

	def test_need_and_service_show_their_cases(self):
		service = propose_service()
		need = make_need(service)
		make_case(service, customer_need=need.name)
		for doctype, name in (("Customer Need", need.name), ("IT Service", service.name)):
			counts = {
				row["doctype"]: row["count"]
				for row in get_open_count(doctype, name)["count"]["external_links_found"]
			}
			self.assertGreaterEqual(counts["Business Case"], 1)
