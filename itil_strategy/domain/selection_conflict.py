"""Which rules of a selection contradict each other: the fewest that cannot be kept at once (FM-8)."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from itil_strategy.domain.selection import TIME_LIMIT, ZERO, select
from itil_strategy.domain.selection_rules import (
	AtMostOne,
	Candidate,
	Excluded,
	Limit,
	MustHave,
	Prerequisite,
	Problem,
	Rule,
)

# Two rules are the fewest: without a case every rule but a must-have is kept, and a must-have alone is too.
FEWEST = 2
MOST_ROUNDS = 60
Row = tuple[dict[int, float], float]


def find_conflict(problem: Problem) -> tuple[Rule, ...]:
	"""The smallest set of rules that cannot be kept together; empty where a selection exists.

	Without any one of them there is one. An irreducible set is found by dividing (QuickXplain), then a smaller one is
	looked for by implicit hitting sets: whatever contradicts has a rule in every set of rules whose loss would make
	the rest possible. After `MOST_ROUNDS` of that the irreducible set is the answer.
	"""
	if _is_feasible(problem, problem.rules):
		return ()
	found = _explain(problem, [], list(problem.rules), has_new=False)
	smaller = _find_smaller(problem, len(found)) if len(found) > FEWEST else None
	return tuple(smaller or found)


def _explain(problem: Problem, kept: list[Rule], rules: list[Rule], has_new: bool) -> list[Rule]:
	if has_new and not _is_feasible(problem, kept):
		return []
	if len(rules) == 1:
		return rules
	half = len(rules) // 2
	first, second = rules[:half], rules[half:]
	of_second = _explain(problem, kept + first, second, has_new=bool(first))
	of_first = _explain(problem, kept + of_second, first, has_new=bool(of_second))
	return of_first + of_second


def _is_feasible(problem: Problem, rules: Sequence[Rule]) -> bool:
	"""Whether any set keeps the rules: the same program with no value to maximise."""
	cases = [Candidate(case.name, ZERO) for case in problem.candidates]
	return select(Problem(tuple(cases), tuple(rules))) is not None


def _find_smaller(problem: Problem, size: int) -> list[Rule] | None:
	"""A contradiction of fewer rules than `size`, the smallest; None where there is none or it was not found."""
	corrections: list[list[int]] = []
	for _round in range(MOST_ROUNDS):
		hit = _hit_all(corrections, len(problem.rules))
		if len(hit) >= size:
			return None
		if hit and not _is_feasible(problem, [problem.rules[place] for place in hit]):
			return [problem.rules[place] for place in hit]
		lost = _fewest_to_lose(problem, hit)
		if not lost:
			return None
		corrections.append(lost)
	return None


def _hit_all(corrections: Sequence[Sequence[int]], count: int) -> list[int]:
	"""The fewest rules of which every correction has one."""
	if not corrections:
		return []
	found = _solve(np.ones(count), [({place: -1.0 for place in lost}, -1.0) for lost in corrections])
	return [] if found is None else np.flatnonzero(found > 0.5).tolist()


def _fewest_to_lose(problem: Problem, kept: Sequence[int]) -> list[int]:
	"""The fewest rules whose loss makes all others possible, none of them in `kept`."""
	cases = [case.name for case in problem.candidates]
	column, count = {name: place for place, name in enumerate(cases)}, len(cases)
	rows = [
		row for number, rule in enumerate(problem.rules) for row in _relaxed(rule, column, count + number)
	]
	high = np.ones(count + len(problem.rules))
	high[[count + number for number in kept]] = 0
	cost = np.concatenate((np.zeros(count), np.ones(len(problem.rules))))
	found = _solve(cost, rows, high)
	return [] if found is None else np.flatnonzero(found[count:] > 0.5).tolist()


def _relaxed(rule: Rule, column: dict[str, int], lost: int) -> list[Row]:
	"""The rule as a row ≤ limit, which does not bind where the variable `lost` is 1."""
	match rule:
		case Limit():
			uses = {column[name]: float(use) for name, use in rule.uses.items() if use}
			return [({**uses, lost: -sum(uses.values())}, float(rule.amount))]
		case MustHave():
			return [({column[rule.case]: -1.0, lost: -1.0}, -1.0)]
		case Excluded():
			return [({column[rule.case]: 1.0, lost: -1.0}, 0.0)]
		case Prerequisite() if rule.case != rule.needs:
			return [({column[rule.case]: 1.0, column[rule.needs]: -1.0, lost: -1.0}, 0.0)]
		case AtMostOne():
			names = set(rule.cases)
			return [({**{column[name]: 1.0 for name in names}, lost: 1.0 - len(names)}, 1.0)]
	return []


def _solve(cost: np.ndarray, rows: Sequence[Row], high: np.ndarray | None = None) -> np.ndarray | None:
	"""The cheapest binary vector with all rows ≤ their limits; None where there is none, or not in time."""
	entries = [
		(number, place, value) for number, (row, _limit) in enumerate(rows) for place, value in row.items()
	]
	numbers, places, values = zip(*entries, strict=True)
	matrix = csr_array((values, (numbers, places)), shape=(len(rows), len(cost)))
	result = milp(
		cost,
		constraints=LinearConstraint(matrix, ub=[limit for _row, limit in rows]),
		integrality=1,
		bounds=Bounds(0, np.ones(len(cost)) if high is None else high),
		options={"mip_rel_gap": 0, "time_limit": TIME_LIMIT},
	)
	return result.x if result.success else None
