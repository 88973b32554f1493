"""Cut the usage of a month into the parts that one policy each is valid in (FM-9; section "Tiers")."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from itil_strategy.domain.charging_types import (
	ByDay,
	ChargingRequest,
	GroupKey,
	Obstacle,
	OfferingTerms,
	UsageGroup,
)
from itil_strategy.domain.errors import PolicyOverlapError
from itil_strategy.domain.periods import Period, month_period
from itil_strategy.domain.policies import Policy, PolicyBook

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
COST_METHODS = ("Cost", "Cost Plus")
Segments = list[tuple[Period, Policy | None]]


@dataclass(slots=True)
class Part:
	"""All usage of a customer and offering on the days of a month that one policy is valid on.

	`quantity` is earlier and new usage, `new_quantity` the new one alone. `days` counts the days of the
	policy while the service lives, `life_days` all days of the month that it lives.
	"""

	customer: str
	offering: OfferingTerms
	month: date
	policy: Policy
	days: int
	life_days: int
	quantity: Decimal
	new_quantity: Decimal
	has_new_usage: bool
	is_late: bool

	@property
	def key(self) -> tuple[str, str, date]:
		return (self.customer, self.offering.offering, self.month)

	@property
	def fraction(self) -> Decimal:
		"""The share of the month for which fees and minimums are due."""
		return Decimal(self.days) / month_period(self.month).days

	@property
	def is_at_cost(self) -> bool:
		return self.policy.method in COST_METHODS


def merge_groups(groups: Iterable[UsageGroup]) -> dict[GroupKey, UsageGroup]:
	"""One group per customer, offering and month: usage may come in any number of pieces."""
	merged: dict[GroupKey, UsageGroup] = {}
	for group in groups:
		key = (group.customer, group.offering, group.month)
		known = merged.get(key)
		merged[key] = _joined(known, group) if known else group
	return merged


class MonthCutter:
	"""Cuts months; what cannot be cut is added to `obstacles`."""

	def __init__(self, request: ChargingRequest):
		self.request = request
		self.obstacles: dict[Obstacle, None] = {}
		self._book = PolicyBook(request.policies)
		self._offerings = {terms.offering: terms for terms in request.offerings}
		self._named: dict[str, set[str]] = defaultdict(set)
		for policy in request.policies:
			if policy.customer:
				self._named[policy.service].add(policy.customer)
		self._known_segments: dict[tuple, Segments | PolicyOverlapError] = {}

	def cut(self, key: GroupKey, group: UsageGroup | None) -> list[Part]:
		"""The parts of a month, one per policy; raises ValueError when days are needed and not given."""
		customer, offering, month = key
		terms = self._offerings.get(offering)
		if terms is None:
			self._add(
				"Offering", offering, f"Offering {offering} does not exist. Create it or correct the usage."
			)
			return []
		segments = self._segments(terms, customer, month)
		if isinstance(segments, PolicyOverlapError):
			self._add("Policy", offering, segments.message)
			return []
		prior = self.request.prior_usage.get(key)
		living = self._cut_to_life(terms, key, segments, group, prior is not None and prior[0] != 0)
		if len(living) > 1:
			return self._parts_by_day(terms, key, living, group, prior)
		return self._single_part(terms, key, living, group, prior)

	def _segments(self, terms: OfferingTerms, customer: str, month: date) -> Segments | PolicyOverlapError:
		"""Looked up once for all customers that no policy of the service names."""
		name = customer if customer in self._named[terms.service] else ""
		key = (terms.offering, name, month)
		if key not in self._known_segments:
			try:
				found: Segments | PolicyOverlapError = self._book.segments(
					terms.service, terms.offering, customer, month_period(month)
				)
			except PolicyOverlapError as error:
				found = error
			self._known_segments[key] = found
		return self._known_segments[key]

	def _cut_to_life(
		self,
		terms: OfferingTerms,
		key: GroupKey,
		segments: Segments,
		group: UsageGroup | None,
		has_prior: bool,
	) -> Segments:
		"""The segments while the service lives; usage on other days is an obstacle (SP-6)."""
		life = self._life(terms.service, key[2])
		if life == month_period(key[2]):
			return segments
		days = [day for day, quantity in group.by_day if quantity] if group and group.by_day else []
		is_outside = any(not life.contains(day) for day in days) if life else bool(group or has_prior)
		if is_outside:
			self._add(
				"Service",
				terms.service,
				f"Usage of {terms.offering} by {key[0]} in {key[2]:%Y-%m} is outside the life of service {terms.service}."
				" Correct the usage or the dates of the service.",
			)
		if life is None:
			return []
		cut = [(period.intersect(life), policy) for period, policy in segments]
		return [(period, policy) for period, policy in cut if period]

	def _life(self, service: str, month: date) -> Period | None:
		whole = month_period(month)
		terms = self.request.services.get(service)
		if terms is None:
			return whole
		start = terms.operational_from or whole.start
		end = terms.last_day + ONE_DAY if terms.last_day else whole.end
		return whole.intersect(Period(start, end)) if start < end else None

	def _single_part(
		self,
		terms: OfferingTerms,
		key: GroupKey,
		segments: Segments,
		group: UsageGroup | None,
		prior: tuple[Decimal, ByDay | None] | None,
	) -> list[Part]:
		if not segments:
			return []
		((period, policy),) = segments
		if policy is None:
			if group or (prior and prior[0]):
				self._add_missing_policy(key, period)
			return []
		new = group.quantity if group else ZERO
		before = prior[0] if prior else ZERO
		return [
			self._part(
				terms, key, policy, period.days, period.days, before + new, new, group, group is not None
			)
		]

	def _parts_by_day(
		self,
		terms: OfferingTerms,
		key: GroupKey,
		segments: Segments,
		group: UsageGroup | None,
		prior: tuple[Decimal, ByDay | None] | None,
	) -> list[Part]:
		"""A policy that a more exact one interrupts is one part: its usage is priced together."""
		new_days = _days(group.by_day, group.quantity, key) if group else ()
		all_days = (*new_days, *(_days(prior[1], prior[0], key) if prior else ()))
		by_policy: dict[str, list[tuple[Period, Policy]]] = defaultdict(list)
		for period, policy in segments:
			if policy is None:
				if any(period.contains(day) for day, _quantity in all_days):
					self._add_missing_policy(key, period)
			else:
				by_policy[policy.name].append((period, policy))
		life_days = sum(period.days for period, _policy in segments)
		parts = []
		for pieces in by_policy.values():
			periods = [period for period, _policy in pieces]
			new = _within(new_days, periods)
			parts.append(
				self._part(
					terms,
					key,
					pieces[0][1],
					sum(period.days for period in periods),
					life_days,
					sum(_within(all_days, periods), ZERO),
					sum(new, ZERO),
					group,
					bool(new),
				)
			)
		return parts

	def _part(
		self,
		terms: OfferingTerms,
		key: GroupKey,
		policy: Policy,
		days: int,
		life_days: int,
		quantity: Decimal,
		new_quantity: Decimal,
		group: UsageGroup | None,
		has_new_usage: bool,
	) -> Part:
		is_late = key[2] < self.request.period.start or bool(group and group.is_late)
		return Part(
			key[0], terms, key[2], policy, days, life_days, quantity, new_quantity, has_new_usage, is_late
		)

	def _add_missing_policy(self, key: GroupKey, period: Period) -> None:
		self._add(
			"Policy",
			key[1],
			f"No charging policy covers {key[1]} for {key[0]} from {period.start} to {period.end - ONE_DAY}."
			" Create one, with the method None if it is free.",
		)

	def _add(self, kind: str, subject: str, message: str) -> None:
		self.obstacles[Obstacle(kind, subject, message)] = None


def _joined(first: UsageGroup, second: UsageGroup) -> UsageGroup:
	days = None
	if first.by_day is not None and second.by_day is not None:
		days = (*first.by_day, *second.by_day)
	return UsageGroup(
		first.customer,
		first.service,
		first.offering,
		first.uom,
		first.month,
		first.quantity + second.quantity,
		days,
		first.is_late or second.is_late,
	)


def _days(by_day: ByDay | None, quantity: Decimal, key: GroupKey) -> ByDay:
	"""Usage by day, which must account for all of it."""
	if by_day is None and not quantity:
		return ()
	if by_day is None or sum((value for _day, value in by_day), ZERO) != quantity:
		raise ValueError(
			f"The policy for {key[1]} changes within {key[2]:%Y-%m}, so usage of {key[0]} is needed by day."
		)
	return by_day


def _within(days: ByDay, periods: list[Period]) -> list[Decimal]:
	return [quantity for day, quantity in days if any(period.contains(day) for period in periods)]


def prior_keys_sharing_costs(
	request: ChargingRequest, groups: Mapping[GroupKey, UsageGroup]
) -> Iterable[GroupKey]:
	"""Earlier usage of services charged at cost, in months that new usage touches: shares change for all."""
	at_cost = {policy.service for policy in request.policies if policy.method in COST_METHODS}
	service_of = {terms.offering: terms.service for terms in request.offerings if terms.service in at_cost}
	touched = {(service_of.get(offering), month) for _customer, offering, month in groups}
	for key in request.prior_usage:
		service = service_of.get(key[1])
		if service and (service, key[2]) in touched:
			yield key
