"""Budgets of the sample organisation stop and warn as ERPNext's own do, and where ERPNext's own cannot.

ERPNext is the judge: each published budget is put to the same entries as one written by hand from the files.
"""

from collections import defaultdict
from decimal import Decimal

import pytest

import frappe

from erpnext.accounts.doctype.budget.budget import BudgetError

from itil_strategy.exceptions import BudgetExceededError
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.tests.budgets import messages, rolled_back

pytestmark = pytest.mark.usefixtures("sample")
FILES = SampleFiles()
COMPANY = FILES.company["company"]
DAY = "2026-12-31"
CENT = Decimal("0.01")
# Without a budget in 2026.
OTHER = "Travel Expenses"


def planned() -> dict[str, dict[str, Decimal]]:
	"""Budget of 2026 by service and account, the transfer included, from the files."""
	amounts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	for row in FILES.table("budgets"):
		amounts[row["service"]][row["account"]] += Decimal(row["amount"])
	for row in FILES.table("budget_transfers"):
		amounts[row["from_service"]][row["from_account"]] -= Decimal(row["amount"])
		amounts[row["to_service"]][row["to_account"]] += Decimal(row["amount"])
	return amounts


def costs(*tables: str) -> list[dict[str, str]]:
	rows = [row for table in tables for row in FILES.table(table)]
	assert all(row["month"].startswith("2026") for row in rows)
	return rows


def spent(service: str, account: str) -> Decimal:
	return sum(
		(
			Decimal(row["amount"])
			for row in costs("direct_costs")
			if (row["service"], row["account"]) == (service, account)
		),
		Decimal(0),
	)


def entry(account: str, amount: Decimal, service: str | None = None, cost_center: str = "Applications"):
	"""An expense on the last day of 2026, not inserted."""
	return frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"company": COMPANY,
			"posting_date": DAY,
			"accounts": [
				{
					"account": FILES.with_abbr(account),
					"cost_center": FILES.with_abbr(cost_center),
					"it_service": service,
					"debit_in_account_currency": float(amount),
				},
				{"account": FILES.with_abbr("Cash"), "credit_in_account_currency": float(amount)},
			],
		}
	)


def outcome(*args, **values) -> str:
	"""What happens to an entry: passed, warned, or the error's class; nothing of it stays."""
	with rolled_back():
		messages()
		try:
			entry(*args, **values).submit()
		except (BudgetError, BudgetExceededError) as error:
			return type(error).__name__
	return "warned" if any("exceed" in text or "too much" in text for text in messages()) else "passed"


def without_ceilings() -> None:
	frappe.db.set_value("Budget Ceiling", {"company": COMPANY}, "disabled", 1)


def outcomes(plan: dict[str, dict[str, Decimal]]) -> dict[tuple[str, str], tuple[str, str]]:
	"""Of each service and account: what is left of the budget, and a cent more."""
	return {
		(service, account): (
			outcome(account, amount - spent(service, account), service),
			outcome(account, amount - spent(service, account) + CENT, service),
		)
		for service, accounts in plan.items()
		for account, amount in accounts.items()
	}


def set_action(action: str) -> None:
	"""Revise every plan of 2026 to the action, as its form does."""
	for name in frappe.get_all(
		"Service Budget",
		{"company": COMPANY, "docstatus": 1, "it_service": ("in", list(planned()))} | {"fiscal_year": year()},
		pluck="name",
	):
		draft = frappe.get_doc("Service Budget", frappe.get_doc("Service Budget", name).revise())
		draft.annual_action = action
		draft.save()
		draft.submit()


def year() -> str:
	return frappe.db.get_value("Fiscal Year", {"year_start_date": FILES.company["fiscal_year"]["start"]})


def write_by_hand(plan: dict[str, dict[str, Decimal]], action: str) -> None:
	"""ERPNext's own budgets of the same amounts in place of the published ones."""
	for name in frappe.get_all("Service Budget", {"company": COMPANY, "docstatus": 1}, pluck="name"):
		frappe.db.set_value("Budget", {"service_budget": name}, "docstatus", 2)
	for service, accounts in plan.items():
		frappe.get_doc(
			{
				"doctype": "Budget",
				"company": COMPANY,
				"fiscal_year": year(),
				"budget_against": "IT Service",
				"it_service": service,
				"applicable_on_booking_actual_expenses": 1,
				"action_if_annual_budget_exceeded": action,
				"action_if_accumulated_monthly_budget_exceeded": "Ignore",
				"accounts": [
					{"account": FILES.with_abbr(account), "budget_amount": float(amount)}
					for account, amount in accounts.items()
				],
			}
		).insert().submit()


