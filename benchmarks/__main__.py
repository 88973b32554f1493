"""Run the benchmarks on the site named by ITIL_SITE: `python -m benchmarks [--rows N] [--size N]`.

Prints ours, the floor and their ratio; exits with 1 when a bar is missed.
"""

import argparse
import os
import platform
import resource
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import frappe
from frappe.utils import get_last_day


@dataclass(frozen=True)
class Result:
	"""One line: for `at_least` bars the ratio is floor / ours, else ours / floor."""

	bench: str
	work: str
	ours: float
	floor: float
	bar: float
	at_least: bool = False

	@property
	def ratio(self) -> float:
		return self.floor / self.ours if self.at_least else self.ours / self.floor

	@property
	def holds(self) -> bool:
		return self.ratio >= self.bar if self.at_least else self.ratio <= self.bar


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--rows", type=int, default=1_000_000)
	parser.add_argument(
		"--size", type=int, default=100, help="customers and offerings; charges are their square"
	)
	parser.add_argument("--sample", type=int, default=200, help="Journal Entries of the posting floor")
	options = parser.parse_args()
	os.chdir(os.environ["ITIL_SITES_PATH"])
	frappe.init(site=os.environ["ITIL_SITE"], sites_path=".")
	frappe.connect()
	from benchmarks.data import set_up

	set_up()
	frappe.flags.in_test = False
	frappe.set_user("Administrator")
	results = run(options)
	report(results, options)
	return int(not all(result.holds for result in results))


def run(options: argparse.Namespace) -> list[Result]:
	from benchmarks.data import make_scene

	size = options.size
	tag = frappe.generate_hash(length=4)
	flat = make_scene(f"flat {tag}", size, cost_centers=size)
	grouped = make_scene(f"grouped {tag}", size, cost_centers=max(size // 4, 1))
	tiered = make_scene(f"tiered {tag}", size, cost_centers=size, tiered=True)
	months = free_months(3)
	results = charge(flat, months[0], options, "flat", 3.0, 5.0)
	# Four customers share a cost center: four charges become one debit row.
	results += charge(grouped, months[1], options, "grouped 4:1", 3.0, 15.0)[2:]
	results += charge(tiered, months[2], options, "tiers, 2 currencies", 8.0, None)[1:]
	return results


def free_months(count: int) -> list[date]:
	"""Months that no run of the site covers yet."""
	used = {
		row.period_start for row in frappe.get_all("Charging Run", {"docstatus": ("<", 2)}, ["period_start"])
	}
	free = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)]
	return [month for month in free if month not in used][:count]


def charge(
	scene, month: date, options: argparse.Namespace, name: str, calculate_bar: float, post_bar: float | None
):
	"""Import, calculate and, with a bar for it, post one month of usage."""
	from benchmarks import floors
	from benchmarks.data import COMPANY, write_usage
	from itil_strategy.it_finance.charging.calculation import calculate_run
	from itil_strategy.it_finance.charging.posting import post_open_batches
	from itil_strategy.it_finance.usage.importer import import_file

	add_rate(get_last_day(month))
	doc = make_import(write_usage(Path(tempfile.mkdtemp()) / "usage.csv", scene, month, options.rows))
	ours = floors.timed(lambda: import_file(doc))
	doc.reload()
	assert doc.rows_imported == options.rows, doc.as_dict()
	results = [Result("import", f"{options.rows:,} rows", ours, floors.executemany_floor(doc.name), 2.0)]
	run = frappe.get_doc(
		{
			"doctype": "Charging Run",
			"company": COMPANY,
			"period_start": month,
			"period_end": get_last_day(month),
			"mode": "Chargeback",
		}
	).insert()
	frappe.db.commit()
	ours = floors.timed(lambda: calculate_run(run))
	run.reload()
	work = f"{options.rows:,} rows to {run.charge_count:,} charges, {name}"
	results.append(Result("calculate", work, ours, floors.aggregate_floor(doc.name), calculate_bar))
	if post_bar:
		run.submit()
		frappe.db.set_value("Charging Run", run.name, {"status": "Posting", "dispute_until": None})
		frappe.db.commit()
		ours = floors.timed(lambda: post_open_batches(run.name))
		assert_equal_to_ledger(run.name)
		floor = floors.journal_entry_floor(run.name, options.sample) * run.charge_count
		work = f"{run.charge_count:,} charges, {name} (floor from {options.sample} entries)"
		results.append(Result("post", work, ours, floor, post_bar, at_least=True))
	else:
		run.submit()
		frappe.db.commit()
	return results


def add_rate(day: date) -> None:
	from itil_strategy.utils.ledger import get_exchange_rates

	if "USD" not in get_exchange_rates({"USD"}, "EUR", day):
		frappe.get_doc(
			{
				"doctype": "Currency Exchange",
				"date": day,
				"from_currency": "USD",
				"to_currency": "EUR",
				"exchange_rate": 0.9,
			}
		).insert()


def make_import(path: Path):
	from benchmarks.data import COMPANY
	from itil_strategy.tests.factories import make_file

	doc = frappe.get_doc(
		{"doctype": "Usage Import", "company": COMPANY, "usage_file": make_file(path.read_bytes())}
	).insert()
	frappe.db.commit()
	return doc


def assert_equal_to_ledger(run: str) -> None:
	"""Charges equal the ledger per account side, cost center and service, to the cent."""
	expected: dict[tuple, Decimal] = defaultdict(Decimal)
	for row in frappe.get_all("Service Charge", {"charging_run": run, "mode": "Chargeback"}, ["*"], limit=0):
		amount = Decimal(str(row.amount))
		expected[("IT Charges", row.cost_center, row.it_service)] += amount
		expected[("IT Recovery", row.provider_cost_center, row.it_service)] -= amount
	vouchers = frappe.get_all("Journal Entry", {"it_charging_run": run}, pluck="name", limit=0)
	booked: dict[tuple, Decimal] = defaultdict(Decimal)
	for row in frappe.get_all(
		"GL Entry", {"voucher_no": ("in", vouchers), "is_cancelled": 0}, ["*"], limit=0
	):
		key = (row.account.split(" - ")[0], row.cost_center, row.it_service)
		booked[key] += Decimal(str(row.debit)) - Decimal(str(row.credit))
	assert {k: v for k, v in expected.items() if v} == {k: v for k, v in booked.items() if v}


def report(results: list[Result], options: argparse.Namespace) -> None:
	import erpnext

	database = frappe.db.sql("SELECT VERSION()")[0][0]
	print(
		f"Python {platform.python_version()}, MariaDB {database}, Frappe {frappe.__version__}, ERPNext {erpnext.__version__},"
		f" {os.cpu_count()} cores (shared machine), peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
	)
	print("| bench | work | ours s | floor s | ratio | bar | |\n| --- | --- | --- | --- | --- | --- | --- |")
	for result in results:
		bar = f"{'≥' if result.at_least else '≤'} {result.bar:g} ×"
		print(
			f"| {result.bench} | {result.work} | {result.ours:.2f} | {result.floor:.2f} | {result.ratio:.2f} × | {bar} |"
			f" {'ok' if result.holds else 'MISSED'} |"
		)


if __name__ == "__main__":
	sys.exit(main())
