"""SP-8: investment per service and stage."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.service_investment import (
	ACTUAL,
	CHARGED,
	COMMITTED,
	MEASURES,
	Spend,
	make_investment,
	open_order_amount,
	open_request_amount,
)
from itil_strategy.domain.stage_history import StageTimeline

D = Decimal
TIMELINE = StageTimeline((date(2026, 2, 1), date(2026, 3, 1)), ("In Design", "Operational"))


def spend(service: str, measure: str, day: str, amount: str) -> Spend:
	return Spend(service, measure, date.fromisoformat(day), D(amount))


SPEND = (
	spend("MAIL", ACTUAL, "2026-01-31", "10"),
	spend("MAIL", ACTUAL, "2026-02-01", "20.50"),
	spend("MAIL", ACTUAL, "2026-03-01", "30"),
	spend("MAIL", COMMITTED, "2026-03-05", "7"),
	spend("MAIL", CHARGED, "2026-03-31", "100"),
	spend("", ACTUAL, "2026-03-01", "5"),
)


def test_a_line_per_service_and_one_for_what_carries_none():
	lines = make_investment(SPEND, {"MAIL": D(90), "FILES": D(40)})
	mail = lines["MAIL"]
	assert (mail.figures.actual, mail.figures.committed, mail.figures.charged) == (D("60.50"), 7, 100)
	assert (mail.figures.returned, mail.budget) == (D("39.50"), 90)
	assert (lines["FILES"].budget, lines["FILES"].figures.actual) == (40, 0)
	assert lines[""].figures.actual == 5
	assert mail.stages == {}


def test_stages_of_a_service_add_up_to_it():
	stages = make_investment(SPEND, {}, {"MAIL": TIMELINE})["MAIL"].stages
	assert {stage: figures.actual for stage, figures in stages.items()} == {
		"": 10,
		"In Design": D("20.50"),
		"Operational": 30,
	}
	assert (stages["Operational"].committed, stages["Operational"].returned) == (7, 70)


def test_a_service_without_known_stages_is_undated():
	assert list(make_investment(SPEND[:1], {}, {})["MAIL"].stages) == [""]


@pytest.mark.parametrize(
	("base", "amount", "billed", "expected"),
	[
		("100", "100", "40", "60"),
		("125", "100", "40", "75"),
		("100", "100", "0", "100"),
		("100", "100", "120", "0"),
		("0", "0", "0", "0"),
	],
)
def test_open_orders(base, amount, billed, expected):
	assert open_order_amount(D(base), D(amount), D(billed)) == D(expected)


@pytest.mark.parametrize(
	("amount", "quantity", "ordered", "expected"),
	[
		("100", "10", "0", "100"),
		("100", "10", "4", "60"),
		("100", "10", "10", "0"),
		("100", "10", "12", "0"),
		("100", "0", "0", "0"),
	],
)
def test_open_requests(amount, quantity, ordered, expected):
	assert open_request_amount(D(amount), D(quantity), D(ordered)) == D(expected)


spends = st.lists(
	st.builds(
		Spend,
		st.sampled_from(["", "A", "B"]),
		st.sampled_from(MEASURES),
		st.dates(date(2026, 1, 1), date(2026, 4, 30)),
		st.decimals(-(10**6), 10**6, places=2),
	),
	max_size=30,
)


@given(spends)
def test_nothing_is_dropped(items):
	lines = make_investment(items, {}, {"A": TIMELINE})
	for measure in MEASURES:
		whole = sum((item.amount for item in items if item.measure == measure), D(0))
		assert sum((getattr(line.figures, measure) for line in lines.values()), D(0)) == whole
		for service, line in lines.items():
			if service:
				assert sum((getattr(figures, measure) for figures in line.stages.values()), D(0)) == getattr(
					line.figures, measure
				)
