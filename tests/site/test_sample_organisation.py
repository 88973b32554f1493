"""The whole sample organisation: loaded, looked at in every report, and removed without a trace.

Figures come from adding up the files of `fixtures/` here, not from the app.
"""

import csv
from collections import defaultdict
from decimal import Decimal

import pytest

import frappe
from frappe.desk.query_report import run as run_report

from itil_strategy.it_finance.report.charging_statement.charging_statement import (
	execute as charging_statement,
)
from itil_strategy.preview.sample import sample_folder
from itil_strategy.service_portfolio.report.retirement_analysis.retirement_analysis import (
	execute as retirement_analysis,
)
from itil_strategy.setup.defaults import OUR_MODULES
from itil_strategy.setup.demo import load
from itil_strategy.setup.demo.inventory import read_note
from itil_strategy.setup.demo.removal import remove

COMPANY = "Northwind IT Services"
# A chain of hashes over submitted invoices, and the history of settings and rules, which stay whatever comes and goes.
CHAINED = {"tabTransaction Log", "tabVersion", "tabSeries"}
WINDOW = {"company": COMPANY, "from_date": "2025-04-01", "to_date": "2026-03-31"}
FILTERS = {
	"Benefit Realisation": {"company": COMPANY},
	"Budget and Forecast": {"company": COMPANY, "fiscal_year": "2025"},
	"Business Case Comparison": {"company": COMPANY},
	"Charging Statement": WINDOW,
	"Cost Recovery": WINDOW,
	"Customer View": {"company": COMPANY, "customer": "Northwind Retail"},
	"Dependency Impact": {"company": COMPANY},
	"Feedback Performance": {"from_date": "2025-04-01", "to_date": "2026-03-31"},
	"Ledger Health": {"company": COMPANY},
	"Need Prioritisation": {},
	"Pipeline Gates": {},
	"Portfolio Selection": {"investment_round": "Investments from 2026"},
	"Reconciliation to Ledger": WINDOW,
	"Retirement Analysis": {"company": COMPANY, "last_month": "2026-03-31", "months": 12},
	"Satisfaction": {"from_date": "2025-10-01", "to_date": "2025-12-31"},
	"Scenario Comparison": {"company": COMPANY},
	"Service Cost Analysis": WINDOW,
	"Service Investment": WINDOW,
	"Service Portfolio": {"company": COMPANY},
	"Strategic Alignment": {"company": COMPANY},
	"Supply and Demand": {"company": COMPANY, "from_date": "2025-04-01", "to_date": "2026-03-31"},
}


