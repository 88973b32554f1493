"""Two sides of an account compared."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.health import CheckResult, Finding, count_findings, differences

SUMS = st.dictionaries(st.sampled_from("abcdef"), st.decimals(-100, 100, places=2), max_size=6)


def test_both_sides_are_named_and_a_missing_key_is_nothing():
	expected = {"a": Decimal("1.00"), "b": Decimal(2), "d": Decimal(0)}
	found = {"a": Decimal(1), "c": Decimal("0.01")}
	assert differences(expected, found) == [("b", Decimal(2), Decimal(0)), ("c", Decimal(0), Decimal("0.01"))]


@given(SUMS)
def test_a_side_does_not_differ_from_itself(sums):
	assert differences(sums, dict(sums)) == []


@given(SUMS, SUMS)
def test_adding_the_differences_makes_both_sides_equal(expected, found):
	mended = dict(found)
	for key, left, right in differences(expected, found):
		mended[key] = mended.get(key, Decimal(0)) + left - right
	assert differences(expected, mended) == []


def test_findings_are_counted_over_all_checks():
	finding = Finding("Charging Run", "CR-1", "wrong", "mend it")
	results = [CheckResult("a", "A", (finding, finding)), CheckResult("b", "B", ())]
	assert (count_findings(results), [result.is_healthy for result in results]) == (2, [False, True])
