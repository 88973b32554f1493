"""How a complaint, a compliment or a suggestion goes from its receipt to its close (BR-5, BR-6)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.text import Text, _

COMPLAINT, COMPLIMENT, SUGGESTION = NATURES = ("Complaint", "Compliment", "Suggestion")
CRITICAL, HIGH, MEDIUM, LOW = SEVERITIES = ("Critical", "High", "Medium", "Low")
NEW, ACKNOWLEDGED, IN_PROGRESS = "New", "Acknowledged", "In Progress"
ON_HOLD, RESPONDED, REOPENED, CLOSED = "On Hold", "Responded", "Reopened", "Closed"
WAITING = (NEW, ACKNOWLEDGED, IN_PROGRESS, REOPENED)  # for our response, with the clock running
NO_REMEDY, CREDIT, QUALITY_ACTION = "None", "Credit", "Quality Action"
ACCEPT, REOPEN = "accept", "reopen"
# What may be done in which status, and what follows.
MOVES = {
	"acknowledge": ((NEW,), ACKNOWLEDGED),
	"start": ((NEW, ACKNOWLEDGED, REOPENED), IN_PROGRESS),
	"hold": (WAITING, ON_HOLD),
	"resume": ((ON_HOLD,), IN_PROGRESS),
	"respond": (WAITING, RESPONDED),
	REOPEN: ((RESPONDED, CLOSED), REOPENED),
	"close": ((RESPONDED,), CLOSED),
}
REOPENINGS_FOR_MANAGER = 3
MONTHS_PER_YEAR = 12
QUOTE = re.compile(r"^\s*(>|\|)")
TRIMMED = " \t.!*_\"'“”„«»"


class FeedbackMoveError(DomainError):
	"""The step is not possible in this status; `text` says it for translation."""

	def __init__(self, text: Text):
		super().__init__(str(text))
		self.text = text


@dataclass(frozen=True, slots=True)
class FeedbackFacts:
	"""What decides whether a feedback can be closed; `open_actions` are those not done yet."""

	nature: str
	has_response: bool
	findings: str = ""
	open_actions: tuple[str, ...] = ()
	remedy: str = NO_REMEDY
	credit_amount: Decimal = Decimal(0)
	credit_currency: str | None = None
	quality_action: str | None = None


def next_status(status: str, move: str) -> str:
	"""The status after the move. Raises FeedbackMoveError where it is not possible, naming where it is."""
	possible, following = MOVES[move]
	if status not in possible:
		raise FeedbackMoveError(
			Text(
				_("This is not possible in status {0}, only in {1}. Reload to see where it stands."),
				(status, ", ".join(possible)),
			)
		)
	return following


def possible_moves(status: str) -> tuple[str, ...]:
	"""What may be done in the status."""
	return tuple(move for move, (possible, _following) in MOVES.items() if status in possible)


def find_missing_to_close(facts: FeedbackFacts) -> list[Text]:
	"""Everything that stands in the way of closing, each with its way out; a complaint asks for most."""
	missing = []
	if not facts.has_response:
		missing.append(Text(_("No response was sent. Send one with Respond.")))
	if facts.open_actions:
		missing.append(
			Text(
				_("Actions are not done: {0}. Tick Done, or remove what is not needed."),
				("; ".join(facts.open_actions),),
			)
		)
	if facts.nature == COMPLAINT and not facts.findings.strip():
		missing.append(Text(_("Findings are empty. Write down what was found.")))
	if facts.remedy == CREDIT and (facts.credit_amount <= 0 or not facts.credit_currency):
		missing.append(
			Text(
				_(
					"The remedy is a credit without amount or currency. Fill in both, or choose another remedy."
				)
			)
		)
	if facts.remedy == QUALITY_ACTION and not facts.quality_action:
		missing.append(
			Text(_("The remedy is a quality action, but there is none. Create it, or choose another remedy."))
		)
	return missing


def goes_to_manager(reopen_count: int) -> bool:
	"""From the third reopening on the service owner's manager takes over."""
	return reopen_count >= REOPENINGS_FOR_MANAGER


def read_answer(text: str, words: Iterable[tuple[str, str]]) -> str | None:
	"""What a reply by e-mail decides: the answer whose word is all of its first line, else nothing.

	`words` are pairs of word and answer; case, signs around the word and empty lines before it do not count. A line
	that is quoted is not the writer's. So thanks, questions and automatic replies decide nothing.
	"""
	answers = {_key(word): answer for word, answer in words}
	for line in text.splitlines():
		if QUOTE.match(line):
			return None
		if _key(line):
			return answers.get(_key(line))
	return None


def _key(line: str) -> str:
	return line.strip(TRIMMED).casefold()


def find_target_hours(targets: Iterable[tuple[str, str, float]], nature: str, severity: str) -> float | None:
	"""Working hours to respond, from (nature, severity, hours); a row with the severity wins over one without."""
	found = {(row_nature, row_severity or ""): hours for row_nature, row_severity, hours in targets}
	return found.get((nature, severity), found.get((nature, "")))


def complaint_rate(complaints: int, customers: int, months: int) -> Decimal | None:
	"""Complaints per active customer and year, from what was counted in the months; None without customers."""
	if not customers or not months:
		return None
	rate = Fraction(complaints * MONTHS_PER_YEAR, customers * months)
	return Decimal(rate.numerator) / Decimal(rate.denominator)
