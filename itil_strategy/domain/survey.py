"""Questions of a satisfaction survey, and how an answer to them is judged (BR-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.kano import REACTIONS, join_reactions
from itil_strategy.domain.satisfaction import (
	FULL,
	NPS_MAXIMUM,
	NPS_MINIMUM,
	common_scale,
	weighted_score,
)
from itil_strategy.domain.text import Text, _

NPS, RATING, YES_NO, TEXT, KANO = "NPS", "Rating", "Yes-No", "Text", "Kano"
SCORED_KINDS = (NPS, RATING, YES_NO)
YES, NO = _("Yes"), _("No")
FIXED_SCALES = {NPS: (NPS_MINIMUM, NPS_MAXIMUM), YES_NO: (0, 1)}
MOST_STEPS = 10
MOST_TEXT = 2_000


class SurveyError(DomainError):
	"""A refusal with a sentence to translate; `row` says which question."""

	def __init__(self, text: Text, row: int | None = None, field: str | None = None):
		super().__init__(str(text), row, field)
		self.text = text


class QuestionWeightError(SurveyError):
	"""Weights of the scored questions do not total 100."""


class AnswersRefusedError(DomainError):
	"""An answer is refused as a whole; `problems` says per question what is wrong."""

	def __init__(self, problems: Mapping[str, Text]):
		super().__init__(" ".join(map(str, problems.values())))
		self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Question:
	"""A question; `low_score` is the score on the common scale below which a comment is asked for, 0 is never."""

	key: str
	label: str
	kind: str
	minimum: int = 0
	maximum: int = 0
	is_reversed: bool = False
	weight: Decimal = Decimal(0)
	low_score: Decimal = Decimal(0)
	is_required: bool = True

	@property
	def is_scored(self) -> bool:
		return self.kind in SCORED_KINDS

	@property
	def scale(self) -> tuple[int, int]:
		return FIXED_SCALES.get(self.kind, (self.minimum, self.maximum))

	@property
	def choices(self) -> tuple[str, ...]:
		"""What can be chosen, as it is stored; empty for text."""
		if self.kind == YES_NO:
			return (YES, NO)
		if self.kind == KANO:
			return REACTIONS
		if self.is_scored:
			low, high = self.scale
			return tuple(map(str, range(low, high + 1)))
		return ()

	def score(self, raw: str) -> Fraction:
		"""The choice on the common scale."""
		value = int(raw == YES) if self.kind == YES_NO else int(raw)
		return common_scale(value, *self.scale, self.is_reversed)


@dataclass(frozen=True, slots=True)
class Given:
	"""What was entered for a question: the choice, the second choice of a Kano pair, and free text."""

	choice: str = ""
	second: str = ""
	comment: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
	"""An accepted answer to one question; `score` is None where there is none."""

	key: str
	raw: str
	comment: str
	score: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Response:
	"""All accepted answers, their weighted score and the value given to the question of recommendation."""

	answers: tuple[Judged, ...]
	score: Fraction | None
	nps: int | None


def validate_questions(questions: Sequence[Question]) -> None:
	"""Refuse questions that cannot be asked or added up: SurveyError or QuestionWeightError."""
	if not questions:
		raise SurveyError(Text(_("A survey needs a question. Add a row under Questions.")), field="questions")
	for row, question in enumerate(questions, start=1):
		_validate_question(row, question)
	if len([question for question in questions if question.kind == NPS]) > 1:
		raise SurveyError(
			Text(_("Only one question can be of kind NPS. Choose Rating for the others.")), field="kind"
		)
	validate_weights(questions)


def validate_weights(questions: Sequence[Question]) -> None:
	"""Weights of the scored questions total exactly 100; a survey without such questions has no score."""
	scored = [question for question in questions if question.is_scored]
	# Fractions: a sum of Decimals would be rounded to the context.
	total = sum((Fraction(question.weight) for question in scored), Fraction(0))
	if scored and total != FULL:
		shown = Decimal(total.numerator) / Decimal(total.denominator)
		raise QuestionWeightError(
			Text(
				_(
					"The weights of the questions of kind NPS, Rating and Yes-No total {0} %. Change them so that they total 100 %."
				),
				(f"{shown.normalize():f}",),
			),
			field="weight",
		)


def _validate_question(row: int, question: Question) -> None:
	if not question.label.strip():
		raise SurveyError(Text(_("Row #{0}: the question is empty. Enter it."), (str(row),)), row, "question")
	if question.weight < 0:
		raise SurveyError(
			Text(_("Row #{0}: the weight is negative. Enter 0 or more."), (str(row),)), row, "weight"
		)
	if question.weight and not question.is_scored:
		raise SurveyError(
			Text(
				_("Row #{0}: a question of kind {1} has no score. Set its weight to 0."),
				(str(row), question.kind),
			),
			row,
			"weight",
		)
	if not 0 <= question.low_score <= FULL:
		raise SurveyError(
			Text(_("Row #{0}: Comment Needed Below is a score from 0 to 100."), (str(row),)), row, "low_score"
		)
	if question.kind == NPS and question.is_reversed:
		raise SurveyError(
			Text(_("Row #{0}: 10 is the best mark of an NPS question. Clear Less Is Better."), (str(row),)),
			row,
			"is_reversed",
		)
	if question.kind == RATING and not 1 <= question.maximum - question.minimum <= MOST_STEPS:
		raise SurveyError(
			Text(
				_("Row #{0}: the scale from {1} to {2} needs 2 to {3} marks. Change Lowest or Highest."),
				(str(row), str(question.minimum), str(question.maximum), str(MOST_STEPS + 1)),
			),
			row,
			"maximum",
		)


def judge(questions: Sequence[Question], given: Mapping[str, Given]) -> Response:
	"""Accept what was entered, or raise AnswersRefusedError with one sentence per question that is refused."""
	answers: list[Judged] = []
	problems: dict[str, Text] = {}
	for question in questions:
		entered = given.get(question.key, Given())
		if problem := _find_problem(question, entered):
			problems[question.key] = problem
		elif answer := _accept(question, entered):
			answers.append(answer)
	if problems:
		raise AnswersRefusedError(problems)
	if not answers:
		raise AnswersRefusedError({"": Text(_("Nothing is answered. Answer at least one question."))})
	return Response(tuple(answers), response_score(questions, answers), _nps_value(questions, answers))


def response_score(questions: Sequence[Question], answers: Sequence[Judged]) -> Fraction | None:
	"""Weighted score of what was answered; optional questions that were not are left out."""
	weights = {question.key: Fraction(question.weight) for question in questions}
	return weighted_score(
		(weights[answer.key], answer.score) for answer in answers if answer.score is not None
	)


def _nps_value(questions: Sequence[Question], answers: Sequence[Judged]) -> int | None:
	asked = {question.key for question in questions if question.kind == NPS}
	return next((int(answer.raw) for answer in answers if answer.key in asked), None)


def _find_problem(question: Question, entered: Given) -> Text | None:
	if len(entered.comment) > MOST_TEXT:
		return Text(
			_("“{0}”: the text is too long. Shorten it to {1} characters."), (question.label, str(MOST_TEXT))
		)
	if question.kind == TEXT:
		return _missing(question) if question.is_required and not entered.comment.strip() else None
	chosen = (entered.choice, entered.second) if question.kind == KANO else (entered.choice,)
	if not any(chosen):
		return _missing(question) if question.is_required else None
	if not all(chosen):
		return Text(_("“{0}”: answer both parts."), (question.label,))
	if any(choice not in question.choices for choice in chosen):
		return _outside(question)
	needs_comment = question.is_scored and question.score(entered.choice) < question.low_score
	if needs_comment and not entered.comment.strip():
		return Text(_("“{0}”: please say why, so that we can do better."), (question.label,))
	return None


def _missing(question: Question) -> Text:
	return Text(_("“{0}”: please answer."), (question.label,))


def _outside(question: Question) -> Text:
	choices = question.choices
	shown = f"{choices[0]} – {choices[-1]}" if question.kind in (NPS, RATING) else ", ".join(choices)
	return Text(
		_("“{0}”: the answer is outside the scale. Choose one of {1}."),
		(question.label, shown),
	)


def _accept(question: Question, entered: Given) -> Judged | None:
	comment = entered.comment.strip()
	if question.kind == TEXT:
		return Judged(question.key, "", comment) if comment else None
	if not entered.choice:
		return None
	if question.kind == KANO:
		return Judged(question.key, join_reactions(entered.choice, entered.second), comment)
	return Judged(question.key, entered.choice, comment, question.score(entered.choice))
