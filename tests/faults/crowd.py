"""Many people at once on the same few records: every answer is counted, every invariant checked afterwards.

Each person has a web process of their own and presses buttons drawn from the seed; workers do what they queue.
Beside them one ordinary ERPNext user posts Journal Entries in the same company and is timed.
"""

import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rq.job import Job

import frappe
from frappe.utils import get_last_day, strip_html
from frappe.utils.background_jobs import get_queues

from itil_strategy.tests.factories import center, make_user
from itil_strategy.tests.setup import ABBR, COMPANY
from itil_strategy.utils.health.registry import CHECKS, run_checks
from itil_strategy.utils.jobs import WORKING_STATES
from tests.faults import scene as world
from tests.faults.actors import WebProcess, connected, run_worker
from tests.faults.injection import fork, wait
from tests.faults.press import BUTTONS, Person
from tests.faults.private import Bench

WORKERS = 2
# The longest that an ordinary user may wait for a Journal Entry.
LONGEST_WAIT = 5.0
# Frappe gives these no sentence of its own: the desk shows one by the name of the exception (request.js).
SHOWN_BY_DESK = {
	"QueryDeadlockError": "Server failed to process this request because of a concurrent conflicting request."
	" Please try again.",
	"QueryTimeoutError": "Server was too busy to process this request. Please try again.",
}
# Frappe's sentence for a key that is there already is the label of a field that no form shows.
WITHOUT_WORDS = ("UniqueValidationError",)
DONE, ASKED, REFUSED, UNEXPLAINED = "done", "asked to try again", "refused", "unexplained"


@dataclass(slots=True)
class Tally:
	"""What was answered, to be printed."""

	answers: Counter = field(default_factory=Counter)
	refusals: Counter = field(default_factory=Counter)
	unexplained: Counter = field(default_factory=Counter)
	waits: list[float] = field(default_factory=list)
	# Background jobs that ended in an error, and errors that were only logged.
	jobs: Counter = field(default_factory=Counter)
	# What records say of themselves whose job was refused, such as a run that cannot be posted.
	failed: Counter = field(default_factory=Counter)
	broken: list[str] = field(default_factory=list)

	@property
	def faults(self) -> int:
		"""Broken invariants, answers and jobs without words, and an ordinary user who was blocked or not there."""
		blocked = not self.waits or max(self.waits) > LONGEST_WAIT
		return len(self.broken) + sum(self.unexplained.values()) + sum(self.jobs.values()) + blocked


def judge(status: int, text: str) -> tuple[str, str]:
	"""(kind, sentence) of an answer: a refusal without a sentence for people is unexplained."""
	if status == 200:
		return DONE, ""
	try:
		answer = json.loads(text)
	except ValueError:
		return UNEXPLAINED, f"{status} {text[:300]}"
	# As the desk finds the name of the exception.
	raised = (answer.get("exception") or "").split(".")[-1].split(":")[0]
	if raised in SHOWN_BY_DESK:
		return ASKED, f"{raised}: {SHOWN_BY_DESK[raised]}"
	messages = [json.loads(message) for message in json.loads(answer.get("_server_messages") or "[]")]
	kind = answer.get("exc_type") or str(status)
	if status < 500 and messages and kind not in WITHOUT_WORDS:
		return REFUSED, f"{kind}: {_without_names(messages[-1].get('message', ''))}"
	return UNEXPLAINED, f"{status} {kind}: {answer.get('exception') or text[:300]}"


def _without_names(sentence: str) -> str:
	"""The sentence with numbers and e-mail addresses taken out, so that equal ones are counted together."""
	text = " ".join(strip_html(sentence).split())
	text = re.sub(r"\S+@example\.com", "<user>", text)
	return re.sub(r"[A-Z]*-?\d[\w.,:-]*", "#", text)[:160]


def _last_line(text: str | None) -> str:
	return ((text or "").strip().splitlines() or [""])[-1][:160]


def _failed_jobs() -> Iterator[Job]:
	"""What the workers could not do, as their queues have it."""
	for queue in get_queues():
		for job in map(queue.fetch_job, queue.failed_job_registry.get_job_ids()):
			if job:
				yield job


