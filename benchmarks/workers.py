"""Background workers of Frappe's queue: the same work by one, two and four of them, with equal results."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import frappe
from frappe.utils.background_jobs import get_workers

from benchmarks import data
from benchmarks.result import Result
from benchmarks.site import COMPANY, reset
from itil_strategy.it_finance.charging import calculation, posting
from itil_strategy.it_finance.usage import importer

COUNTS = (1, 2, 4)
FILES = 4  # one for a month, a run for each
NOT_SLOWER = 0.9
START_SECONDS, WORK_SECONDS, POLL_SECONDS = 60, 3_600, 0.05
CHARGES = """SELECT customer, service_offering, usage_month, kind, quantity, amount, cost_center, status
	FROM `tabService Charge` WHERE company = %s ORDER BY usage_month, customer, service_offering, amount"""
LEDGER = """SELECT posting_date, account, cost_center, it_service, SUM(debit), SUM(credit)
	FROM `tabGL Entry` WHERE company = %s AND is_cancelled = 0
	GROUP BY posting_date, account, cost_center, it_service
	ORDER BY posting_date, account, cost_center, it_service"""
USAGE = """SELECT service_offering, customer, usage_date, reference, quantity, quantity_remainder
	FROM `tabService Usage` ORDER BY reference, service_offering, customer, usage_date"""


def bench_workers(options) -> Iterator[Result]:
	"""Four usage files, four runs and their posting, through the queue; the first count is the floor."""
	taken: dict[str, list[float]] = {}
	outcomes: dict[int, dict[str, str]] = {}
	for count in COUNTS:
		reset()
		with _workers(count):
			outcomes[count] = {}
			for step, (seconds, outcome) in _work(options).items():
				taken.setdefault(step, []).append(seconds)
				outcomes[count][step] = outcome
		if outcomes[count] != outcomes[COUNTS[0]]:
			raise AssertionError(f"{count} workers have another result than one: {outcomes}.")
	for step, (one, *more) in taken.items():
		for count, seconds in zip(COUNTS[1:], more, strict=True):
			yield Result("workers", f"{step}, {count} workers beside one", seconds, one, NOT_SLOWER, "faster")


def _work(options) -> dict[str, tuple[float, str]]:
	"""Seconds and a digest of the outcome of each step."""
	scene = data.flat_scene(options.charges // FILES)
	each = options.rows // FILES
	months = data.MONTHS[:FILES]
	imports = [data.draft_import(data.write_own(scene, month, range(each))) for month in months]
	steps = {
		f"import of {FILES} files of {each:,} rows": (
			_drain(importer, "Usage Import", imports, "Completed"),
			_digest(USAGE),
		)
	}
	runs = [data.draft_run(month) for month in months]
	charges = f"{scene.groups:,} charges each"
	steps[f"calculation of {FILES} runs of {charges}"] = (
		_drain(calculation, "Charging Run", runs, "Calculated"),
		_digest(CHARGES, COMPANY),
	)
	for run in runs:
		frappe.get_doc("Charging Run", run).submit()
		frappe.db.set_value("Charging Run", run, "dispute_until", None)
	frappe.db.commit()
	seconds = _drain(posting, "Charging Run", runs, "Posted")
	steps[f"posting of {FILES} runs of {charges}"] = (
		seconds,
		_digest(CHARGES, COMPANY) + _digest(LEDGER, COMPANY),
	)
	return steps


def _drain(module, doctype: str, names: Sequence[str], done: str) -> float:
	"""Start the jobs of the records as their buttons do; seconds until all of them are done."""
	begin = time.perf_counter()
	for name in names:
		module.start(frappe.get_doc(doctype, name))
	frappe.db.commit()
	wanted = {"name": ("in", list(names))}
	_wait(lambda: _are_done(doctype, wanted, done), WORK_SECONDS)
	return time.perf_counter() - begin


def _are_done(doctype: str, wanted: dict, done: str) -> bool:
	frappe.db.rollback()  # a new snapshot
	rows = frappe.get_all(doctype, wanted, ["name", "status", "error_message"], limit=0)
	for row in rows:
		if row.status == "Failed":
			raise AssertionError(f"{row.name}: {row.error_message}")
	return all(row.status == done for row in rows)


def _digest(statement: str, *values: str) -> str:
	"""Of all rows of the statement, in its order."""
	digest = hashlib.sha256()
	for row in frappe.db.sql(statement, values, as_list=True):
		digest.update(repr(row).encode())
	return digest.hexdigest()


@contextmanager
def _workers(count: int) -> Iterator[None]:
	"""So many workers of the queue that our jobs go to, ready to take one."""
	command = [
		sys.executable,
		"-m",
		"frappe.utils.bench_helper",
		"frappe",
		"worker",
		"--queue",
		"long",
		"--quiet",
	]
	processes = [
		subprocess.Popen(command, cwd=os.getcwd(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		for _number in range(count)
	]
	wanted = {process.pid for process in processes}
	try:
		_wait(lambda: wanted <= {worker.pid for worker in get_workers()}, START_SECONDS)
		yield
	finally:
		for process in processes:
			process.terminate()
		for process in processes:
			process.wait(START_SECONDS)


def _wait(is_over: Callable[[], bool], seconds: float) -> None:
	deadline = time.monotonic() + seconds
	while not is_over():
		if time.monotonic() > deadline:
			raise TimeoutError(f"Nothing came of it in {seconds} s.")
		time.sleep(POLL_SECONDS)
