"""Benchmarks of the figures, without a site: `python -m benchmarks.figures [--repeat N] [--cases N]`.

select: the best of 500 cases in 5 years with 20 conflicts, proven; floor: HiGHS alone on the same matrix.
simulate: 10,000 draws of a case of 60 periods and 20 assumptions; floor: numpy's own time for the same draws.
Exits with 1 when a bar is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from statistics import median

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarks.result import Result, render
from itil_strategy.domain.assumptions import Assumption, make_book
from itil_strategy.domain.case_model import CaseModel, make_model
from itil_strategy.domain.case_rows import BENEFIT, CAPEX, OPEX, FlowLine
from itil_strategy.domain.investment import END, MONTH, Basis
from itil_strategy.domain.selection import make_matrix, select
from itil_strategy.domain.selection_rules import AtMostOne, Candidate, Limit, Problem
from itil_strategy.domain.simulation import draw, simulate

SEED = 2026
CASES, YEARS, CONFLICTS = 500, 5, 20
DRAWS, PERIODS, ASSUMPTIONS = 10_000, 60, 20


def make_problem(cases: int) -> Problem:
	"""Random values and costs; budgets of a quarter of what is asked for, conflicts between pairs."""
	generator = np.random.default_rng(SEED)
	names = [f"C{number:04d}" for number in range(cases)]
	candidates = tuple(
		Candidate(name, Decimal(int(value)))
		for name, value in zip(names, generator.integers(10_000, 2_000_000, cases), strict=True)
	)
	rules: list = []
	for year in range(YEARS):
		costs = generator.integers(5_000, 900_000, cases)
		uses = {name: Decimal(int(cost)) for name, cost in zip(names, costs, strict=True)}
		rules.append(Limit(str(2026 + year), Decimal(int(costs.sum()) // 4), uses))
	for number in range(CONFLICTS):
		rules.append(AtMostOne(str(number), tuple(generator.choice(names, 2, replace=False).tolist())))
	return Problem(candidates, tuple(rules))


def make_case() -> CaseModel:
	"""Twenty uncertain assumptions, each in one monthly flow; half of the flows grow with the period."""
	assumptions = [
		Assumption(f"a{number}", Decimal(100 + number), Decimal(60), Decimal(180))
		for number in range(ASSUMPTIONS)
	]
	lines = [FlowLine("Buy", "Start", CAPEX, 0, 0, Decimal(50_000))]
	for number in range(ASSUMPTIONS):
		growth = " * 1.005 ** period" if number % 2 else " * 1.1"
		kind = OPEX if number % 4 == 0 else BENEFIT
		lines.append(FlowLine("Buy", f"f{number}", kind, 1, PERIODS, formula=f"a{number}{growth}"))
	return make_model(["Buy"], make_book(assumptions), lines, Basis(Decimal("0.08"), END, MONTH))


def bench_select(repeat: int, cases: int) -> list[Result]:
	problem = make_problem(cases)
	matrix = make_matrix(problem, sorted(problem.candidates, key=lambda case: case.name))

	def highs() -> float:
		found = milp(
			-matrix.values,
			constraints=LinearConstraint(matrix.rows, ub=matrix.limits),
			integrality=1,
			bounds=Bounds(matrix.low, matrix.high),
			options={"mip_rel_gap": 0},
		)
		return round(-found.fun)

	ours, floor = _in_turn(repeat, lambda: int(select(problem, time_limit=3600).value), highs, is_equal=True)
	work = f"{cases:,} cases × {YEARS} years × {CONFLICTS} conflicts to proven optimum"
	return [Result("select", work, ours, floor, 1.2)]


def bench_simulate(repeat: int) -> list[Result]:
	model = make_case()
	uncertain = [assumption for assumption in model.book.inputs if assumption.is_uncertain]

	def numpys() -> None:
		generator = np.random.Generator(np.random.PCG64(SEED))
		for assumption in uncertain:
			draw(assumption, generator, DRAWS)

	ours, floor = _in_turn(max(repeat, 5), lambda: simulate(model, "Buy", DRAWS, SEED), numpys)
	work = f"{DRAWS:,} simulations of {PERIODS} periods, {ASSUMPTIONS} assumptions"
	return [
		Result("simulate", f"{work}: time", ours, None, 0.5, "seconds"),
		Result("simulate", f"{work}: ÷ numpy's draws", ours, floor, 0.5 / floor),
	]


def _in_turn(repeat: int, ours: Callable, floor: Callable, is_equal: bool = False) -> tuple[float, float]:
	"""Median seconds of processor time of both, taking turns; with `is_equal` both must find the same.

	Processor time: on a shared machine the clock would measure the others.
	"""
	times: tuple[list[float], list[float]] = ([], [])
	for _round in range(repeat):
		found = []
		for seconds, work in zip(times, (ours, floor), strict=True):
			start = time.process_time()
			found.append(work())
			seconds.append(time.process_time() - start)
		if is_equal and found[0] != found[1]:
			raise AssertionError(f"Ours found {found[0]}, HiGHS alone {found[1]}.")
	return median(times[0]), median(times[1])


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--repeat", type=int, default=3)
	parser.add_argument("--cases", type=int, default=CASES)
	options = parser.parse_args()
	results = [*bench_simulate(options.repeat), *bench_select(options.repeat, options.cases)]
	print(render(results))
	return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
	sys.exit(main())
