"""The short form of the fuzzer; the long one and its figures are in docs/hostile-input.md."""

import random

import pytest

from tests.fuzz import campaign, generate
from tests.fuzz.campaign import MEGABYTE, Options, Tally, try_case
from tests.fuzz.targets import TARGETS

CASES = 20_000


def test_whatever_comes_is_answered_or_refused():
	figures = campaign.run(Options(CASES, seed=3))
	assert figures["broken"] == []
	assert figures["cases"] == CASES
	assert set(figures["drawn"]) == set(TARGETS)
	for counts in figures["drawn"].values():
		# Input that is always refused, or never, would try little.
		assert min(counts["taken"], counts["refused"]) > sum(counts.values()) / 20
	assert figures["growth_bytes"] < 64 * MEGABYTE


def test_a_case_can_be_tried_again():
	first, second = (generate.formula(random.Random("1:7")) for _time in range(2))
	assert first == second


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError])
def test_any_other_exception_is_told_with_its_case(tmp_path, monkeypatch, error):
	"""The judge itself: a reader that breaks is not taken for one that refuses."""

	def broken(_draw, _folder):
		raise error("no")

	monkeypatch.setattr("tests.fuzz.targets.TARGETS", {"reader": type(TARGETS["formulas"])(1, broken)})
	tally = Tally()
	try_case(1, 5, tmp_path, tally)
	assert tally.outcomes == {("reader", "broken"): 1}
	assert error.__name__ in tally.broken[0] and "case 5" in tally.broken[0]
