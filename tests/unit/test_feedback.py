"""How a feedback moves, what closing asks for, and what a reply decides (BR-5)."""

from decimal import Decimal

import pytest

from itil_strategy.domain.feedback import (
	ACCEPT,
	MOVES,
	REOPEN,
	FeedbackFacts,
	FeedbackMoveError,
	complaint_rate,
	find_missing_to_close,
	find_target_hours,
	goes_to_manager,
	next_status,
	possible_moves,
	read_answer,
)

WORDS = (("ACCEPT", ACCEPT), ("REOPEN", REOPEN), ("ANNEHMEN", ACCEPT))
STATUSES = ("New", "Acknowledged", "In Progress", "On Hold", "Responded", "Reopened", "Closed")
TABLE = {
	"New": {"acknowledge": "Acknowledged", "start": "In Progress", "hold": "On Hold", "respond": "Responded"},
	"Acknowledged": {"start": "In Progress", "hold": "On Hold", "respond": "Responded"},
	"In Progress": {"hold": "On Hold", "respond": "Responded"},
	"On Hold": {"resume": "In Progress"},
	"Responded": {"reopen": "Reopened", "close": "Closed"},
	"Reopened": {"start": "In Progress", "hold": "On Hold", "respond": "Responded"},
	"Closed": {"reopen": "Reopened"},
}


@pytest.mark.parametrize("status", STATUSES)
def test_every_step_from_every_status(status):
	for move in MOVES:
		if move in TABLE[status]:
			assert next_status(status, move) == TABLE[status][move]
		else:
			with pytest.raises(FeedbackMoveError, match=f"not possible in status {status}"):
				next_status(status, move)
	assert set(possible_moves(status)) == set(TABLE[status])


def test_a_refusal_names_where_the_step_is_possible():
	with pytest.raises(FeedbackMoveError, match="only in Responded, Closed"):
		next_status("New", "reopen")


def facts(**values) -> FeedbackFacts:
	return FeedbackFacts(
		**{"nature": "Complaint", "has_response": True, "findings": "Disk was full", **values}
	)


def test_a_complete_complaint_can_be_closed():
	assert find_missing_to_close(facts()) == []


@pytest.mark.parametrize(
	("values", "words"),
	[
		({"has_response": False}, "No response was sent"),
		({"open_actions": ("Add a disk", "Tell Ann")}, "Add a disk; Tell Ann"),
		({"findings": " \n"}, "Findings are empty"),
		({"remedy": "Credit", "credit_currency": "EUR"}, "credit without amount or currency"),
		({"remedy": "Credit", "credit_amount": Decimal(5)}, "credit without amount or currency"),
		({"remedy": "Quality Action"}, "there is none"),
	],
)
def test_what_is_missing(values, words):
	(missing,) = find_missing_to_close(facts(**values))
	assert words in str(missing)


def test_everything_missing_is_told_at_once():
	missing = find_missing_to_close(
		facts(has_response=False, findings="", open_actions=("x",), remedy="Credit")
	)
	assert len(missing) == 4


@pytest.mark.parametrize("nature", ["Compliment", "Suggestion"])
def test_only_a_complaint_needs_findings(nature):
	assert find_missing_to_close(facts(nature=nature, findings="")) == []
	assert find_missing_to_close(facts(nature=nature, findings="", has_response=False)) != []


def test_a_remedy_with_its_facts_is_complete():
	credit = facts(remedy="Credit", credit_amount=Decimal("12.50"), credit_currency="EUR")
	assert find_missing_to_close(credit) == []
	assert find_missing_to_close(facts(remedy="Quality Action", quality_action="QA-ACT-00001")) == []


def test_the_third_reopening_goes_to_the_manager():
	assert [goes_to_manager(count) for count in (0, 1, 2, 3, 4)] == [False, False, False, True, True]


@pytest.mark.parametrize(
	("text", "answer"),
	[
		("ACCEPT", ACCEPT),
		("reopen\n\nIt still fails every morning.", REOPEN),
		("\n  Reopen!  \n> ACCEPT", REOPEN),
		("Annehmen.", ACCEPT),
		("*ACCEPT*\r\n\r\nRegards", ACCEPT),
		("Thank you!", None),
		("Thanks, I accept", None),
		("Thanks\nREOPEN", None),
		("> ACCEPT", None),
		("> On Monday you wrote\nREOPEN", None),
		("I am out of office until Monday.", None),
		("Please do not reopen", None),
		("", None),
		("\n\n", None),
		("...", None),
	],
)
def test_what_a_reply_decides(text, answer):
	"""Only the word alone in the first line that the customer wrote."""
	assert read_answer(text, WORDS) == answer


def test_the_target_of_a_severity_wins():
	targets = [("Complaint", "", 40), ("Complaint", "High", 8), ("Compliment", "", 30)]
	assert find_target_hours(targets, "Complaint", "High") == 8
	assert find_target_hours(targets, "Complaint", "Low") == 40
	assert find_target_hours(targets, "Compliment", "High") == 30
	assert find_target_hours(targets, "Suggestion", "High") is None


@pytest.mark.parametrize(
	("complaints", "customers", "months", "rate"),
	[
		(6, 4, 12, Decimal("1.5")),
		(0, 4, 12, Decimal(0)),
		(1, 2, 3, Decimal(2)),  # two quarters' worth of a customer: half a complaint a quarter each
		(3, 0, 12, None),
		(3, 4, 0, None),
	],
)
def test_complaints_per_customer_and_year(complaints, customers, months, rate):
	assert complaint_rate(complaints, customers, months) == rate
