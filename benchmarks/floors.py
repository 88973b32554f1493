"""What each benchmark is measured against: the least that could do the same work."""

import statistics
import time
from collections.abc import Callable

import frappe

from benchmarks.data import COMPANY

BATCH_ROWS = 5_000


def timed(work: Callable[[], object]) -> float:
	"""Seconds of wall clock, commit included."""
	start = time.perf_counter()
	work()
	frappe.db.commit()
	return time.perf_counter() - start


def twin(table: str) -> str:
	"""An empty table with the same columns and indexes."""
	name = f"bench {table}"
	frappe.db.sql_ddl(f"DROP TABLE IF EXISTS `{name}`")
	frappe.db.sql_ddl(f"CREATE TABLE `{name}` LIKE `tab{table}`")
	return name


def executemany_floor(usage_import: str) -> float:
	"""The driver's executemany of the same finished rows into a twin table."""
	name = twin("Service Usage")
	columns = frappe.db.get_table_columns("Service Usage")
	listed = ", ".join(f"`{column}`" for column in columns)
	rows = frappe.db.sql(f"SELECT {listed} FROM `tabService Usage` WHERE usage_import = %s", usage_import)
	statement = f"INSERT INTO `{name}` ({listed}) VALUES ({', '.join(['%s'] * len(columns))})"

	def work() -> None:
		for start in range(0, len(rows), BATCH_ROWS):
			frappe.db._cursor.executemany(statement, rows[start : start + BATCH_ROWS])

	return timed(work)


def aggregate_floor(usage_import: str) -> float:
	"""INSERT ... SELECT of the same groups into a table with the same columns and indexes as the charges."""
	name = twin("Service Charge")
	frappe.db.sql("SET @charge = 0")
	return timed(
		lambda: frappe.db.sql(
			f"""INSERT INTO `{name}` (name, charging_run, company, customer, service_offering, usage_month,
				charging_policy, kind, quantity, amount)
			SELECT @charge := @charge + 1, 'R', %s, customer, service_offering, usage_month, 'P', 'Usage', quantity, amount
			FROM (SELECT customer, service_offering, usage_month, SUM(quantity) quantity, ROUND(SUM(quantity) * 0.123, 2) amount
				FROM `tabService Usage` WHERE mapping_status = 'Mapped' AND usage_import = %s
				GROUP BY usage_import, usage_month, customer, service_offering) totals""",
			(COMPANY, usage_import),
		)
	)


def journal_entry_floor(run: str, sample: int) -> float:
	"""ERPNext's own way, a two-row Journal Entry per charge: median seconds per charge of a sample."""
	from itil_strategy.setup.accounts import get_company_accounts

	accounts = get_company_accounts(COMPANY)
	charges = frappe.get_all(
		"Service Charge",
		{"charging_run": run},
		["it_service", "cost_center", "provider_cost_center", "amount"],
		limit=sample,
	)
	seconds = []
	for charge in charges:
		entry = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"voucher_type": "Journal Entry",
				"company": COMPANY,
				"posting_date": "2026-12-31",
				"accounts": [
					{
						"account": accounts.charges_account,
						"cost_center": charge.cost_center,
						"it_service": charge.it_service,
						"debit_in_account_currency": charge.amount,
					},
					{
						"account": accounts.recovery_account,
						"cost_center": charge.provider_cost_center,
						"it_service": charge.it_service,
						"credit_in_account_currency": charge.amount,
					},
				],
			}
		)
		seconds.append(timed(lambda entry=entry: entry.insert().submit()))
	return statistics.median(seconds)
