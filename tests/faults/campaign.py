"""Crash injection: kill something in the middle of each step, resume as a user would, and check every invariant.

Each round charges one month from import to posting and takes it back; beside it a business case is approved and a
survey sent. Whatever was killed, the sums must be those of an undisturbed round, worked out from the quantities.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

import frappe

from itil_strategy.utils.health.registry import CHECKS, run_checks
from tests.faults import scene as world
from tests.faults import steps
from tests.faults.actors import WebProcess, connected, run_worker
from tests.faults.injection import JOB, WEB, WORKER, Point, Trigger
from tests.faults.private import Bench
from tests.faults.steps import Step

MONTHS = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 11)]
SERVERS = ("mariadb", "redis-queue", "redis-cache")
# Of every six kills three hit a process, which is a web process where the request is under way.
TARGETS = (JOB, WORKER, JOB, *SERVERS)
STEPS = ("import", "calculate", "publish", "post", "cancel", "reverse", "approve", "survey")
MAX_RESUMES = 6


@dataclass(slots=True)
class Tally:
	"""What happened, to be printed."""

	kills: Counter = field(default_factory=Counter)
	missed: int = 0
	resumes: Counter = field(default_factory=Counter)
	checks: int = 0
	broken: list[str] = field(default_factory=list)
	amounts: int = 0
	vouchers: int = 0

	@property
	def total(self) -> int:
		return sum(self.kills.values())


class Campaign:
	"""Rounds of killed steps until there were enough kills."""

	def __init__(self, bench: Bench, seed: int, say=print):
		self.bench, self.say = bench, say
		self.random = random.Random(seed)
		self.tally = Tally()
		# Statements of each step's request and job, from a round that nobody disturbed.
		self.lengths: dict[tuple[str, str], int] = {}
		self.targets: list[str] = []
		self.uncharged = 0
		self.log = str(bench.logs / "processes.log")

	def run(self, kills: int) -> Tally:
		"""Two undisturbed rounds to measure, then rounds with kills."""
		with connected():
			self.scene = world.make_scene()
		# One that ends with a cancelled run, one with a reversed one.
		for number in (0, 1):
			self.round(number, armed=False)
		while self.tally.total < kills and not self.tally.broken:
			number += 1
			self.round(number + 1, armed=True, limit=kills)
			self.say(
				f"round {number}: {self.tally.total} kills survived, {self.tally.checks} invariants verified"
			)
		return self.tally

	def round(self, number: int, armed: bool, limit: int = 0) -> None:
		"""Import, calculate, publish, post, take back; approve a case; send a survey."""
		month = MONTHS[number % len(MONTHS)]
		quantities = {customer: self.random.randint(1, 99) for customer in self.scene.customers}
		with connected():
			delivered = world.make_import(self.scene, month, quantities)
		self.uncharged += sum(quantities.values())
		self.take(steps.usage_import(self.scene, delivered), armed, limit)
		with connected():
			run = world.make_run(month)
		self.take(steps.calculate(self.scene, run), armed, limit)
		self.expect("calculated", run, "total_amount", self.uncharged)
		self.take(steps.publish(self.scene, run), armed, limit)
		self.take(steps.post(self.scene, run), armed, limit)
		self.expect("posted", run, "posted_amount", self.uncharged)
		charged, recharge = self.uncharged, number % 3 == 2
		if number % 2:
			self.take(steps.reverse(self.scene, run, recharge), armed, limit)
			self.uncharged = charged if recharge else 0
		else:
			self.take(steps.cancel(self.scene, run), armed, limit)
		with connected():
			case = world.make_secured_case(self.scene)
			survey = world.make_active_survey(self.scene)
		self.take(steps.approve(self.scene, case), armed, limit)
		self.take(steps.send_survey(self.scene, survey), armed, limit)

	def take(self, step: Step, armed: bool, limit: int) -> None:
		"""Take a step to its end, with a kill in its request or in its job."""
		if self.tally.broken:
			return
		parts = ("request", "job") if step.has_job else ("request",)
		part = self.random.choice(parts[-1:] if self.random.random() < 0.75 else parts)
		killing = armed and self.tally.total < limit
		triggers = {
			name: Trigger(self.choose_point(step, name) if killing and name == part else None)
			for name in parts
		}
		self.attempt(step, triggers)
		if not armed:
			for name, trigger in triggers.items():
				self.lengths[step.name, name] = trigger.count
		trigger = triggers[part]
		if trigger.has_fired:
			self.tally.kills[step.name, trigger.point.target] += 1
		elif killing:
			self.tally.missed += 1
		self.bench.repair()
		self.verify(f"after the kill in {step.name} ({trigger.point})")
		self.resume(step)
		self.verify(f"after resuming {step.name} ({trigger.point})")

	def choose_point(self, step: Step, part: str) -> Point:
		if not self.targets:
			self.targets = self.random.sample(TARGETS, len(TARGETS))
		target = self.targets.pop()
		if part == "request" and target not in SERVERS:
			target = WEB
		statement = self.random.randint(1, max(self.lengths.get((step.name, part), 50), 1))
		pid = self.bench.servers[target].pid if target in SERVERS else 0
		return Point(statement, self.random.random() < 0.5, target, pid)

	def attempt(self, step: Step, triggers: dict[str, Trigger]) -> None:
		"""One press of the button, and a worker for what it queued."""
		web = WebProcess(self.log, triggers.get("request"))
		try:
			self.answer = step.press(web)
		finally:
			web.stop()
		if step.has_job:
			self.bench.repair()
			run_worker(self.log, triggers["job"])

	def resume(self, step: Step) -> None:
		"""What a user does who finds it undone: press again, until it is done."""
		for attempt in range(MAX_RESUMES):
			with connected():
				if step.is_done():
					self.tally.resumes[attempt] += 1
					return
			self.attempt(step, {"request": Trigger(), "job": Trigger()})
		with connected():
			errors = frappe.get_all("Error Log", pluck="error", order_by="creation desc", limit=1)
		status, text = self.answer
		self.tally.broken.append(
			f"{step.name} was not done after {MAX_RESUMES} resumes: {status} {text[:500]}\n{''.join(errors)}"
		)

	def verify(self, when: str) -> None:
		"""Every invariant, on the whole site."""
		with connected():
			results = run_checks()
		self.tally.checks += len(results)
		for result in results:
			for finding in result.findings:
				self.tally.broken.append(
					f"{when}: {result.title}: {finding.doctype} {finding.record}: {finding.problem}"
				)

	def expect(self, what: str, run: str, fieldname: str, amount: int) -> None:
		"""The sum that follows from the quantities; nothing lost, nothing doubled."""
		if self.tally.broken:
			return
		with connected():
			found = frappe.db.get_value("Charging Run", run, fieldname)
		self.tally.amounts += 1
		if found != amount:
			self.tally.broken.append(f"{run}: {found} is {what}, the usage is worth {amount}")


def render(tally: Tally, seed: int, seconds: float) -> str:
	"""The figures of a campaign."""
	targets = (WEB, JOB, WORKER, *SERVERS)
	lines = [f"{'killed in':<12}" + "".join(f"{target:>16}" for target in targets) + f"{'all':>8}"]
	for name in (*STEPS, ""):
		counts = [
			sum(
				count
				for (step, killed), count in tally.kills.items()
				if killed == target and name in (step, "")
			)
			for target in targets
		]
		lines.append(
			f"{name or 'all':<12}" + "".join(f"{count:>16}" for count in counts) + f"{sum(counts):>8}"
		)
	again = ", ".join(f"{count} after {times}" for times, count in sorted(tally.resumes.items()))
	lines += [
		"",
		f"kills survived: {tally.total} (seed {seed}, {seconds:.0f} s); points that the work did not reach: {tally.missed}",
		f"steps done, by presses of the button after the first: {again}",
		f"invariants verified: {tally.checks} ({len(CHECKS)} each time); sums of runs compared: {tally.amounts}",
		f"broken: {len(tally.broken)}",
		*tally.broken[:20],
	]
	return "\n".join(lines)


def run_campaign(kills: int, seed: int) -> dict:
	"""Print what happened and answer the figures; `broken` counts what was lost, doubled or did not resume."""
	start = time.monotonic()
	with Bench() as bench:
		campaign = Campaign(bench, seed, lambda line: print(line, flush=True))
		try:
			tally = campaign.run(kills)
		finally:
			print(render(campaign.tally, seed, time.monotonic() - start), flush=True)
	return {
		"kills": tally.total,
		"invariants": tally.checks,
		"sums": tally.amounts,
		"broken": len(tally.broken) + max(kills - tally.total, 0),
	}
