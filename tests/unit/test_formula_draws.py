"""Both evaluations of a formula agree: in value, in what has none, and in the sentence that says so (FM-7)."""

from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.formula import parse_formula

NAMES = ("users", "price", "growth")
DRAWS = 3
NUMBERS = st.decimals(min_value=0, max_value=1000, places=3).map(lambda number: f"{number:f}")
LEAVES = st.one_of(NUMBERS, st.sampled_from(NAMES))
# A rounding of a rounded fraction may fall to either side of a tie; what was typed may not.
ROUNDED = st.tuples(LEAVES, st.integers(0, 3)).map(lambda parts: f"round({parts[0]}, {parts[1]})")
EXPONENTS = st.sampled_from(("0", "1", "2", "3", "-1", "-2", "0.5", "1001"))


def combine(children):
	return st.one_of(
		st.tuples(children, st.sampled_from("+-*/"), children).map(
			lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
		),
		st.tuples(children, EXPONENTS).map(lambda parts: f"({parts[0]}) ** {parts[1]}"),
		st.tuples(st.sampled_from(("min", "max")), children, children).map(
			lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
		),
		children.map(lambda part: f"-({part})"),
		children.map(lambda part: f"abs({part})"),
	)


# Parts without a value, whatever the variables are.
BROKEN = st.tuples(
	st.sampled_from(
		(
			"{0} / (users - users)",
			"(1 + abs({0})) ** 1001",
			"(0 - 1 - abs({0})) ** 0.5",
			"(1 + abs({0})) * 10 ** 40 * 2",
		)
	),
	LEAVES,
).map(lambda parts: f"({parts[0].format(parts[1])})")
AROUND = st.sampled_from(("{0}", "users + {0}", "min(price, {0})", "-{0} * 2", "round({0}, 1)", "1 / {0}"))

FORMULAS = st.recursive(st.one_of(LEAVES, ROUNDED), combine, max_leaves=10)
VALUES = st.lists(
	st.decimals(min_value=-1000, max_value=1000, places=3),
	min_size=len(NAMES) * DRAWS,
	max_size=len(NAMES) * DRAWS,
)


def exact(formula, values) -> D | FormulaError:
	try:
		return formula.decimal(values)
	except FormulaError as error:
		return error


def is_on_the_edge(formula, values) -> bool:
	"""True where a hair's breadth of one variable changes the value much, or whether there is one.

	Binary fractions are a hair beside the decimals that were typed: (0.1 + 0.2 - 0.3) ** 0.5 has a value in
	decimals and may have none in them.
	"""
	found = exact(formula, values)
	for name in values:
		for hair in (D("1e-9"), D("-1e-9")):
			other = exact(formula, {**values, name: values[name] + hair})
			if isinstance(other, FormulaError) != isinstance(found, FormulaError):
				return True
			if not isinstance(found, FormulaError) and abs(other - found) > D("1e-4") * max(abs(found), 1):
				return True
	return False


@settings(max_examples=1000, deadline=None)
@given(FORMULAS, VALUES)
def test_decimals_and_draws_agree(text, numbers):
	formula = parse_formula(text, NAMES)
	draws = [dict(zip(NAMES, numbers[start::DRAWS], strict=True)) for start in range(DRAWS)]
	expected = [exact(formula, values) for values in draws]
	arrays = {name: np.array([float(values[name]) for values in draws]) for name in NAMES}
	assume(not any(is_on_the_edge(formula, values) for values in draws))
	found = np.broadcast_to(formula.array(arrays, is_strict=False), (DRAWS,))
	for value, wanted in zip(found, expected, strict=True):
		if isinstance(wanted, FormulaError):
			assert np.isnan(value)
		else:
			assert value == pytest.approx(float(wanted), rel=1e-6, abs=1e-6)
	if any(isinstance(wanted, FormulaError) for wanted in expected):
		with pytest.raises(FormulaError):
			formula.array(arrays)
	else:
		assert np.array_equal(np.broadcast_to(formula.array(arrays), (DRAWS,)), found)


@settings(max_examples=500, deadline=None)
@given(AROUND, BROKEN, VALUES)
def test_one_draw_is_refused_with_the_sentence_of_decimals(around, broken, numbers):
	formula = parse_formula(around.format(broken), NAMES)
	values = dict(zip(NAMES, numbers, strict=False))
	wanted = exact(formula, values)
	assert isinstance(wanted, FormulaError)
	with pytest.raises(FormulaError) as refusal:
		formula.array({name: np.array([float(value)]) for name, value in values.items()})
	assert (refusal.value.message, refusal.value.position) == (wanted.message, wanted.position)


@pytest.mark.parametrize(
	("text", "by_hand"),
	[
		("users * price * (1 + growth) ** 2", [1512.5, 0.0]),
		("max(users, 120) - min(price, 10, 3)", [117.0, 117.0]),
		("round(price, 0)", [13.0, 8.0]),
		("round(-price)", [-13.0, -8.0]),
		("round(growth, 1)", [0.1, 0.3]),
		("abs(users - 150)", [50.0, 150.0]),
		("growth ** 0", [1.0, 1.0]),
		("round(2.675, 2)", [2.68, 2.68]),
		("round(1.005, 2)", [1.01, 1.01]),
	],
)
def test_values_by_hand(text, by_hand):
	"""100 users at 12.50 growing by 10 %, and none at 7.50 growing by 25 %; halves are rounded away from zero."""
	draws = {
		"users": np.array([100.0, 0.0]),
		"price": np.array([12.5, 7.5]),
		"growth": np.array([0.1, 0.25]),
	}
	formula = parse_formula(text, NAMES)
	assert list(np.broadcast_to(formula.array(draws), (2,))) == pytest.approx(by_hand)
	first = {name: D(str(values[0])) for name, values in draws.items()}
	assert float(formula.decimal(first)) == pytest.approx(by_hand[0])


def test_a_draw_without_a_value_is_named_with_place_and_way_out():
	formula = parse_formula("100 / users")
	with pytest.raises(
		FormulaError, match=r"Position 1: this divides by zero\. It is so .* Narrow them"
	) as found:
		formula.array({"users": np.array([1.0, 0.0])})
	assert found.value.position == 1
	assert np.isnan(formula.array({"users": np.array([1.0, 0.0])}, is_strict=False)).tolist() == [False, True]
	with pytest.raises(FormulaError, match="users has no value"):
		formula.array({"price": np.array([1.0, 0.0])})


def test_what_is_too_large_on_the_way_has_no_value_at_its_end_either():
	formula = parse_formula("1 / (users ** 100)")
	with pytest.raises(FormulaError, match="Position 6: the result is larger"):
		formula.array({"users": np.array([1e6, 1.0])})
	with pytest.raises(FormulaError, match="Position 6: the result is larger"):
		formula.decimal({"users": D("1e6")})
