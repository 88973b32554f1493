"""The exact best set of business cases for the money (FM-8): a binary program solved by HiGHS.

Maximise the value of the chosen cases within budgets per year and capacities per skill, with must-have and
excluded cases, prerequisites, and groups of which at most one is chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from itil_strategy.domain.case_errors import NotProvenError
from itil_strategy.domain.selection_rules import (
	AtMostOne,
	Candidate,
	Excluded,
	Limit,
	MustHave,
	Prerequisite,
	Problem,
	check_problem,
)
from itil_strategy.domain.text import _

ZERO = Decimal(0)
TIME_LIMIT = 60.0  # seconds
INFEASIBLE = 2


@dataclass(frozen=True, slots=True)
class Matrix:
	"""The program as arrays: maximise `values` @ x, `rows` @ x ≤ `limits`, x binary between `low` and `high`."""

	values: np.ndarray
	rows: csr_array
	limits: np.ndarray
	low: np.ndarray
	high: np.ndarray


@dataclass(frozen=True, slots=True)
class Selection:
	"""Chosen cases in the order of their names, their value, and what they use of each limit."""

	chosen: tuple[str, ...]
	value: Decimal
	used: Mapping[str, Decimal] = field(default_factory=dict)


def select(problem: Problem, time_limit: float = TIME_LIMIT) -> Selection | None:
	"""The best selection, proven; None where no selection keeps all rules (see `selection_conflict`).

	Cases are taken in the order of their names, so equal input gives equal output in any order. The solver works with floats; what it
	finds is judged in exact decimals, and a set that oversteps a limit by less than the solver's
	tolerance is forbidden and the solver asked again. Raises NotProvenError when the time is too short.
	"""
	check_problem(problem)
	cases = sorted(problem.candidates, key=lambda case: case.name)
	forbidden: list[frozenset[str]] = []
	while True:
		chosen = solve(make_matrix(problem, cases, forbidden), time_limit)
		if chosen is None:
			return None
		names = frozenset(case.name for case, taken in zip(cases, chosen, strict=True) if taken)
		overstepped = [limit for limit in problem.limits if limit.used_by(names) > limit.amount]
		if not overstepped:
			return Selection(
				tuple(sorted(names)),
				sum((case.value for case in cases if case.name in names), ZERO),
				{limit.name: limit.used_by(names) for limit in problem.limits},
			)
		for limit in overstepped:
			forbidden.append(frozenset(name for name in names if limit.uses.get(name)))


def make_matrix(
	problem: Problem, cases: Sequence[Candidate], forbidden: Sequence[frozenset[str]] = ()
) -> Matrix:
	"""The arrays of a problem; columns in the order of `cases`."""
	column = {case.name: place for place, case in enumerate(cases)}
	low, high = np.zeros(len(cases)), np.ones(len(cases))
	entries: list[tuple[int, int, float]] = []
	limits: list[float] = []

	def add(coefficients: Iterable[tuple[str, float]], limit: float) -> None:
		entries.extend((len(limits), column[name], value) for name, value in coefficients)
		limits.append(limit)

	for rule in problem.rules:
		match rule:
			case Limit():
				add(((name, float(use)) for name, use in rule.uses.items() if use), float(rule.amount))
			case MustHave():
				low[column[rule.case]] = 1
			case Excluded():
				high[column[rule.case]] = 0
			case Prerequisite():
				add(((rule.case, 1.0), (rule.needs, -1.0)), 0)
			case AtMostOne():
				add(((name, 1.0) for name in rule.cases), 1)
	for names in forbidden:
		add(((name, 1.0) for name in names), len(names) - 1)
	rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
	matrix = csr_array((values, (rows, columns)), shape=(len(limits), len(cases)))
	return Matrix(
		np.array([float(case.value) for case in cases]), matrix, np.array(limits, dtype=float), low, high
	)


def solve(matrix: Matrix, time_limit: float = TIME_LIMIT) -> np.ndarray | None:
	"""Booleans of the optimum, None where the program has no solution."""
	if np.any(matrix.low > matrix.high):
		return None
	if not len(matrix.values):
		return np.zeros(0, dtype=bool)
	result = milp(
		-matrix.values,
		constraints=LinearConstraint(matrix.rows, ub=matrix.limits) if len(matrix.limits) else (),
		integrality=1,
		bounds=Bounds(matrix.low, matrix.high),
		options={"mip_rel_gap": 0, "time_limit": time_limit},
	)
	if result.status == INFEASIBLE:
		return None
	if not result.success:
		raise NotProvenError(
			_("The best selection was not proven within {0} seconds. Exclude cases or relax rules."),
			round(time_limit),
		)
	return result.x > 0.5


def value_of_more(problem: Problem, limit: str, step: Decimal) -> Decimal:
	"""What one more step of a limit is worth: optimum(limit + step) − optimum."""
	more, now = select(problem.with_more(limit, step)), select(problem)
	return (more.value if more else ZERO) - (now.value if now else ZERO)


def value_curve(problem: Problem, shares: Sequence[Decimal]) -> list[tuple[Decimal, Decimal | None]]:
	"""The best value for shares of all budgets; None where no selection fits."""
	points = []
	for share in shares:
		found = select(problem.with_budgets(share))
		points.append((share, found.value if found else None))
	return points
