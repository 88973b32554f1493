"""One task in a process of its own, so that its peak memory is its own: `python -m benchmarks.worker TASK JSON`."""

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import frappe

ROOT = Path(__file__).parents[1]
MARK = "RESULT "


@dataclass(frozen=True, slots=True)
class Measurement:
	"""Seconds of the work, peak memory of its process, and what the task says about it."""

	seconds: float
	peak_mb: float
	facts: dict


def measure(task: str, **arguments) -> Measurement:
	"""Run a task of `benchmarks.tasks` in a new process; commits, so that it sees what was prepared."""
	frappe.db.commit()
	done = subprocess.run(
		[sys.executable, "-m", "benchmarks.worker", task, json.dumps(arguments)],
		cwd=ROOT,
		capture_output=True,
		text=True,
	)
	results = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
	if done.returncode or not results:
		raise RuntimeError(f"{task} {arguments} failed:\n{done.stdout[-2_000:]}\n{done.stderr[-4_000:]}")
	return Measurement(**json.loads(results[-1].removeprefix(MARK)))


def main(task: str, arguments: str) -> None:
	from benchmarks.site import connect, refuse_live_site

	connect()
	refuse_live_site()
	from benchmarks import tasks

	seconds, facts = getattr(tasks, task)(**json.loads(arguments))
	peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # the kernel counts in kB
	print(MARK + json.dumps({"seconds": seconds, "peak_mb": peak_mb, "facts": facts}, default=str))
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
