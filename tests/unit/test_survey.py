"""Questions and answers of a survey (BR-7)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.survey import (
	AnswersRefusedError,
	Given,
	Question,
	QuestionWeightError,
	SurveyError,
	judge,
	validate_questions,
)

NPS = Question("n", "Would you recommend it?", "NPS", weight=Decimal(20), low_score=Decimal(40))
RATING = Question("r", "How quick is it?", "Rating", 1, 5, weight=Decimal(50), low_score=Decimal(50))
BACKWARDS = Question("b", "Effort?", "Rating", 1, 4, True, Decimal(20), is_required=False)
YES_NO = Question("y", "Was it solved?", "Yes-No", weight=Decimal(10), is_required=False)
KANO = Question("k", "A mobile app?", "Kano", is_required=False)
TEXT = Question("t", "Anything else?", "Text", is_required=False)
ALL = (NPS, RATING, BACKWARDS, YES_NO, KANO, TEXT)


def test_a_response_by_hand():
	"""20 × 90 + 50 × 75 + 20 × 66.67 + 10 × 100, and the pair and the text beside it."""
	response = judge(
		ALL,
		{
			"n": Given("9"),
			"r": Given("4", comment="  fine "),
			"b": Given("2"),
			"y": Given("Yes"),
			"k": Given("Like", "Dislike"),
			"t": Given(comment="<b>Thanks</b>"),
		},
	)
	assert response.score == (20 * 90 + 50 * 75 + 20 * Fraction(200, 3) + 10 * 100) / Fraction(100)
	assert response.nps == 9
	assert [(answer.key, answer.raw, answer.comment, answer.score) for answer in response.answers] == [
		("n", "9", "", 90),
		("r", "4", "fine", 75),
		("b", "2", "", Fraction(200, 3)),
		("y", "Yes", "", 100),
		("k", "Like | Dislike", "", None),
		("t", "", "<b>Thanks</b>", None),
	]


def test_missing_optional_answers_are_left_out_of_the_score():
	response = judge(ALL, {"n": Given("9"), "r": Given("4")})
	assert response.score == Fraction(20 * 90 + 50 * 75, 70)
	assert [answer.key for answer in response.answers] == ["n", "r"]


def test_a_survey_without_scored_questions_has_no_score():
	response = judge((KANO, TEXT), {"t": Given(comment="Hello")})
	assert (response.score, response.nps) == (None, None)


@pytest.mark.parametrize(
	("entered", "words"),
	[
		({"n": Given("11")}, "outside the scale. Choose one of 0 – 10"),
		({"n": Given("-1")}, "outside the scale"),
		({"n": Given("9.5")}, "outside the scale"),
		({"n": Given("09")}, "outside the scale"),
		({"r": Given("0")}, "Choose one of 1 – 5"),
		({"y": Given("Maybe")}, "Choose one of Yes, No"),
		({"k": Given("Like", "Love")}, "Choose one of Like, Must be"),
		({"k": Given("Like")}, "answer both parts"),
		({"r": Given("2")}, "please say why"),
		({"n": Given("3", comment="  ")}, "please say why"),
		({"n": Given("")}, "please answer"),
		({"t": Given(comment="x" * 2001)}, "too long"),
	],
)
def test_a_bad_answer_is_refused_by_its_question(entered, words):
	with pytest.raises(AnswersRefusedError, match=words) as caught:
		judge(ALL, {"n": Given("9"), "r": Given("4"), **entered})
	assert list(caught.value.problems) == list(entered)


def test_every_problem_is_told_at_once():
	with pytest.raises(AnswersRefusedError) as caught:
		judge(ALL, {"y": Given("No way")})
	assert list(caught.value.problems) == ["n", "r", "y"]


def test_a_comment_is_needed_below_the_threshold_only():
	judge([RATING], {"r": Given("3")})  # 50 is not below 50
	judge([RATING], {"r": Given("2", comment="Slow")})
	backwards = replace(BACKWARDS, low_score=Decimal(50), weight=Decimal(100))
	judge([backwards], {"b": Given("1")})
	with pytest.raises(AnswersRefusedError, match="say why"):
		judge([backwards], {"b": Given("4")})


def test_nothing_at_all_is_no_answer():
	with pytest.raises(AnswersRefusedError, match="at least one question"):
		judge((KANO, TEXT), {"t": Given(comment="  ")})


@given(
	st.integers(0, 10), st.integers(1, 5), st.sampled_from(["", "1", "4"]), st.sampled_from(["", "Yes", "No"])
)
def test_scores_stay_on_the_common_scale(nps, rating, backwards, yes_no):
	entered = {
		"n": Given(str(nps), comment="why"),
		"r": Given(str(rating), comment="why"),
		"b": Given(backwards),
		"y": Given(yes_no),
	}
	response = judge(ALL, entered)
	scores = [answer.score for answer in response.answers]
	assert 0 <= min(scores) <= response.score <= max(scores) <= 100


@pytest.mark.parametrize(
	("questions", "error", "words"),
	[
		([], SurveyError, "needs a question"),
		([replace(NPS, weight=Decimal(50))], QuestionWeightError, "total 50 %"),
		([replace(NPS, weight=Decimal("100.01"))], QuestionWeightError, "total 100.01 %"),
		([replace(NPS, weight=Decimal(-1))], SurveyError, "Row #1: the weight is negative"),
		(
			[replace(NPS, weight=Decimal(100)), replace(TEXT, weight=Decimal(1))],
			SurveyError,
			"Row #2.*no score",
		),
		([replace(RATING, minimum=5)], SurveyError, "scale from 5 to 5"),
		([replace(RATING, minimum=5, maximum=1)], SurveyError, "scale from 5 to 1"),
		([replace(RATING, minimum=0, maximum=100)], SurveyError, "2 to 11 marks"),
		(
			[replace(NPS, weight=Decimal(50)), replace(NPS, key="m", weight=Decimal(50))],
			SurveyError,
			"Only one",
		),
		([replace(NPS, is_reversed=True)], SurveyError, "best mark"),
		([replace(RATING, low_score=Decimal(101))], SurveyError, "0 to 100"),
		([replace(RATING, label=" ")], SurveyError, "question is empty"),
	],
)
def test_questions_that_cannot_be_asked(questions, error, words):
	with pytest.raises(error, match=words):
		validate_questions(questions)


def test_weights_are_exact():
	thirds = [replace(RATING, key=str(i), weight=Decimal("33.333333333")) for i in range(3)]
	with pytest.raises(QuestionWeightError, match=r"99\.999999999 %"):
		validate_questions(thirds)
	validate_questions([*thirds[:2], replace(RATING, weight=Decimal("33.333333334"))])
	validate_questions(ALL)
	validate_questions([TEXT])
