"""Needs that cannot all be met as they stand (BR-2): found by rule, each reported until it is mediated.

A conflict belongs to a service and a subject: an offering, a topic, or two topics that exclude each
other. `mediated` holds, per subject, the sets of needs that a mediation has brought together; what one of
them covers is not found again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from itil_strategy.domain.needs import ACCEPTED, IN_DELIVERY, MUST, SHOULD, WONT

RESOURCE, FUNCTION = "Resource", "Function"
MONTHS_PER_YEAR = 12
WANTED = (MUST, SHOULD)
AGREED = (ACCEPTED, IN_DELIVERY)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wish:
	"""One row of a need's requirements."""

	topic: str
	moscow: str
	exclusive_with: str | None = None


@dataclass(frozen=True, slots=True)
class NeedInConflict:
	"""An open need as far as conflicts depend on it; an end of None is until further notice."""

	name: str
	service: str
	customer: str = ""
	state: str = ""
	offering: str | None = None
	units: Decimal = ZERO
	needed_from: date | None = None
	needed_to: date | None = None
	wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Commitment:
	"""Units promised to a customer each month."""

	customer: str
	offering: str
	units: Decimal
	valid_from: date
	valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Subject:
	"""What a conflict is about; `about` is the offering, the topic, or the two topics in order."""

	kind: str
	service: str
	about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overload:
	"""The month with the largest shortfall, and through which months it goes on."""

	first_month: date
	last_month: date | None
	worst_month: date
	asked: Decimal
	committed: Decimal
	capacity: Decimal


@dataclass(frozen=True, slots=True)
class Conflict:
	"""Needs that stand against each other over a subject."""

	subject: Subject
	needs: tuple[str, ...]
	overload: Overload | None = None


@dataclass(slots=True)
class _Topic:
	"""Who wants a topic how, within one service."""

	musts: set[str] = field(default_factory=set)
	wonts: set[str] = field(default_factory=set)
	wanted: set[str] = field(default_factory=set)


Mediated = Mapping[Subject, Sequence[frozenset[str]]]


def find_conflicts(
	needs: Iterable[NeedInConflict],
	capacities: Mapping[str, Decimal],
	commitments: Iterable[Commitment],
	today: date,
	mediated: Mediated | None = None,
) -> list[Conflict]:
	"""Every conflict among the open needs that no mediation covers, in a fixed order.

	An offering that `capacities` does not name has no known capacity and is not judged.
	"""
	mediated = mediated or {}
	by_service: dict[str, list[NeedInConflict]] = defaultdict(list)
	for need in needs:
		by_service[need.service].append(need)
	promised: dict[str, list[Commitment]] = defaultdict(list)
	for commitment in commitments:
		promised[commitment.offering].append(commitment)
	found: list[Conflict] = []
	for service in sorted(by_service):
		members = by_service[service]
		found += _find_overloads(service, members, capacities, promised, today, mediated)
		found += _find_contradictions(service, members, mediated)
	return found


# Capacity


def _find_overloads(
	service: str,
	needs: Sequence[NeedInConflict],
	capacities: Mapping[str, Decimal],
	promised: Mapping[str, Sequence[Commitment]],
	today: date,
	mediated: Mediated,
) -> Iterable[Conflict]:
	by_offering: dict[str, list[NeedInConflict]] = defaultdict(list)
	for need in needs:
		if need.offering in capacities and need.units > 0:
			by_offering[need.offering].append(need)
	for offering in sorted(by_offering):
		members = by_offering[offering]
		if len(members) < 2:
			continue
		subject = Subject(RESOURCE, service, (offering,))
		covered = mediated.get(subject, ())
		for names, overload in _overloads(
			members, capacities[offering], promised.get(offering, ()), month_index(today)
		):
			if not any(names <= known for known in covered):
				yield Conflict(subject, tuple(sorted(names)), overload)


