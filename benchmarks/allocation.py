"""A large network of services, allocated by us and solved bare by scipy."""

import time
from statistics import median

import numpy as np
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import bicgstab

from itil_strategy.domain.allocation_network import FULL, Network, apply_method, distribute
from itil_strategy.domain.allocation_rounding import Flows, Ints
from itil_strategy.domain.allocation_types import Method

SEED = 20260101
EDGES_PER_SERVICE = 10
LAYERED = 0.7  # of the edges lead to a later service, the others to any
TOLERANCE = 1e-12
TURNS = 7
Arrays = tuple[tuple[str, ...], Ints, Ints, Ints, Ints]


def make_arrays(services: int) -> Arrays:
	"""Names, provider and receiver of each edge, its share in billionths of a percent, own cost in cents.

	Providers pass on 50 to 100 % of what they have; services cost up to 100,000.00 themselves.
	"""
	dice = np.random.default_rng(SEED)
	count = services * EDGES_PER_SERVICE
	first, second = dice.integers(0, services, count * 2), dice.integers(0, services, count * 2)
	layered = dice.random(count * 2) < LAYERED
	provider = np.where(layered, np.minimum(first, second), first)
	receiver = np.where(layered, np.maximum(first, second), second)
	pairs = np.unique((provider * services + receiver)[provider != receiver])
	pairs = np.sort(dice.choice(pairs, count, replace=False))
	provider, receiver = pairs // services, pairs % services
	weight = dice.random(count)
	whole = np.bincount(provider, weight, services)[provider]
	units = (weight / whole * dice.uniform(0.5, 1, services)[provider] * FULL).astype(np.int64)
	names = tuple(f"S{number:06}" for number in range(services))
	return names, provider, receiver, units, dice.integers(0, 10_000_000, services)


def run(services: int) -> tuple[float, dict]:
	"""Median seconds of ours, from arrays to rounded shares; facts: the floor's, and whether every cent is there.

	The floor is the solution alone, its matrix in memory.
	"""
	names, provider, receiver, units, own = make_arrays(services)
	part = units / FULL
	matrix = identity(services, format="csr") - csr_matrix((part, (receiver, provider)), (services,) * 2)
	right = own.astype(float)
	ours, floors = [], []
	for _turn in range(TURNS):
		start = time.perf_counter()
		network = apply_method(names, provider, receiver, units, Method.RECIPROCAL)
		flows = distribute(network, own)
		ours.append(time.perf_counter() - start)
		start = time.perf_counter()
		gross, failed = bicgstab(matrix, right, rtol=TOLERANCE, atol=0.0)
		floors.append(time.perf_counter() - start)
	return median(ours), {
		"floor": median(floors),
		"edges": len(provider),
		"solved": not failed,
		"balanced": _is_balanced(network, flows, own),
		"exact": bool(np.abs(flows.finals - gross * network.stay).max() < 1.001),
	}


def _is_balanced(network: Network, flows: Flows, own: Ints) -> bool:
	"""Nothing negative, and own + in = out + final at every service."""
	arrived, left = np.zeros(len(own), np.int64), np.zeros(len(own), np.int64)
	np.add.at(arrived, network.receiver, flows.edges)
	np.add.at(left, network.provider, flows.edges)
	balanced = np.array_equal(own + arrived, left + flows.finals)
	return bool(balanced and flows.edges.min() >= 0 and flows.finals.min() >= 0)
