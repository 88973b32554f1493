"""SP-7 by hand: measures, scores, axes, classes, money, snapshots."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from itil_strategy.domain.retirement import Analysis, Blocker, analyse, classify, recommend, score
from itil_strategy.domain.retirement_measures import (
	Contribution,
	OfferingFacts,
	ServiceFacts,
	raw_values,
	service_months,
	trend,
	unit_cost,
	usage_index,
	window_months,
)
from itil_strategy.domain.retirement_settings import DEFAULT_SETTINGS
from itil_strategy.domain.retirement_snapshot import Change, compare_snapshots, to_snapshot

WINDOW = JAN, FEB, MAR = tuple(date(2026, month, 1) for month in (1, 2, 3))


def by_month(*values: str | int) -> dict[date, Decimal]:
	return dict(zip(WINDOW, map(Decimal, values), strict=True))


def facts(**values) -> ServiceFacts:
	"""Mail: 100, 110, 120 boxes at 1,000 a month, of which 2,250 of 3,000 are charged."""
	defaults = {
		"service": "MAIL",
		"months": WINDOW,
		"offerings": (OfferingFacts("BOX", "Nos", by_month(100, 110, 120), Decimal(2400)),),
		"active_customers": 4,
		"costs": by_month(1000, 1000, 1000),
		"charged": Decimal(2250),
		"shown": Decimal(150),
		"external_income": Decimal(300),
		"contributions": (
			Contribution("Grow", Decimal(40), Decimal(60)),
			Contribution("Save", Decimal(15), Decimal(40)),
		),
		"technical_fit": 2,
		"functional_fit": 3,
	}
	return ServiceFacts(**{**defaults, **values})


def judged(**values) -> Analysis:
	return analyse(facts(**values), WINDOW, DEFAULT_SETTINGS)


def test_every_raw_value():
	assert raw_values(facts(satisfaction=Decimal("72.5"), complaint_rate=Decimal("0.5"))) == {
		# slope 10 a month, mean 110: 100 x 12 x 10/110
		"usage_trend": Fraction(1200, 11),
		"active_customers": 4,
		"satisfaction": Fraction(145, 2),
		"complaint_rate": Fraction(1, 2),
		# 40 x 60/100 + 15 x 40/100
		"strategic_contribution": 30,
		"functional_fit": 3,
		"technical_fit": 2,
		"recovery": 75,  # 2,250 of 3,000
		# index 10/11, 1, 12/11, so 1,100, 1,000, 916.67 a month: slope -275/3, mean 9,050/9
		"unit_cost_trend": Fraction(-100 * 12 * 275 * 9, 3 * 9050),
	}


def test_axes_by_hand():
	analysis = judged()
	scores = {result.key: result.score for result in analysis.indicators if result.score is not None}
	assert scores == {
		"usage_trend": 10,  # above +20
		"active_customers": Decimal("8.2"),  # 1 + 9 x 4/5
		"strategic_contribution": 10,  # 30 of 30
		"functional_fit": 7,  # 1 + 9 x 2/3
		"technical_fit": 4,  # 1 + 9 x 1/3
		"recovery": Decimal("5.5"),  # half way from 50 to 100
		"unit_cost_trend": 10,  # below -10
	}
	# (20 x 10 + 15 x 8.2 + 25 x 10 + 15 x 7) / 75 = 678 / 75
	assert (analysis.value.score, analysis.value.coverage) == (Decimal("9.04"), 75)
	# (40 x 4 + 35 x 5.5 + 25 x 10) / 100
	assert (analysis.fitness.score, analysis.fitness.coverage) == (Decimal("6.025"), 100)
	assert (analysis.service_class, analysis.recommended) == ("Invest", "Renew")
	assert [result.key for result in analysis.missing("Value")] == ["satisfaction", "complaint_rate"]
	assert analysis.indicator("recovery").source == "Charged amount divided by cost"
	assert analysis.indicator("weather") is None


def test_money_by_hand():
	money = judged(exit_cost=Decimal(5400), stranded_cost=Decimal(1800)).money
	# 3,000 x 12/3 - 1,800 - 300 x 12/3 = 9,000 a year; 5,400 is earned back in 7.2 months
	assert (money.full_cost, money.net_saving, money.payback) == (3000, 9000, Decimal("7.2"))
	assert (money.charged, money.shown, money.recovery) == (2250, 150, 75)
	assert (money.unit_cost, money.unit) == (Decimal("9.090909"), "Nos")  # 3,000 / 330
	assert judged().money.payback is None
	assert judged().money.net_saving == 10800
	assert judged(exit_cost=Decimal(1), stranded_cost=Decimal(10800)).money.payback is None  # no saving
	assert judged(exit_cost=Decimal(0)).money.payback is None


@pytest.mark.parametrize(
	("functional", "technical", "expected"),
	[
		(4, 4, ("Invest", "Renew")),
		(4, 1, ("Migrate", "Refactor")),
		(1, 4, ("Tolerate", "Retain")),
		(1, 1, ("Eliminate", "Retire")),
		(None, 4, (None, None)),
		(4, None, (None, None)),
	],
)
def test_classes(functional, technical, expected):
	"""Only the fits and two indicators that follow them, so that each axis has the coverage it needs."""
	is_valued, is_recovered = functional == 4, technical == 4
	analysis = judged(
		offerings=(),
		functional_fit=functional,
		technical_fit=technical,
		satisfaction=Decimal(90 if is_valued else 50),
		contributions=(Contribution("Grow", Decimal(100 if is_valued else 0), Decimal(30)),)
		if functional
		else None,
		charged=Decimal(3000 if is_recovered else 0) if technical else None,
	)
	assert (analysis.service_class, analysis.recommended) == expected
	assert bool(analysis.missing_axes) == (expected[0] is None)


def test_migrate_with_a_successor_is_to_replace():
	assert recommend("Migrate", "CLOUD") == "Replace"
	assert recommend("Eliminate", "CLOUD") == "Retire"
	assert classify(None, True) is None


def test_exactly_the_cut_off_is_high():
	# Fitness from recovery alone: 75 % is 5.5 to the last digit; a hair less is low.
	recovery_only = replace(DEFAULT_SETTINGS, minimum_coverage=Decimal(35))
	values = {"offerings": (), "technical_fit": None}
	at = analyse(facts(**values), WINDOW, recovery_only)
	assert (at.fitness.score, at.fitness.is_high) == (Decimal("5.5"), True)
	below = analyse(facts(charged=Decimal("2249.999999"), **values), WINDOW, recovery_only)
	assert below.fitness.is_high is False
	assert score(Fraction(5, 2), Fraction(1), Fraction(4)) == Fraction(11, 2)


def test_coverage_at_and_below_the_minimum():
	values = {"technical_fit": None, "offerings": ()}
	assert judged(**values).fitness.score is None  # recovery alone weighs 35
	assert judged(**values).fitness.coverage == 35
	assert judged(technical_fit=None).fitness.score is not None  # with the unit cost 60
	assert judged(offerings=(), charged=None).fitness.coverage == 40
	half = replace(DEFAULT_SETTINGS, minimum_coverage=Decimal(40))
	assert analyse(facts(offerings=(), charged=None), WINDOW, half).fitness.score == 4
	none = replace(DEFAULT_SETTINGS, minimum_coverage=Decimal(0))
	assert analyse(facts(offerings=(), charged=None, technical_fit=None), WINDOW, none).fitness.score is None


def test_missing_values():
	values = raw_values(facts(offerings=()))
	assert values["active_customers"] is values["usage_trend"] is values["unit_cost_trend"] is None
	assert raw_values(facts(charged=None))["recovery"] is None
	assert raw_values(facts(charged=Decimal(0)))["recovery"] == 0
	assert raw_values(facts(costs=by_month(10, -10, 0)))["recovery"] is None
	assert raw_values(facts(contributions=None))["strategic_contribution"] is None
	assert raw_values(facts(contributions=()))["strategic_contribution"] == 0


def test_trend_needs_three_months_and_a_mean_above_zero():
	assert trend({JAN: Fraction(1), FEB: Fraction(2)}) is None
	assert trend(dict.fromkeys(WINDOW, Fraction(0))) is None
	assert trend(dict.fromkeys(WINDOW, Fraction(7))) == 0
	# A missing month keeps its place: 1, 2, -, 4 rises by 1 a month; mean 7/3.
	april = date(2026, 4, 1)
	assert trend({JAN: Fraction(1), FEB: Fraction(2), april: Fraction(4)}) == Fraction(1200 * 3, 7)


def test_a_month_without_usage_counts_as_zero_and_has_no_unit_cost():
	offering = OfferingFacts("BOX", "Nos", {JAN: Decimal(6), MAR: Decimal(6)})
	values = raw_values(facts(offerings=(offering,)))
	assert values["usage_trend"] == 0  # 6, 0, 6
	assert values["unit_cost_trend"] is None  # two months have a unit cost


def test_offerings_of_different_units_are_weighted_by_amount():
	boxes = OfferingFacts("BOX", "Nos", by_month(10, 20, 30), Decimal(300))
	space = OfferingFacts("SPACE", "Gigabyte", by_month(6, 6, 6), Decimal(100))
	unused = OfferingFacts("FAX", "Page", {}, Decimal(900))
	index = usage_index(facts(offerings=(boxes, space, unused)))
	# 3/4 x (1/2, 1, 3/2) + 1/4 x 1
	assert index == {JAN: Fraction(5, 8), FEB: Fraction(1), MAR: Fraction(11, 8)}
	free = [replace(offering, amount=Decimal(0)) for offering in (boxes, space)]
	assert usage_index(facts(offerings=tuple(free)))[JAN] == Fraction(3, 4)
	assert usage_index(facts(offerings=(unused,))) == {}
	assert unit_cost(facts(offerings=(boxes, space))) == (None, None)
	assert unit_cost(facts(offerings=(boxes, unused))) == (Fraction(50), "Nos")


def test_one_offering_trends_as_its_quantity():
	values = by_month("3.5", "2", "9")
	offering = OfferingFacts("BOX", "Nos", values, Decimal(12))
	plain = trend({month: Fraction(quantity) for month, quantity in values.items()})
	assert trend(usage_index(facts(offerings=(offering,)))) == plain


def test_the_window_and_the_months_of_a_service():
	window = window_months(date(2026, 2, 17), 4)
	assert window == (date(2025, 11, 1), date(2025, 12, 1), JAN, FEB)
	assert service_months(window, date(2025, 12, 31), date(2026, 1, 1)) == window[1:3]
	assert service_months(window, None, None) == window
	assert service_months(window, date(2026, 3, 1), None) == ()


def test_dependents_block():
	analysis = judged(dependents=("ERP", "SHOP"))
	assert analysis.blockers == (Blocker("dependents", ("ERP", "SHOP")),)
	open_usage = judged(uncharged_usage=("BOX in 2026-03 (2 customers)",))
	assert open_usage.blockers == (Blocker("uncharged_usage", ("BOX in 2026-03 (2 customers)",)),)
	promised = judged(commitments=("SC-1", "SC-2"), lasting_commitments=("SC-2",))
	assert promised.blockers == (Blocker("commitments", ("SC-2",)),)
	assert promised.commitments == ("SC-1", "SC-2")
	assert judged(commitments=("SC-1",)).blockers == judged().blockers == ()


def test_a_snapshot_survives_json_and_tells_what_moved():
	before, after = to_snapshot(judged()), to_snapshot(judged(technical_fit=1, dependents=("ERP",)))
	assert json.loads(json.dumps(before)) == before
	assert before["window"] == ["2026-01", "2026-02", "2026-03"]
	assert before["money"]["recovery"] == "75"
	assert compare_snapshots(before, before) == []
	assert compare_snapshots(before, after) == [
		# (40 x 1 + 35 x 5.5 + 25 x 10) / 100
		Change("class", "service_class", "Invest", "Migrate"),
		Change("class", "recommended", "Renew", "Refactor"),
		Change("fitness", "score", "6.025", "4.825"),
		Change("technical_fit", "value", "2", "1"),
		Change("technical_fit", "score", "4", "1"),
		Change("dependents", "names", "", "ERP"),
	]
