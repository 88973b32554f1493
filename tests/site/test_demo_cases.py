"""The business cases of the sample organisation: every figure by hand from the file."""

from datetime import date

import frappe

from itil_strategy.it_finance.report.budget_and_forecast.budget_and_forecast import execute
from itil_strategy.it_finance.report.portfolio_selection.portfolio_selection import execute as select_cases
from itil_strategy.service_portfolio.gates.judge import judge_services
from itil_strategy.setup.demo.cases import carried_over, load_cases
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.tests.business_cases import reserved_for

COMPANY = SampleFiles().company["company"]


def case_of(service: str):
	return frappe.get_doc("Business Case", {"company": COMPANY, "it_service": service})


def test_one_is_approved_with_its_funds(sample):
	"""−12,000 + 7,800 × (1 − 1.08⁻³) ÷ 0.08 = 8,101.36; half of the first and of the last rent falls in 2026 and 2029."""
	case = case_of("BACKUP")
	assert (case.status, case.npv, case.total_spend) == ("Approved", 8101.36, 33600.0)
	assert case.approved_by == "paul.brandt@northwind.example"
	assert case.funds_secured_by == "clara.winter@northwind.example"
	assert [row.available for row in case.spend] == [18000.0, 9000.0, 9000.0, 9000.0]
	planned = frappe.get_all(
		"Fund Reservation", {"reference_name": case.name}, pluck="planned", order_by="fiscal_year asc"
	)
	assert planned == [15600.0, 7200.0, 7200.0, 3600.0]
	assert sum(reserved_for(case).values()) == 33600.0


def test_reserved_money_stands_in_budget_and_forecast(sample):
	data = execute({"company": COMPANY, "fiscal_year": "2026"})[1]
	row = next(row for row in data if row.get("it_service") == "BACKUP")
	assert (row["ceiling"], row["reserved"], row["available"]) == (18000.0, 15600.0, 2400.0)


def test_the_next_gate_shows_the_money(sample):
	gate = judge_services({"BACKUP": "Chartered"}, frappe.utils.getdate())["BACKUP"]
	found = next(result for result in gate.results if result.check == "Funds secured")
	assert found.result == "Passed"
	assert "2026: 15,600.00; 2027: 7,200.00; 2028: 7,200.00; 2029: 3,600.00" in str(found.evidence)


def test_one_is_in_review(sample):
	"""7,800 to begin with; a year costs 6,500 and 2,500 of reserve in the first, and brings 260 × 45 = 11,700."""
	case = case_of("MONITORING")
	assert (case.status, case.docstatus, case.total_spend) == ("In Review", 0, 29800.0)
	assert reserved_for(case) == {}


def test_the_best_of_those_in_review(sample):
	"""20,000 in 2026 buy monitoring (12,300; 6,126.63), or sign-on and support (9,500 and 9,000), which are worth more.

	Sign-on: −8,000 + (520 × 17 − 3,000) × 2.577097 = 7,050.25; support: −9,000 + 7,200 × 1.783265 = 3,839.51.
	"""
	name = frappe.db.get_value("Investment Round", {"company": COMPANY, "round_title": "Second half of 2026"})
	data = select_cases({"investment_round": name, "show_analysis": 1})[1]
	rows = {row["it_service"]: row for row in data if row.get("business_case")}
	assert {service: row["value"] for service, row in rows.items()} == {
		"MONITORING": 6126.63,
		"IDENTITY": 7050.25,
		"NETWORK": 3839.51,
	}
	assert {service for service, row in rows.items() if row["is_selected"]} == {"IDENTITY", "NETWORK"}
	assert "it does not fit: 2026" in rows["MONITORING"]["reason"]


def test_money_of_years_that_are_over_funds_the_sample_in_the_current_one():
	ceilings = [{"service": "A", "year_start": f"{year}-01-01", "amount": 10} for year in (2026, 2027)]
	asked = {year: carried_over(ceilings, date(year, 5, 1)) for year in (2026, 2027, 2028)}
	assert {year: [row["amount"] for row in rows] for year, rows in asked.items()} == {
		2026: [10, 10],
		2027: [10, 20],
		2028: [10, 10, 20],
	}
	assert asked[2028][-1]["year_start"] == "2028-01-01"


def test_loading_again_makes_none(sample):
	assert load_cases(SampleFiles()) == 0
