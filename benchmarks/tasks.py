"""What is timed: our work and its floors, each `task(**arguments) -> (seconds, facts)`.

A task runs in a process of its own (`benchmarks.worker`), prepares untimed, and times with the commit.
"""

import statistics
import time
from collections.abc import Callable

import frappe

from benchmarks import allocation, desk
from benchmarks.reports import REPORTS, record_statements
from benchmarks.site import COMPANY, make_twin, twin_name
from itil_strategy.it_finance.charging.calculation import calculate_run
from itil_strategy.it_finance.charging.posting import post_open_batches
from itil_strategy.it_finance.usage.importer import import_file
from itil_strategy.it_finance.usage.rows import FIELDS
from itil_strategy.setup.accounts import get_company_accounts

BATCH_ROWS = 5_000
TURNS = 3  # of a report in one process
USAGE_COLUMNS = ("name", *FIELDS, "creation", "modified", "owner", "modified_by")
# What the importer hands to the driver: dates and quantities as text, which the driver escapes fastest.
AS_TEXT = ("usage_date", "usage_month", "quantity", "quantity_remainder", "creation", "modified")

Outcome = tuple[float, dict]


def import_usage(usage_import: str) -> Outcome:
	"""Ours: check the whole file, find what is known, store the rows."""
	doc = frappe.get_doc("Usage Import", usage_import)
	seconds = _timed(lambda: import_file(doc))
	doc.reload()
	facts = {"status": doc.status, "imported": doc.rows_imported, "known": doc.rows_known}
	return seconds, {**facts, "unmapped": doc.rows_unmapped}


def insert_usage(usage_import: str) -> Outcome:
	"""Floor: the driver's executemany of the rows that the import stored, into a twin that holds the earlier rows.

	Rows are read outside the clock, batch by batch, so that neither memory nor its collection slows the floor.
	"""
	twin = twin_name("Service Usage")
	columns = ", ".join(f"`{column}`" for column in USAGE_COLUMNS)
	picked = ", ".join(
		f"CAST(`{column}` AS CHAR)" if column in AS_TEXT else f"`{column}`" for column in USAGE_COLUMNS
	)
	statement = f"INSERT INTO `{twin}` ({columns}) VALUES ({', '.join(['%s'] * len(USAGE_COLUMNS))})"
	seconds, last, count = 0.0, 0, 0
	while rows := frappe.db.sql(
		f"""SELECT {picked} FROM `tabService Usage`
		WHERE name > %s AND usage_import = %s ORDER BY name LIMIT {BATCH_ROWS}""",
		(last, usage_import),
	):
		last, count = rows[-1][0], count + len(rows)
		start = time.perf_counter()
		frappe.db._cursor.executemany(statement, rows)
		seconds += time.perf_counter() - start
	return seconds + _timed(lambda: None), {"inserted": count}


def calculate(run: str) -> Outcome:
	"""Ours: claim, price and store the charges of a run."""
	doc = frappe.get_doc("Charging Run", run)
	seconds = _timed(lambda: calculate_run(doc))
	doc.reload()
	return seconds, {"status": doc.status, "charges": doc.charge_count}


def allocate(services: int) -> Outcome:
	"""Ours and the floor in turns: a reciprocal allocation of so many services."""
	return allocation.run(services)


def aggregate() -> Outcome:
	"""Floor: INSERT ... SELECT of the same groups into an empty twin of Service Charge, along the fitting index."""
	twin = make_twin("Service Charge", with_rows=False)
	imports = frappe.get_all("Usage Import", {"company": COMPANY, "status": "Completed"}, pluck="name")
	seconds = _timed(
		lambda: frappe.db.sql(
			f"""INSERT INTO `{twin}` (name, charging_run, company, customer, service_offering, usage_month,
				charging_policy, kind, quantity, amount)
			SELECT ROW_NUMBER() OVER (), 'run', %(company)s, customer, service_offering, usage_month,
				'policy', 'Usage', quantity, ROUND(quantity * 0.123, 2)
			FROM (
				SELECT customer, service_offering, usage_month,
					SUM(quantity) + SUM(quantity_remainder) * 1e-9 AS quantity
				FROM `tabService Usage`
				WHERE mapping_status = 'Mapped' AND usage_import IN %(imports)s
				GROUP BY usage_import, usage_month, customer, service_offering
			) totals""",
			{"company": COMPANY, "imports": imports},
		)
	)
	return seconds, {"charges": frappe.db.sql(f"SELECT COUNT(*) FROM `{twin}`")[0][0]}


def run_report(report: str, services: list[str]) -> Outcome:
	"""Ours: the report, in a process that has served it before. Floor: the SQL that it sends, recorded in an
	earlier run, through the driver alone, all rows fetched. They take turns; medians of the turns."""
	case, cursor = REPORTS[report], frappe.db._cursor
	results: list[tuple] = []

	def run() -> None:
		results[:] = [case.execute(dict(case.filters))]

	def send() -> None:
		for statement in statements:
			cursor.execute(statement)
			cursor.fetchall()

	run()
	statements = record_statements(run)
	turns = [(_timed(run), _timed(send)) for _turn in range(TURNS)]
	ours, floor = (statistics.median(seconds) for seconds in zip(*turns, strict=True))
	return ours, {
		"floor": floor,
		"statements": len(statements),
		"figures": case.read(results[0][1], services),
	}


def open_views(doctype: str) -> Outcome:
	"""Ours and the floor in turns: list, report view and form of a kind of record."""
	return desk.open_views(doctype)


def post(run: str) -> Outcome:
	"""Ours: every batch of a published run, each in its own transaction."""
	return _timed(lambda: post_open_batches(run)), {}


def post_one_by_one(run: str, sample: int) -> Outcome:
	"""Floor: ERPNext's own way, one two-row Journal Entry per charge; the median of a sample."""
	accounts = get_company_accounts(COMPANY)
	posting_date = frappe.db.get_value("Charging Run", run, "posting_date")
	charges = frappe.get_all(
		"Service Charge",
		{"charging_run": run, "amount": (">", 0)},
		["it_service", "cost_center", "provider_cost_center", "amount"],
		order_by="name",
		limit=sample,
	)
	seconds = []
	for charge in charges:
		entry = _two_row_entry(charge, accounts, posting_date)
		seconds.append(_timed(lambda entry=entry: entry.insert().submit()))
	return statistics.median(seconds), {"sample": len(seconds)}


def _two_row_entry(charge: frappe._dict, accounts: frappe._dict, posting_date):
	sides = (
		(accounts.charges_account, charge.cost_center, "debit_in_account_currency"),
		(accounts.recovery_account, charge.provider_cost_center, "credit_in_account_currency"),
	)
	return frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Journal Entry",
			"company": COMPANY,
			"posting_date": posting_date,
			"accounts": [
				{
					"account": account,
					"cost_center": cost_center,
					"it_service": charge.it_service,
					side: charge.amount,
				}
				for account, cost_center, side in sides
			],
		}
	)


def _timed(work: Callable[[], object]) -> float:
	"""Seconds of wall clock, commit included."""
	start = time.perf_counter()
	work()
	frappe.db.commit()
	return time.perf_counter() - start
