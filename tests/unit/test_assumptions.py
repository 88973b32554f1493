"""FM-7: formulas are plain arithmetic; assumptions are found in order, circles are named."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.arithmetic import parse
from itil_strategy.domain.assumptions import Assumption, make_book
from itil_strategy.domain.case_errors import CircularError, FormulaError, RangeError, SizeError

D = Decimal


@pytest.mark.parametrize(
	("text", "value"),
	[
		("users * price", "1250"),
		("users * price * (1 + growth) ** period", "1512.5"),
		("-users + 3", "-97"),
		("+users / 8", "12.5"),
		("0.1 + 0.2", "0.3"),
		("max(users, 120) - min(price, 10, 3)", "117"),
		("1_000 * 1e2", "100000"),
		(" ( users ) ", "100"),
	],
)
def test_plain_arithmetic_is_exact(text, value):
	values = {"users": D(100), "price": D("12.5"), "growth": D("0.1"), "period": D(2)}
	formula = parse(text)
	assert formula.decimal(values) == D(value)
	assert formula.array({name: np.float64(number) for name, number in values.items()}) == pytest.approx(
		float(value)
	)


@pytest.mark.parametrize(
	"text",
	[
		"__import__('os')",
		"users.real",
		"users[0]",
		"lambda: 1",
		"[1, 2]",
		"'a' * 3",
		"True",
		"1j",
		"users if users else 1",
		"users > 1",
		"users and 1",
		"(users := 3)",
		"abs(users)",
		"min()",
		"min(*users)",
		"max(users, key=users)",
		"users // 2",
		"users % 2",
		"users @ 2",
		"~users",
		"not users",
		"f'{users}'",
		"1 +",
		"users price",
		"0x10",
		"users; 1",
		"\x00",
		"(" * 300,
		"- " * 240 + "1" + ")",
	],
)
def test_everything_else_is_refused(text):
	with pytest.raises(FormulaError):
		parse(text)


def test_an_empty_and_an_endless_formula_are_refused():
	with pytest.raises(FormulaError, match="The formula is empty"):
		parse("  ")
	with pytest.raises(FormulaError, match="has 501 characters; 500 are allowed"):
		parse("1" * 501)


@pytest.mark.parametrize(
	"text", ["1 / (users - users)", "9 ** 999 ** 3", "(-8) ** 0.5", "10 ** 5000", "0 ** -1"]
)
def test_a_formula_without_a_value_is_refused_and_not_waited_for(text):
	with pytest.raises(FormulaError):
		parse(text).decimal({"users": D(1)})
	with pytest.raises(FormulaError):
		parse(text).array({"users": np.array([1.0, 2.0])})


@given(st.text(max_size=60))
def test_no_text_does_anything_but_parse_or_be_refused(text):
	try:
		formula = parse(text)
	except FormulaError:
		return
	assert all(name.isidentifier() for name in formula.names)


@given(st.text("0123456789.+-*/() abm,inx", max_size=40))
def test_exact_and_vector_values_agree(text):
	try:
		formula = parse(text)
		exact = formula.decimal({"a": D(3), "b": D("0.5")})
	except FormulaError:
		return
	if abs(exact) > D("1e200"):
		return
	arrays = {"a": np.array([3.0, 3.0]), "b": np.array([0.5, 0.5])}
	assert np.broadcast_to(formula.array(arrays), (2,)) == pytest.approx(
		[float(exact)] * 2, rel=1e-6, abs=1e-6
	)


# Assumptions


def test_assumptions_are_worked_out_in_the_order_of_their_needs():
	book = make_book(
		[
			Assumption("total", formula="yearly * 3"),
			Assumption("yearly", formula="users * price"),
			Assumption("users", D(100), D(80), D(150)),
			Assumption("price", D("9.9")),
		]
	)
	assert book.values()["total"] == D(2970)
	assert book.values({"users": D(10)})["total"] == D(297)
	assert list(book.arrays({"users": np.array([10.0, 100.0])})["total"]) == pytest.approx([297, 2970])


def test_a_circle_is_named():
	circle = [
		Assumption("a", formula="b + 1"),
		Assumption("b", formula="c * 2"),
		Assumption("c", formula="a"),
		Assumption("d", formula="a"),
	]
	with pytest.raises(CircularError, match="in a circle: a → b → c → a") as refusal:
		make_book(circle)
	assert refusal.value.names == ("a", "b", "c")
	with pytest.raises(CircularError, match="a → a"):
		make_book([Assumption("a", formula="a + 1")])


@pytest.mark.parametrize("name", ["", "2users", "users per month", "lambda", "period", "min", "größe", "a.b"])
def test_names_that_formulas_cannot_use_are_refused(name):
	with pytest.raises(FormulaError, match=r"Row 3: .*cannot be a name in formulas"):
		make_book([Assumption(name, row=3)])


def test_a_name_twice_an_unknown_name_and_a_wrong_range_name_their_rows():
	with pytest.raises(FormulaError, match="Rows 1 and 2 are both named users"):
		make_book([Assumption("users", row=1), Assumption("users", row=2)])
	with pytest.raises(
		FormulaError, match="Row 2, assumption cost: There is no assumption named usres"
	) as refusal:
		make_book([Assumption("users", row=1), Assumption("cost", formula="usres * 2", row=2)])
	assert (refusal.value.row, refusal.value.field) == (2, "assumptions")
	with pytest.raises(RangeError, match="Row 1, assumption users: base 5 is not between low 6 and high 9"):
		make_book([Assumption("users", D(5), D(6), D(9), row=1)])
	with pytest.raises(FormulaError, match=r"Row 1, assumption users: .*not plain arithmetic"):
		make_book([Assumption("users", formula="import os", row=1)])


def test_an_empty_side_of_a_range_is_certain():
	assert Assumption("users", D(5), None, D(9)).range == (5, 9)
	assert not Assumption("users", D(5)).is_uncertain


def test_a_failing_assumption_is_named_when_it_is_worked_out():
	book = make_book(
		[Assumption("users", D(0), D(0), D(1), row=1), Assumption("each", formula="1 / users", row=2)]
	)
	with pytest.raises(FormulaError, match=r"Row 2, assumption each: .*divides by zero"):
		book.values()
	with pytest.raises(FormulaError, match="no finite value everywhere between low and high"):
		book.arrays({"users": np.array([0.0, 1.0])})


def test_too_many_assumptions_are_refused():
	with pytest.raises(SizeError, match="can have 200 assumptions; this has 201"):
		make_book([Assumption(f"a{number}") for number in range(201)])
