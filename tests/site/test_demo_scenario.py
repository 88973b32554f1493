"""Scenarios of the sample organisation agree with its ledger, its charges and its retirement analysis."""

import pytest

import frappe

from itil_strategy.it_finance.report.scenario_comparison.scenario_comparison import execute
from itil_strategy.it_finance.scenario.effect import base_of, work_out
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.utils.service_cost import latest_runs, stranded_cost_per_year

COMPANY = SampleFiles().company["company"]


@pytest.fixture
def scenarios(sample):
	"""With the allocation run submitted, so that the retirement analysis reads it."""
	frappe.db.savepoint("demo_scenario")
	allocation = frappe.get_doc("Cost Allocation Run", {"company": COMPANY, "period_start": "2026-01-01"})
	if allocation.docstatus == 0:
		allocation.submit()
	names = frappe.get_all("Strategy Scenario", {"company": COMPANY}, pluck="name", order_by="name")
	yield [frappe.get_doc("Strategy Scenario", name) for name in names[:2]]
	frappe.db.rollback(save_point="demo_scenario")


def test_the_base_is_the_ledger_and_the_published_charges_four_times(scenarios):
	total = work_out(scenarios[:1])[scenarios[0].name].total(1).before
	# 67,308.06 of expense in three months; 37,367.80 charged and 18,070.79 shown but for the cost that is now full
	assert round(float(total.cost), 2) == round(4 * 67308.06, 2)
	priced = frappe.qb.DocType("Service Charge")
	policy = frappe.qb.DocType("Charging Policy")
	rows = (
		frappe.qb.from_(priced)
		.inner_join(policy)
		.on(policy.name == priced.charging_policy)
		.select(priced.it_service, priced.amount)
		.where((priced.company == COMPANY) & (priced.status != "Cancelled") & (priced.mode == "Chargeback"))
		.where(policy.method.notin(["Cost", "Cost Plus"]))
	).run()
	at_cost = set(
		frappe.get_all("Charging Policy", {"method": ("in", ("Cost", "Cost Plus"))}, pluck="it_service")
	)
	charged = {
		line.bearer.service: float(line.before.charged)
		for line in work_out(scenarios[:1])[scenarios[0].name].year(1)
	}
	for service in {row[0] for row in rows} - at_cost:
		assert round(4 * sum(amount for name, amount in rows if name == service), 2) == charged[service], (
			service
		)


def test_retiring_each_service_agrees_with_its_stranded_cost(scenarios):
	base = base_of(scenarios[0])
	services = frappe.get_all(
		"IT Service", {"phase": "Catalogue", "operational_from": ("<=", "2026-03-31")}, pluck="name"
	)
	stranded = stranded_cost_per_year(COMPANY, services, base.months)
	assert set(latest_runs(COMPANY, base.months)) == set(base.months)
	for service in services:
		doc = frappe.copy_doc(scenarios[0])
		doc.set("changes", [{"kind": "Retire Service", "it_service": service}])
		doc.insert()
		moved = sum(
			line.after.cost - line.before.cost
			for line in work_out([doc])[doc.name].year(1)
			if line.bearer.service not in ("", service)
		)
		assert moved == stranded[service], service


def test_the_sample_is_compared(scenarios):
	data = execute({"company": COMPANY, "scenarios": [doc.name for doc in scenarios]})[1]
	rows = {row.get("it_service"): row for row in data}
	# from July 2026 on, so of twelve months from April three are as before
	assert rows["STORAGE"]["charged_1"] == round(rows["STORAGE"]["charged"] / 4, 2)
	assert rows["STORAGE"]["effect_2"] != 0 == rows["STORAGE"]["investment_1"]
