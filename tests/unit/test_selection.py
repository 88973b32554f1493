"""FM-8: the best set of cases, exactly; what forces, what was left out, what contradicts."""

from decimal import Decimal
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itil_strategy.domain.case_errors import NotProvenError, SelectionError, SizeError
from itil_strategy.domain.selection import select, value_curve, value_of_more
from itil_strategy.domain.selection_conflict import find_conflict
from itil_strategy.domain.selection_reasons import explain
from itil_strategy.domain.selection_rules import (
	CAPACITY,
	AtMostOne,
	Candidate,
	Excluded,
	Limit,
	MustHave,
	Prerequisite,
	Problem,
)

D = Decimal


def problem(values: dict[str, int], *rules) -> Problem:
	return Problem(tuple(Candidate(name, D(value)) for name, value in values.items()), rules)


def budget(amount, name="2026", kind="Budget", **uses) -> Limit:
	return Limit(name, D(amount), {case: D(use) for case, use in uses.items()}, kind)


VALUES = {"A": 12, "B": 9, "C": 9}
TEN = budget(10, A=6, B=5, C=5)


def test_the_best_pair_beats_the_greedy_choice():
	"""The design's row: A has the best ratio and leaves no room; B and C are worth 18."""
	found = select(problem(VALUES, TEN))
	assert (found.chosen, found.value, found.used) == (("B", "C"), 18, {"2026": 10})


def test_the_order_of_the_cases_does_not_matter():
	backwards = problem(dict(reversed(VALUES.items())), TEN)
	assert select(backwards) == select(problem(VALUES, TEN))


@pytest.mark.parametrize(
	("rules", "chosen"),
	[
		((MustHave("A"),), ("A",)),
		((Excluded("B"),), ("A",)),
		((Prerequisite("B", "A"),), ("A",)),
		((AtMostOne("g", ("B", "C")),), ("A",)),
		((budget(4, "Architect", CAPACITY, B=3, C=3),), ("A",)),
		((budget(6, "2027", B=3, C=3),), ("B", "C")),
	],
)
def test_every_kind_of_rule_binds(rules, chosen):
	assert select(problem(VALUES, TEN, *rules)).chosen == chosen


def test_a_prerequisite_that_is_worth_nothing_comes_along():
	both = problem({"Platform": -5, "App": 20}, Prerequisite("App", "Platform"))
	found = select(both)
	assert (found.chosen, found.value) == (("App", "Platform"), 15)
	assert str(explain(both, found)["Platform"]) == "Needed by App."


def test_a_case_that_costs_value_is_left_out():
	alone = problem({"A": -1, "B": 0})
	found = select(alone)
	assert "A" not in found.chosen
	assert str(explain(alone, found)["A"]) == "It is worth nothing by itself, and nothing selected needs it."


def test_limits_are_kept_to_the_cent_where_a_float_would_pass():
	"""The solver allows a millionth; a cent in a hundred millions is more than the budget."""
	tight = problem({"A": 5, "B": 5}, budget("100000000.00", A="50000000.00", B="50000000.01"))
	assert len(select(tight).chosen) == 1
	assert (
		len(
			select(problem({"A": 5, "B": 5}, budget("100000000.01", A="50000000.00", B="50000000.01"))).chosen
		)
		== 2
	)


def test_no_cases_no_rules():
	assert select(problem({})).chosen == ()
	assert select(problem({"A": 1})).chosen == ("A",)


def test_why_each_case_is_in_or_out():
	values = {"A": 12, "B": 9, "C": 9, "D": 1, "E": 2, "F": 1, "G": 4}
	whole = problem(
		values,
		TEN,
		MustHave("D", "The law asks for it"),
		Excluded("E", "Vendor is gone"),
		Prerequisite("F", "A"),
		AtMostOne("Either", ("B", "G")),
	)
	found = select(whole)
	assert found.chosen == ("B", "C", "D")
	assert {name: str(text) for name, text in explain(whole, found).items()} == {
		"A": "Beside the more valuable set it does not fit: 2026 − 6.",
		"B": "Part of the most valuable set.",
		"C": "Part of the most valuable set.",
		"D": "Must-have: The law asks for it",
		"E": "Excluded: Vendor is gone",
		"F": "It needs A, which is not selected.",
		"G": "B is selected, and only one of B, G can be.",
	}


