"""Run code in other processes on the site under test: for kills, for two people at once, for a worker."""

import os
import subprocess
import sys
import textwrap

PRELUDE = """
import os, signal
import frappe
frappe.init(site=os.environ["ITIL_SITE"], sites_path=".")
frappe.connect()
frappe.set_user("Administrator")
"""


def start(code: str, **options) -> subprocess.Popen:
	"""Start a process that is connected to the site as Administrator and runs `code`."""
	return subprocess.Popen(
		[sys.executable, "-c", PRELUDE + textwrap.dedent(code)],
		cwd=os.environ["ITIL_SITES_PATH"],
		env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
		stdout=subprocess.PIPE,
		stderr=subprocess.PIPE,
		text=True,
		**options,
	)


def run(code: str) -> subprocess.CompletedProcess:
	"""Run `code` to its end; the exit code is negative when it was killed."""
	process = start(code)
	out, err = process.communicate(timeout=300)
	return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def run_worker() -> subprocess.CompletedProcess:
	"""A real background worker that takes what is queued, then ends."""
	return subprocess.run(
		[
			sys.executable,
			"-m",
			"frappe.utils.bench_helper",
			"frappe",
			"worker",
			"--queue",
			"long,default,short",
			"--burst",
			"--quiet",
		],
		cwd=os.environ["ITIL_SITES_PATH"],
		capture_output=True,
		text=True,
		timeout=300,
	)