def _overloads(
	needs: Sequence[NeedInConflict], capacity: Decimal, commitments: Sequence[Commitment], this_month: int
) -> list[tuple[frozenset[str], Overload]]:
	"""Months over capacity with the needs in them; a set within its neighbour's is one conflict with it."""
	bounds = _boundaries([*map(_window, needs), *map(_validity, commitments)], this_month)
	found: list[tuple[frozenset[str], Overload]] = []
	for position, start in enumerate(bounds):
		end = bounds[position + 1] - 1 if position + 1 < len(bounds) else None
		valid = [item for item in commitments if _covers(_validity(item), start)]
		holders = {item.customer for item in valid}
		# An accepted need of a customer who holds a commitment is in the commitment already.
		asking = [
			need
			for need in needs
			if _covers(_window(need), start) and not (need.state in AGREED and need.customer in holders)
		]
		committed = sum((item.units for item in valid), ZERO)
		asked = sum((need.units for need in asking), ZERO)
		if len(asking) < 2 or asked + committed <= capacity:
			continue
		overload = Overload(
			month_start(start),
			None if end is None else month_start(end),
			month_start(start),
			asked,
			committed,
			capacity,
		)
		_join(found, frozenset(need.name for need in asking), overload)
	return found


def _join(found: list[tuple[frozenset[str], Overload]], names: frozenset[str], overload: Overload) -> None:
	"""Add to the last one when one set is within the other; else it stands for itself."""
	if found:
		known, before = found[-1]
		if known <= names or names <= known:
			worst = max(before, overload, key=lambda item: item.asked + item.committed)
			found[-1] = (
				known | names,
				replace(worst, first_month=before.first_month, last_month=overload.last_month),
			)
			return
	found.append((names, overload))


def _boundaries(windows: Iterable[tuple[int, int | None]], this_month: int) -> list[int]:
	"""First months of stretches in which nothing changes, from this month on."""
	bounds = {this_month}
	for start, end in windows:
		bounds.add(max(start, this_month))
		if end is not None and end >= this_month:
			bounds.add(end + 1)
	return sorted(bounds)


def _covers(window: tuple[int, int | None], month: int) -> bool:
	return window[0] <= month and (window[1] is None or month <= window[1])


def _window(need: NeedInConflict) -> tuple[int, int | None]:
	return _months(need.needed_from, need.needed_to)


def _validity(commitment: Commitment) -> tuple[int, int | None]:
	return _months(commitment.valid_from, commitment.valid_to)


def _months(start: date | None, end: date | None) -> tuple[int, int | None]:
	"""Calendar months touched; one day of a month asks for the capacity of the month."""
	return month_index(start) if start else 0, month_index(end) if end else None


def month_index(day: date) -> int:
	return day.year * MONTHS_PER_YEAR + day.month - 1


def month_start(index: int) -> date:
	return date(index // MONTHS_PER_YEAR, index % MONTHS_PER_YEAR + 1, 1)


# Wishes


def _find_contradictions(
	service: str, needs: Sequence[NeedInConflict], mediated: Mediated
) -> Iterable[Conflict]:
	topics: dict[str, _Topic] = defaultdict(_Topic)
	exclusive: set[tuple[str, str]] = set()
	for need in needs:
		for wish in need.wishes:
			topic = topics[wish.topic]
			if wish.moscow == MUST:
				topic.musts.add(need.name)
			if wish.moscow == WONT:
				topic.wonts.add(need.name)
			if wish.moscow in WANTED:
				topic.wanted.add(need.name)
			if wish.exclusive_with and wish.exclusive_with != wish.topic:
				exclusive.add(tuple(sorted((wish.topic, wish.exclusive_with))))
	sides = [((name,), topic.musts, topic.wonts) for name, topic in topics.items()]
	sides += [
		((one, other), topics[one].wanted, topics[other].wanted)
		for one, other in exclusive
		if one in topics and other in topics
	]
	for about, first, second in sorted(sides, key=lambda side: side[0]):
		subject = Subject(FUNCTION, service, about)
		names = _opposed(first, second, mediated.get(subject, ()))
		if names:
			yield Conflict(subject, tuple(sorted(names)))


def _opposed(first: Collection[str], second: Collection[str], mediated: Sequence[frozenset[str]]) -> set[str]:
	"""Needs of either side that face another need over there, unless a mediation covers the pair."""
	if not first or not second or any(known.issuperset((*first, *second)) for known in mediated):
		return set()
	return _facing(first, second, mediated) | _facing(second, first, mediated)


def _facing(one: Collection[str], other: Collection[str], mediated: Sequence[frozenset[str]]) -> set[str]:
	facing = set()
	for name in one:
		together = [known for known in mediated if name in known]
		if any(opposite != name and not any(opposite in known for known in together) for opposite in other):
			facing.add(name)
	return facing
