"""Services that pass cost on to each other, as arrays: methods, solution and whole steps (FM-2).

An edge carries a share of what its provider has to its receiver; the rest stays. Nodes are numbered in the
order of their names, so that the answer does not depend on the order of what is asked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import bicgstab, splu

from itil_strategy.domain.allocation_rounding import Floats, Flows, Ints, round_flows
from itil_strategy.domain.allocation_types import AllocationError, ClosedLoopError, Method, StepOrderError
from itil_strategy.domain.dependencies import Dependency, DependencyShareError, find_cycle

SHARE_DECIMALS = 9  # of a percent
FULL = 100 * 10**SHARE_DECIMALS
FACTORISED_NODES = 2_000  # a factorisation is exact and fast up to here; iterations scale beyond
TOLERANCE = 1e-12
LARGEST_STEPS = 2.0**50  # a float tells steps apart up to here


@dataclass(frozen=True, slots=True)
class Network:
	"""Edges from `provider` to `receiver` with their part of what the provider has; `stay` is the rest per node.

	`is_stuck` marks nodes that should pass on but have nobody to pass to; `is_one_step` that what is received
	is not passed on.
	"""

	names: tuple[str, ...]
	provider: Ints
	receiver: Ints
	part: Floats
	stay: Floats
	is_stuck: NDArray[np.bool_]
	is_one_step: bool = False


def make_network(
	names: Iterable[str], dependencies: Iterable[Dependency], method: str, order: Sequence[str] = ()
) -> Network:
	"""The network of a method (see `apply_method`). Dependencies on or of other names do not count.

	Raises DependencyShareError when shares of one provider total more than 100 %, ClosedLoopError,
	StepOrderError.
	"""
	ordered = tuple(sorted(set(names), key=str.encode))
	number = {name: index for index, name in enumerate(ordered)}
	shares: dict[tuple[int, int], int] = {}
	for edge in dependencies:
		if edge.share < 0:
			raise AllocationError(
				f"{edge.service} takes {edge.share.normalize():f} % of {edge.provider}. A share must be 0 or more."
			)
		if edge.share and edge.provider in number and edge.service in number:
			key = (number[edge.provider], number[edge.service])
			shares[key] = shares.get(key, 0) + int(edge.share.scaleb(SHARE_DECIMALS).to_integral_value())
	keys = sorted(shares)
	providers = np.array([provider for provider, _receiver in keys], np.int64)
	receivers = np.array([receiver for _provider, receiver in keys], np.int64)
	units = np.array([shares[key] for key in keys], np.int64)
	position = None
	if method == Method.STEP_DOWN:
		senders = [ordered[index] for index in np.unique(providers)]
		position = _positions(number, step_order(order, senders, ordered, dependencies))
	return apply_method(ordered, providers, receivers, units, method, position)


def apply_method(
	names: tuple[str, ...],
	providers: Ints,
	receivers: Ints,
	units: Ints,
	method: str,
	position: Ints | None = None,
) -> Network:
	"""The network in which cost really flows; `units` are shares in billionths of a percent.

	- Reciprocal: as it is. A circle that serves only itself has no solution and is refused.
	- Step-Down: senders close one after the other (`position`); what would go to a closed one is shared by the
	  others and by what stays, in proportion.
	- Direct: own cost in one step to those who keep a part; what would go to others is shared likewise.
	"""
	size = len(names)
	given = np.zeros(size, np.int64)
	np.add.at(given, providers, units)
	for index in np.flatnonzero(given > FULL)[:1]:
		raise DependencyShareError(names[index], Decimal(int(given[index])).scaleb(-SHARE_DECIMALS))
	kept = FULL - given
	network = Network(
		names, providers, receivers, units / FULL, kept / FULL, np.zeros(size, bool), method == Method.DIRECT
	)
	if method == Method.RECIPROCAL:
		_refuse_closed_loops(network, kept == 0)
		return network
	if method == Method.STEP_DOWN:
		counts = position[receivers] > position[providers]
	else:
		counts = kept[receivers] > 0
	providers, receivers, units = providers[counts], receivers[counts], units[counts]
	taken = np.zeros(size, np.int64)
	np.add.at(taken, providers, units)
	whole = taken + kept
	is_stuck = whole == 0
	return replace(
		network,
		provider=providers,
		receiver=receivers,
		part=units / whole[providers],
		stay=np.where(is_stuck, 1.0, kept / np.where(is_stuck, 1, whole)),
		is_stuck=is_stuck,
	)


def solve(network: Network, own: Floats) -> Floats:
	"""What each node has in all: own cost and what it receives, (I - P) x gross = own.

	Raises AllocationError when a circle is so nearly closed that the figures lose their cents.
	"""
	if network.is_one_step:
		return own
	size = len(network.names)
	nodes = np.arange(size)
	matrix = csr_matrix(
		(
			np.concatenate((np.ones(size), -network.part)),
			(np.concatenate((nodes, network.receiver)), np.concatenate((nodes, network.provider))),
		),
		shape=(size, size),
	)
	gross = None
	if size > FACTORISED_NODES and own.any():
		gross, failed = bicgstab(matrix, own, rtol=TOLERANCE, atol=0.0)
		gross = None if failed else gross
	if gross is None:
		factors = splu(matrix.tocsc())
		gross = factors.solve(own)
		gross += factors.solve(own - matrix @ gross)  # once more, for the last digits
	largest = int(np.argmax(np.abs(gross))) if size else 0
	if size and not abs(gross[largest]) < LARGEST_STEPS:
		raise AllocationError(
			f"{network.names[largest]} gets back nearly all that it passes on, so its cost cannot be told to the cent."
			" Lower the shares of the circle that it is in."
		)
	return gross


def distribute(network: Network, own: Ints) -> Flows:
	"""Whole steps over every edge and at every node, from whole steps of own cost per node."""
	gross = solve(network, own.astype(np.float64))
	flows = gross[network.provider] * network.part
	size = len(own)
	finals = (
		own + np.bincount(network.receiver, flows, size) - np.bincount(network.provider, flows, size)
		if network.is_one_step
		else gross * network.stay
	)
	return round_flows(own, finals, flows, network.provider, network.receiver)


def step_order(
	order: Sequence[str], senders: Sequence[str], names: Sequence[str], dependencies: Iterable[Dependency]
) -> tuple[str, ...]:
	"""The given order of senders, then those that it leaves out in `default_order`."""
	known, sending = set(names), set(senders)
	twice = [name for name, count in Counter(order).items() if count > 1]
	if twice:
		raise StepOrderError(f"The step-down order names {twice[0]} twice. Remove one of the lines.")
	for name in order:
		if name not in known:
			raise StepOrderError(
				f"The step-down order names {name}, which is no service of the run. Correct or remove the line."
			)
	given = set(order)
	rest = [name for name in default_order(dependencies, senders) if name not in given]
	return (*(name for name in order if name in sending), *rest)


def default_order(dependencies: Iterable[Dependency], senders: Iterable[str]) -> tuple[str, ...]:
	"""Senders such that each receives as little as possible from those after it: the one with the smallest
	share of others' cost still to come goes first, ties by name."""
	open_senders = set(senders)
	waiting = dict.fromkeys(open_senders, Decimal(0))
	gives: dict[str, list[tuple[str, Decimal]]] = {name: [] for name in open_senders}
	for edge in dependencies:
		if edge.provider in open_senders and edge.service in open_senders and edge.share:
			waiting[edge.service] += edge.share
			gives[edge.provider].append((edge.service, edge.share))
	heap = [(share, name.encode(), name) for name, share in waiting.items()]
	heapify(heap)
	found: list[str] = []
	while heap:
		share, _key, name = heappop(heap)
		if name not in open_senders or share != waiting[name]:
			continue
		open_senders.remove(name)
		found.append(name)
		for receiver, given in gives[name]:
			if receiver in open_senders:
				waiting[receiver] -= given
				heappush(heap, (waiting[receiver], receiver.encode(), receiver))
	return tuple(found)


def _positions(number: Mapping[str, int], order: Sequence[str]) -> Ints:
	"""The place of each node in the order; who never sends is last."""
	position = np.full(len(number), len(order), np.int64)
	for place, name in enumerate(order):
		position[number[name]] = place
	return position


def _refuse_closed_loops(network: Network, keeps_nothing: NDArray[np.bool_]) -> None:
	"""A group of services that all reach each other, keep nothing and have no edge out."""
	size = len(network.names)
	if not len(network.provider) or not keeps_nothing.any():
		return
	graph = csc_matrix((network.part, (network.provider, network.receiver)), shape=(size, size))
	count, group = connected_components(graph, connection="strong")
	has_exit = np.zeros(count, bool)
	has_exit[group[~keeps_nothing]] = True
	has_exit[group[network.provider[group[network.provider] != group[network.receiver]]]] = True
	for closed in np.flatnonzero(~has_exit[group])[:1]:
		inside = group[network.provider] == group[closed]
		cycle = find_cycle(
			Dependency(network.names[receiver], network.names[provider])
			for provider, receiver in zip(
				network.provider[inside].tolist(), network.receiver[inside].tolist(), strict=True
			)
		)
		raise ClosedLoopError(cycle)
