"""The reports that are measured: what is run on which scene, and what must come out of it.

To measure another report, add a line to REPORTS. Its own SQL need not be written down: it is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass

import frappe

from benchmarks import report_checks as checks
from benchmarks import report_scene
from benchmarks.relationship_scene import FIRST
from benchmarks.report_scene import FIRST_MONTH, LAST_MONTH
from benchmarks.site import COMPANY
from itil_strategy.business_relationship.report.customer_view import customer_view
from itil_strategy.business_relationship.report.feedback_performance import feedback_performance
from itil_strategy.business_relationship.report.need_prioritisation import need_prioritisation
from itil_strategy.business_relationship.report.satisfaction import satisfaction
from itil_strategy.business_relationship.report.supply_and_demand import supply_and_demand
from itil_strategy.domain.needs import OPEN_STATES
from itil_strategy.it_finance.report.budget_and_forecast import budget_and_forecast
from itil_strategy.it_finance.report.charging_statement import charging_statement
from itil_strategy.it_finance.report.reconciliation_to_ledger import reconciliation_to_ledger
from itil_strategy.it_finance.report.service_cost_analysis import service_cost_analysis
from itil_strategy.service_portfolio.report.dependency_impact import dependency_impact
from itil_strategy.service_portfolio.report.pipeline_gates import pipeline_gates
from itil_strategy.service_portfolio.report.retirement_analysis import retirement_analysis
from itil_strategy.service_portfolio.report.service_investment import service_investment
from itil_strategy.service_portfolio.report.service_portfolio import service_portfolio
from itil_strategy.service_portfolio.report.strategic_alignment import strategic_alignment

OCTOBER = f"{FIRST_MONTH[:4]}-10-15"
YEAR_END, TWO_YEARS_END = "2025-12-31", "2025-12-31"
COMPANY_YEAR = {"company": COMPANY, "from_date": FIRST_MONTH, "to_date": YEAR_END}
TWO_YEARS = {"from_date": FIRST, "to_date": TWO_YEARS_END}
ASKED = ("delivered", "answered", "promoters")
RECEIVED = ("received", "complaints", "breached", "closed")


@dataclass(frozen=True, slots=True)
class ReportCase:
	"""A report with its filters; `read` takes figures from its result, of a few services or of all, `recompute`
	finds the same ones in the tables, another way."""

	execute: Callable[[dict], tuple]
	filters: dict
	read: checks.Read
	recompute: checks.Recompute


def record_statements(work: Callable[[], object]) -> list[str]:
	"""The SQL that the driver sends while the work runs, values filled in."""
	cursor, statements = frappe.db._cursor, []
	send = cursor.execute

	def recorded(*arguments):
		result = send(*arguments)
		sent = cursor._executed
		statements.append(sent.decode() if isinstance(sent, bytes) else sent)
		return result

	cursor.execute = recorded
	try:
		work()
	finally:
		del cursor.execute
	return statements


def _total(execute: Callable, filters: dict, statement: str, *fields: str) -> ReportCase:
	return ReportCase(
		execute, filters, checks.read_total(*fields), checks.recompute_total(statement, *fields)
	)


def _counts(execute: Callable, filters: dict, statement: str, **counts: Callable[[dict], bool]) -> ReportCase:
	return ReportCase(
		execute, filters, checks.read_counts(**counts), checks.recompute_total(statement, *counts)
	)


def _satisfaction(group: str) -> ReportCase:
	filters = {**TWO_YEARS, "group_by": group, "period": "Quarter"}
	return _total(satisfaction.execute, filters, checks.ASKED, *ASKED)


def _feedback(group: str) -> ReportCase:
	filters = {**TWO_YEARS, "group_by": group}
	return _total(feedback_performance.execute, filters, checks.RECEIVED, *RECEIVED)


REPORTS: dict[str, ReportCase] = {
	"Retirement Analysis": ReportCase(
		retirement_analysis.execute,
		report_scene.FILTERS,
		checks.read_retirement,
		checks.recompute_retirement,
	),
	"Need Prioritisation, needs": _total(need_prioritisation.execute, {}, checks.OPEN_NEEDS, "size"),
	"Need Prioritisation, services": _total(
		need_prioritisation.execute, {"rank_by": "Services"}, checks.SERVICE_NEEDS, "needs"
	),
	"Customer View": _counts(
		customer_view.execute,
		{"customer": report_scene.service_code(checks.CUSTOMER)},
		checks.OPEN_FEEDBACK,
		feedback=lambda row: row.get("reference_doctype") == "Service Feedback" and row["status"] != "Closed",
		needs=lambda row: row.get("reference_doctype") == "Customer Need" and row["status"] in OPEN_STATES,
	),
	"Feedback Performance by month": _feedback("Period"),
	"Feedback Performance by service": _feedback("Service"),
	"Satisfaction by service": _satisfaction("Service"),
	"Satisfaction by customer": _satisfaction("Customer"),
	"Satisfaction by service and customer": _satisfaction("Service and Customer"),
	"Supply and Demand": ReportCase(
		supply_and_demand.execute,
		{"company": COMPANY, "from_month": FIRST_MONTH, "to_month": LAST_MONTH},
		checks.read_used,
		checks.recompute_used,
	),
	"Service Portfolio": _counts(
		service_portfolio.execute,
		{"company": COMPANY, "months": 12},
		checks.LISTED_SERVICES,
		services=checks.is_ours,
	),
	"Service Investment": _total(service_investment.execute, COMPANY_YEAR, checks.COST, "actual"),
	"Strategic Alignment": _counts(
		strategic_alignment.execute,
		{},
		checks.OUTCOMES,
		outcomes=lambda row: checks.is_ours(row) and row["indent"] == 1,
	),
	"Pipeline Gates": _counts(
		pipeline_gates.execute,
		{},
		checks.PLANNED,
		gates=lambda row: checks.is_ours(row) and row["gate_check"] == "No live dependents",
	),
	"Dependency Impact": _counts(
		dependency_impact.execute,
		{"company": COMPANY, "it_service": report_scene.service_code(0)},
		checks.LISTED_SERVICES,
		services=checks.is_ours,
	),
	"Charging Statement, one month": _total(
		charging_statement.execute,
		{"company": COMPANY, "from_date": FIRST_MONTH, "to_date": FIRST_MONTH},
		checks.STATED,
		"amount",
	),
	"Service Cost Analysis": _total(service_cost_analysis.execute, COMPANY_YEAR, checks.COST, "direct_cost"),
	"Reconciliation to Ledger": ReportCase(
		reconciliation_to_ledger.execute,
		COMPANY_YEAR,
		lambda rows, _services: checks.read_total("amount")(rows[:1], []),
		checks.recompute_total(checks.EXPENSE, "amount"),
	),
	# In October of the year, by the method that reckons most.
	"Budget and Forecast": ReportCase(
		budget_and_forecast.execute,
		{
			"company": COMPANY,
			"fiscal_year": FIRST_MONTH[:4],
			"as_of": OCTOBER,
			"method": "Trend and Season",
		},
		checks.read_total("actual"),
		checks.recompute_total(f"{checks.COST} AND gl.it_service != ''", "actual"),
	),
}
