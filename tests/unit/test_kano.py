"""The Kano table and what follows from it (features 6.5)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.kano import REACTIONS, evaluate_kano, join_reactions, kano_category, split_reactions

TABLE = """
Q A A A O
R I I I M
R I I I M
R I I I M
R R R R Q
"""


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("column", range(5))
def test_every_cell(row, column):
	expected = TABLE.split()[row * 5 + column]
	assert kano_category(REACTIONS[row], REACTIONS[column])[0] == expected


def test_rates_by_hand():
	result = evaluate_kano(
		[
			("Like", "Dislike", 4),
			("Like", "Neutral", 3),
			("Neutral", "Dislike", 2),
			("Neutral", "Neutral", 1),
			("Dislike", "Like", 1),
			("Like", "Like", 1),
		]
	)
	assert result.answers == 12
	assert result.category == "One-dimensional"
	assert (result.better, result.worse) == (Fraction(7, 10), Fraction(-6, 10))
	assert (result.rate("Reverse"), result.rate("Questionable")) == (Fraction(25, 3), Fraction(25, 3))


def test_ties_go_to_what_binds_more():
	assert evaluate_kano([("Like", "Neutral", 2), ("Neutral", "Dislike", 2)]).category == "Must-be"


def test_no_answers():
	result = evaluate_kano([])
	assert (result.category, result.better, result.worse, result.rate("Reverse")) == (None, None, None, None)
	assert evaluate_kano([("Like", "Like", 1)]).better is None


def test_a_pair_is_stored_as_one_value():
	assert split_reactions(join_reactions("Live with", "Must be")) == ("Live with", "Must be")


def test_an_unknown_reaction_is_refused():
	with pytest.raises(ValueError, match="Choose one of Like"):
		kano_category("Love", "Like")


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
	assert evaluate_kano([(*pair, 1)]).moscow == moscow


def test_no_answers_suggest_nothing():
	assert evaluate_kano([]).moscow is None


REACTION = st.sampled_from(REACTIONS)


@given(st.lists(st.tuples(REACTION, REACTION, st.integers(1, 9)), max_size=40))
def test_properties(pairs):
	result = evaluate_kano(pairs)
	assert result.answers == sum(times for _with, _without, times in pairs)
	assert result == evaluate_kano(reversed(pairs))
	if result.better is not None:
		assert 0 <= result.better <= 1 and -1 <= result.worse <= 0
