"""Figures of a Business Case as their reader sees them: stored in English once for all, shown in the reader's language and format."""

import json
import re
from collections.abc import Sequence

from frappe import _, _lt
from frappe.model.document import Document
from frappe.utils import fmt_money, formatdate

NONE, NEVER = "none", "never"
OPTION_TEXTS = ("internal_rates", "payback", "benefit_cost")
TEXTS = (
	*OPTION_TEXTS,
	"modified_rate",
	"return_on_investment",
	"discounted_payback",
	"chance_of_loss",
	"percentiles",
)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.(\d+))?")
YEARS = re.compile(r"(\S+) years")

# A note is stored as its kind and what it names.
Note = Sequence[str]
BETTER, LIVES, RATES, LOW, HIGH, UNCOVERED = "better", "lives", "rates", "low", "high", "uncovered"
NOTES = {
	BETTER: _lt("{0} has a higher net present value than the recommended option."),
	LIVES: _lt("Options last differently long: compare them by their equal annual value."),
	RATES: _lt("There are {0} internal rates of return; none of them decides alone."),
	LOW: _lt("With {0} at its low value, {1} is worth more."),
	HIGH: _lt("With {0} at its high value, {1} is worth more."),
	UNCOVERED: _lt("No fiscal year covers the spend from {0} to {1}."),
}


def figure(text: str | None) -> str:
	"""A stored figure (`12.34 %`, `2.50 years`, `none`) in the reader's language and the site's number format."""
	if text == NONE:
		return _("none")
	if text == NEVER:
		return _("never")
	shown = NUMBER.sub(lambda number: _number(number[0], len(number[1] or "")), text or "")
	return YEARS.sub(lambda years: _("{0} years").format(years[1]), shown)


def _number(text: str, precision: int) -> str:
	return fmt_money(text.replace(",", ""), precision=precision)


def in_english(note: Note) -> str:
	"""The sentence of a note as it is stored and searched."""
	return NOTES[note[0]].msg.format(*_names(note))


def _translated(note: Note) -> str:
	return str(NOTES[note[0]]).format(*_names(note))


def _names(note: Note) -> tuple[str, ...]:
	return tuple(map(formatdate, note[1:])) if note[0] == UNCOVERED else tuple(note[1:])


def reader_view(case: Document) -> dict:
	"""`texts`: what is shown for each stored figure; `notes`: what a reader of the figures must know, a line each."""
	stored = {case.get(field) for field in TEXTS}
	stored.update(row.get(field) for row in case.options for field in OPTION_TEXTS)
	return {"texts": {text: figure(text) for text in stored if text}, "notes": reader_notes(case)}


def reader_notes(case: Document) -> str:
	"""The notes in the reader's language; as stored where an older version wrote no parts of them."""
	notes: Sequence[Note] | None = json.loads(case.figures or "{}").get("notes")
	if notes is None:
		return case.figure_notes or ""
	return "\n".join(map(_translated, notes))