class Crowd:
	"""Persons, workers and an ordinary user, each in a process of its own, for a while."""

	def __init__(self, bench: Bench, processes: int, seconds: float, seed: int):
		self.bench, self.processes, self.seconds, self.seed = bench, processes, seconds, seed
		self.folder = Path(bench.folder) / "answers"
		self.folder.mkdir()
		self.log = str(bench.logs / "processes.log")

	def run(self) -> Tally:
		with connected():
			self.scene = world.make_scene()
			self.scene.budgeted = world.make_budgets(self.scene)
			self.bookkeeper = world._token(make_user("Accounts User", "Accounts Manager"))
			# What the copied site has logged before is not of this crowd, whatever date it bears.
			frappe.db.delete("Error Log")
			frappe.db.commit()
		self.deadline = time.time() + self.seconds
		pids = [
			fork(lambda number=number: self._person(number), self.log) for number in range(self.processes)
		]
		pids.append(fork(self._bookkeeper, self.log))
		pids += [fork(self._worker, self.log) for _number in range(WORKERS)]
		codes = [wait(pid, self.seconds + 300) for pid in pids]
		# What is queued still is done before the books are looked at.
		run_worker(self.log)
		return self._tally(codes)

	def _person(self, number: int) -> None:
		"""Press buttons until the time is over."""
		os.nice(5)
		chance = random.Random(f"{self.seed}/{number}")
		web = WebProcess(self.log)
		person = Person(self.scene, web, chance)
		try:
			with (self.folder / f"person-{number}").open("w") as answers:
				while time.time() < self.deadline:
					name = chance.choices(list(BUTTONS), [weight for weight, _press in BUTTONS.values()])[0]
					answer = BUTTONS[name][1](person)
					if answer is not None:
						print(json.dumps([name, *judge(*answer)]), file=answers, flush=True)
		finally:
			web.stop()

	def _bookkeeper(self) -> None:
		"""Post Journal Entries one after the other; seconds of each."""
		web = WebProcess(self.log)
		try:
			with (self.folder / "bookkeeper").open("w") as answers:
				while time.time() < self.deadline:
					start = time.monotonic()
					answer = web.post(self.bookkeeper, "frappe.client.insert", doc=_journal_entry())
					seconds = time.monotonic() - start
					print(json.dumps([seconds, *judge(*answer)]), file=answers, flush=True)
					time.sleep(0.2)
		finally:
			web.stop()

	def _worker(self) -> None:
		while time.time() < self.deadline:
			run_worker(self.log)
			time.sleep(0.1)

	def _tally(self, codes: list[int | None]) -> Tally:
		tally = Tally()
		if any(codes):
			lines = Path(self.log).read_text(errors="replace").splitlines()
			text = "\n".join([line for line in lines if " HTTP/1." not in line][-40:])
			tally.broken.append(f"A process of the crowd ended with {codes}: {text}")
		for path in self.folder.glob("person-*"):
			for name, kind, sentence in map(json.loads, path.read_text().splitlines()):
				self._count(tally, name, kind, sentence)
		for seconds, kind, sentence in map(json.loads, (self.folder / "bookkeeper").read_text().splitlines()):
			tally.waits.append(seconds)
			self._count(tally, "journal entry", kind, sentence)
		with connected():
			for row in frappe.get_all(
				"Error Log", {"creation": (">=", self._start())}, ["method", "error"], limit=0
			):
				tally.jobs[f"{row.method}: {_last_line(row.error)}"] += 1
			for job in _failed_jobs():
				tally.jobs[f"job {job.kwargs.get('method')}: {_last_line(job.exc_info)}"] += 1
			for doctype in WORKING_STATES:
				for message in frappe.get_all(doctype, {"status": "Failed"}, pluck="error_message", limit=0):
					tally.failed[f"{doctype}: {_without_names(message or '')}"] += 1
			for result in run_checks():
				for finding in result.findings:
					tally.broken.append(
						f"{result.title}: {finding.doctype} {finding.record}: {finding.problem}"
					)
		return tally

	def _start(self) -> str:
		return frappe.utils.add_to_date(
			frappe.utils.now(), seconds=-(time.time() - self.deadline + self.seconds)
		)

	def _count(self, tally: Tally, name: str, kind: str, sentence: str) -> None:
		tally.answers[name, kind] += 1
		if kind == UNEXPLAINED:
			tally.unexplained[f"{name}: {sentence}"] += 1
		elif kind != DONE:
			tally.refusals[f"{name}: {sentence}"] += 1


def _journal_entry() -> dict:
	"""A submitted entry of an ordinary expense."""
	return {
		"doctype": "Journal Entry",
		"docstatus": 1,
		"voucher_type": "Journal Entry",
		"company": COMPANY,
		"posting_date": str(get_last_day("2026-01-15")),
		"accounts": [
			{
				"account": f"Administrative Expenses - {ABBR}",
				"cost_center": center("Data Centre"),
				"debit_in_account_currency": 10,
			},
			{"account": f"Cash - {ABBR}", "credit_in_account_currency": 10},
		],
	}


def render(tally: Tally, processes: int, seconds: float, seed: int) -> str:
	"""The figures of a crowd."""
	kinds = (DONE, REFUSED, ASKED, UNEXPLAINED)
	lines = [f"{'answers':<18}" + "".join(f"{kind:>20}" for kind in kinds)]
	for name in (*BUTTONS, "journal entry"):
		lines.append(f"{name:<18}" + "".join(f"{tally.answers[name, kind]:>20}" for kind in kinds))
	waits = sorted(tally.waits) or [0.0]
	lines += [
		"",
		f"{processes} processes, {WORKERS} workers, {seconds:.0f} s, seed {seed}: {sum(tally.answers.values())} answers",
		f"ordinary Journal Entries: {len(tally.waits)}; longest {waits[-1]:.2f} s,"
		f" p99 {waits[int(len(waits) * 0.99)]:.2f} s, median {waits[len(waits) // 2]:.2f} s",
		f"invariants verified: {len(CHECKS)}; broken: {len(tally.broken)}; unexplained: {sum(tally.unexplained.values())};"
		f" failed jobs and logged errors: {sum(tally.jobs.values())}",
		*tally.broken[:20],
	]
	for title, counts in (
		("unexplained", tally.unexplained),
		("refusals", tally.refusals),
		("records that say they failed", tally.failed),
		("failed jobs and logged errors", tally.jobs),
	):
		lines += ["", f"{title}:", *(f"{count:>7}  {text}" for text, count in counts.most_common())]
	return "\n".join(lines)


def run_crowd(processes: int, seconds: float, seed: int) -> dict:
	"""Print what was answered and answer the figures; `broken` are its `faults`."""
	with Bench() as bench:
		tally = Crowd(bench, processes, seconds, seed).run()
		print(render(tally, processes, seconds, seed), flush=True)
	return {
		"answers": sum(tally.answers.values()),
		"longest_wait": round(max(tally.waits, default=0), 2),
		"invariants": len(CHECKS),
		"broken": tally.faults,
	}
