"""Customer needs: their score and rank, the way through their states, the weight of who asks (BR-1, BR-8, BR-11)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import lcm

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.text import Text, _

DRAFT, SUBMITTED, ASSESSED, ACCEPTED = "Draft", "Submitted", "Assessed", "Accepted"
DECLINED, IN_DELIVERY, DELIVERED, CONFIRMED = "Declined", "In Delivery", "Delivered", "Confirmed"
# Raised and neither delivered nor declined: what is ranked and what can be in conflict.
OPEN_STATES = (SUBMITTED, ASSESSED, ACCEPTED, IN_DELIVERY)
FINAL_STATES = (DECLINED, CONFIRMED)
# What was agreed: from here on the need stays as it was accepted.
AGREED_STATES = (ACCEPTED, IN_DELIVERY, DELIVERED, *FINAL_STATES)
SHOWN_AS_NEED = (ASSESSED, ACCEPTED, IN_DELIVERY, DELIVERED, CONFIRMED)

MUST, SHOULD, COULD, WONT = "Must", "Should", "Could", "Won't"
MIN_PART, MAX_PART = 1, 100
SECONDS_PER_DAY = 86_400
# action: (states it starts from, state it leads to)
ACTIONS = {
	"submit_need": ((DRAFT,), SUBMITTED),
	"assess": ((SUBMITTED, ASSESSED), ASSESSED),
	"accept": ((ASSESSED,), ACCEPTED),
	"decline": ((SUBMITTED, ASSESSED, ACCEPTED), DECLINED),
	"start_delivery": ((ACCEPTED,), IN_DELIVERY),
	"deliver": ((IN_DELIVERY,), DELIVERED),
	"confirm": ((DELIVERED,), CONFIRMED),
	"reject_delivery": ((DELIVERED,), IN_DELIVERY),
}


class NeedMoveError(DomainError):
	"""The step is not possible in the state of the need; `text` says it for translation."""

	def __init__(self, text: Text):
		super().__init__(str(text))
		self.text = text


class ScoreError(DomainError):
	"""A part of the score is missing or outside 1 to 100; `part` names it."""

	def __init__(self, part: str, number: int):
		super().__init__(f"{part} is {number}; it must be between {MIN_PART} and {MAX_PART}.")
		self.part = part
		self.number = number


@dataclass(frozen=True, slots=True)
class Score:
	"""The parts of a need's score, each 1 to 100 relative to other needs."""

	value: int
	time_criticality: int
	risk_reduction: int
	size: int

	def __post_init__(self):
		parts = (self.size, self.value, self.time_criticality, self.risk_reduction)
		if min(parts) >= MIN_PART and max(parts) <= MAX_PART:
			return
		for part in ("size", "value", "time_criticality", "risk_reduction"):
			number = getattr(self, part)
			if not MIN_PART <= number <= MAX_PART:
				raise ScoreError(part, number)

	@property
	def points(self) -> int:
		"""value + time criticality + risk reduction."""
		return self.value + self.time_criticality + self.risk_reduction

	@property
	def wsjf(self) -> Fraction:
		"""(value + time criticality + risk reduction) ÷ size, exact."""
		return Fraction(self.points, self.size)


@dataclass(frozen=True, slots=True)
class RankedNeed:
	"""What the rank of a need depends on; `raised_at` breaks ties, the older one first."""

	name: str
	raised_at: datetime
	score: Score | None = None
	customer: str = ""
	service: str | None = None
	unmet_musts: int = 0


@dataclass(frozen=True, slots=True)
class ServiceRank:
	"""How much is asked of a service."""

	service: str
	rank: int
	wsjf: Fraction
	needs: int
	customers: int
	unmet_musts: int


def next_state(state: str, action: str) -> str:
	"""Where the action leads from the state. Raises NeedMoveError when it cannot be done there."""
	starts, target = ACTIONS[action]
	if state not in starts:
		raise NeedMoveError(
			Text(
				_("The need is {0}; this step is possible while it is {1}. Reload it to see what is next."),
				(state, " / ".join(starts)),
			)
		)
	return target


def possible_actions(state: str) -> list[str]:
	"""What can be done with a need in the state."""
	return [action for action, (starts, _target) in ACTIONS.items() if state in starts]


def rank_needs(needs: Iterable[RankedNeed]) -> dict[str, int]:
	"""Rank by name, 1 first: higher score, then older, then name. A need without score has no rank."""
	scored = [need for need in needs if need.score]
	# Whole numbers over one denominator: of very many fractions each comparison multiplies, and meets a class.
	common = lcm(*{need.score.size for need in scored})
	scored.sort(
		key=lambda need: (-need.score.points * (common // need.score.size), need.raised_at, need.name)
	)
	return {need.name: position for position, need in enumerate(scored, start=1)}


def rank_services(needs: Iterable[RankedNeed]) -> list[ServiceRank]:
	"""Services by the sum of the scores of their open needs, then customers, unmet Musts and name (BR-11)."""
	groups: dict[str, list[RankedNeed]] = defaultdict(list)
	for need in needs:
		if need.service:
			groups[need.service].append(need)
	sums = []
	for service, members in groups.items():
		wsjf = _sum_scores(need.score for need in members if need.score)
		customers = len({need.customer for need in members})
		musts = sum(need.unmet_musts for need in members)
		sums.append((-wsjf, -customers, -musts, service, len(members)))
	return [
		ServiceRank(service, position, -wsjf, count, -customers, -musts)
		for position, (wsjf, customers, musts, service, count) in enumerate(sorted(sums), start=1)
	]


def _sum_scores(scores: Iterable[Score]) -> Fraction:
	"""Σ points ÷ size, exact: the points of each size together, then one denominator for all."""
	points: dict[int, int] = defaultdict(int)
	for score in scores:
		points[score.size] += score.points
	common = lcm(*points)
	return Fraction(sum(total * (common // size) for size, total in points.items()), common)


def disagreements(rows: Iterable[tuple[str, str, str]]) -> list[str]:
	"""Topics on which stakeholders of one need differ, from (topic, stakeholder, MoSCoW)."""
	rows = list(rows)
	if len({topic for topic, _stakeholder, _moscow in rows}) == len(rows):
		return []
	views: dict[str, set[str]] = defaultdict(set)
	for topic, _stakeholder, moscow in rows:
		views[topic].add(moscow)
	return sorted(topic for topic, found in views.items() if len(found) > 1)


def customer_weights(
	asked: Iterable[tuple[str, str]],
	served: Mapping[str, Sequence[str]],
	weights: Mapping[str, Decimal],
) -> dict[str, Decimal]:
	"""Percent of the strategy that each customer stands for: the objectives served by the services it asks for.

	`asked` is (customer, service), `served` the objectives of a service, `weights` those of the active
	objectives. Shown beside the score of a need and never part of it (BR-1).
	"""
	total = sum(weights.values(), Decimal(0))
	objectives: dict[str, set[str]] = defaultdict(set)
	for customer, service in asked:
		objectives[customer].update(name for name in served.get(service, ()) if name in weights)
	if not total:
		return dict.fromkeys(objectives, Decimal(0))
	return {
		customer: sum((weights[name] for name in names), Decimal(0)) * 100 / total
		for customer, names in objectives.items()
	}


def days_between(start: datetime, end: datetime) -> Decimal:
	"""Days from start to end with one decimal, never below zero."""
	seconds = max((end - start).total_seconds(), 0)
	return (Decimal(str(seconds)) / SECONDS_PER_DAY).quantize(Decimal("0.1"))
