"""Which charging policy applies on a day (FM-9): exact before general, and never two at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

from itil_strategy.domain.errors import PolicyOverlapError
from itil_strategy.domain.periods import Period
from itil_strategy.domain.pricing import Tier

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Policy:
	"""A charging policy; `valid_to` is the last day, inclusive, None until further notice."""

	name: str
	method: str
	currency: str
	valid_from: date
	valid_to: date | None
	service: str
	offering: str | None = None
	customer: str | None = None
	unit_price: Decimal = ZERO
	fixed_fee: Decimal = ZERO
	minimum: Decimal = ZERO
	package_size: Decimal = ZERO
	markup_percent: Decimal = ZERO
	rounding_precision: int | None = None
	tiers: tuple[Tier, ...] = ()

	@property
	def validity(self) -> Period:
		end = date.max if self.valid_to is None else self.valid_to + timedelta(days=1)
		return Period(self.valid_from, end)

	@property
	def subject(self) -> tuple[str, str | None, str | None]:
		"""What the policy is for: policies with the same subject are equally exact."""
		return (self.service, self.offering, self.customer)

	@property
	def rank(self) -> tuple[bool, bool]:
		"""Larger is more exact: a customer's own policy first, then one for the offering."""
		return (self.customer is not None, self.offering is not None)

	def applies_to(self, offering: str, customer: str) -> bool:
		return self.offering in (None, offering) and self.customer in (None, customer)


class PolicyBook:
	"""Policies by service, so that a look-up costs the policies of one service only."""

	def __init__(self, policies: Iterable[Policy]):
		self._by_service: dict[str, list[Policy]] = defaultdict(list)
		for policy in policies:
			self._by_service[policy.service].append(policy)

	def for_service(self, service: str) -> Sequence[Policy]:
		"""The policies of the service."""
		return self._by_service.get(service, ())

	def candidates(self, service: str, offering: str, customer: str) -> list[Policy]:
		"""Policies that may apply to the offering and customer, whatever the day."""
		return [policy for policy in self.for_service(service) if policy.applies_to(offering, customer)]

	def applicable(self, service: str, offering: str, customer: str, day: date) -> Policy | None:
		"""The most exact policy valid on the day; PolicyOverlapError when two are equally exact."""
		return _most_exact(self.candidates(service, offering, customer), day)

	def segments(
		self, service: str, offering: str, customer: str, period: Period
	) -> list[tuple[Period, Policy | None]]:
		"""The period cut where the policy changes; neighbouring parts with the same policy are one."""
		candidates = self.candidates(service, offering, customer)
		cuts = {period.start, period.end}
		for policy in candidates:
			validity = policy.validity
			cuts.update(day for day in (validity.start, validity.end) if period.start < day < period.end)
		days = sorted(cuts)
		segments: list[tuple[Period, Policy | None]] = []
		for start, end in pairwise(days):
			policy = _most_exact(candidates, start)
			if segments and segments[-1][1] == policy:
				start = segments.pop()[0].start
			segments.append((Period(start, end), policy))
		return segments


def applicable(
	policies: Iterable[Policy], service: str, offering: str, customer: str, day: date
) -> Policy | None:
	"""See PolicyBook.applicable."""
	return PolicyBook(policies).applicable(service, offering, customer, day)


def segments(
	policies: Iterable[Policy], service: str, offering: str, customer: str, period: Period
) -> list[tuple[Period, Policy | None]]:
	"""See PolicyBook.segments."""
	return PolicyBook(policies).segments(service, offering, customer, period)


def find_overlaps(policies: Iterable[Policy]) -> list[tuple[str, str]]:
	"""Pairs of names of equally exact policies that are valid on the same day, each pair once, sorted."""
	by_subject: dict[tuple, list[Policy]] = defaultdict(list)
	for policy in policies:
		by_subject[policy.subject].append(policy)
	overlaps = []
	for group in by_subject.values():
		for first, second in combinations(group, 2):
			if first.validity.intersect(second.validity):
				overlaps.append(tuple(sorted((first.name, second.name))))
	return sorted(overlaps)


def _most_exact(candidates: Iterable[Policy], day: date) -> Policy | None:
	valid = [policy for policy in candidates if policy.validity.contains(day)]
	if not valid:
		return None
	rank = max(policy.rank for policy in valid)
	best = sorted((policy for policy in valid if policy.rank == rank), key=lambda policy: policy.name)
	if len(best) > 1:
		raise PolicyOverlapError((best[0].name, best[1].name))
	return best[0]
