"""An outside judge of allocations: exact fractions by elimination, nothing shared with what it judges."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

Edges = Mapping[tuple[str, str], Fraction]  # (provider, receiver): part of the provider's cost


def reciprocal(own: Mapping[str, Fraction], edges: Edges) -> dict[str, Fraction]:
	"""What each service has in all: gross = own + Σ part x gross of the providers."""
	names = sorted(own)
	rows = {name: defaultdict(Fraction, {name: Fraction(1)}) for name in names}
	right = {name: Fraction(own[name]) for name in names}
	for (provider, receiver), part in edges.items():
		rows[receiver][provider] -= part
	left = set(names)
	done: list[str] = []
	while left:
		# The sparsest row first keeps the fractions short.
		pivot = min(left, key=lambda name: (sum(1 for row in left if rows[row].get(name)), name))
		left.remove(pivot)
		done.append(pivot)
		divisor = rows[pivot][pivot]
		for name in left:
			factor = rows[name].pop(pivot, 0)
			if not factor:
				continue
			factor /= divisor
			for column, value in rows[pivot].items():
				if column != pivot:
					rows[name][column] -= factor * value
			right[name] -= factor * right[pivot]
	gross: dict[str, Fraction] = {}
	for pivot in reversed(done):
		known = sum(
			(value * gross[column] for column, value in rows[pivot].items() if column in gross), Fraction(0)
		)
		gross[pivot] = (right[pivot] - known) / rows[pivot][pivot]
	return gross


def reciprocal_finals(own: Mapping[str, Fraction], edges: Edges) -> dict[str, Fraction]:
	"""What stays with each service."""
	gross = reciprocal(own, edges)
	return {name: gross[name] * _stay(name, edges) for name in own}


def step_down_finals(
	own: Mapping[str, Fraction], edges: Edges, order: Sequence[str]
) -> tuple[dict[str, Fraction], set[str]]:
	"""What stays when one after the other closes, and who is left with cost that nobody can take."""
	has, stuck = dict(own), set()
	for place, sender in enumerate(order):
		closed = set(order[: place + 1])
		weights = {r: part for (p, r), part in edges.items() if p == sender and r not in closed}
		stay = _stay(sender, edges)
		whole = sum(weights.values(), stay)
		if not whole:
			stuck.add(sender)
			continue
		for receiver, weight in weights.items():
			has[receiver] += has[sender] * weight / whole
		has[sender] *= stay / whole
	return has, stuck


def direct_finals(own: Mapping[str, Fraction], edges: Edges) -> tuple[dict[str, Fraction], set[str]]:
	"""What stays when own cost goes in one step to those who keep a part."""
	result, stuck = dict.fromkeys(own, Fraction(0)), set()
	for sender in own:
		weights = {r: part for (p, r), part in edges.items() if p == sender and _stay(r, edges)}
		stay = _stay(sender, edges)
		whole = sum(weights.values(), stay)
		if not whole:
			stuck.add(sender)
			result[sender] += own[sender]
			continue
		result[sender] += own[sender] * stay / whole
		for receiver, weight in weights.items():
			result[receiver] += own[sender] * weight / whole
	return result, stuck


def _stay(name: str, edges: Edges) -> Fraction:
	return 1 - sum((part for (provider, _receiver), part in edges.items() if provider == name), Fraction(0))
