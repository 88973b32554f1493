import time
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.formula import MOST_SIGNS, is_name, parse_formula

KNOWN = ("fee", "quantity", "price")


def value(text: str, **variables) -> D:
	values = {name: D(str(number)) for name, number in variables.items()}
	return parse_formula(text, values).decimal(values)


@pytest.mark.parametrize(
	("text", "expected"),
	[
		("1 + 2 * 3", "7"),
		("(1 + 2) * 3", "9"),
		("-2 ** 2", "-4"),
		("2 ** -2", "0.25"),
		("0.1 + 0.2", "0.3"),
		(".5 * 4.", "2"),
		("10 / 4", "2.5"),
		("1 - - 1", "2"),
		("min(3, 1, 2) + max(3, 1, 2)", "4"),
		("abs(2 - 5)", "3"),
		("round(2.345, 2)", "2.35"),
		("round(-2.5)", "-3"),
		("1 +\n\t2", "3"),
		("  7", "7"),
		("123456789012345.123456789012 * 2", "246913578024690.246913578024"),
		("16 ** 0.5", "4"),
		("0 ** 0", "1"),
		("round(12, 0)", "12"),
	],
)
def test_values_by_hand(text, expected):
	assert value(text) == D(expected)


def test_a_price_over_variables():
	# 100 a month and 0.05 for each unit beyond 1,000, at most 500
	text = "min(fee + max(quantity - 1000, 0) * price, 500)"
	assert value(text, fee=100, quantity=3000, price="0.05") == D(200)
	assert value(text, fee=100, quantity=10, price="0.05") == D(100)
	assert value(text, fee=100, quantity=99999, price="0.05") == D(500)


def test_the_names_it_uses_in_order():
	assert parse_formula("fee + quantity * price + fee").names == ("fee", "quantity", "price")


@pytest.mark.parametrize(
	("text", "position", "words"),
	[
		("", 1, "empty"),
		("   ", 1, "empty"),
		("fee + colour", 7, "no variable colour. There are: fee, price, quantity"),
		("  colour", 3, "no variable colour"),
		("fee.real", 1, "point before real"),
		("1 + fee.__class__", 5, "point before __class__"),
		("open(1)", 1, "only abs, max, min, round can be called"),
		("min", 1, "is a function"),
		("min()", 1, "takes 1–20 values, not 0"),
		("abs(1, 2)", 1, "takes 1 values, not 2"),
		("min(*fee)", 1, "takes plain values only"),
		("fee // 2", 8, r"only \+ - \* / \*\* are operators"),
		("fee, 2", 1, "no plain arithmetic"),
		("()", 1, "no plain arithmetic"),
		("1 +", 4, "no complete formula"),
		("(1", 1, "no complete formula"),
		("1) + (1", 2, "no complete formula"),
		("1 2", 3, "no complete formula"),
		("fee = 2", 5, "'=' is no part"),
		("fee[0]", 4, "is no part"),
		("'a'", 1, "is no part"),
		("fee # note", 5, "'#' is no part"),
		("1 if fee else 2", 1, "no plain arithmetic"),
		("lambda fee", 11, "no complete formula"),
		("not fee", 1, "no plain arithmetic"),
		("fee and 1", 1, "no plain arithmetic"),
		("True", 1, "True is no number"),
		("None", 1, "None is no number"),
		("0x10", 1, "0x10 is no number"),
		("1e9", 1, "1e9 is no number"),
		("1_000", 1, "1_000 is no number"),
		("2j", 1, "2j is no number"),
		("...", 1, "is no number"),
		("fée", 2, "is no part"),
		("x" * (MOST_SIGNS + 1), MOST_SIGNS + 1, "Shorten it to 1000"),
		("+" * 200 + "1", 51 + 1, "nested or long"),
		("(" * 300 + "1" + ")" * 300, None, "no complete formula"),
		("1" + "+1" * 300, None, "nested or long"),
		("round(fee, 99)", 12, "0 to 12"),
		("round(fee, 0.5)", 12, "0 to 12"),
		("round(fee, price)", 12, "0 to 12"),
	],
)
def test_what_is_no_formula_is_refused_with_its_place(text, position, words):
	with pytest.raises(FormulaError, match=words) as caught:
		parse_formula(text, KNOWN)
	if position is not None:
		assert caught.value.position == position
	assert caught.value.field == "formula"


def test_the_unknown_name_is_named():
	with pytest.raises(FormulaError) as caught:
		parse_formula("fee * colour", KNOWN)
	assert (caught.value.name, caught.value.position) == ("colour", 7)


