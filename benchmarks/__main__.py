"""Run benchmarks on the site named by ITIL_SITE: `python -m benchmarks [import|calculate|post|allocate|growth|reports|desk|conflicts|simulate|select ...]`.

Prints one table; exits with 1 when a bar is missed, with 2 where the site is not for benchmarks.
"""

import argparse
import os
import platform
import sys
from pathlib import Path

import frappe

from benchmarks.site import connect_to_free_site, remove, reset

NAMES = (
	*("import", "calculate", "post", "allocate", "growth", "reports", "desk", "conflicts"),
	*("simulate", "select"),
)
PAGE = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- one run -->", "<!-- end of one run -->"


def main() -> int:
	options = _parse()
	connect_to_free_site()
	from benchmarks import data
	from benchmarks.benches import BENCHES, Options
	from benchmarks.result import render

	results = []
	try:
		data.set_up()
		sizes = Options(options.rows, options.charges, options.repeat, options.sample, options.cases)
		for name in options.benches or NAMES:
			for result in BENCHES[name](sizes):
				print("; ".join(filter(None, result.cells())), file=sys.stderr, flush=True)
				results.append(result)
	finally:
		frappe.db.rollback()
		(remove if options.remove else reset)()
	table = f"{_machine(options)}\n\n{render(results)}"
	print(table)
	if options.write:
		before, _begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
		_former, _end, after = rest.partition(END)
		PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
	return int(not all(result.holds for result in results))


def _parse() -> argparse.Namespace:
	parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
	parser.add_argument("benches", nargs="*", metavar="bench", help=f"{', '.join(NAMES)}; all without one")
	parser.add_argument(
		"--rows",
		type=int,
		default=1_000_000,
		help="usage rows, and ledger rows of reports (default: %(default)s)",
	)
	parser.add_argument("--charges", type=int, default=10_000, help="charges (default: %(default)s)")
	parser.add_argument("--repeat", type=int, default=3, help="rounds; medians count (default: %(default)s)")
	parser.add_argument(
		"--sample", type=int, default=200, help="entries of the posting floor (default: %(default)s)"
	)
	parser.add_argument(
		"--cases", type=int, default=500, help="business cases of select (default: %(default)s)"
	)
	parser.add_argument("--write", action="store_true", help="put the table on the page of the benchmarks")
	parser.add_argument("--remove", action="store_true", help="delete the benchmarks' masters at the end too")
	options = parser.parse_args()
	if unknown := set(options.benches) - set(NAMES):
		parser.error(f"There is no bench {', '.join(sorted(unknown))}. Choose from {', '.join(NAMES)}.")
	if not 1 <= options.repeat <= 12 or options.charges < 16 or options.rows < 4 * options.charges:
		parser.error("Choose 1 to 12 rounds, at least 16 charges, and at least four rows a charge.")
	return options


def _machine(options: argparse.Namespace) -> str:
	import erpnext

	memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
	database = frappe.db.sql("SELECT VERSION()")[0][0]
	return (
		f"{os.cpu_count()} cores, {memory:.0f} GiB memory, shared machine; Python {platform.python_version()},"
		f" MariaDB {database}, Frappe {frappe.__version__}, ERPNext {erpnext.__version__};"
		f" {options.rows:,} rows, {options.charges:,} charges, median of {options.repeat}."
	)


if __name__ == "__main__":
	sys.exit(main())
