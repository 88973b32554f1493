"""The gate checks on an approved business case and its funds (SP-3), their patches and the links to the case."""

import frappe
from frappe.desk.notifications import get_open_count
from frappe.utils import add_days, getdate, today

from itil_strategy.exceptions import GateError
from itil_strategy.patches.add_business_case_requirement import execute
from itil_strategy.patches.add_funds_requirement import execute as add_funds_requirement
from itil_strategy.setup.defaults import requirement_rows
from itil_strategy.tests.budgets import make_ceiling
from itil_strategy.tests.business_cases import approve, flow, make_case
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, center
from itil_strategy.tests.portfolio import decide, propose_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.relationship import make_need
from itil_strategy.utils.business_cases import find_approved_cases, find_funding

STAGE = "Approved"


def requirements(stage: str = STAGE) -> list[tuple[str, str]]:
	doc = frappe.get_doc("Service Pipeline Stage", stage)
	return [(row.gate_check, row.level) for row in doc.requirements]


def set_requirements(rows: list[tuple[str, str]], stage: str = STAGE) -> None:
	doc = frappe.get_doc("Service Pipeline Stage", stage)
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
		# Frappe lets no query of the connection take longer than a second after it counted.
		self.addCleanup(frappe.db.set_execution_timeout, 0)
		service = propose_service()
		need = make_need(service)
		make_case(service, customer_need=need.name)
		for doctype, name in (("Customer Need", need.name), ("IT Service", service.name)):
			counts = {
				row["doctype"]: row["count"]
				for row in get_open_count(doctype, name)["count"]["external_links_found"]
			}
			self.assertGreaterEqual(counts["Business Case"], 1)


class TestFundsGate(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = propose_service()
		# It has an approved case that spends nothing; here the money counts.
		frappe.db.delete("Business Case", {"it_service": self.service.name})

	def judge(self) -> tuple[str, str]:
		"""Result and evidence of the check in a decision on the next stage."""
		decision = decide(self.service, "Proceed", submit=False)
		found = next(row for row in decision.gate_results if row.gate_check == "Funds secured")
		decision.delete()
		return found.result, found.evidence

	def to_approved(self):
		for _stage in ("Defined", "Analysed", "Approved"):
			decide(self.service, "Proceed")

	def test_reserved_money_opens_it_and_money_that_is_gone_shuts_it(self):
		"""1,200 − 80 that others spent of the cost center are there for 1,100, and 1,200 − 130 are not."""
		year = today()[:4]
		make_ceiling(1200, cost_center=center("Data Centre"), fiscal_year=year, action="Warn")
		rows = [flow(item="Licences", kind="CapEx", amount=1100), flow("Do nothing", item="Old", amount=5)]
		case = approve(make_case(self.service, flows=rows, funding_cost_center=center("Data Centre")))
		self.to_approved()
		book_expense(propose_service().name, 80, f"{year}-01-15")
		self.assertEqual(
			self.judge(), ("Passed", f"Reserved for {case.name}, by fiscal year: {year}: 1,100.00.")
		)
		book_expense(propose_service().name, 50, f"{year}-01-15")
		self.assertEqual(
			self.judge(), ("Failed", f"The budget no longer covers {case.name}; missing in {year}: 30.00.")
		)
		with self.assertRaisesRegex(GateError, "Funds secured.*Raise the budget or transfer money to it"):
			decide(self.service, "Proceed")

	def test_a_reservation_that_went_missing_shuts_it(self):
		case = approve(make_case(self.service))
		self.to_approved()
		self.assertEqual(self.judge()[0], "Passed")
		frappe.db.set_value(
			"Fund Reservation",
			{"reference_name": case.name, "fiscal_year": today()[:4]},
			"status",
			"Released",
		)
		self.assertEqual(self.judge(), ("Failed", f"Nothing is reserved for {case.name} in {today()[:4]}."))

	def test_without_an_approved_case_it_is_shut(self):
		case = approve(make_case(self.service))
		self.to_approved()
		case.withdraw_approval("Too dear")
		self.assertIn("No Business Case of the service is approved and valid", self.judge()[1])
		approve(make_case(self.service, valid_until=today()))
		self.assertEqual(self.judge()[0], "Passed")
		frappe.db.set_value(
			"Business Case", {"it_service": self.service.name}, "valid_until", add_days(today(), -1)
		)
		self.assertEqual(self.judge()[0], "Failed")

	def test_the_patch_joins_seeded_requirements_and_leaves_edited_ones_alone(self):
		seeded = [("Funds secured", "Stop"), ("Capacity", "Stop")]
		for before, after in (
			([("Capacity", "Stop")], seeded),
			([("Capacity", "Warn")], [("Capacity", "Warn")]),
			([], []),
			([("Capacity", "Stop"), ("Cost model", "Warn")], [("Capacity", "Stop"), ("Cost model", "Warn")]),
		):
			set_requirements(before, "Chartered")
			for _run in range(2):
				add_funds_requirement()
				self.assertEqual(requirements("Chartered"), after)

	def test_queries_do_not_grow_with_services_and_cases(self):
		services = [self.service.name]
		approve(make_case(self.service))
		few = count_queries(lambda: find_funding(services, getdate()))
		for _number in range(6):
			service = propose_service()
			services.append(service.name)
			approve(make_case(service))
			approve(make_case(service))
		self.assertEqual(count_queries(lambda: find_funding(services, getdate())), few)
		self.assertEqual(len(find_funding(services, getdate())), 7)
