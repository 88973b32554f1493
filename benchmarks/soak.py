"""A year of month-ends at full size, one after the other in one process, while the next months' usage is imported.

`python -m benchmarks.soak [--rows N] [--charges N] [--months N]` on the site of the environment, in about half an
hour. An ordinary user posts Journal Entries meanwhile. Prints a table; exit code 1 when memory grows, the
ordinary user waits too long or a month-end takes far longer than the others, 2 where the site is not for benchmarks.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import frappe

from benchmarks import data
from benchmarks.benches import assert_equal_to_ledger
from benchmarks.result import Result, render
from benchmarks.site import ABBR, COMPANY, connect_to_free_site, reset
from itil_strategy.it_finance.charging.calculation import calculate_now
from itil_strategy.it_finance.charging.posting import post_now
from itil_strategy.it_finance.usage.importer import import_now

LONGEST_WAIT = 5.0
GROWTH_BAR = 1.1
EVEN_BAR = 2.0
SETTLED_AFTER = 2  # months until a process has loaded what it needs
PAUSE_SECONDS, POLL_SECONDS, IMPORT_SECONDS = 0.2, 0.2, 3_600
ROOT = Path(__file__).parents[1]


def main() -> int:
	options = _parse()
	connect_to_free_site()
	if options.role != "month-ends":
		ROLES[options.role](options)
		return 0
	data.set_up()
	reset()
	scene = data.flat_scene(options.charges)
	helpers = {role: _start(role, options) for role in ("imports", "bookkeeper")}
	try:
		months = [_month_end(month, scene.groups) for month in data.MONTHS[: options.months]]
		results = list(_judge(months, _finish(helpers)))
	finally:
		for process in helpers.values():
			process.kill()
		frappe.db.rollback()
		reset()
	print(render(results))
	return int(not all(result.holds for result in results))


def _parse() -> argparse.Namespace:
	parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
	parser.add_argument("role", nargs="?", default="month-ends", help=argparse.SUPPRESS)
	parser.add_argument(
		"--rows", type=int, default=1_000_000, help="usage rows of a month (default: %(default)s)"
	)
	parser.add_argument(
		"--charges", type=int, default=10_000, help="charges of a month (default: %(default)s)"
	)
	parser.add_argument("--months", type=int, default=12, help="month-ends (default: %(default)s)")
	options = parser.parse_args()
	if not SETTLED_AFTER < options.months <= len(data.MONTHS):
		parser.error(f"Choose {SETTLED_AFTER + 1} to {len(data.MONTHS)} months.")
	return options


def _start(role: str, options: argparse.Namespace) -> subprocess.Popen:
	sizes = [f"--{name}={getattr(options, name)}" for name in ("rows", "charges", "months")]
	return subprocess.Popen(
		[sys.executable, "-m", "benchmarks.soak", role, *sizes],
		cwd=ROOT,
		stdin=subprocess.PIPE,
		stdout=subprocess.PIPE,
		text=True,
	)


def _finish(helpers: dict[str, subprocess.Popen]) -> dict[str, list[float]]:
	"""End the helpers; what they measured: memory in MB after each import, seconds of each entry."""
	measured = {}
	for role, process in helpers.items():
		out, _err = process.communicate()  # the end of its input tells the bookkeeper to stop
		if process.returncode:
			raise RuntimeError(f"The {role} ended with {process.returncode}.")
		measured[role] = json.loads(out.splitlines()[-1])
	return measured


def _month_end(month, charges: int) -> tuple[float, float]:
	"""Calculate, publish and post the month once its usage is there; seconds, and memory in MB after it."""
	deadline = time.monotonic() + IMPORT_SECONDS
	while not _is_imported(month):
		if time.monotonic() > deadline:
			raise TimeoutError(f"The usage of {month} did not come.")
		time.sleep(POLL_SECONDS)
	begin = time.perf_counter()
	run = frappe.get_doc("Charging Run", data.draft_run(month))
	calculate_now(run)
	run.reload()
	run.submit()
	run.db_set("dispute_until", None)
	frappe.db.commit()
	run.reload()
	post_now(run)
	seconds = time.perf_counter() - begin
	status, reason = frappe.db.get_value("Charging Run", run.name, ("status", "error_message"))
	if status != "Posted":
		raise AssertionError(f"The run of {month} is {status}: {reason}")
	assert_equal_to_ledger(run.name, charges)
	print(f"{month:%Y-%m}: {seconds:.1f} s, {_memory():.0f} MB", file=sys.stderr, flush=True)
	return seconds, _memory()


def _is_imported(month) -> bool:
	frappe.db.rollback()  # a new snapshot
	return frappe.db.count("Usage Import", {"company": COMPANY, "status": "Completed"}) >= month.month


def _imports(options: argparse.Namespace) -> None:
	"""Import the usage of one month after the other."""
	scene = data.flat_scene(options.charges)
	memory = []
	for month in data.MONTHS[: options.months]:
		path = data.write_own(scene, month, range(options.rows))
		doc = frappe.get_doc("Usage Import", data.draft_import(path))
		import_now(doc)
		doc.reload()
		if doc.status != "Completed":
			raise AssertionError(f"The import of {month} is {doc.status}: {doc.error_message}")
		path.unlink()
		memory.append(_memory())
	print(json.dumps(memory))


def _bookkeeper(_options: argparse.Namespace) -> None:
	"""Post Journal Entries one after the other until the input ends."""
	seconds = []
	os.set_blocking(sys.stdin.fileno(), False)
	while sys.stdin.buffer.raw.read(1) is None:
		begin = time.perf_counter()
		frappe.get_doc(_journal_entry()).insert().submit()
		frappe.db.commit()
		seconds.append(time.perf_counter() - begin)
		time.sleep(PAUSE_SECONDS)
	print(json.dumps(seconds))


ROLES = {"imports": _imports, "bookkeeper": _bookkeeper}


def _journal_entry() -> dict:
	"""An ordinary expense, in the month that is charged first."""
	return {
		"doctype": "Journal Entry",
		"voucher_type": "Journal Entry",
		"company": COMPANY,
		"posting_date": data.MONTHS[0],
		"accounts": [
			{
				"account": f"Administrative Expenses - {ABBR}",
				"cost_center": f"Provider - {ABBR}",
				"debit_in_account_currency": 10,
			},
			{"account": f"Cash - {ABBR}", "credit_in_account_currency": 10},
		],
	}


def _memory() -> float:
	"""What this process has in memory now, MB."""
	pages = int(Path("/proc/self/statm").read_text().split()[1])
	return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _judge(months: list[tuple[float, float]], measured: dict[str, list[float]]) -> Iterator[Result]:
	"""Memory after the last month beside that of the first settled one; the longest wait of the ordinary user."""
	seconds = [taken for taken, _memory in months]
	for work, memory in (("month-ends", [used for _taken, used in months]), ("imports", measured["imports"])):
		grown = memory[-1] / memory[SETTLED_AFTER - 1]
		listed = ", ".join(f"{used:.0f}" for used in memory)
		what = f"{work}: memory at the end ÷ after {SETTLED_AFTER} months ({listed} MB)"
		yield Result("soak", what, sum(seconds), None, GROWTH_BAR, "value", grown, max(memory))
	waits = sorted(measured["bookkeeper"])
	work = f"longest of {len(waits):,} ordinary Journal Entries (median {median(waits):.2f} s)"
	yield Result("soak", work, waits[-1], None, LONGEST_WAIT, "seconds")
	listed = ", ".join(f"{taken:.0f}" for taken in seconds)
	slowest = max(seconds) / median(seconds)
	yield Result(
		"soak", f"slowest month-end ÷ median ({listed} s)", max(seconds), None, EVEN_BAR, "value", slowest
	)


if __name__ == "__main__":
	sys.exit(main())
