"""Kano: what a feature means to customers, from how they would feel with it and without it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from itil_strategy.domain.needs import COULD, MUST, SHOULD, WONT

ANSWERS = ("Like", "Must-be", "Neutral", "Live-with", "Dislike")
ATTRACTIVE, ONE_DIMENSIONAL, MUST_BE = "A", "O", "M"
INDIFFERENT, REVERSE, QUESTIONABLE = "I", "R", "Q"
# Row: the answer to "how do you feel with it"; column: "how do you feel without it", in the order of ANSWERS.
TABLE = {
	"Like": "QAAAO",
	"Must-be": "RIIIM",
	"Neutral": "RIIIM",
	"Live-with": "RIIIM",
	"Dislike": "RRRRQ",
}
# Of two categories named equally often the one that would hurt more if it were missed.
ORDER = (MUST_BE, ONE_DIMENSIONAL, ATTRACTIVE, INDIFFERENT, REVERSE, QUESTIONABLE)
MOSCOW = {
	MUST_BE: MUST,
	ONE_DIMENSIONAL: SHOULD,
	ATTRACTIVE: COULD,
	INDIFFERENT: WONT,
	REVERSE: WONT,
}


@dataclass(frozen=True, slots=True)
class KanoResult:
	"""The answers of all customers on one feature; a figure is None when nothing is there to divide by."""

	counts: dict[str, int]
	category: str | None
	better: Fraction | None
	worse: Fraction | None
	questionable_rate: Fraction | None
	reverse_rate: Fraction | None

	@property
	def moscow(self) -> str | None:
		"""The priority that the answers suggest; none where they contradict themselves or are missing."""
		return MOSCOW.get(self.category) if self.category else None


def classify(functional: str, dysfunctional: str) -> str:
	"""The category of one customer's pair of answers."""
	for answer in (functional, dysfunctional):
		if answer not in ANSWERS:
			raise ValueError(f"{answer!r} is no answer. Choose one of {', '.join(ANSWERS)}.")
	return TABLE[functional][ANSWERS.index(dysfunctional)]


def evaluate(pairs: Iterable[tuple[str, str]]) -> KanoResult:
	"""Category by most answers, better and worse coefficients, rates of questionable and reverse answers."""
	found = Counter(classify(*pair) for pair in pairs)
	counts = {category: found[category] for category in ORDER}
	answers = sum(counts.values())
	base = answers - counts[REVERSE] - counts[QUESTIONABLE]
	return KanoResult(
		counts=counts,
		category=max(ORDER, key=lambda category: counts[category]) if answers else None,
		better=Fraction(counts[ATTRACTIVE] + counts[ONE_DIMENSIONAL], base) if base else None,
		worse=-Fraction(counts[ONE_DIMENSIONAL] + counts[MUST_BE], base) if base else None,
		questionable_rate=Fraction(counts[QUESTIONABLE], answers) if answers else None,
		reverse_rate=Fraction(counts[REVERSE], answers) if answers else None,
	)
