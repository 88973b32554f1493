"""FM-7: assumptions are found in the order of their needs, circles are named."""

from decimal import Decimal

import numpy as np
import pytest

from itil_strategy.domain.assumptions import Assumption, make_book
from itil_strategy.domain.case_errors import CircularError, RangeError, RowFormulaError, SizeError

D = Decimal


def test_an_assumption_larger_than_any_amount_is_refused():
	for ends in ({"base": D("1e16")}, {"base": D(1), "high": D("1e999990")}, {"base": D("-1e16")}):
		with pytest.raises(RangeError, match=r"Row 3, assumption x: .*larger than 1,000,000,000,000,000"):
			make_book([Assumption("x", row=3, **ends)])


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


@pytest.mark.parametrize(
	"name", ["", "2users", "users per month", "lambda", "period", "min", "round", "abs", "größe", "a.b"]
)
def test_names_that_formulas_cannot_use_are_refused(name):
	with pytest.raises(RowFormulaError, match=r"Row 3: .*cannot be a name in formulas"):
		make_book([Assumption(name, row=3)])


def test_a_name_twice_an_unknown_name_and_a_wrong_range_name_their_rows():
	with pytest.raises(RowFormulaError, match="Rows 1 and 2 are both named users"):
		make_book([Assumption("users", row=1), Assumption("users", row=2)])
	with pytest.raises(
		RowFormulaError,
		match=r"Row 2, assumption cost: Position 1: there is no variable usres\. There are: cost, users",
	) as refusal:
		make_book([Assumption("users", row=1), Assumption("cost", formula="usres * 2", row=2)])
	assert (refusal.value.row, refusal.value.field) == (2, "assumptions")
	with pytest.raises(RangeError, match="Row 1, assumption users: base 5 is not between low 6 and high 9"):
		make_book([Assumption("users", D(5), D(6), D(9), row=1)])
	with pytest.raises(
		RowFormulaError,
		match=r"Row 1, assumption users: .*Position 7: this is no complete formula|.*no complete",
	):
		make_book([Assumption("users", formula="import os", row=1)])


def test_an_empty_side_of_a_range_is_certain():
	assert Assumption("users", D(5), None, D(9)).range == (5, 9)
	assert not Assumption("users", D(5)).is_uncertain


def test_a_failing_assumption_is_named_when_it_is_worked_out():
	book = make_book(
		[Assumption("users", D(0), D(0), D(1), row=1), Assumption("each", formula="1 / users", row=2)]
	)
	with pytest.raises(RowFormulaError, match=r"Row 2, assumption each: .*divides by zero"):
		book.values()
	with pytest.raises(RowFormulaError, match=r"divides by zero\. It is so for values between low and high"):
		book.arrays({"users": np.array([0.0, 1.0])})


def test_too_many_assumptions_are_refused():
	with pytest.raises(SizeError, match="can have 200 assumptions; this has 201"):
		make_book([Assumption(f"a{number}") for number in range(201)])
