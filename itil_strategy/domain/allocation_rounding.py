"""Whole steps of money for a network of flows: every figure is rounded up or down, every node balances (FM-3)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, maximum_flow

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOISE = 1e-6  # steps; what a solver in floating point leaves on an exact figure


@dataclass(frozen=True, slots=True)
class Flows:
	"""Steps that flow over each edge, and steps that stay at each node."""

	edges: Ints
	finals: Ints


def round_flows(own: Ints, finals: Floats, flows: Floats, origin: Ints, target: Ints) -> Flows:
	"""Round what stays and what flows so that own + in = out + final at every node.

	`own` has whole steps per node, `finals` the exact rest per node, `flows` the exact steps from `origin` to
	`target` per edge. Finals are rounded down, leftover steps go to the largest remainders, ties to the
	lower index, in each part of the network that no edge leaves. Edges are then rounded up or down such that
	all nodes balance, found as a maximum flow of the steps that are too many here and too few there; where
	that is impossible a few finals give way, by rounding to their other side.
	"""
	size = len(own)
	links = csr_matrix((np.ones(len(origin)), (origin, target)), shape=(size, size))
	parts = connected_components(links, directed=False)[1] if len(origin) else np.arange(size)
	stay = round_by_largest_remainder(finals, own, parts)
	low, high = _floor_and_ceiling(flows)
	through = np.clip(np.rint(flows).astype(np.int64), low, high)
	stay_low, stay_high = _floor_and_ceiling(finals)
	none, wide = np.zeros(size, np.int64), int(np.abs(own).sum()) + 1
	for stage in range(3):
		surplus = own + _sum_at(target, through, size) - _sum_at(origin, through, size) - stay
		if not surplus.any():
			break
		more, less = high - through, through - low
		stay_more, stay_less = (stay_high - stay, stay - stay_low) if stage else (none, none)
		if stage == 2:
			# Beyond the precision of floating point (a loop that is all but closed): whatever balances.
			more, less = np.full_like(through, wide), np.maximum(through, 0)
		through, stay = _move(surplus, through, stay, origin, target, (more, less, stay_more, stay_less))
	return Flows(through, stay)


def round_by_largest_remainder(amounts: Floats, wholes: Ints, parts: Ints) -> Ints:
	"""Whole steps with the total of `wholes` in each part; where that is negative, mirrored (design: Money)."""
	count = int(parts.max(initial=-1)) + 1
	totals = _sum_at(parts, wholes, count)
	sign = np.where(totals < 0, -1, 1)
	mirrored = amounts * sign[parts]
	down, _up = _floor_and_ceiling(mirrored)
	leftover = totals * sign - _sum_at(parts, down, count)
	remainder = np.round(mirrored - down, 6)
	order = np.lexsort((np.arange(len(amounts)), -remainder, parts))
	starts = np.searchsorted(parts[order], np.arange(count))
	rank = np.arange(len(amounts)) - starts[parts[order]]
	down[order] += (rank < leftover[parts[order]]).astype(np.int64)
	return down * sign[parts]


def _floor_and_ceiling(values: Floats) -> tuple[Ints, Ints]:
	nearest = np.rint(values)
	exact = np.abs(values - nearest) <= NOISE * np.maximum(1, np.abs(values) * 1e-9)
	low = np.where(exact, nearest, np.floor(values)).astype(np.int64)
	return low, low + (~exact).astype(np.int64)


def _sum_at(index: Ints, values: Ints, size: int) -> Ints:
	"""Exact sums of whole steps per index (a float holds them up to 2^53)."""
	return np.rint(np.bincount(index, values, size)).astype(np.int64)


def _move(
	surplus: Ints, through: Ints, stay: Ints, origin: Ints, target: Ints, room: tuple[Ints, Ints, Ints, Ints]
) -> tuple[Ints, Ints]:
	"""Carry surplus steps to where they lack: over edges, back over edges, and through what stays."""
	more, less, stay_more, stay_less = room
	size = len(surplus)
	rest, source, sink = size, size + 1, size + 2
	ahead, back = np.flatnonzero(more), np.flatnonzero(less)
	up, down = np.flatnonzero(stay_more), np.flatnonzero(stay_less)
	over, under = np.flatnonzero(surplus > 0), np.flatnonzero(surplus < 0)
	arcs = (
		(origin[ahead], target[ahead], more[ahead]),
		(target[back], origin[back], less[back]),
		(up, np.full(len(up), rest), stay_more[up]),
		(np.full(len(down), rest), down, stay_less[down]),
		(np.full(len(over), source), over, surplus[over]),
		(under, np.full(len(under), sink), -surplus[under]),
	)
	rows, columns, rooms = (np.concatenate(column) for column in zip(*arcs, strict=True))
	rooms = np.minimum(rooms, np.iinfo(np.int32).max // 4).astype(np.int32)
	moved = maximum_flow(csr_matrix((rooms, (rows, columns)), shape=(size + 3, size + 3)), source, sink).flow
	net = _cells(moved, origin, target)
	# Between two nodes the answer tells the balance: what an edge ahead has no room for, one back gives up.
	against = np.flatnonzero(net < 0)
	through = through + np.minimum(np.maximum(net, 0), more)
	if len(against):
		ahead_room = csr_matrix((more, (origin, target)), shape=(size, size))
		opposite = _cells(ahead_room, target[against], origin[against])
		through[against] -= np.maximum(-net[against] - opposite, 0)
	if len(up) or len(down):
		stay = stay + _cells(moved, np.arange(size), np.full(size, rest))
	return through, stay


def _cells(matrix: csr_matrix, rows: Ints, columns: Ints) -> Ints:
	return np.asarray(matrix[rows, columns]).ravel().astype(np.int64)