def table(name: str, folder: str = "story") -> list[dict[str, str]]:
	with (sample_folder() / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
		return list(csv.DictReader(file))


def counts() -> dict[str, int]:
	tables = frappe.db.get_tables(cached=False)
	# Every table there is; their names are the database's own.
	return {name: frappe.db.sql(f"select count(*) from `{name}`")[0][0] for name in tables}


def broken() -> list[dict]:
	"""Records of the whole site that break an invariant."""
	rows = run_report("Ledger Health", {}, ignore_prepared_report=True)["result"]
	return [row for row in rows if row.get("state") not in (None, "Holds")]


@pytest.fixture(scope="module")
def before(frappe_site):
	"""How many rows every table has without the sample; whatever other tests left of it is removed first."""
	if read_note():
		remove()
	return counts()


@pytest.fixture(scope="module")
def others(before) -> tuple[set[str], list[dict]]:
	"""Services that other tests left on the site, and what is not as it should be with them."""
	return set(frappe.get_all("IT Service", pluck="name")), broken()


@pytest.fixture(scope="module")
def sample(before, others):
	"""Loaded once; it commits. Removed at the end, also when a test fails."""
	steps = []
	load(lambda done, total: steps.append((done, total)))
	yield steps
	if read_note():
		remove()


def priced() -> dict[str, Decimal]:
	"""Quantity x price of the story's usage per month: all its policies are so much per unit."""
	policies = table("policies")
	assert {row["method"] for row in policies} == {"Per Unit"}
	amounts: dict[str, Decimal] = defaultdict(Decimal)
	for row in table("usage"):
		(price,) = (
			policy["unit_price"]
			for policy in policies
			if policy["offering"] == row["offering"]
			and policy["valid_from"] <= row["date"] <= (policy["valid_to"] or "9999")
		)
		amounts[row["date"][:7]] += Decimal(row["quantity"]) * Decimal(price)
	return amounts


def test_progress_is_told_step_by_step(sample):
	done, total = zip(*sample, strict=True)
	assert done == tuple(range(1, total[0] + 1)) and len(set(total)) == 1


def test_it_is_as_large_as_it_says(others, sample):
	"""9 and 9 services of the catalogue or retired, 4 and 3 of the pipeline; 6 and 6 customers; 4 cases and 1."""
	services = frappe.get_all("IT Service", {"name": ("not in", [*others[0], ""])}, pluck="phase")
	assert (len(services), services.count("Pipeline"), services.count("Retired")) == (25, 7, 1)
	names = [row["customer"] for folder in ("", "story") for row in table("customers", folder)]
	assert frappe.db.count("Customer", {"name": ("in", names)}) == len(names) == 12
	cases = frappe.get_all("Business Case", {"company": COMPANY}, pluck="status")
	assert sorted(cases) == ["Approved", *["In Review"] * 3, "Rejected"]  # 4 and 1
	months = {row["month"] for row in table("direct_costs")}
	assert len(months) == 24


def test_every_month_is_charged_what_the_files_say(sample):
	"""The first year in one run that shows; each month after it. January has 65.00 less: a dispute upheld in part."""
	amounts = priced()
	runs = {
		str(row.period_start)[:7]: row
		for row in frappe.get_all("Charging Run", {"company": COMPANY}, ["*"], limit=0)
	}
	first_year = sum(amount for month, amount in amounts.items() if month < "2025-04")
	assert Decimal(str(runs["2024-04"].showback_amount)) == first_year
	assert (runs["2024-04"].status, runs["2024-04"].chargeback_amount) == ("Published", 0)
	for month in [f"2025-{month:02d}" for month in range(4, 13)]:
		run = runs[month]
		assert (run.status, Decimal(str(run.total_amount))) == ("Posted", amounts[month]), month
	# by hand in the unit tests of the preview: the quarter has 55,438.59 without the story
	quarter = sum(Decimal(str(runs[month].total_amount)) for month in ("2026-01", "2026-02", "2026-03"))
	story = sum(amounts[month] for month in ("2026-01", "2026-02", "2026-03"))
	assert quarter == Decimal("55438.59") + story - Decimal("65.00")


def test_what_external_customers_owe_is_invoiced(sample):
	"""From April 2025 on: outside, everything is charged."""
	external = {row["customer"] for row in table("customers") if row["kind"] == "External"}
	policies = table("policies")
	owed = sum(
		Decimal(row["quantity"])
		* Decimal(
			next(
				policy["unit_price"]
				for policy in policies
				if policy["offering"] == row["offering"]
				and policy["valid_from"] <= row["date"] <= (policy["valid_to"] or "9999")
			)
		)
		for row in table("usage")
		if row["customer"] in external and row["date"] >= "2025-04"
	)
	invoiced = frappe.get_all(
		"Sales Invoice",
		{"company": COMPANY, "customer": ("in", sorted(external)), "docstatus": 1},
		pluck="net_total",
		limit=0,
	)
	assert sum(Decimal(str(total)) for total in invoiced) == owed


def test_the_ledger_holds_every_cost_of_the_files(sample):
	report = run_report(
		"Reconciliation to Ledger",
		{"company": COMPANY, "from_date": "2024-04-01", "to_date": "2026-12-31"},
		ignore_prepared_report=True,
	)
	rows = {row["description"]: row for row in report["result"] if row.get("description")}
	direct, shared = (
		sum(Decimal(row["amount"]) for folder in ("", "story") for row in table(name, folder))
		for name in ("direct_costs", "shared_costs")
	)
	assert Decimal(str(rows["Direct cost of services"]["amount"])) == direct
	assert Decimal(str(rows["Expense to explain"]["amount"])) == direct + shared
	assert rows["Expense not explained"]["amount"] == 0
	assert rows["All runs"]["difference"] == 0 and rows["All runs"]["amount"] > 0


def test_a_budget_is_nearly_burnt(sample):
	"""The cloud of the shop: its budget of 2025 beside what it cost."""
	(budget,) = (
		Decimal(row["amount"])
		for row in table("budgets")
		if (row["year_start"][:4], row["service"], row["account"]) == ("2025", "SHOP", "Cloud Services")
	)
	spent = sum(
		Decimal(row["amount"])
		for row in table("direct_costs")
		if (row["month"][:4], row["service"], row["account"]) == ("2025", "SHOP", "Cloud Services")
	)
	assert Decimal("0.99") < spent / budget < 1
	report = run_report("Budget and Forecast", FILTERS["Budget and Forecast"], ignore_prepared_report=True)
	row = next(row for row in report["result"] if row.get("it_service") == "SHOP")
	of_shop = [entry for entry in table("budgets") if entry["service"] == "SHOP"]
	assert Decimal(str(row["budget"])) == sum(
		Decimal(entry["amount"]) for entry in of_shop if entry["year_start"] == "2025-01-01"
	)


def test_one_service_declines_and_one_is_short(sample):
	data = retirement_analysis(FILTERS["Retirement Analysis"])[1]
	rows = {row["it_service"]: row for row in data if row.get("it_service")}
	assert (rows["TELEPHONY"]["service_class"], rows["TELEPHONY"]["recommended"]) == ("Eliminate", "Retire")
	used = {month: quantity for month, quantity in usage_of("PHONE").items() if month >= "2025-04"}
	assert max(used, key=used.get) == "2025-04" and min(used, key=used.get) >= "2026-02"
	(capacity,) = (
		Decimal(row["practical_capacity"]) for row in table("offerings") if row["offering"] == "SHOP-ORDER"
	)
	assert max(usage_of("SHOP-ORDER").values()) > Decimal("0.95") * capacity
	promised = sum(Decimal(row["units"]) for row in table("commitments") if row["offering"] == "SHOP-ORDER")
	assert Decimal("0.95") * capacity < promised <= capacity


def usage_of(offering: str) -> dict[str, Decimal]:
	units: dict[str, Decimal] = defaultdict(Decimal)
	for row in table("usage"):
		if row["offering"] == offering:
			units[row["date"][:7]] += Decimal(row["quantity"])
	return units


def test_a_service_has_retired(sample):
	service = frappe.get_doc("IT Service", "FAX")
	assert (service.stage, str(service.last_day), service.successor) == ("Retired", "2025-06-30", "MAIL")
	assert [row.outcome for row in service.stage_log][-2:] == ["Retire", "Retire"]
	assert max(row["date"] for row in table("usage") if row["offering"] == "FAX-PAGE") <= "2025-06-30"


def test_a_dispute_is_open_and_one_was_upheld(sample):
	disputes = frappe.get_all(
		"Charge Dispute", {"company": COMPANY}, ["customer", "status", "outcome"], order_by="creation asc"
	)
	assert [(row.customer, row.status, row.outcome or "") for row in disputes] == [
		("Northwind Academy", "Decided", "Upheld in Part"),
		("Granite Bank", "Open", ""),
	]
	corrections = frappe.get_all("Charge Correction", {"company": COMPANY}, ["status", "amount"])
	assert [(row.status, row.amount) for row in corrections] == [("Charged", -65.0)]
	data = charging_statement({**WINDOW, "from_date": "2024-04-01"})
	notes = {row["is_late"]: row["amount"] for row in data[1] if row.get("is_late")}
	# January's late invoices of the quarter, and the correction, which is no usage.
	assert notes == {"Late usage": 15.0, "Correction": -65.0}
	assert {card["label"]: card["value"] for card in data[4]}["Of It Late Usage"] == 15.0


def test_there_is_a_filter_for_every_report(sample):
	"""Service Assets shows what the assets of the sample say; this story has none."""
	reports = frappe.get_all("Report", {"module": ("in", OUR_MODULES)}, pluck="name", limit=0)
	assert set(reports) - {"Service Assets"} == FILTERS.keys()


@pytest.mark.parametrize("report", FILTERS)
def test_every_report_has_something_to_show(sample, report):
	filters = dict(FILTERS[report])
	if report == "Scenario Comparison":
		filters["scenarios"] = frappe.get_all("Strategy Scenario", {"company": COMPANY}, pluck="name")
	result = run_report(report, filters, ignore_prepared_report=True)["result"]
	assert [row for row in result if isinstance(row, dict) and not row.get("is_total")]


def test_every_invariant_holds(others, sample):
	assert [row for row in broken() if row not in others[1]] == []


def test_loading_again_changes_nothing(sample):
	tables = ("tabGL Entry", "tabCharging Run", "tabIT Service", "tabPortfolio Decision", "tabCharge Dispute")
	found = counts()
	load()
	again = counts()
	assert {name: again[name] for name in tables} == {name: found[name] for name in tables}


def test_removal_leaves_nothing(before, sample):
	"""Every table of the site has as many rows as before; over a hundred had more meanwhile."""
	loaded = counts()
	assert sum(loaded[name] != before[name] for name in before) > 100
	assert remove() == []
	after = counts()
	assert {
		name: (before[name], after[name]) for name in before if before[name] != after[name]
	}.keys() <= CHAINED
	assert read_note() is None
