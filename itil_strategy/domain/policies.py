"""Which charging policy applies on a day (FM-9): exact before general, and never two at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise, product

from itil_strategy.domain.errors import DomainError, PolicyOverlapError
from itil_strategy.domain.periods import Period
from itil_strategy.domain.pricing import Tier

ZERO = Decimal(0)
Subject = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Policy:
	"""A charging policy; `valid_to` is the last day, inclusive, None until further notice.

	`company` is who charges by it; None is every company that delivers the service.

	Raises DomainError when it ends before it starts.
	"""

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
	company: str | None = None
	formula: str = ""

	def __post_init__(self) -> None:
		if self.valid_to is not None and self.valid_to < self.valid_from:
			raise DomainError(
				f"Policy {self.name} ends on {self.valid_to}, before it starts on {self.valid_from}. Correct one of the dates.",
				field="valid_to",
			)

	@property
	def validity(self) -> Period:
		# The last day of the calendar is a way to write "until further notice".
		open_ended = self.valid_to is None or self.valid_to == date.max
		return Period(self.valid_from, date.max if open_ended else self.valid_to + timedelta(days=1))

	@property
	def subject(self) -> Subject:
		"""What the policy is for: policies with the same subject are equally exact."""
		return (self.service, self.offering, self.customer)

	@property
	def rank(self) -> tuple[bool, bool]:
		"""Larger is more exact: a customer's own policy first, then one for the offering."""
		return (self.customer is not None, self.offering is not None)


class PolicyBook:
	"""Policies by subject, so that a look-up costs its candidates only, however many policies there are."""

	def __init__(self, policies: Iterable[Policy]):
		self._by_subject = _by_subject(policies)

	def candidates(self, service: str, offering: str, customer: str) -> list[Policy]:
		"""Policies that may apply to the offering and customer, whatever the day."""
		subjects = product((service,), (offering, None), (customer, None))
		return [policy for subject in subjects for policy in self._by_subject.get(subject, ())]

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
	overlaps = []
	for group in _by_subject(policies).values():
		for first, second in combinations(group, 2):
			one_company = first.company is None or second.company in (None, first.company)
			if one_company and first.validity.intersect(second.validity):
				overlaps.append(tuple(sorted((first.name, second.name))))
	return sorted(overlaps)


def _by_subject(policies: Iterable[Policy]) -> dict[Subject, list[Policy]]:
	groups: dict[Subject, list[Policy]] = defaultdict(list)
	for policy in policies:
		groups[policy.subject].append(policy)
	return groups


def _most_exact(candidates: Iterable[Policy], day: date) -> Policy | None:
	valid = [policy for policy in candidates if policy.validity.contains(day)]
	if not valid:
		return None
	rank = max(policy.rank for policy in valid)
	best = sorted((policy for policy in valid if policy.rank == rank), key=lambda policy: policy.name)
	if len(best) > 1:
		raise PolicyOverlapError((best[0].name, best[1].name))
	return best[0]
