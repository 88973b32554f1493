"""FM-3: rounding and splitting of money."""

from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.errors import DomainError, RoundingError
from itil_strategy.domain.money import round_to_step, split, step

amounts = st.decimals(-(10**12), 10**12, places=4)
precisions = st.integers(0, 4)
weights = st.dictionaries(
	st.text(max_size=4), st.decimals(0, 10**9, places=6), min_size=1, max_size=12
).filter(lambda weights: any(weights.values()))


def d(values: str) -> list[Decimal]:
	return [Decimal(value) for value in values.split()]


@pytest.mark.parametrize(("precision", "expected"), [(0, "1"), (2, "0.01"), (3, "0.001")])
def test_step(precision, expected):
	assert step(precision) == Decimal(expected)


@pytest.mark.parametrize(
	("amount", "precision", "expected"),
	[
		("0.005", 2, "0.01"),
		("0.0049999", 2, "0.00"),
		("-0.005", 2, "-0.01"),
		("2.675", 2, "2.68"),
		("1.5", 0, "2"),
		("2.5", 0, "3"),
		("1.2345", 3, "1.235"),
	],
)
def test_half_a_step_is_rounded_away_from_zero(amount, precision, expected):
	assert str(round_to_step(Decimal(amount), precision)) == expected


def test_another_rounding_mode_may_be_asked_for():
	assert round_to_step(Decimal("-0.001"), 2, ROUND_FLOOR) == Decimal("-0.01")


@pytest.mark.parametrize(
	("total", "shares", "precision", "expected"),
	[
		# three equal remainders: the one step left goes to the first name
		("100.00", "1 1 1", 2, "33.34 33.33 33.33"),
		("-100.00", "1 1 1", 2, "-33.34 -33.33 -33.33"),
		# 14.28571, 28.57143, 57.14286: the largest remainder is the first's
		("100.00", "1 2 4", 2, "14.29 28.57 57.14"),
		# 1.666…, 3.333…, 0: no weight, no share
		("5.00", "1 2 0", 2, "1.67 3.33 0.00"),
		# 5 and 2.5 and 2.5: the step left over goes to b
		("10", "2 1 1", 0, "5 3 2"),
		("1.000", "1 1 1", 3, "0.334 0.333 0.333"),
		("0.00", "1 2 3", 2, "0.00 0.00 0.00"),
		# fewer steps than receivers
		("0.02", "1 1 1", 2, "0.01 0.01 0.00"),
		# the total is rounded first
		("0.015", "1 1 1", 2, "0.01 0.01 0.00"),
	],
)
def test_split_by_hand(total, shares, precision, expected):
	result = split(Decimal(total), dict(zip("abc", d(shares), strict=True)), precision)
	assert [str(part) for part in result.values()] == expected.split()


def test_ties_go_by_name_in_binary_order():
	ones = dict.fromkeys(("é", "a", "B"), Decimal(1))
	assert split(Decimal("0.01"), ones, 2) == {"é": 0, "a": 0, "B": Decimal("0.01")}
	assert split(Decimal("0.02"), ones, 2) == {"é": 0, "a": Decimal("0.01"), "B": Decimal("0.01")}


def test_weights_with_more_digits_than_a_decimal_sum_keeps():
	many = {"a": Decimal("1E28"), **{f"b{number}": Decimal(4) for number in range(10)}}
	total = Decimal("25000000000000000000000000.10")
	parts = split(total, many, 2)
	assert sum(parts.values()) == total
	assert parts == split(total, dict(reversed(many.items())), 2)


def test_the_total_is_rounded_once():
	just_below_half = Decimal("0.00" + "4" + "9" * 40)
	assert split(just_below_half, {"a": Decimal(1)}, 2) == {"a": 0}


@given(total=amounts, weights=weights, precision=precisions)
def test_parts_add_up_to_the_whole(total, weights, precision):
	parts = split(total, weights, precision)
	assert parts.keys() == weights.keys()
	assert sum(parts.values()) == round_to_step(total, precision)


@given(total=amounts, weights=weights, precision=precisions, random=st.randoms(use_true_random=False))
def test_order_of_weights_does_not_matter(total, weights, precision, random):
	shuffled = list(weights.items())
	random.shuffle(shuffled)
	assert split(total, dict(shuffled), precision) == split(total, weights, precision)


@given(total=amounts, weights=weights, precision=precisions)
def test_each_part_is_within_a_step_of_its_share(total, weights, precision):
	rounded, whole, unit = round_to_step(total, precision), sum(weights.values()), step(precision)
	for key, part in split(total, weights, precision).items():
		assert abs(part * whole - rounded * weights[key]) < unit * whole


@given(total=amounts, weights=weights, precision=precisions)
def test_a_negative_total_is_the_mirror_image(total, weights, precision):
	mirrored = {key: -part for key, part in split(-total, weights, precision).items()}
	assert split(total, weights, precision) == mirrored


@pytest.mark.parametrize("shares", [{}, {"a": Decimal(0), "b": Decimal(0)}])
def test_nothing_to_split_by_is_refused(shares):
	with pytest.raises(RoundingError, match=r"All weights are zero.*Enter at least one weight\."):
		split(Decimal(1), shares, 2)


def test_negative_weight_is_refused_and_named():
	with pytest.raises(RoundingError, match=r"The weight of mail is negative\. Weights must be 0 or more\."):
		split(Decimal(1), {"backup": Decimal(5), "mail": Decimal("-0.01")}, 2)


def test_a_refusal_carries_its_place():
	error = DomainError("The amount is missing. Enter one.", row=7, field="amount")
	assert (str(error), error.message, error.row, error.field) == (
		"The amount is missing. Enter one.",
		"The amount is missing. Enter one.",
		7,
		"amount",
	)
	assert isinstance(error, ValueError)
