"""Stages, outcomes and contradictions (SP-1, SP-4; section "Stages")."""

from datetime import date

import pytest

from itil_strategy.domain.portfolio import (
	CATALOGUE_OUTCOMES,
	LiveDecision,
	Stage,
	StageBook,
	StageMoveError,
	find_deviations,
)

TODAY = date(2026, 6, 15)
STAGES = (
	("Proposed", "Pipeline"),
	("Defined", "Pipeline"),
	("Analysed", "Pipeline"),
	("Approved", "Pipeline"),
	("Chartered", "Pipeline"),
	("In Design", "Pipeline"),
	("In Transition", "Pipeline"),
	("Operational", "Catalogue"),
	("Retiring", "Catalogue"),
	("Retired", "Retired"),
)
BOOK = StageBook([Stage(name, phase, order) for order, (name, phase) in enumerate(STAGES, 1)])


@pytest.mark.parametrize(
	("stage", "outcome", "to_stage", "state"),
	[
		("Proposed", "Proceed", "Defined", "Active"),
		("In Transition", "Proceed", "Operational", "Active"),
		("Analysed", "Hold", "Analysed", "On Hold"),
		("Analysed", "Reject", "Analysed", "Rejected"),
		("Operational", "Retain", "Operational", "Active"),
		("Operational", "Rationalise", "Operational", "Active"),
		("Operational", "Refactor", "Operational", "Active"),
		("Operational", "Renew", "Operational", "Active"),
		("Operational", "Replace", "Retiring", "Active"),
		("Operational", "Retire", "Retiring", "Active"),
		("Retiring", "Retire", "Retired", "Active"),
	],
)
def test_outcome_moves(stage, outcome, to_stage, state):
	move = BOOK.move(stage, outcome)
	assert (move.to_stage, move.decision_state) == (to_stage, state)
	assert move.is_forward == (stage != to_stage)


@pytest.mark.parametrize(
	("stage", "to_stage"),
	[("Defined", "Proposed"), ("In Transition", "Analysed"), ("Retiring", "Operational")],
)
def test_back(stage, to_stage):
	move = BOOK.move(stage, "Back", to_stage)
	assert (move.to_stage, move.is_forward, move.decision_state) == (to_stage, False, "Active")


@pytest.mark.parametrize(
	("stage", "outcome", "to_stage"),
	[
		("Proposed", "Back", "Proposed"),
		("Defined", "Back", "Analysed"),
		("Operational", "Back", "In Transition"),
		("Operational", "Proceed", None),
		("Operational", "Reject", None),
		("Analysed", "Retire", None),
		("Retiring", "Back", "In Design"),
		("Retiring", "Retain", None),
		("Retired", "Back", "Retiring"),
		("Retired", "Retire", None),
		("Nowhere", "Proceed", None),
	],
)
def test_impossible(stage, outcome, to_stage):
	with pytest.raises(StageMoveError) as caught:
		BOOK.move(stage, outcome, to_stage)
	assert any(word in str(caught.value).lower() for word in ("choose", "propose")), "the way out is named"


def test_stages_of_ones_own():
	"""A catalogue of three stages: the last one is the way out, the others follow each other."""
	book = StageBook(
		[
			Stage("Idea", "Pipeline", 10),
			Stage("Live", "Catalogue", 20),
			Stage("Mature", "Catalogue", 30),
			Stage("Leaving", "Catalogue", 40),
			Stage("Gone", "Retired", 50),
		]
	)
	assert book.move("Live", "Proceed").to_stage == "Mature"
	assert book.move("Live", "Retire").to_stage == "Leaving"
	assert book.move("Mature", "Back", "Live").to_stage == "Live"
	assert "Proceed" not in book.possible_outcomes("Mature")
	single = StageBook([Stage("Live", "Catalogue", 1), Stage("Gone", "Retired", 2)])
	assert single.move("Live", "Retire").to_stage == "Gone"
	with pytest.raises(StageMoveError):
		StageBook([Stage("Live", "Catalogue", 1)]).move("Live", "Retire")


@pytest.mark.parametrize(
	("outcome", "analysis_class", "contradicts"),
	[
		("Replace", "Invest", True),
		("Retire", "Invest", True),
		("Retain", "Eliminate", True),
		("Renew", "Eliminate", True),
		("Retire", "Eliminate", False),
		("Retain", "Invest", False),
		("Retire", "Tolerate", False),
		("Retire", None, False),
	],
)
def test_contradiction_of_the_class(outcome, analysis_class, contradicts):
	assert bool(find_deviations(outcome, analysis_class, None, TODAY)) == contradicts


def test_contradiction_of_the_last_live_decision():
	last = LiveDecision("PD-1", "Retain", date(2026, 6, 15))
	assert [str(text) for text in find_deviations("Retire", None, last, TODAY)] == [
		"The last decision PD-1, still live, says Retain."
	]
	assert not find_deviations("Retain", None, last, TODAY)
	assert not find_deviations("Retire", None, last, date(2026, 6, 16)), "expired after its review date"
	endless = LiveDecision("PD-1", "Hold", None)
	assert find_deviations("Proceed", None, endless, TODAY)
	into_operation = LiveDecision("PD-1", "Proceed", None)
	for outcome in CATALOGUE_OUTCOMES:
		assert not find_deviations(outcome, None, into_operation, TODAY), "another question"
