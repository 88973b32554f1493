"""Needs in memory for the search of conflicts: so many, and so many of each service, with a fixed seed."""

import random
import time
from datetime import date
from decimal import Decimal

from itil_strategy.domain.need_conflicts import Conflict, NeedInConflict, Wish, find_conflicts
from itil_strategy.domain.needs import ASSESSED, COULD, MUST, SHOULD, WONT

SEED = 20260101
TODAY = date(2026, 1, 15)
TOPICS = 30
WISHES = 4
CAPACITY = Decimal(40)


def make_needs(count: int, of_service: int) -> list[NeedInConflict]:
	"""Needs with four wishes each among the thirty topics, for units of the one offering of their service."""
	chance = random.Random(SEED)
	needs = []
	for number in range(count):
		start = chance.randrange(24)
		months = chance.randrange(1, 24)
		topics = chance.sample(range(TOPICS), WISHES)
		needs.append(
			NeedInConflict(
				name=f"CN-{number:06}",
				service=f"S-{number // of_service:05}",
				customer=f"C-{chance.randrange(500):03}",
				state=ASSESSED,
				offering=f"O-{number // of_service:05}",
				units=Decimal(chance.randrange(1, 20)),
				needed_from=_month(start),
				needed_to=_month(start + months),
				wishes=tuple(
					Wish(
						f"T-{topic:02}",
						chance.choices((MUST, SHOULD, COULD, WONT), (3, 3, 3, 1))[0],
						f"T-{(topic + 1) % TOPICS:02}" if chance.random() < 0.1 else None,
					)
					for topic in topics
				),
			)
		)
	return needs


def pairs_of(count: int, of_service: int) -> int:
	"""Pairs of needs that share a service."""
	whole, rest = divmod(count, of_service)
	return whole * (of_service * (of_service - 1) // 2) + rest * (rest - 1) // 2


def search(needs: list[NeedInConflict]) -> tuple[float, list[Conflict]]:
	"""Seconds, and what was found."""
	capacities = {need.offering: CAPACITY for need in needs}
	start = time.perf_counter()
	found = find_conflicts(needs, capacities, (), TODAY)
	return time.perf_counter() - start, found


def count_opposed(needs: list[NeedInConflict]) -> int:
	"""The topics of a service that one need must have and another will not, found pair by pair."""
	by_service: dict[str, list[NeedInConflict]] = {}
	for need in needs:
		by_service.setdefault(need.service, []).append(need)
	opposed = set()
	for service, members in by_service.items():
		for one in members:
			for other in members:
				if one is not other:
					musts = {wish.topic for wish in one.wishes if wish.moscow == MUST}
					wonts = {wish.topic for wish in other.wishes if wish.moscow == WONT}
					opposed |= {(service, topic) for topic in musts & wonts}
	return len(opposed)


def _month(number: int) -> date:
	return date(2026 + number // 12, number % 12 + 1, 1)
