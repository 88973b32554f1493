"""Every portfolio report as the desk runs it: each role, each filter, and who is refused."""

import frappe
from frappe.desk.query_report import run

from itil_strategy.setup.roles import ROLES
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_service, make_user
from itil_strategy.tests.portfolio import decide, make_objective, propose_service
from itil_strategy.tests.setup import COMPANY

PERIOD = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}
# Report: (filters it needs, filters it can have).
REPORTS = {
	"Service Portfolio": (
		{},
		{
			"company": COMPANY,
			"months": 3,
			"phase": "Pipeline",
			"stage": "Proposed",
			"service_owner": "Administrator",
			"investment_class": "Run",
			"overdue_only": 1,
		},
	),
	"Strategic Alignment": ({}, {"phase": "Pipeline", "only_gaps": 1}),
	"Pipeline Gates": (
		{},
		{
			"only_missing": 1,
			"stage": "Proposed",
			"service_owner": "Administrator",
			"gate_check": "Business outcome",
			"include_waiting": 1,
		},
	),
	"Service Investment": (PERIOD, {"breakdown": "Stage"}),
	"Dependency Impact": ({}, {"company": COMPANY, "direction": "What it needs"}),
}


class TestPortfolioReports(SiteTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_value("Strategic Objective", {"is_active": 1}, "is_active", 0)
		provider = make_service(investment_class="Run")
		book_expense(provider.name, 10)
		service = propose_service(
			outcomes=[{"strategic_objective": make_objective(weight=10), "contribution": 20}],
			dependencies=[{"depends_on": provider.name, "is_critical": 1}],
		)
		decide(service, "Hold")
		self.service = service.name

	def test_every_role_runs_every_report(self):
		users = {role: make_user(role) for role in ROLES}
		for role, user in users.items():
			frappe.set_user(user)
			for report, (needed, _more) in REPORTS.items():
				with self.subTest(role=role, report=report):
					self.assertTrue(run(report, needed)["columns"])

	def test_every_filter_alone(self):
		for report, (needed, more) in REPORTS.items():
			for fieldname, value in more.items():
				with self.subTest(report=report, filter=fieldname):
					self.assertTrue(run(report, {**needed, fieldname: value})["columns"])
			with self.subTest(report=report, filter="it_service"):
				self.assertTrue(run(report, {**needed, "it_service": self.service})["columns"])

	def test_others_are_refused(self):
		frappe.set_user(make_user("Accounts User"))
		for report, (needed, _more) in REPORTS.items():
			with self.subTest(report=report), self.assertRaises(frappe.PermissionError):
				run(report, needed)