@pytest.mark.parametrize(
	("text", "position", "words"),
	[
		("1 / (fee - fee)", 1, "divides by zero"),
		("fee / 0", 1, "divides by zero"),
		("0 / 0", 1, "divides by zero"),
		("(0 - 2) ** 0.5", 1, "has no value"),
		("2 ** 1001", 6, "from -1000 to 1000"),
		("9 ** 99", 1, "larger than any amount"),
		("9 ** 9 ** 9", 6, "from -1000 to 1000"),
		("(9 ** 40) ** 90", 1, "larger than any amount"),
		("0 ** -1", 1, "larger than any amount"),
		("fee * 10 ** 15", 1, "larger than any amount"),
		("-fee * 10 ** 15", 1, "larger than any amount"),
		("fee * 10 ** 40 / 10 ** 40", 1, "larger than any amount"),
		("fee + other", 7, "other has no value"),
	],
)
def test_what_has_no_value_is_refused_with_its_place(text, position, words):
	with pytest.raises(FormulaError, match=words) as caught:
		parse_formula(text).decimal({"fee": D(3)})
	if position is not None:
		assert caught.value.position == position


# Ways out of an evaluator that were used against real ones.
ESCAPES = (
	"__import__('os').system('id')",
	"().__class__.__bases__[0].__subclasses__()",
	"(1).__class__",
	"fee.__init__.__globals__",
	"[x for x in (1,2)]",
	"{1: 2}",
	"{*fee}",
	"f'{fee}'",
	"(lambda: 1)()",
	"(yield)",
	"await fee",
	"fee := 2",
	"exec(1)",
	"eval(1)",
	"getattr(fee, 1)",
	"max(key=fee)",
	"min.__call__(1)",
	"abs(abs)(1)",
	"round(ndigits=2)",
	"1 .real",
	"fee.quantize.__func__.__globals__",
	"import os",
	"\\u005f\\u005fimport\\u005f\\u005f(1)",
	"\N{FULLWIDTH LATIN SMALL LETTER F}ee",
	"fee; fee",
	"fee\\\n+1",
	"@fee",
	"print",
	"9**9**9**9**9",
	"1" * 999,
)


@pytest.mark.parametrize("text", ESCAPES)
def test_known_ways_out_lead_nowhere(text):
	began = time.perf_counter()
	with pytest.raises(FormulaError):
		parse_formula(text, KNOWN).decimal({name: D(1) for name in KNOWN})
	assert time.perf_counter() - began < 1


NUMBERS = st.decimals(min_value=0, max_value=1000, places=3).map(lambda number: f"{number:f}")
LEAVES = st.one_of(NUMBERS, st.sampled_from(KNOWN))


def combine(children):
	pair = st.tuples(children, st.sampled_from("+-*"), children)
	return st.one_of(
		pair.map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
		children.map(lambda part: f"-({part})"),
		st.tuples(st.sampled_from(["min", "max"]), children, children).map(
			lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
		),
	)


@given(st.recursive(LEAVES, combine, max_leaves=12), st.lists(st.integers(-99, 99), min_size=3, max_size=3))
def test_it_gives_what_exact_fractions_give(text, numbers):
	"""The judge is Python with Fractions, on formulas that this test built itself."""
	from fractions import Fraction

	variables = dict(zip(KNOWN, numbers, strict=True))
	quoted = __import__("re").sub(r"[0-9]+\.[0-9]+", lambda match: f"Fraction('{match.group()}')", text)
	expected = eval(quoted, {"Fraction": Fraction, "min": min, "max": max, **variables})
	try:
		found = value(text, **variables)
	except FormulaError as error:
		assert "larger" in error.message and abs(expected) > 10**15
	else:
		assert Fraction(found) == expected


@settings(max_examples=500)
@given(st.text(alphabet="0123456789.,+-*/() \n_abefinmxloqurty", max_size=60))
def test_any_text_of_allowed_signs_is_worked_out_or_refused(text):
	try:
		result = parse_formula(text, KNOWN).decimal({name: D(2) for name in KNOWN})
	except FormulaError as error:
		assert 1 <= error.position <= len(text) + 1
		assert error.message
	else:
		assert isinstance(result, D) and result.is_finite()


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_any_text_at_all_is_worked_out_or_refused(text):
	try:
		parse_formula(text, KNOWN).decimal({name: D(2) for name in KNOWN})
	except FormulaError as error:
		assert error.position >= 1


@pytest.mark.parametrize(
	("text", "expected"),
	[
		("fee", True),
		("a1_b", True),
		("min", False),
		("round", False),
		("lambda", False),
		("1a", False),
		("é", False),
		("a b", False),
	],
)
def test_names(text, expected):
	assert is_name(text) is expected
