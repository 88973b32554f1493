"""SP-7: the integers that the analysis reckons in give what the definitions say in fractions."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from itil_strategy.domain.retirement import score
from itil_strategy.domain.retirement_measures import OfferingFacts, ServiceFacts, total, trend, usage_index
from tests.unit.test_retirement_properties import WINDOW

quantities = st.decimals(0, 10**12, places=18) | st.just(Decimal(0))
money = st.decimals(-(10**12), 10**12, places=2)
numbers = st.fractions(-1000, 1000, max_denominator=50)


@given(st.lists(st.tuples(quantities, money), max_size=4), st.data())
def test_the_usage_index_is_the_weighted_sum_of_shares_of_the_mean(rows, data):
	months = WINDOW[data.draw(st.integers(0, 5)) :]
	offerings = tuple(
		OfferingFacts(
			f"O{number}", "Nos", data.draw(st.dictionaries(st.sampled_from(WINDOW), quantities)), amount
		)
		for number, (_quantity, amount) in enumerate(rows)
	)
	used = [row for row in offerings if any(row.quantities.get(month) for month in months)]
	charged = sum(max(Fraction(row.amount), 0) for row in used)
	expected: dict = {}
	for month in months if used else ():
		expected[month] = Fraction(0)
		for row in used:
			mean = sum(Fraction(row.quantities.get(each, 0)) for each in months) / len(months)
			share = max(Fraction(row.amount), 0) / charged if charged else Fraction(1, len(used))
			expected[month] += share * Fraction(row.quantities.get(month, 0)) / mean
	assert usage_index(ServiceFacts("ANY", months, offerings)) == expected


@given(st.lists(numbers, min_size=3, max_size=6))
def test_a_trend_is_the_slope_of_least_squares_over_the_mean(values):
	mean = sum(values) / len(values)
	xs = [Fraction(x) - Fraction(len(values) - 1, 2) for x in range(len(values))]
	slope = sum(x * (y - mean) for x, y in zip(xs, values, strict=True)) / sum(x * x for x in xs)
	found = trend(dict(zip(WINDOW, values, strict=False)))
	assert found == (1200 * slope / mean if mean > 0 else None)


@given(numbers, numbers, numbers)
def test_a_score_is_on_the_line_between_the_ends_of_its_scale(value, worst, target):
	assume(worst != target)
	position = (value - worst) / (target - worst)
	assert score(value, worst, target) == 1 + 9 * min(max(position, 0), 1)


@given(st.lists(quantities | money | numbers))
def test_a_total_is_exact(values):
	assert total(values) == sum(map(Fraction, values))
