"""Many cases of hostile input: each is answered or refused; nothing crashes, hangs or grows.

The cases run in processes of their own. One that dies (a crash, or a case that runs into the watchdog) is found by the
number of the case that it was at.
"""

import faulthandler
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1024 * 1024
# A case takes milliseconds; one that takes this long hangs.
SLOW_SECONDS, HANGING_SECONDS = 5.0, 60.0
WARM_UP = 0.1
GROWTH_ALLOWED = 64 * MEGABYTE
STEP = 2_000
SHOWN = 10


class HangingCaseError(Exception):
	"""A case that takes longer than any may."""


@dataclass(frozen=True)
class Options:
	"""Cases by seed: the numbers `first` to `first + cases - 1`; `guided` more by coverage for each target that takes bytes."""

	cases: int = 20_000
	seed: int = 1
	first: int = 0
	guided: int = 0
	processes: int = 1


@dataclass
class Tally:
	"""What came of the cases."""

	outcomes: Counter = field(default_factory=Counter)
	broken: list[str] = field(default_factory=list)
	slowest: float = 0.0
	memory: int = 0
	growth: int = 0

	def add(self, other: "Tally") -> None:
		self.outcomes += other.outcomes
		self.broken += other.broken
		self.slowest = max(self.slowest, other.slowest)
		self.memory = max(self.memory, other.memory)
		self.growth = max(self.growth, other.growth)


def run(options: Options, say=lambda line: None) -> dict:
	"""Figures: cases by target and outcome, cases by coverage, what broke, memory in bytes, seconds."""
	start = time.monotonic()
	tally = Tally()
	context = multiprocessing.get_context("spawn")
	share = -(-options.cases // options.processes)
	ends = range(options.first, options.first + options.cases, share)
	jobs = [_Job(context, options.seed, at, min(at + share, options.first + options.cases)) for at in ends]
	while any(not job.is_done for job in jobs):
		for job in jobs:
			job.look(tally)
		say(f"{sum(tally.outcomes.values())} cases, {len(tally.broken)} broken")
	guided = {}
	if options.guided:
		from tests.fuzz.guided import run_guided

		guided, broken = run_guided(options.guided, options.seed)
		tally.broken += broken
	by_target: dict[str, dict[str, int]] = {}
	for (target, outcome), count in sorted(tally.outcomes.items()):
		by_target.setdefault(target, {})[outcome] = count
	return {
		"cases": sum(tally.outcomes.values()) + sum(guided.values()),
		"drawn": by_target,
		"guided": guided,
		"broken": tally.broken,
		"slowest_seconds": round(tally.slowest, 3),
		"memory_bytes": tally.memory,
		"growth_bytes": tally.growth,
		"seconds": round(time.monotonic() - start, 1),
	}


class _Job:
	"""A process with a range of cases; one that dies is started again behind the case that killed it."""

	def __init__(self, context, seed: int, first: int, end: int):
		self.context, self.seed, self.first, self.end = context, seed, first, end
		self.is_done = False
		self.start()

	def start(self) -> None:
		self.case = self.context.Value("q", self.first)
		self.receiver, sender = self.context.Pipe(duplex=False)
		self.process = self.context.Process(
			target=_work, args=(self.seed, self.first, self.end, self.case, sender)
		)
		self.process.start()
		sender.close()

	def look(self, tally: Tally) -> None:
		"""Take what the process has to tell, waiting a while for it."""
		if self.is_done or not self.receiver.poll(10):
			return
		try:
			found = self.receiver.recv()
		except EOFError:
			self.process.join()
			died_at = self.case.value
			if died_at >= self.end:
				self.is_done = True
				return
			tally.broken.append(f"case {died_at}: the process ended with {self.process.exitcode}")
			tally.outcomes["crash", "crash"] += 1
			self.first = died_at + 1
			self.start()
			return
		tally.add(found)


def _work(seed: int, first: int, end: int, case, sender) -> None:
	"""The process: its own group of cases, with what they wrote to the error output kept apart."""
	os.environ.setdefault("POLARS_MAX_THREADS", "1")
	sys.stderr.flush()
	with open(os.devnull, "w") as nothing:
		os.dup2(nothing.fileno(), 2)
	from tests.fuzz.targets import stay_in_this_process

	stay_in_this_process()
	warm, at_start, tally = first + int((end - first) * WARM_UP), 0, Tally()
	with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
		for number in range(first, end):
			case.value = number
			try_case(seed, number, Path(folder), tally)
			if number == warm:
				at_start = resident_bytes()
			if (number + 1 - first) % STEP == 0 or number + 1 == end:
				tally.memory = resident_bytes()
				tally.growth = max(0, tally.memory - at_start) if at_start else 0
				sender.send(tally)
				tally = Tally()
		if at_start and (grown := resident_bytes() - at_start) > GROWTH_ALLOWED:
			sender.send(Tally(broken=[f"memory grew by {grown // MEGABYTE} MB over cases {warm} to {end}"]))
	case.value = end
	sender.close()


def try_case(seed: int, number: int, folder: Path, tally: Tally) -> None:
	"""One case into the tally."""
	from tests.fuzz.targets import TARGETS

	draw = random.Random(f"{seed}:{number}")
	name = draw.choices(list(TARGETS), [target.share for target in TARGETS.values()])[0]
	start = time.monotonic()
	faulthandler.dump_traceback_later(HANGING_SECONDS, exit=True, file=sys.__stdout__)
	signal.signal(signal.SIGALRM, _raise_hanging)
	signal.setitimer(signal.ITIMER_REAL, SLOW_SECONDS)
	try:
		tally.outcomes[name, TARGETS[name].draw(draw, folder)] += 1
	except BaseException as error:
		tally.outcomes[name, "broken"] += 1
		if len(tally.broken) < SHOWN:
			where = traceback.extract_tb(error.__traceback__)[-1]
			tally.broken.append(
				f"case {number} ({name}): {type(error).__name__}: {str(error)[:200]} at {where.name}:{where.lineno}"
			)
	finally:
		signal.setitimer(signal.ITIMER_REAL, 0)
		faulthandler.cancel_dump_traceback_later()
	tally.slowest = max(tally.slowest, time.monotonic() - start)


def _raise_hanging(_signal, _frame):
	raise HangingCaseError(f"a case took longer than {SLOW_SECONDS:.0f} s")


def resident_bytes() -> int:
	"""What the process holds in memory now."""
	for line in Path("/proc/self/status").read_text().splitlines():
		if line.startswith("VmRSS:"):
			return int(line.split()[1]) * 1024
	return 0


def render(figures: dict, options: Options) -> str:
	"""The figures as a table."""
	lines = [f"{'':<16}{'taken':>10}{'refused':>10}{'broken':>10}{'by coverage':>14}"]
	names = dict.fromkeys((*figures["drawn"], *figures["guided"]))
	for name in names:
		counts = figures["drawn"].get(name, {})
		lines.append(
			f"{name:<16}"
			+ "".join(f"{counts.get(outcome, 0):>10}" for outcome in ("taken", "refused", "broken"))
			+ f"{figures['guided'].get(name, 0):>14}"
		)
	lines += [
		"",
		f"cases: {figures['cases']} (seed {options.seed}, {figures['seconds']:.0f} s); slowest case: {figures['slowest_seconds']:.3f} s",
		f"memory: {figures['memory_bytes'] // MEGABYTE} MB at the end, {figures['growth_bytes'] // MEGABYTE} MB more than after the first tenth",
		f"broken: {len(figures['broken'])}",
		*figures["broken"][:SHOWN],
	]
	return "\n".join(lines)
