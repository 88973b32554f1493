import json

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, today

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.report.retirement_analysis.retirement_analysis import execute
from itil_strategy.service_portfolio.retirement.analysis import analyse_service, analyse_services
from itil_strategy.service_portfolio.retirement.evidence import draft_decision, get_evidence
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	import_usage,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
)
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY

MONTHS = ("2026-01", "2026-02", "2026-03")
FILTERS = {"company": COMPANY, "last_month": "2026-03-31", "months": 3}


def fit(technical: int, functional: int) -> list[dict]:
	return [
		{"kind": "Technical", "score": str(technical), "assessed_on": "2026-03-01"},
		{"kind": "Functional", "score": str(functional), "assessed_on": "2026-03-01"},
	]


def rows_by_service(data: list[dict]) -> dict:
	return {row["it_service"]: row for row in data if row.get("it_service")}


class TestRetirementAnalysis(SiteTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_value("Strategic Objective", {"is_active": 1}, "is_active", 0)
		self.objective = frappe.get_doc(
			{"doctype": "Strategic Objective", "objective_name": frappe.generate_hash(), "weight": 100}
		).insert()
		self.mail = make_service(
			service_name="Mail",
			fit_assessments=fit(4, 4),
			outcomes=[{"strategic_objective": self.objective.name, "contribution": 30}],
		)
		self.files = make_service(
			service_name="Files",
			fit_assessments=fit(1, 1),
			dependencies=[{"depends_on": self.mail.name, "share": 10}],
		)
		self.offering = make_offering(self.mail)
		for month in MONTHS:
			book_expense(self.mail.name, 1000, f"{month}-15")
			book_expense(self.files.name, 100, f"{month}-15")

	def test_cells_by_hand(self):
		make_policy(self.offering, unit_price=10)
		import_usage(
			[
				(self.offering.name, customer, f"{month}-05", "Nos", quantity)
				for month, sales, harbour in (
					("2026-01", 80, 20),
					("2026-02", 85, 25),
					("2026-03", 100, 20),
				)
				for customer, quantity in (("Sales Unit", sales), ("Harbour GmbH", harbour))
			]
		)
		for month in MONTHS:
			published_run(f"{month}-01")
		row = rows_by_service(execute(FILTERS)[1])[self.mail.name]
		self.assertEqual((row["full_cost"], row["charged"]), (3000.0, 3300.0))  # 330 x 10.00
		self.assertEqual((row["recovery"], row["unit"]), (110.0, "Nos"))
		self.assertAlmostEqual(row["unit_cost"], 3000 / 330, places=6)
		self.assertAlmostEqual(row["usage_trend"], 1200 * 10 / 110, places=6)  # 100, 110, 120
		self.assertEqual((row["active_customers"], row["strategic_contribution"]), (2, 30.0))
		# (20 x 10 + 15 x 4.6 + 25 x 10 + 15 x 10) / 75
		self.assertEqual((row["value_score"], row["value_coverage"]), (8.92, 75.0))
		# all three at their target
		self.assertEqual((row["fitness_score"], row["fitness_coverage"]), (10.0, 100.0))
		self.assertEqual((row["service_class"], row["recommended"]), ("Invest", "Renew"))
		# (3,000 - 650 of Harbour) x 12/3
		self.assertEqual(row["net_saving"], 9400.0)
		self.assertEqual((row["dependents"], row["blockers"]), (1, f"Needed by {self.files.name}"))

	def test_a_service_without_charges_and_usage(self):
		row = rows_by_service(execute(FILTERS)[1])[self.files.name]
		self.assertEqual((row["charged"], row["recovery"], row["active_customers"]), (0.0, None, None))
		# 25 of contribution and 15 of functional fit; 40 of technical fit
		self.assertEqual((row["value_coverage"], row["fitness_coverage"]), (40.0, 40.0))
		self.assertIsNone(row["service_class"])

	def test_uncharged_usage_blocks(self):
		import_usage([(self.offering.name, "Sales Unit", "2026-03-05", "Nos", 7)])
		row = rows_by_service(execute(FILTERS)[1])[self.mail.name]
		self.assertIn(f"Not charged yet: {self.offering.name} in 2026-03", row["blockers"])

	def test_commitments_that_outlast_the_service_block(self):
		"""Open-ended ones always, dated ones once a last day is planned before their end."""
		dated, open_ended, draft = (
			frappe.get_doc(
				{
					"doctype": "Service Commitment",
					"customer": "Harbour GmbH",
					"service_offering": self.offering.name,
					"units_per_month": 5,
					"valid_from": today(),
					**values,
				}
			)
			.insert()
			.name
			for values in ({"valid_to": add_days(today(), 60)}, {}, {"status": "Draft"})
		)
		row = rows_by_service(execute(FILTERS)[1])[self.mail.name]
		self.assertEqual(row["commitments"], 2)
		self.assertIn(f"Promised for longer: {open_ended}", row["blockers"])
		self.assertNotIn(dated, row["blockers"])
		for last_day, blocking in ((60, (open_ended,)), (59, (dated, open_ended))):
			frappe.db.set_value("IT Service", self.mail.name, "last_day", add_days(today(), last_day))
			row = rows_by_service(execute(FILTERS)[1])[self.mail.name]
			self.assertIn(f"Promised for longer: {', '.join(blocking)}", row["blockers"])
			self.assertEqual(dated in row["blockers"], dated in blocking)
		self.assertNotIn(draft, row["blockers"])

	def test_exit_cost_and_payback_come_from_the_retirement_plan(self):
		frappe.get_doc(
			{
				"doctype": "Service Retirement",
				"it_service": self.files.name,
				"last_day": "2027-06-30",
				"company": COMPANY,
				"exit_cost": 300,
			}
		).insert(ignore_mandatory=True)
		row = rows_by_service(execute(FILTERS)[1])[self.files.name]
		# 300 a quarter is 1,200 a year, so 300 are back after 3 months
		self.assertEqual((row["net_saving"], row["exit_cost"], row["payback"]), (1200.0, 300.0, 3.0))

	def test_only_catalogue_services_that_the_company_delivers(self):
		pipeline = make_service(stage="Proposed")
		self.mail.companies[0].active = 0
		self.mail.save()
		services = rows_by_service(execute(FILTERS)[1])
		self.assertNotIn(pipeline.name, services)
		self.assertNotIn(self.mail.name, services)
		self.assertIn(self.files.name, services)
		elsewhere = rows_by_service(execute({**FILTERS, "company": OTHER_COMPANY})[1])
		self.assertFalse({self.files.name, self.mail.name} & elsewhere.keys())

	def test_filters_and_summary(self):
		_columns, data, message, _chart, summary, _skip = execute({**FILTERS, "service_class": "No Class"})
		self.assertEqual({row["service_class"] for row in data if row.get("it_service")}, {None})
		counts = {card["label"]: card["value"] for card in summary}
		self.assertEqual(counts["No Class"], len(rows_by_service(data)))
		self.assertEqual(counts["Invest"], 0)
		self.assertIn("2026-01 to 2026-03 (3 months)", message)
		self.assertIn("direct cost", message)
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.files.name, "service_owner", user)
		own = execute({**FILTERS, "service_owner": user})[1]
		self.assertEqual(list(rows_by_service(own)), [self.files.name])

	def test_bad_filters(self):
		for changed, message in (
			({"company": None}, "Choose a value"),
			({"last_month": frappe.utils.today()}, "not over yet"),
			({"months": 0}, "Choose 1 to 120"),
			({"months": 121}, "Choose 1 to 120"),
			({"service_class": "Keep"}, "Choose one of Invest"),
		):
			with self.subTest(message), self.assertRaisesRegex(ServiceStrategyError, message):
				execute({**FILTERS, **changed})

	def test_settings_that_give_no_score_are_refused(self):
		settings = frappe.get_doc("Service Strategy Settings")
		settings.indicators = [row for row in settings.indicators if row.axis == "Fitness"]
		settings.flags.ignore_validate = True
		settings.save()
		with self.assertRaisesRegex(ServiceStrategyError, "axis Value total 0"):
			execute(FILTERS)

	def test_totals_do_not_depend_on_the_viewer(self):
		total = execute(FILTERS)[1][-1]
		user = make_user("Service Portfolio Manager")
		for doctype, value in (("IT Service", self.files.name), ("Company", COMPANY)):
			frappe.get_doc(
				{"doctype": "User Permission", "user": user, "allow": doctype, "for_value": value}
			).insert(ignore_permissions=True)
		frappe.set_user(user)
		data = execute(FILTERS)[1]
		self.assertEqual(list(rows_by_service(data)), [self.files.name])
		self.assertTrue(data[-2]["is_folded"])
		self.assertEqual(data[-1]["full_cost"], total["full_cost"])
		with self.assertRaises(frappe.PermissionError):
			get_evidence(COMPANY, self.mail.name, "2026-03-31", 3)
		with self.assertRaises(frappe.PermissionError):
			execute({**FILTERS, "company": OTHER_COMPANY})

	def test_a_service_owner_sees_the_own_services_only(self):
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.files.name, "service_owner", user)
		frappe.set_user(user)
		_columns, data, message, _chart, _summary, _skip = execute(FILTERS)
		self.assertEqual([row["full_cost"] for row in data], [300.0, 300.0])
		self.assertIn("services that you own", message)
		self.assertEqual(get_evidence(COMPANY, self.files.name, "2026-03-31", 3)["service"], self.files.name)
		with self.assertRaisesRegex(frappe.PermissionError, "not permitted to see the analysis"):
			get_evidence(COMPANY, self.mail.name, "2026-03-31", 3)

	def test_the_evidence_counts_the_issues_of_the_service(self):
		for values in ({"status": "Open"}, {"agreement_status": "Failed", "status": "Closed"}):
			issue = frappe.get_doc(
				{"doctype": "Issue", "subject": "Slow", "it_service": self.mail.name}
			).insert()
			issue.db_set(values)
		for service, issues in (
			(self.mail, {"opened": 2, "open": 1, "breached": 1}),
			(self.files, {"opened": 0, "open": 0, "breached": 0}),
		):
			self.assertEqual(get_evidence(COMPANY, service.name, "2026-03-31", 3)["issues"], issues)

	def test_others_get_neither_report_nor_evidence(self):
		frappe.set_user(make_user("Sales User"))
		with self.assertRaises(frappe.PermissionError):
			run("Retirement Analysis", FILTERS)
		with self.assertRaises(frappe.PermissionError):
			get_evidence(COMPANY, self.mail.name)
		with self.assertRaises(frappe.PermissionError):
			draft_decision(COMPANY, self.mail.name)

	def test_a_relationship_manager_reads_but_drafts_no_decision(self):
		frappe.set_user(make_user("Business Relationship Manager"))
		self.assertIn(self.mail.name, rows_by_service(run("Retirement Analysis", FILTERS)["result"]))
		with self.assertRaises(frappe.PermissionError):
			draft_decision(COMPANY, self.mail.name, "2026-03-31", 3)

	def test_the_evidence_and_the_decision_hold_the_same_analysis(self):
		evidence = get_evidence(COMPANY, self.mail.name, "2026-03-31", 3)
		(technical,) = [row for row in evidence["indicators"] if row["key"] == "technical_fit"]
		self.assertEqual(
			(technical["label"], technical["value"], technical["score"]), ("Technical fit", "4", "10")
		)
		self.assertEqual(evidence["dependents"], [self.files.name])
		decision = draft_decision(COMPANY, self.mail.name, "2026-03-31", 3)
		self.assertTrue(decision.is_new())
		self.assertEqual((decision.it_service, decision.analysis_company), (self.mail.name, COMPANY))
		kept = json.loads(decision.analysis_evidence)
		self.assertEqual(kept["fitness"], evidence["fitness"])
		self.assertEqual(kept["service_class"], decision.analysis_class or None)
		with self.assertRaisesRegex(ServiceStrategyError, "not in the catalogue"):
			get_evidence(OTHER_COMPANY, self.mail.name)

	def test_one_service_over_the_default_window(self):
		analysis = analyse_service(COMPANY, self.mail.name)
		self.assertEqual((analysis.service, len(analysis.window)), (self.mail.name, 12))
		self.assertIsNone(analyse_service(OTHER_COMPANY, self.mail.name))
		self.assertEqual(analyse_services(COMPANY, services=[]), [])

	def test_query_count_does_not_grow_with_services(self):
		execute(FILTERS)  # caches
		few = self.count_queries()
		for _number in range(38):
			service = make_service(
				fit_assessments=fit(2, 2),
				outcomes=[{"strategic_objective": self.objective.name, "contribution": 1}],
				dependencies=[{"depends_on": self.mail.name}],
			)
			make_offering(service)
		self.assertEqual(self.count_queries(), few)
		self.assertLessEqual(few, 22)

	def count_queries(self) -> int:
		queries = []
		sql = frappe.db.sql

		def counted(*args, **kwargs):
			queries.append(args[0])
			return sql(*args, **kwargs)

		frappe.db.sql = counted
		try:
			execute(FILTERS)
		finally:
			frappe.db.sql = sql
		return len(queries)
