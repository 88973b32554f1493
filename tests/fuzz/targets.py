"""What is fuzzed, and what must hold for any input: an answer that is right in itself, or a refusal that says why."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

from itil_strategy.domain import parquet_guard
from itil_strategy.domain.errors import FormulaError, UsageFileError
from itil_strategy.domain.feedback import ACCEPT, REOPEN, TRIMMED, read_answer
from itil_strategy.domain.formula import parse_formula
from itil_strategy.domain.survey import AnswersRefusedError, Given, Question, judge
from itil_strategy.domain.usage_file import check_file, read_batches
from itil_strategy.domain.usage_layout import UsageLayout, ValueSource, focus_layout, own_layout
from itil_strategy.utils.text import as_plain, as_stored_text
from tests.fuzz import generate, parquet

TAKEN, REFUSED = "taken", "refused"
VALUES = {"fee": Decimal("3"), "quantity": Decimal("0.1"), "price": Decimal("-2")}
LARGEST = Decimal("1e15")
ANSWERS = (("Accept", ACCEPT), ("Reopen", REOPEN), ("Annehmen", ACCEPT))
LAYOUTS = {
	"own": own_layout(number_repeated_keys=True),
	"own strict": own_layout(accept_negative=True),
	"focus": focus_layout(customer=ValueSource("Tag", "team"), number_repeated_keys=True),
	"focus quantity": focus_layout(quantity="ConsumedQuantity", accept_negative=True),
}


class BrokenPropertyError(AssertionError):
	"""An answer that is wrong, or a refusal that tells nobody what to do."""


def stay_in_this_process() -> None:
	"""The bound of memory is a process of its own, which takes longer than a case; this one is watched anyway."""
	parquet_guard.find_excess = parquet_guard.measure


def require(holds: bool, what: str) -> None:
	if not holds:
		raise BrokenPropertyError(what)


def read_usage(path: Path, layout: UsageLayout) -> str:
	"""A file is refused with a row and a sentence, or read to rows whose number and sums are those of its summary."""
	try:
		summary = check_file(path, layout)
	except UsageFileError as error:
		require(bool(error.errors) and error.count >= len(error.errors), "a refusal without errors")
		for row in error.errors:
			require(row.row >= 0 and row.message.strip().endswith((".", "?")), f"a poor refusal: {row}")
		return REFUSED
	height, totals, keys = 0, {}, []
	for batch in read_batches(path, layout, summary, batch_rows=3):
		height += batch.height
		keys += batch["source_key"].to_list()
		for unit, quantity in batch.select("unit", "quantity").iter_rows():
			if unit is not None:
				totals[unit] = totals.get(unit, Fraction(0)) + Fraction(quantity)
	require(height == summary.rows > 0, f"{height} rows were read, {summary.rows} are told")
	require(totals == {unit: Fraction(total) for unit, total in summary.totals.items()}, "sums differ")
	require(len(set(keys)) == height and None not in keys, "two rows share a key")
	require(summary.first_date <= summary.last_date, "days the wrong way round")
	return TAKEN


def work_formula_out(text: str) -> str:
	"""A formula is refused with its place, or has a finite value, the same twice."""
	try:
		formula = parse_formula(text, VALUES)
		value = formula.decimal(VALUES)
	except FormulaError as error:
		require(
			1 <= error.position <= max(len(text), 1) + 1, f"position {error.position} of {len(text)} signs"
		)
		require(str(error).strip().endswith("."), f"a poor refusal: {error}")
		return REFUSED
	require(value.is_finite() and abs(value) <= LARGEST, f"the value {value}")
	require(value == parse_formula(formula.text, formula.names).decimal(VALUES), "two values of one formula")
	drawn = formula.array({name: float(number) for name, number in VALUES.items()}, is_strict=False)
	require(np.shape(drawn) == () and not math.isinf(drawn), f"the drawn value {drawn}")
	return TAKEN


def read_reply(body: str, is_html: bool) -> str:
	"""A reply decides only by the word that is all of its first line."""
	text = as_plain(body) if is_html else body
	answer = read_answer(text, ANSWERS)
	if answer is None:
		return REFUSED
	first = next(line for line in text.splitlines() if line.strip(TRIMMED))
	require(
		first.strip(TRIMMED).casefold() in {word.casefold() for word, _answer in ANSWERS},
		f"decided by {first!r}",
	)
	return TAKEN


def answer_survey(questions: list[dict], entered: dict[str, dict[str, str]]) -> str:
	"""Answers are refused by question, or scored on 0 to 100; no text of theirs can become markup."""
	asked = [
		Question(**{**values, "weight": Decimal(values["weight"]), "low_score": Decimal(values["low_score"])})
		for values in questions
	]
	given = {key: Given(**parts) for key, parts in entered.items()}
	try:
		response = judge(asked, given)
	except AnswersRefusedError as error:
		require(
			set(error.problems) <= {"", *(question.key for question in asked)}, "a problem of no question"
		)
		require(all(str(text).strip() for text in error.problems.values()), "a problem without a sentence")
		return REFUSED
	require(response.score is None or 0 <= response.score <= 100, f"the score {response.score}")
	require(response.nps is None or 0 <= response.nps <= 10, f"the mark {response.nps}")
	for answer in response.answers:
		stored = as_stored_text(answer.comment)
		require(not {"<", ">", '"'} & set(stored), f"markup is stored: {stored!r}")
	return TAKEN


@dataclass(frozen=True)
class Target:
	"""What is fuzzed; of a hundred cases `share` go to it. `guided` takes bytes that a coverage-guided fuzzer makes."""

	share: int
	draw: Callable[[random.Random, Path], str]
	guided: Callable[[bytes, Path], str] | None = None


def _file(path: Path, data: bytes, layout: UsageLayout) -> str:
	path.write_bytes(data)
	return read_usage(path, layout)


def _draw_csv(columns: tuple[str, ...], layouts: tuple[str, ...]) -> Callable[[random.Random, Path], str]:
	return lambda draw, folder: _file(
		folder / "u.csv", generate.usage_csv(draw, columns), LAYOUTS[draw.choice(layouts)]
	)


def _draw_parquet(draw: random.Random, folder: Path) -> str:
	columns, layouts = draw.choice(
		((generate.OWN, ("own", "own strict")), (generate.FOCUS, ("focus", "focus quantity")))
	)
	return _file(folder / "u.parquet", parquet.usage_parquet(draw, columns), LAYOUTS[draw.choice(layouts)])


def _guided_text(check: Callable[[str], str]) -> Callable[[bytes, Path], str]:
	return lambda data, _folder: check(data.decode("utf-8", "replace"))


TARGETS = {
	"own CSV": Target(
		8,
		_draw_csv(generate.OWN, ("own", "own strict")),
		lambda data, folder: _file(folder / "u.csv", data, LAYOUTS["own"]),
	),
	"FOCUS CSV": Target(
		6,
		_draw_csv(generate.FOCUS, ("focus", "focus quantity")),
		lambda data, folder: _file(folder / "u.csv", data, LAYOUTS["focus"]),
	),
	"Parquet": Target(
		4, _draw_parquet, lambda data, folder: _file(folder / "u.parquet", data, LAYOUTS["own"])
	),
	"formulas": Target(
		40, lambda draw, _folder: work_formula_out(generate.formula(draw)), _guided_text(work_formula_out)
	),
	"mail replies": Target(
		21,
		lambda draw, _folder: read_reply(*generate.mail(draw)),
		_guided_text(lambda text: read_reply(text[1:], text[:1] < "a")),
	),
	"survey answers": Target(21, lambda draw, _folder: answer_survey(*generate.survey_answers(draw))),
}
