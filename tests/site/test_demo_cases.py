"""The business cases of the sample organisation: every figure by hand from the file."""

import pytest

import frappe

from itil_strategy.it_finance.report.budget_and_forecast.budget_and_forecast import execute
from itil_strategy.service_portfolio.gates.judge import judge_services
from itil_strategy.setup.demo import run
from itil_strategy.setup.demo.cases import load_cases
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.tests.business_cases import reserved_for

COMPANY = SampleFiles().company["company"]


@pytest.fixture(scope="module")
def sample(frappe_site):
	"""Loaded once; it commits, and stays on the test site."""
	run()


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


def test_loading_again_makes_none(sample):
	assert load_cases(SampleFiles()) == 0
