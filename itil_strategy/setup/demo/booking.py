"""The money of the sample organisation: its costs in the ledger, its usage, and the runs that charge and allocate."""

from datetime import date
from itertools import groupby

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money, get_last_day

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.allocation.calculation import calculate_now as allocate_now
from itil_strategy.it_finance.charging.calculation import calculate_now
from itil_strategy.it_finance.charging.posting import post_now
from itil_strategy.it_finance.usage.importer import import_now
from itil_strategy.setup.demo.files import SampleFiles

COST_REMARK = "Direct costs of the sample organisation"
SHARED_REMARK = "Shared costs of the sample organisation"


def say(text: str) -> None:
	"""Progress on the terminal."""
	print(text, flush=True)  # nosemgrep: a command for the terminal


def book_costs(files: SampleFiles, table: str, remark: str) -> None:
	"""One Journal Entry a month: expense with cost center, and service where there is one, against cash."""
	company = files.company["company"]
	rows = sorted(files.table(table), key=lambda row: row["month"])
	for month, group in groupby(rows, key=lambda row: row["month"]):
		day = get_last_day(f"{month}-01")
		if frappe.db.exists(
			"Journal Entry",
			{"company": company, "user_remark": remark, "posting_date": day, "docstatus": 1},
		):
			continue
		lines = [
			{
				"account": files.with_abbr(row["account"]),
				"cost_center": files.with_abbr(row["cost_center"]),
				"it_service": row.get("service") or None,
				"debit_in_account_currency": flt(row["amount"]),
			}
			for row in group
		]
		total = flt(sum(line["debit_in_account_currency"] for line in lines), 2)
		entry = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"voucher_type": "Journal Entry",
				"company": company,
				"posting_date": day,
				"user_remark": remark,
				"accounts": [
					*lines,
					{"account": files.with_abbr("Cash"), "credit_in_account_currency": total},
				],
			}
		).insert(ignore_permissions=True)
		entry.submit()
		say(_("  {0}: {1} booked, {2}").format(month, money(files, total), remark))
	frappe.db.commit()  # nosemgrep: a job that runs for a minute, step by step


def run_month(files: SampleFiles, month: dict) -> None:
	"""Import the month's files, then calculate, publish, accept and post its charging run."""
	start = f"{month['month']}-01"
	company = files.company["company"]
	if frappe.db.exists(
		"Charging Run", {"company": company, "period_start": start, "docstatus": 1, "status": "Posted"}
	):
		say(_("  {0}: charged already").format(month["month"]))
		return
	for usage in month["usage"]:
		import_usage(files, usage)
	run = publish_run(files, start, get_last_day(start), month.get("mode", "Chargeback"))
	for row in run.customers:
		run.accept(row.customer)
	frappe.db.commit()  # nosemgrep: a job that runs for a minute, step by step
	post_now(run)
	require(run, "Posted")
	say(
		_("  {0}: {1} charges, {2} charged and {3} shown, {4} vouchers ({5})").format(
			month["month"],
			run.charge_count,
			money(files, run.chargeback_amount),
			money(files, run.showback_amount),
			frappe.db.count("Charge Posting", {"charging_run": run.name}),
			run.name,
		)
	)


def publish_run(files: SampleFiles, start: str, end: date | str, mode: str) -> Document:
	"""The run of the period, calculated and published; a draft that was left is taken up."""
	company = files.company["company"]
	run = frappe.db.get_value("Charging Run", {"company": company, "period_start": start, "docstatus": 0})
	doc = (
		frappe.get_doc("Charging Run", run)
		if run
		else frappe.get_doc(
			{
				"doctype": "Charging Run",
				"company": company,
				"period_start": start,
				"period_end": end,
				"mode": mode,
			}
		).insert()
	)
	calculate_now(doc)
	require(doc, "Calculated")
	doc.submit()
	return doc


def allocate_months(files: SampleFiles) -> None:
	"""One allocation run over all months, calculated and left for the user to submit."""
	company, months = files.company["company"], [run["month"] for run in files.company["runs"]]
	period = {"period_start": f"{months[0]}-01", "period_end": get_last_day(f"{months[-1]}-01")}
	if frappe.db.exists("Cost Allocation Run", {"company": company, **period}):
		return
	run = frappe.get_doc(
		{"doctype": "Cost Allocation Run", "company": company, "method": "Reciprocal", **period}
	).insert()
	allocate_now(run)
	require(run, "Calculated")
	say(
		_("{0}: {1} allocated in {2} lines. Submit it to see full cost in the reports.").format(
			run.name, money(files, run.ledger_expense), run.line_count
		)
	)


def import_usage(files: SampleFiles, usage: dict) -> None:
	"""Attach and import one file; the same file twice is known and adds nothing."""
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": usage["file"],
			"content": files.content(usage["file"]),
			"is_private": 1,
		}
	).insert(ignore_permissions=True)
	doc = frappe.get_doc(
		{
			"doctype": "Usage Import",
			"company": files.company["company"],
			"usage_file": file.file_url,
			"usage_mapping": usage.get("mapping"),
		}
	).insert()
	import_now(doc)
	require(doc, "Completed")
	say(_("  {0}: {1} rows imported").format(usage["file"], doc.rows_imported))


def require(doc: Document, status: str) -> None:
	"""Stop with the record's own words unless it reached the state."""
	doc.reload()
	if doc.status != status:
		frappe.throw(
			_("{0} {1} is {2}: {3}").format(
				_(doc.doctype), doc.name, doc.status, doc.get("obstacles") or doc.error_message
			),
			ServiceStrategyError,
		)


def report_result(files: SampleFiles) -> None:
	"""Total of all runs, and where to look."""
	totals = frappe.get_all(
		"Charging Run",
		{"company": files.company["company"], "status": "Posted"},
		["chargeback_amount", "showback_amount"],
	)
	say(
		_(
			"{0} charged to the ledger, {1} shown. See the reports Charging Statement and Reconciliation to Ledger."
		).format(
			money(files, sum(row.chargeback_amount for row in totals)),
			money(files, sum(row.showback_amount for row in totals)),
		)
	)


def money(files: SampleFiles, amount: float) -> str:
	return fmt_money(amount, currency=files.company["currency"])
