"""Kano: what a feature is to customers, from how they feel with it and without it (features 6.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from itil_strategy.domain.needs import COULD, MUST, SHOULD, WONT
from itil_strategy.domain.text import _

REACTIONS = (_("Like"), _("Must be"), _("Neutral"), _("Live with"), _("Dislike"))
ATTRACTIVE, ONE_DIMENSIONAL, MUST_BE = _("Attractive"), _("One-dimensional"), _("Must-be")
INDIFFERENT, REVERSE, QUESTIONABLE = _("Indifferent"), _("Reverse"), _("Questionable")
CATEGORIES = (MUST_BE, ONE_DIMENSIONAL, ATTRACTIVE, INDIFFERENT, REVERSE, QUESTIONABLE)
# The priority that a category suggests; a questionable one suggests none.
MOSCOW = {
	MUST_BE: MUST,
	ONE_DIMENSIONAL: SHOULD,
	ATTRACTIVE: COULD,
	INDIFFERENT: WONT,
	REVERSE: WONT,
}
SEPARATOR = " | "
FULL = 100
_CODES = {category[0]: category for category in CATEGORIES}
# Rows: how they feel with it. Columns: how they feel without it. Both in the order of REACTIONS.
_ROWS = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")


def kano_category(functional: str, dysfunctional: str) -> str:
	"""The category of a pair of reactions."""
	for reaction in (functional, dysfunctional):
		if reaction not in REACTIONS:
			raise ValueError(f"{reaction!r} is no answer. Choose one of {', '.join(REACTIONS)}.")
	return _CODES[_ROWS[REACTIONS.index(functional)][REACTIONS.index(dysfunctional)]]


def join_reactions(functional: str, dysfunctional: str) -> str:
	"""Both reactions as one stored value."""
	return f"{functional}{SEPARATOR}{dysfunctional}"


def split_reactions(raw: str) -> tuple[str, str]:
	"""The reactions of a stored value."""
	functional, dysfunctional = raw.split(SEPARATOR)
	return functional, dysfunctional


@dataclass(frozen=True, slots=True)
class KanoResult:
	"""Answers per category, and what they say; rates in percent, None without answers."""

	counts: Mapping[str, int]

	@property
	def answers(self) -> int:
		return sum(self.counts.values())

	@property
	def category(self) -> str | None:
		"""The most frequent category; of equally frequent ones the one that binds more (M, O, A, I, R, Q)."""
		if not self.answers:
			return None
		return max(CATEGORIES, key=lambda name: (self.counts[name], -CATEGORIES.index(name)))

	@property
	def moscow(self) -> str | None:
		"""The priority that the answers suggest; none where they contradict themselves or are missing."""
		return MOSCOW.get(self.category) if self.category else None

	@property
	def better(self) -> Fraction | None:
		"""(A + O) ÷ (A + O + M + I): how much satisfaction it can add, 0 to 1."""
		return self._share(ATTRACTIVE, ONE_DIMENSIONAL)

	@property
	def worse(self) -> Fraction | None:
		"""−(O + M) ÷ (A + O + M + I): how much its lack takes away, −1 to 0."""
		share = self._share(ONE_DIMENSIONAL, MUST_BE)
		return None if share is None else -share

	def rate(self, category: str) -> Fraction | None:
		"""Percent of the answers in the category."""
		return Fraction(FULL * self.counts[category], self.answers) if self.answers else None

	def _share(self, *categories: str) -> Fraction | None:
		clear = sum(self.counts[name] for name in (ATTRACTIVE, ONE_DIMENSIONAL, MUST_BE, INDIFFERENT))
		return Fraction(sum(self.counts[name] for name in categories), clear) if clear else None


def evaluate_kano(pairs: Iterable[tuple[str, str, int]]) -> KanoResult:
	"""Count (functional, dysfunctional, how often) by category."""
	counts = dict.fromkeys(CATEGORIES, 0)
	for functional, dysfunctional, times in pairs:
		counts[kano_category(functional, dysfunctional)] += times
	return KanoResult(counts)
