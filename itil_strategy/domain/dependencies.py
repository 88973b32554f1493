"""Which service fails when another one does: circles, reach and shares of dependencies (SP-5)."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from itil_strategy.domain.errors import DomainError

FULL_SHARE = Decimal(100)


class DependencyCycleError(DomainError):
	"""Critical dependencies form a circle; `cycle` names it, first and last are the same."""

	def __init__(self, cycle: tuple[str, ...]):
		super().__init__(
			f"Critical dependencies form a circle: {' → '.join(cycle)}. Make one of them not critical or remove it."
		)
		self.cycle = cycle


class DependencyShareError(DomainError):
	"""The services that depend on one take more than the whole of its cost."""

	def __init__(self, provider: str, total: Decimal):
		super().__init__(
			f"The shares of {provider} total {total.normalize():f} %. Lower one so that they total at most 100 %."
		)
		self.provider = provider
		self.total = total


@dataclass(frozen=True, slots=True)
class Dependency:
	"""`service` depends on `provider` and takes `share` percent of its cost."""

	service: str
	provider: str
	is_critical: bool = True
	share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reached:
	"""A service that is hit, over which way, and whether every step of a way to it is critical."""

	service: str
	depth: int
	path: tuple[str, ...]
	is_critical: bool


def find_cycle(edges: Iterable[Dependency]) -> tuple[str, ...] | None:
	"""A circle of critical dependencies, starting at its smallest name, or None.

	Depth-first with an explicit stack, so that no chain is too long for it.
	"""
	graph: dict[str, list[str]] = defaultdict(list)
	for edge in edges:
		if edge.is_critical:
			graph[edge.service].append(edge.provider)
	done: set[str] = set()
	for start in sorted(graph):
		if start in done:
			continue
		path, on_path = [start], {start}
		stack = [iter(sorted(graph[start]))]
		while stack:
			following = next(stack[-1], None)
			if following is None:
				stack.pop()
				finished = path.pop()
				on_path.discard(finished)
				done.add(finished)
			elif following in on_path:
				return _rotate(path[path.index(following) :])
			elif following not in done:
				path.append(following)
				on_path.add(following)
				stack.append(iter(sorted(graph.get(following, ()))))
	return None


def check_dependencies(edges: Iterable[Dependency]) -> None:
	"""Raise DependencyCycleError or DependencyShareError when the network breaks a rule."""
	edges = list(edges)
	cycle = find_cycle(edges)
	if cycle:
		raise DependencyCycleError(cycle)
	totals: dict[str, Decimal] = defaultdict(Decimal)
	for edge in edges:
		totals[edge.provider] += edge.share
	for provider, total in sorted(totals.items()):
		if total > FULL_SHARE:
			raise DependencyShareError(provider, total)


def find_hit(edges: Iterable[Dependency], service: str) -> list[Reached]:
	"""Every service that depends on `service`, directly or over others, nearest first.

	The path is a shortest one, over critical steps where there is such a way.
	"""
	dependents: dict[str, list[Dependency]] = defaultdict(list)
	for edge in edges:
		dependents[edge.provider].append(edge)
	return _reach(
		service, {key: [(e.service, e.is_critical) for e in found] for key, found in dependents.items()}
	)


def find_needed(edges: Iterable[Dependency], service: str) -> list[Reached]:
	"""Every service that `service` depends on, directly or over others, nearest first."""
	providers: dict[str, list[tuple[str, bool]]] = defaultdict(list)
	for edge in edges:
		providers[edge.service].append((edge.provider, edge.is_critical))
	return _reach(service, providers)


def find_layers(steps: Iterable[tuple[str, str]], start: str) -> dict[str, int]:
	"""Each reachable name with the length of the longest way to it, so that every step leads to a later layer.

	Steps that close a circle are left out of the count; it is depth-first with an explicit stack.
	"""
	following: dict[str, list[str]] = defaultdict(list)
	for origin, target in steps:
		following[origin].append(target)
	kept: dict[str, list[str]] = defaultdict(list)
	finished: list[str] = []
	seen, on_path = {start}, {start}
	stack = [(start, iter(sorted(following[start])))]
	while stack:
		current, targets = stack[-1]
		target = next(targets, None)
		if target is None:
			stack.pop()
			on_path.discard(current)
			finished.append(current)
		elif target not in on_path:
			kept[current].append(target)
			if target not in seen:
				seen.add(target)
				on_path.add(target)
				stack.append((target, iter(sorted(following.get(target, ())))))
	layers = dict.fromkeys(finished, 0)
	for current in reversed(finished):
		for target in kept[current]:
			layers[target] = max(layers[target], layers[current] + 1)
	return layers


def _reach(start: str, neighbours: Mapping[str, list[tuple[str, bool]]]) -> list[Reached]:
	critical = _walk(start, neighbours, critical_only=True)
	found = _walk(start, neighbours, critical_only=False)
	reached = [
		Reached(name, len(path) - 1, path, is_critical=name in critical)
		for name, path in ((name, critical.get(name, path)) for name, path in found.items())
	]
	return sorted(reached, key=lambda item: (item.depth, item.service))


def _walk(
	start: str, neighbours: Mapping[str, list[tuple[str, bool]]], critical_only: bool
) -> dict[str, tuple[str, ...]]:
	paths: dict[str, tuple[str, ...]] = {start: (start,)}
	queue = deque([start])
	while queue:
		current = queue.popleft()
		for name, is_critical in sorted(neighbours.get(current, ())):
			if name not in paths and (is_critical or not critical_only):
				paths[name] = (*paths[current], name)
				queue.append(name)
	del paths[start]
	return paths


def _rotate(cycle: list[str]) -> tuple[str, ...]:
	first = cycle.index(min(cycle))
	turned = cycle[first:] + cycle[:first]
	return (*turned, turned[0])