@pytest.mark.parametrize(
	("action", "beyond"), [("Stop", "BudgetError"), ("Warn", "warned"), ("Ignore", "passed")]
)
def test_every_budget_decides_as_one_of_erpnext(action, beyond):
	without_ceilings()
	plan = planned()
	assert sum(len(accounts) for accounts in plan.values()) == 11
	set_action(action)
	ours = outcomes(plan)
	write_by_hand(plan, action)
	assert ours == outcomes(plan) == dict.fromkeys(ours, ("passed", beyond))


def test_a_total_without_account():
	"""The cloud: 10,000.00 over all accounts; ERPNext's budget of one account is silent about another one."""
	left = Decimal(10000) - sum(
		Decimal(row["amount"]) for row in costs("direct_costs") if row["service"] == "CLOUD"
	)
	assert outcome(OTHER, left, "CLOUD") == "passed"
	assert outcome(OTHER, left + CENT, "CLOUD") == BudgetExceededError.__name__
	without_ceilings()
	assert outcome(OTHER, left + CENT, "CLOUD") == "passed"


def test_a_total_of_a_category():
	"""180,000.00 of Business Software, Analytics and Invoicing together, of which 38,910.00 are spent."""
	left = Decimal(180000) - Decimal(38910)
	assert outcome(OTHER, left, "ERP") == "passed"
	assert outcome(OTHER, left + CENT, "ERP") == "warned"
	without_ceilings()
	assert outcome(OTHER, left + CENT, "ERP") == "passed"


def test_a_parent_cost_center():
	"""The whole company: what is booked on every child counts; ERPNext's budget of the parent (700.00) sees one only."""
	spent_so_far = sum(Decimal(row["amount"]) for row in costs("direct_costs", "shared_costs"))
	limit, parent = spent_so_far + 1000, FILES.with_abbr(COMPANY)
	without_ceilings()
	frappe.get_doc(
		{
			"doctype": "Budget",
			"company": COMPANY,
			"fiscal_year": year(),
			"budget_against": "Cost Center",
			"cost_center": parent,
			"applicable_on_booking_actual_expenses": 1,
			"action_if_annual_budget_exceeded": "Stop",
			"accounts": [{"account": FILES.with_abbr(OTHER), "budget_amount": 700}],
		}
	).insert().submit()
	entry(OTHER, Decimal(600), cost_center="Logistics").submit()
	assert outcome(OTHER, Decimal("400.01"), cost_center="Retail") == "passed"
	frappe.get_doc(
		{
			"doctype": "Budget Ceiling",
			"company": COMPANY,
			"fiscal_year": year(),
			"ceiling_for": "Cost Center",
			"cost_center": parent,
			"amount": float(limit),
			"action": "Stop",
		}
	).insert()
	assert outcome(OTHER, Decimal(400), cost_center="Retail") == "passed"
	assert outcome(OTHER, Decimal("400.01"), cost_center="Retail") == BudgetExceededError.__name__


def test_a_cost_center_that_is_allocated():
	"""Service Operations: 60,000.00; what ERPNext books on others in its place was booked on it all the same."""
	left = Decimal(60000) - sum(
		Decimal(row["amount"])
		for row in costs("direct_costs", "shared_costs")
		if row["cost_center"] == "Service Operations"
	)
	frappe.get_doc(
		{
			"doctype": "Cost Center Allocation",
			"main_cost_center": FILES.with_abbr("Service Operations"),
			"company": COMPANY,
			"valid_from": DAY,
			"allocation_percentages": [
				{"cost_center": FILES.with_abbr("Retail"), "percentage": 60},
				{"cost_center": FILES.with_abbr("Logistics"), "percentage": 40},
			],
		}
	).insert().submit()
	assert outcome(OTHER, left, cost_center="Service Operations") == "passed"
	assert outcome(OTHER, left + CENT, cost_center="Service Operations") == "warned"
	without_ceilings()
	assert outcome(OTHER, left + CENT, cost_center="Service Operations") == "passed"
