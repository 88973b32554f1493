"""The Kano table and what follows from it (features 6.5)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.kano import ANSWERS, classify, evaluate

PAIRS = st.lists(st.tuples(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS)), max_size=40)


@pytest.mark.parametrize(
	("functional", "row"),
	[
		("Like", "QAAAO"),
		("Must-be", "RIIIM"),
		("Neutral", "RIIIM"),
		("Live-with", "RIIIM"),
		("Dislike", "RRRRQ"),
	],
)
def test_the_table(functional, row):
	assert "".join(classify(functional, answer) for answer in ANSWERS) == row


def test_an_unknown_answer_is_refused():
	with pytest.raises(ValueError, match="Choose one of Like"):
		classify("Love", "Like")


def test_coefficients_by_hand():
	pairs = [("Like", "Neutral")] * 4 + [("Like", "Dislike")] * 3 + [("Neutral", "Dislike")] * 2
	pairs += [("Neutral", "Neutral"), ("Dislike", "Like"), ("Like", "Like")]
	result = evaluate(pairs)
	assert result.counts == {"M": 2, "O": 3, "A": 4, "I": 1, "R": 1, "Q": 1}
	assert (result.better, result.worse) == (Fraction(7, 10), Fraction(-5, 10))
	assert (result.questionable_rate, result.reverse_rate) == (Fraction(1, 12), Fraction(1, 12))
	assert (result.category, result.moscow) == ("A", "Could")


@pytest.mark.parametrize(
	("pair", "moscow"),
	[
		(("Neutral", "Dislike"), "Must"),
		(("Like", "Dislike"), "Should"),
		(("Like", "Neutral"), "Could"),
		(("Neutral", "Neutral"), "Won't"),
		(("Dislike", "Like"), "Won't"),
		(("Like", "Like"), None),
	],
)
def test_what_the_answers_suggest(pair, moscow):
	assert evaluate([pair]).moscow == moscow


def test_no_answers_give_nothing():
	result = evaluate([])
	assert (result.category, result.moscow, result.better, result.reverse_rate) == (None, None, None, None)


def test_a_tie_goes_to_what_would_be_missed_most():
	assert evaluate([("Like", "Neutral"), ("Neutral", "Dislike")]).category == "M"


@given(PAIRS)
def test_properties(pairs):
	result = evaluate(pairs)
	assert sum(result.counts.values()) == len(pairs)
	assert result == evaluate(reversed(pairs))
	if result.better is not None:
		assert 0 <= result.better <= 1 and -1 <= result.worse <= 0
