"""SP-7: what holds for every service and every settings."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.retirement import CLASSES, analyse, score
from itil_strategy.domain.retirement_measures import (
	Contribution,
	OfferingFacts,
	ServiceFacts,
	trend,
	usage_index,
	window_months,
)
from itil_strategy.domain.retirement_settings import (
	AXES,
	DEFAULT_SETTINGS,
	INDICATORS,
	AnalysisSettings,
	IndicatorSetting,
)
from itil_strategy.domain.retirement_snapshot import compare_snapshots, to_snapshot

WINDOW = window_months(date(2026, 3, 1), 6)
amounts = st.decimals(-(10**7), 10**7, places=2)
positive = st.decimals(0, 10**7, places=2)
numbers = st.fractions(-1000, 1000, max_denominator=1000)


def optional(strategy):
	return st.none() | strategy


@st.composite
def services(draw) -> ServiceFacts:
	series = st.dictionaries(st.sampled_from(WINDOW), positive)
	return ServiceFacts(
		service="ANY",
		months=WINDOW[draw(st.integers(0, 5)) :],
		offerings=tuple(
			OfferingFacts(f"O{number}", draw(st.sampled_from(("Nos", "Hour"))), draw(series), draw(amounts))
			for number in range(draw(st.integers(0, 3)))
		),
		active_customers=draw(st.integers(0, 30)),
		costs=draw(st.dictionaries(st.sampled_from(WINDOW), amounts)),
		charged=draw(optional(amounts)),
		external_income=draw(positive),
		contributions=draw(
			optional(
				st.lists(
					st.builds(Contribution, st.just("Any"), st.integers(0, 100), st.integers(0, 100))
				).map(tuple)
			)
		),
		technical_fit=draw(optional(st.integers(1, 4))),
		functional_fit=draw(optional(st.integers(1, 4))),
		satisfaction=draw(optional(st.integers(0, 100))),
		complaint_rate=draw(optional(st.decimals(0, 50, places=3))),
		stranded_cost=draw(optional(positive)),
		exit_cost=draw(optional(positive)),
	)


@st.composite
def valid_settings(draw) -> AnalysisSettings:
	rows = []
	for axis in AXES:
		keys = [key for key, indicator in INDICATORS.items() if indicator.axis == axis]
		cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(keys) - 1, max_size=len(keys) - 1)))
		for key, low, high in zip(keys, [0, *cuts], [*cuts, 100], strict=True):
			worst, target = draw(
				st.tuples(st.integers(-50, 50), st.integers(-50, 50)).filter(lambda ends: ends[0] != ends[1])
			)
			rows.append(IndicatorSetting(key, axis, Decimal(high - low), Decimal(worst), Decimal(target)))
	return replace(DEFAULT_SETTINGS, indicators=tuple(rows))


@given(numbers, numbers, numbers)
def test_scores_are_within_1_and_10(value, worst, target):
	if worst != target:
		assert 1 <= score(value, worst, target) <= 10


@given(numbers, numbers, numbers, numbers)
def test_nearer_to_the_target_never_scores_less(first, second, worst, target):
	if worst == target:
		return
	better, worse = (max, min) if target > worst else (min, max)
	assert score(better(first, second), worst, target) >= score(worse(first, second), worst, target)


@given(services(), valid_settings())
def test_an_axis_lies_between_its_scores_and_says_what_it_covers(facts, settings):
	analysis = analyse(facts, WINDOW, settings)
	for axis in (analysis.value, analysis.fitness):
		present = [
			row
			for row in analysis.indicators
			if row.axis == axis.axis and row.score is not None and row.weight
		]
		missing = analysis.missing(axis.axis)
		assert axis.coverage == sum(row.weight for row in present)
		assert axis.coverage + sum(row.weight for row in missing) == 100
		if axis.score is None:
			assert axis.is_high is None
			assert axis.coverage < settings.minimum_coverage or not present
		else:
			scores = [row.score for row in present]
			assert min(scores) <= axis.score <= max(scores)
	has_both = analysis.value.score is not None and analysis.fitness.score is not None
	assert (analysis.service_class in CLASSES) == has_both
	assert bool(analysis.recommended) == has_both


@given(services(), valid_settings())
def test_equal_input_gives_equal_output_in_any_order(facts, settings):
	turned = replace(
		facts,
		offerings=facts.offerings[::-1],
		costs=dict(reversed(facts.costs.items())),
		contributions=None if facts.contributions is None else facts.contributions[::-1],
	)
	first, second = (analyse(given_facts, WINDOW, settings) for given_facts in (facts, turned))
	assert first == second
	assert compare_snapshots(to_snapshot(first), to_snapshot(second)) == []


@given(services(), st.integers(0, 100))
def test_a_missing_indicator_does_not_pull_the_axis(facts, satisfaction):
	"""With a figure that scores the axis itself, the axis stays; without one it is the mean of the rest."""
	without = analyse(replace(facts, satisfaction=None), WINDOW, DEFAULT_SETTINGS).value
	if without.score is None:
		return
	same = 50 + (without.score - 1) / 9 * 40
	neutral = analyse(replace(facts, satisfaction=same), WINDOW, DEFAULT_SETTINGS).value
	assert abs(neutral.score - without.score) <= Decimal("0.000002")
	assert neutral.coverage == without.coverage + 15


@given(services())
def test_the_usage_index_is_1_on_average_and_free_of_units(facts):
	index = usage_index(facts)
	if index:
		assert sum(index.values()) == len(index)
	thousandfold = replace(
		facts,
		offerings=tuple(
			replace(row, quantities={month: quantity * 1000 for month, quantity in row.quantities.items()})
			for row in facts.offerings
		),
	)
	assert usage_index(thousandfold) == index


@given(st.lists(st.fractions(0, 1000), min_size=3, max_size=6), st.fractions(1, 50))
def test_a_trend_is_free_of_scale_and_turns_its_sign_with_time(values, factor):
	months = WINDOW[: len(values)]
	plain = trend(dict(zip(months, values, strict=True)))
	scaled = trend({month: value * factor for month, value in zip(months, values, strict=True)})
	assert scaled == plain
	turned = trend(dict(zip(months, values[::-1], strict=True)))
	assert turned == (None if plain is None else Fraction(-plain))
