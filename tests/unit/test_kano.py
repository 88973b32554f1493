"""The Kano table (features 6.5)."""

from fractions import Fraction

import pytest

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