def test_the_value_of_one_more_unit():
	"""11 buys A and B (21), 10 buys B and C (18)."""
	whole = problem(VALUES, TEN)
	assert value_of_more(whole, "2026", D(1)) == 3
	assert value_of_more(whole, "2026", D("0.5")) == 0


def test_the_curve_of_value_over_budget():
	curve = value_curve(problem(VALUES, TEN), [D(share) for share in ("0", "0.5", "1", "1.1", "1.6")])
	assert curve == [(D("0"), 0), (D("0.5"), 9), (D("1"), 18), (D("1.1"), 21), (D("1.6"), 30)]
	assert value_curve(problem(VALUES, TEN, MustHave("A")), [D("0.5")]) == [(D("0.5"), None)]


def test_capacity_does_not_grow_with_the_budget():
	capacity = budget(1, "Architect", CAPACITY, A=1, B=1, C=1)
	assert value_curve(problem(VALUES, TEN, capacity), [D(2)]) == [(D(2), 12)]


# Contradictions


@pytest.mark.parametrize(
	("rules", "conflict"),
	[
		((MustHave("A"), MustHave("B"), Excluded("C")), [TEN, MustHave("A"), MustHave("B")]),
		(
			(MustHave("B"), Excluded("A"), Prerequisite("B", "A")),
			[MustHave("B"), Excluded("A"), Prerequisite("B", "A")],
		),
		(
			(MustHave("B"), MustHave("C"), AtMostOne("g", ("B", "C"))),
			[MustHave("B"), MustHave("C"), AtMostOne("g", ("B", "C"))],
		),
		((MustHave("A"), Excluded("A")), [MustHave("A"), Excluded("A")]),
	],
)
def test_what_contradicts_is_named_and_nothing_else(rules, conflict):
	whole = problem(VALUES, *rules, TEN)
	assert select(whole) is None
	found = find_conflict(whole)
	assert {rule.text for rule in found} == {rule.text for rule in conflict}
	for rule in found:
		others = tuple(other for other in found if other is not rule)
		assert select(problem(VALUES, *others)) is not None


def test_without_contradiction_there_is_no_conflict():
	assert find_conflict(problem(VALUES, TEN)) == ()


def test_of_several_contradictions_the_smallest_is_named():
	"""A needs E by way of three others, and E is excluded: six rules. A needs B, and only one of them can be: three."""
	chain = (Prerequisite("A", "B"), Prerequisite("B", "C"), Prerequisite("C", "D"), Prerequisite("D", "E"))
	values = dict.fromkeys("ABCDE", 1)
	rules = (MustHave("A"), *chain, Excluded("E"))
	assert set(find_conflict(problem(values, *rules))) == set(rules)
	shorter = (AtMostOne("g", ("A", "B")), MustHave("B"))
	for order in ((*rules, *shorter), (*shorter, *rules), (*rules[::2], *shorter, *rules[1::2])):
		assert set(find_conflict(problem(values, *order))) in (
			{MustHave("A"), *shorter},
			{MustHave("A"), Prerequisite("A", "B"), shorter[0]},
		)


# Bad input


@pytest.mark.parametrize(
	("rule", "message"),
	[
		(
			MustHave("X"),
			"X is not among the cases that can be chosen. Add it, or drop the rule: X is a must-have.",
		),
		(Prerequisite("A", "X"), "drop the rule: A needs X"),
		(AtMostOne("g", ("A", "X")), "drop the rule: at most one of A, X"),
		(budget(1, X=1), "X is not among the cases"),
		(budget(-1, A=1), "2026: amounts below 0 cannot be limited"),
		(budget(1, A=-1), "2026: amounts below 0 cannot be limited"),
	],
)
def test_rules_that_make_no_sense_are_refused(rule, message):
	with pytest.raises(SelectionError) as refusal:
		select(problem(VALUES, rule))
	assert message in str(refusal.value)


def test_double_cases_and_too_many_are_refused():
	with pytest.raises(SelectionError, match="A case is there twice"):
		select(Problem((Candidate("A", D(1)), Candidate("A", D(2)))))
	with pytest.raises(SizeError, match="can have 2000 cases"):
		select(Problem(tuple(Candidate(str(number), D(1)) for number in range(2001))))


def test_a_selection_that_is_not_proven_in_time_is_no_selection():
	generator = np.random.default_rng(5)
	names = [f"C{number}" for number in range(400)]
	values = {
		name: int(value) for name, value in zip(names, generator.integers(10**4, 2 * 10**6, 400), strict=True)
	}
	limits = []
	for year in range(5):
		uses = {
			name: D(int(use)) for name, use in zip(names, generator.integers(10**4, 10**6, 400), strict=True)
		}
		limits.append(Limit(str(year), sum(uses.values()) / 4, uses))
	with pytest.raises(NotProvenError, match="was not proven within 0 seconds"):
		select(problem(values, *limits), time_limit=0.05)


