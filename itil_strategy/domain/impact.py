"""Views of the dependency network: a tree of who is hit, and how many are, for every service at once (SP-5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from itil_strategy.domain.dependencies import Dependency, Reached


@dataclass(frozen=True, slots=True)
class Reach:
	"""How many services a service reaches in one step, and in any number of them; itself not counted."""

	direct: int = 0
	total: int = 0


def order_as_tree(reached: Sequence[Reached]) -> list[tuple[Reached, int]]:
	"""Each service below the one it is reached over, with its level (1 is next to the start).

	Every service has one place, the end of its path.
	"""
	below: dict[str, list[Reached]] = defaultdict(list)
	for item in reversed(reached):
		below[item.path[-2]].append(item)
	start = reached[0].path[0] if reached else ""
	ordered: list[tuple[Reached, int]] = []
	stack = [(item, 1) for item in below.get(start, ())]
	while stack:
		item, level = stack.pop()
		ordered.append((item, level))
		stack += [(following, level + 1) for following in below.get(item.service, ())]
	return ordered


def count_dependents(edges: Iterable[Dependency]) -> dict[str, Reach]:
	"""Who is hit by each service: numbers of direct and of all dependents."""
	neighbours: dict[str, list[str]] = defaultdict(list)
	for edge in edges:
		neighbours[edge.provider].append(edge.service)
	return _count(neighbours)


def count_providers(edges: Iterable[Dependency]) -> dict[str, Reach]:
	"""What each service needs: numbers of direct and of all providers."""
	neighbours: dict[str, list[str]] = defaultdict(list)
	for edge in edges:
		neighbours[edge.service].append(edge.provider)
	return _count(neighbours)


def _count(neighbours: Mapping[str, list[str]]) -> dict[str, Reach]:
	"""Sets of reached services as bits of one integer each, united until nothing changes.

	In the order of a depth-first search one round is enough where there is no circle.
	"""
	order = _post_order(neighbours)
	bit = {name: 1 << position for position, name in enumerate(order)}
	reached = dict.fromkeys(order, 0)
	changed = True
	while changed:
		changed = False
		for name in order:
			found = reached[name]
			for other in neighbours.get(name, ()):
				found |= bit[other] | reached[other]
			if found != reached[name]:
				reached[name], changed = found, True
	return {
		name: Reach(
			len(set(neighbours.get(name, ())) - {name}),
			(reached[name] & ~bit[name]).bit_count(),
		)
		for name in order
	}


def _post_order(neighbours: Mapping[str, list[str]]) -> list[str]:
	order: list[str] = []
	seen: set[str] = set()
	for start in sorted(neighbours):
		if start in seen:
			continue
		seen.add(start)
		stack = [(start, iter(neighbours[start]))]
		while stack:
			name, rest = stack[-1]
			following = next((other for other in rest if other not in seen), None)
			if following is None:
				order.append(name)
				stack.pop()
			else:
				seen.add(following)
				stack.append((following, iter(neighbours.get(following, ()))))
	return order
