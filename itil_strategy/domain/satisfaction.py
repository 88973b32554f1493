"""Figures of satisfaction: NPS, scores on a common scale, response rate (BR-7). All in exact fractions.

A segment is a `Tally` of counts. Counts add up, so every figure of a whole comes from the same answers as
the figures of its parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from itil_strategy.domain.retirement_measures import total
from itil_strategy.domain.text import _

PROMOTER, PASSIVE, DETRACTOR = _("Promoter"), _("Passive"), _("Detractor")
NPS_MINIMUM, NPS_MAXIMUM = 0, 10
LOWEST_PROMOTER, HIGHEST_DETRACTOR = 9, 6
FULL = 100
COUNTS = ("delivered", "answered", "promoters", "passives", "detractors", "scored")
# Length of a reporting period in months.
PERIODS = {_("Month"): 1, _("Quarter"): 3, _("Half-Year"): 6, _("Year"): 12}
Key = TypeVar("Key", bound=Hashable)


def nps_group(value: int) -> str:
	"""Promoter from 9, detractor up to 6, passive between."""
	if value >= LOWEST_PROMOTER:
		return PROMOTER
	return DETRACTOR if value <= HIGHEST_DETRACTOR else PASSIVE


def common_scale(
	value: Fraction | int, minimum: Fraction | int, maximum: Fraction | int, is_reversed: bool = False
) -> Fraction:
	"""The value from 0 (worst) to 100 (best): (v − min) ÷ (max − min); on a reversed scale less is better."""
	share = FULL * (Fraction(value) - minimum) / (Fraction(maximum) - minimum)
	return FULL - share if is_reversed else share


def weighted_score(parts: Iterable[tuple[Fraction, Fraction]]) -> Fraction | None:
	"""Σ weight × score ÷ Σ weight over (weight, score) of what was answered; None when nothing weighs."""
	weights, total = Fraction(0), Fraction(0)
	for weight, score in parts:
		weights += weight
		total += weight * score
	return total / weights if weights else None


@dataclass(frozen=True, slots=True)
class Tally:
	"""Counts of a segment.

	- `delivered`: invitations that reached their contact; an expired one counts here and nowhere else
	- `answered`: those of them that were answered
	- `promoters`, `passives`, `detractors`: answers to the question of recommendation
	- `scored`, `score_sum`: answers that have a score on the common scale, and the sum of these scores
	"""

	delivered: int = 0
	answered: int = 0
	promoters: int = 0
	passives: int = 0
	detractors: int = 0
	scored: int = 0
	score_sum: Fraction = Fraction(0)

	def __add__(self, other: Tally) -> Tally:
		return Tally(
			self.delivered + other.delivered,
			self.answered + other.answered,
			self.promoters + other.promoters,
			self.passives + other.passives,
			self.detractors + other.detractors,
			self.scored + other.scored,
			self.score_sum + other.score_sum,
		)

	@property
	def nps_answers(self) -> int:
		return self.promoters + self.passives + self.detractors

	@property
	def nps(self) -> Fraction | None:
		"""% promoters − % detractors of all who answered, passives included; None without answers."""
		if not self.nps_answers:
			return None
		return Fraction(FULL * (self.promoters - self.detractors), self.nps_answers)

	@property
	def csat(self) -> Fraction | None:
		"""Mean score, 0 to 100; None without scores."""
		return self.score_sum / self.scored if self.scored else None

	@property
	def response_rate(self) -> Fraction | None:
		"""% of delivered invitations that were answered; None when nothing was delivered."""
		return Fraction(FULL * self.answered, self.delivered) if self.delivered else None


def add_up(tallies: Iterable[Tally]) -> Tally:
	"""The whole of several segments."""
	parts = list(tallies)
	if len(parts) == 1:
		return parts[0]
	counts = (sum(getattr(part, name) for part in parts) for name in COUNTS)
	return Tally(*counts, total(part.score_sum for part in parts))


def segments(rows: Iterable[tuple[Key, Tally]], by: Callable[[Key], Hashable]) -> dict[Hashable, Tally]:
	"""Segments by what `by` makes of the key; together they are all rows."""
	parts: dict[Hashable, list[Tally]] = defaultdict(list)
	for key, tally in rows:
		parts[by(key)].append(tally)
	return {segment: add_up(members) for segment, members in parts.items()}


def rounded_figures(tally: Tally) -> dict[str, float | None]:
	"""NPS, score and response rate, each the float nearest to its fraction; a report of many rows makes no fractions."""
	score, scored = tally.score_sum, tally.scored
	return {
		"nps": FULL * (tally.promoters - tally.detractors) / tally.nps_answers if tally.nps_answers else None,
		"csat": score.numerator / (score.denominator * scored) if scored else None,
		"response_rate": FULL * tally.answered / tally.delivered if tally.delivered else None,
	}


def period_start(month: date, period: str) -> date:
	"""First day of the calendar period that the month lies in."""
	length = PERIODS[period]
	return date(month.year, (month.month - 1) // length * length + 1, 1)


def period_label(start: date, period: str) -> str:
	"""2026-03, 2026-Q1, 2026-H1 or 2026."""
	number = (start.month - 1) // PERIODS[period] + 1
	suffix = {1: f"-{start.month:02d}", 3: f"-Q{number}", 6: f"-H{number}", 12: ""}[PERIODS[period]]
	return f"{start.year}{suffix}"
