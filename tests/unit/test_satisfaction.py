"""NPS, common scale, segments and response rate (BR-7; figures of design section 8)."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.satisfaction import (
	DETRACTOR,
	PASSIVE,
	PROMOTER,
	Tally,
	add_up,
	common_scale,
	nps_group,
	period_label,
	period_start,
	rounded_figures,
	segments,
	weighted_score,
)

counts = st.integers(0, 10**6)
tallies = st.builds(Tally, counts, counts, counts, counts, counts, counts, st.fractions(0, 100))


def test_nps_of_the_design():
	tally = Tally(promoters=18, passives=11, detractors=2)
	assert tally.nps == Fraction(1600, 31)
	assert round(float(tally.nps), 1) == 51.6


@pytest.mark.parametrize(
	("promoters", "passives", "detractors", "nps"),
	[
		(0, 0, 0, None),
		(1, 0, 0, 100),
		(0, 0, 1, -100),
		(0, 5, 0, 0),
		(3, 4, 3, 0),
		(1, 2, 1, 0),
		(2, 1, 1, 25),
	],
)
def test_nps_by_hand(promoters, passives, detractors, nps):
	assert Tally(promoters=promoters, passives=passives, detractors=detractors).nps == nps


def test_groups_of_every_mark():
	groups = [nps_group(value) for value in range(11)]
	assert groups == [DETRACTOR] * 7 + [PASSIVE] * 2 + [PROMOTER] * 2


@pytest.mark.parametrize(
	("value", "minimum", "maximum", "is_reversed", "expected"),
	[
		(1, 1, 5, False, 0),
		(3, 1, 5, False, 50),
		(4, 1, 5, False, 75),
		(5, 1, 5, False, 100),
		# iTop's scale runs backwards: 1 is very satisfied. Dividing by the maximum would say 25 and 100.
		(1, 1, 4, True, 100),
		(4, 1, 4, True, 0),
		(2, 1, 4, True, Fraction(200, 3)),
		(0, -2, 2, False, 50),
		(7, 0, 10, False, 70),
		(1, 0, 1, False, 100),
	],
)
def test_common_scale_by_hand(value, minimum, maximum, is_reversed, expected):
	assert common_scale(value, minimum, maximum, is_reversed) == expected


@given(st.integers(-50, 50), st.integers(1, 50), st.data())
def test_common_scale_keeps_direction_and_bounds(minimum, width, data):
	low, high = sorted(data.draw(st.tuples(*[st.integers(minimum, minimum + width)] * 2)))
	scale = (minimum, minimum + width)
	assert 0 <= common_scale(low, *scale) <= common_scale(high, *scale) <= 100
	assert common_scale(low, *scale, True) >= common_scale(high, *scale, True)
	assert common_scale(low, *scale) + common_scale(low, *scale, True) == 100


def test_weighted_score_by_hand():
	parts = [(Fraction(50), Fraction(75)), (Fraction(30), Fraction(100)), (Fraction(20), Fraction(0))]
	assert weighted_score(parts) == Fraction(135, 2)  # 37.5 + 30
	# Without the last one: 67.5 of 80.
	assert weighted_score(parts[:2]) == Fraction(675, 8)
	assert weighted_score([]) is None
	assert weighted_score([(Fraction(0), Fraction(100))]) is None


@given(st.lists(st.tuples(st.fractions(0, 100), st.fractions(0, 100)), min_size=1))
def test_weighted_score_lies_among_the_scores(parts):
	score = weighted_score(parts)
	weighed = [value for weight, value in parts if weight]
	assert (score is None) == (not weighed)
	if weighed:
		assert min(weighed) <= score <= max(weighed)


def test_response_rate_and_csat():
	assert Tally(delivered=8, answered=3).response_rate == Fraction(75, 2)
	assert Tally().response_rate is None
	assert Tally(delivered=4).response_rate == 0
	assert Tally(scored=4, score_sum=Fraction(250)).csat == Fraction(125, 2)
	assert Tally(delivered=9).csat is None


@given(st.lists(st.tuples(st.tuples(*[st.integers(0, 3)] * 3), tallies)))
def test_segments_add_up_to_all_answers(rows):
	whole = add_up(tally for _key, tally in rows)
	for position in range(3):
		parts = segments(rows, lambda key, position=position: key[position])
		assert add_up(parts.values()) == whole
	assert add_up(segments(rows, lambda key: key).values()) == whole


@given(tallies)
def test_bounds(tally):
	assert tally.nps is None or -100 <= tally.nps <= 100
	if tally.nps_answers:
		shares = [Fraction(100 * part, tally.nps_answers) for part in (tally.promoters, tally.detractors)]
		assert tally.nps == shares[0] - shares[1]


@given(tallies)
def test_rounded_figures_are_the_floats_nearest_to_the_fractions(tally):
	exact = {name: getattr(tally, name) for name in ("nps", "csat", "response_rate")}
	assert rounded_figures(tally) == {
		name: None if value is None else float(value) for name, value in exact.items()
	}


@given(tallies, st.integers(1, 100))
def test_more_passives_pull_the_nps_to_zero(tally, more):
	if tally.nps_answers:
		changed = tally + Tally(passives=more)
		assert abs(changed.nps) <= abs(tally.nps)
		assert changed.nps * tally.nps >= 0


@pytest.mark.parametrize(
	("month", "period", "start", "label"),
	[
		(date(2026, 3, 1), "Month", date(2026, 3, 1), "2026-03"),
		(date(2026, 3, 1), "Quarter", date(2026, 1, 1), "2026-Q1"),
		(date(2026, 11, 1), "Quarter", date(2026, 10, 1), "2026-Q4"),
		(date(2026, 6, 1), "Half-Year", date(2026, 1, 1), "2026-H1"),
		(date(2026, 7, 1), "Half-Year", date(2026, 7, 1), "2026-H2"),
		(date(2026, 12, 1), "Year", date(2026, 1, 1), "2026"),
	],
)
def test_periods(month, period, start, label):
	assert period_start(month, period) == start
	assert period_label(start, period) == label