# Properties


@st.composite
def problems(draw, most: int = 15) -> Problem:
	names = [f"C{number:02d}" for number in range(draw(st.integers(1, most)))]
	amount = st.decimals(0, 1000, places=2)
	rules = [
		Limit(str(year), draw(st.decimals(0, 3000, places=2)), {name: draw(amount) for name in names})
		for year in range(draw(st.integers(0, 3)))
	]
	some = st.sampled_from(names)
	rules += [MustHave(name) for name in draw(st.lists(some, max_size=2, unique=True))]
	rules += [Excluded(name) for name in draw(st.lists(some, max_size=2, unique=True))]
	rules += [Prerequisite(*pair) for pair in draw(st.lists(st.tuples(some, some), max_size=3))]
	groups = (
		draw(st.lists(st.lists(some, min_size=2, max_size=4, unique=True), max_size=3))
		if len(names) > 1
		else []
	)
	rules += [AtMostOne(str(number), tuple(group)) for number, group in enumerate(groups)]
	values = st.decimals(-500, 2000, places=2)
	return Problem(tuple(Candidate(name, draw(values)) for name in names), tuple(rules))


def is_allowed(whole: Problem, names: set[str]) -> bool:
	for rule in whole.rules:
		match rule:
			case Limit():
				kept = rule.used_by(names) <= rule.amount
			case MustHave():
				kept = rule.case in names
			case Excluded():
				kept = rule.case not in names
			case Prerequisite():
				kept = rule.case not in names or rule.needs in names
			case AtMostOne():
				kept = len(names & set(rule.cases)) <= 1
		if not kept:
			return False
	return True


def best_by_trying_all(whole: Problem) -> Decimal | None:
	names = [case.name for case in whole.candidates]
	values = {case.name: case.value for case in whole.candidates}
	allowed = (
		sum((values[name] for name in subset), D(0))
		for taken in product((False, True), repeat=len(names))
		if is_allowed(whole, subset := {name for name, use in zip(names, taken, strict=True) if use})
	)
	return max(allowed, default=None)


@settings(deadline=None)
@given(problems(6))
def test_equals_trying_all_sets(whole):
	found = select(whole)
	assert (found.value if found else None) == best_by_trying_all(whole)
	if found:
		assert is_allowed(whole, set(found.chosen))
	else:
		conflict = find_conflict(whole)
		assert best_by_trying_all(Problem(whole.candidates, conflict)) is None
		for fewer in combinations(whole.rules, len(conflict) - 1):
			assert best_by_trying_all(Problem(whole.candidates, fewer)) is not None


@settings(deadline=None)
@given(problems(5), st.sets(st.integers(0, 4), min_size=1))
def test_no_smaller_set_of_rules_contradicts(whole, wanted):
	"""Most cases are must-haves, so that most of these problems have no selection."""
	names = [case.name for case in whole.candidates]
	musts = [MustHave(names[place % len(names)], str(place)) for place in sorted(wanted)]
	whole = Problem(whole.candidates, (*whole.rules, *musts))
	conflict = find_conflict(whole)
	assert bool(conflict) == (best_by_trying_all(whole) is None)
	if conflict:
		assert best_by_trying_all(Problem(whole.candidates, conflict)) is None
		for fewer in combinations(whole.rules, len(conflict) - 1):
			assert best_by_trying_all(Problem(whole.candidates, fewer)) is not None


@settings(max_examples=8, deadline=None)
@given(problems(15))
def test_equals_trying_all_sets_of_fifteen(whole):
	found = select(whole)
	assert (found.value if found else None) == best_by_trying_all(whole)


@settings(max_examples=30, deadline=None)
@given(problems(40), st.integers(0, 2**32))
def test_no_allowed_set_beats_it(whole, seed):
	found = select(whole)
	generator = np.random.default_rng(seed)
	names = [case.name for case in whole.candidates]
	values = {case.name: case.value for case in whole.candidates}
	for share in generator.random(50):
		names_taken = {name for name in names if generator.random() < share}
		if is_allowed(whole, names_taken):
			assert found is not None
			assert sum((values[name] for name in names_taken), D(0)) <= found.value
