"""The allocation of the sample organisation on the site: the preview's figures, and every cent of the ledger."""

from collections import defaultdict
from decimal import Decimal

import pytest

import frappe

from itil_strategy.domain.allocation_types import Kind
from itil_strategy.it_finance.report.reconciliation_to_ledger.reconciliation_to_ledger import (
	execute as reconciliation,
)
from itil_strategy.it_finance.report.service_cost_analysis.service_cost_analysis import (
	execute as cost_analysis,
)
from itil_strategy.preview.allocation import allocate_sample
from itil_strategy.preview.sample import load_sample
from itil_strategy.service_portfolio.retirement.analysis import analyse_services
from itil_strategy.setup.demo.files import SampleFiles

COMPANY = SampleFiles().company["company"]
PERIOD = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-03-31"}


@pytest.fixture
def allocation(sample):
	return frappe.get_doc("Cost Allocation Run", {"company": COMPANY, "period_start": "2026-01-01"})


def test_the_site_and_the_preview_allocate_the_same(allocation):
	organisation, runs = load_sample()
	months = [charging.period.start for charging in runs]
	expected: dict[tuple, Decimal] = defaultdict(Decimal)
	for month, of_month in allocate_sample(
		organisation.sample_costs, organisation.services, months, 2
	).items():
		for line in of_month.lines:
			expected[(str(month), line.service, line.kind, line.element, line.pool, line.partner)] += (
				line.amount
			)
	got: dict[tuple, Decimal] = defaultdict(Decimal)
	for row in frappe.get_all("Service Cost", {"allocation_run": allocation.name}, ["*"], limit=0):
		key = (str(row.month), row.it_service or "", row.kind, row.cost_element or "", row.cost_pool or "")
		got[(*key, row.partner_service or "")] += Decimal(str(row.amount))
	assert got == expected


def test_direct_pools_idle_and_unassigned_are_the_ledger(allocation):
	# 55,613.36 direct, 11,460.00 in pools, 234.70 of travel; 1,000.00 of the rent is idle
	assert (allocation.direct_cost, allocation.pool_cost, allocation.unassigned_cost) == (
		55613.36,
		11460.00,
		234.70,
	)
	assert (allocation.final_cost, allocation.idle_cost, allocation.unallocated_cost) == (66073.36, 1000, 0)
	assert allocation.ledger_expense == 67308.06
	rows = {row["description"]: row for row in reconciliation(PERIOD)[1] if row.get("description")}
	assert rows["Cost pools"]["amount"] == 11460.00
	assert rows["Unassigned: no service on the entry"]["amount"] == 234.70
	assert rows["Expense not explained"]["amount"] == 0
	assert rows["Expense to explain"]["amount"] == 67308.06


def test_reports_use_it_once_submitted(allocation):
	before = {row.service: row.money for row in analyse_services(COMPANY, "2026-03-31", 3)}
	assert before["ERP"].stranded_cost is None and before["ERP"].full_cost == Decimal("30180.00")
	allocation.submit()
	total = cost_analysis(PERIOD)[1][-1]
	assert (total["direct_cost"], total["pool_cost"], total["final_cost"], total["not_borne"]) == (
		55848.06,
		11460.00,
		66073.36,
		1234.70,
	)
	after = {row.service: row.money for row in analyse_services(COMPANY, "2026-03-31", 3)}
	finals: dict[str, float] = defaultdict(float)
	for row in frappe.get_all(
		"Service Cost",
		{"allocation_run": allocation.name, "kind": Kind.FINAL},
		["it_service", "amount"],
		limit=0,
	):
		finals[row.it_service] += row.amount
	assert {name: round(float(money.full_cost), 2) for name, money in after.items()} == {
		name: round(amount, 2) for name, amount in finals.items()
	}
	assert all(money.stranded_cost is not None for money in after.values())
