"""The sample organisation on the site: the same statement as the preview, to the cent, and in the ledger."""

from decimal import Decimal

import frappe

from itil_strategy.it_finance.report.budget_and_forecast.budget_and_forecast import (
	execute as budget_and_forecast,
)
from itil_strategy.it_finance.report.charging_statement.charging_statement import execute as statement
from itil_strategy.it_finance.report.reconciliation_to_ledger.reconciliation_to_ledger import (
	execute as reconciliation,
)
from itil_strategy.preview.command import preview_sample
from itil_strategy.setup.demo import run
from itil_strategy.setup.demo.files import SampleFiles

COMPANY = SampleFiles().company["company"]


def test_the_site_and_the_preview_give_the_same_statement(sample):
	site = {
		(row.customer, row.service_offering, str(row.usage_month), row.charging_policy): (
			row.mode,
			Decimal(str(row.quantity)),
			Decimal(str(row.amount)),
		)
		for row in frappe.get_all("Service Charge", {"company": COMPANY}, ["*"], limit=0)
	}
	preview = {}
	for row in preview_sample().statement().rows:
		key = (row.customer, row.offering, str(row.month), row.policy)
		mode, quantity, amount = preview.get(key, (row.mode, Decimal(0), Decimal(0)))
		preview[key] = (mode, quantity + row.quantity, amount + row.amount)
	late = ("Northwind Retail", "EDI-MESSAGE", "2026-01-01", "Invoices by the thousand")
	assert late in site and late in preview
	# January's late invoices are a charge of their own in both.
	charges = frappe.get_all(
		"Service Charge", {"company": COMPANY, "is_late": 1}, ["amount", "charging_policy"], limit=0
	)
	assert [(row.amount, row.charging_policy) for row in charges] == [(15.0, late[3])]
	del site[late], preview[late]
	assert site == preview


def test_the_statement_totals_what_the_files_say(sample):
	data = statement({"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-03-31"})[1]
	# by hand in the unit tests of the preview: 37,367.80 charged and 18,070.79 shown
	assert (data[-1]["chargeback"], data[-1]["showback"], data[-1]["amount"]) == (
		37367.80,
		18070.79,
		55438.59,
	)


def test_everything_reconciles(sample):
	data = reconciliation({"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"})[1]
	rows = {row["description"]: row for row in data if row.get("description")}
	assert rows["Expense not explained"]["amount"] == 0
	assert (rows["All runs"]["amount"], rows["All runs"]["ledger"], rows["All runs"]["difference"]) == (
		37367.80,
		37367.80,
		0,
	)
	# 15,540.00 + 19,740.00 + 20,333.36
	assert rows["Direct cost of services"]["amount"] == 55613.36


def test_budgets_are_published_and_told_beside_what_was_spent(sample):
	"""By hand from the files: 241,860.00 budgeted, of it 1,000.00 moved from Server Hosting to Public Cloud."""
	data = budget_and_forecast({"company": COMPANY, "fiscal_year": "2026"})[1]
	rows = {row.get("it_service"): row for row in data}
	assert (data[-1]["budget"], data[-1]["actual"]) == (241860.0, 55613.36)
	# 186,246.64 of the budgets, and 2,400.00 of Managed Backup's ceiling that its case leaves.
	assert data[-1]["available"] == 188646.64
	assert (rows["HOSTING"]["budget"], rows["CLOUD"]["budget"]) == (11000.0, 10000.0)
	used = {
		row.category: frappe.get_doc("Budget Ceiling", row.name).get_use()["actual"]
		for row in frappe.get_all("Budget Ceiling", {"company": COMPANY}, ["name", "category"])
	}
	# 30,180.00 for Business Software, 8,100.00 for Data Analytics, 630.00 for Electronic Invoicing.
	assert used["Applications"] == 38910.0


def test_loading_again_changes_nothing(sample):
	counted = ("Charging Run", "GL Entry", "Service Usage", "Service Budget", "Budget", "Budget Transfer")
	before = [frappe.db.count(doctype) for doctype in counted]
	run()
	assert [frappe.db.count(doctype) for doctype in counted] == before
