"""Cost allocation of a month (FM-1 to FM-4): pools to services, then services to those that depend on them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from itil_strategy.domain.allocation_network import Network, distribute, make_network, step_order
from itil_strategy.domain.allocation_pools import PoolTotals, spread_pool
from itil_strategy.domain.allocation_types import ZERO, Allocation, AllocationRequest, CostLine, Kind, Method
from itil_strategy.domain.dependencies import Dependency
from itil_strategy.domain.money import round_to_step, step


def allocate(request: AllocationRequest) -> Allocation:
	"""Every cent of the month: what services cost themselves, share of pools, receive, pass on and keep.

	Lines are sorted and do not depend on the order of what is asked. Each cost element is allocated by
	itself. For every service Direct + Pool + Received + Passed On = Final; all Final, Idle, Unallocated and
	Unassigned together are all Direct, pools and Unassigned.

	Raises NegativeDriverError, DependencyShareError, ClosedLoopError, StepOrderError, AllocationError.
	"""
	lines = list(_direct_lines(request))
	for pool in sorted(request.pools, key=lambda pool: pool.name.encode()):
		lines.extend(spread_pool(pool, request))
	own: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	for line in lines:
		if line.service:
			own[line.element][line.service] += line.amount
	network = make_network(
		{*request.receivers, *(service for services in own.values() for service in services)},
		_counted(request),
		request.method,
		request.order,
	)
	for element in sorted(own):
		lines.extend(_network_lines(network, own[element], element, request.precision))
	lines.extend(
		CostLine(Kind.UNASSIGNED, amount, element)
		for element, amount in _rounded(request.unassigned, request.precision)
	)
	return Allocation(request.method, tuple(sorted(lines, key=_line_key)))


def without_service(request: AllocationRequest, service: str) -> AllocationRequest:
	"""The same month as if the service did not exist: its direct cost is gone, nobody serves it, it serves nobody.

	The step-down order of the others stays, also one that was worked out.
	"""
	return replace(
		request,
		direct={name: amounts for name, amounts in request.direct.items() if name != service},
		receivers=tuple(name for name in request.receivers if name != service),
		pools=tuple(
			replace(
				pool,
				listed={name: share for name, share in pool.listed.items() if name != service},
				values={name: value for name, value in pool.values.items() if name != service},
			)
			for pool in request.pools
		),
		dependencies=tuple(
			edge for edge in request.dependencies if service not in (edge.service, edge.provider)
		),
		order=tuple(name for name in _used_order(request) if name != service),
	)


def stranded_cost(request: AllocationRequest, allocation: Allocation, service: str) -> dict[str, Decimal]:
	"""What each remaining service costs more in a re-run without the service (SP-7); those unchanged are left out.

	Negative for one that took a part of the service's cost.
	"""
	before = allocation.by_service(Kind.FINAL)
	after = allocate(without_service(request, service)).by_service(Kind.FINAL)
	changes = {
		name: after.get(name, ZERO) - before.get(name, ZERO) for name in sorted(before.keys() | after.keys())
	}
	changes.pop(service, None)
	return {name: change for name, change in changes.items() if change}


def stranded_totals(
	request: AllocationRequest, allocation: Allocation, services: Iterable[str]
) -> dict[str, Decimal]:
	"""Σ of `stranded_cost` for many services, without a re-run for each.

	Only where a service is stuck with cost that nobody can take (direct, step-down) a re-run has to tell.
	"""
	if any(line.kind == Kind.UNALLOCATED and line.service for line in allocation.lines):
		return {
			service: sum(stranded_cost(request, allocation, service).values(), ZERO) for service in services
		}
	return stranded_by_sums(
		request, allocation.by_service(Kind.DIRECT), allocation.by_service(Kind.FINAL), services
	)


def stranded_by_sums(
	request: AllocationRequest,
	direct: Mapping[str, Decimal],
	final: Mapping[str, Decimal],
	services: Iterable[str],
) -> dict[str, Decimal]:
	"""The same from the sums of a month in which no service was stuck with cost.

	In a re-run all direct cost but the service's own remains, and what pools still give to others; passing
	on between services moves cost and changes no sum.
	"""
	booked, ended = sum(direct.values(), ZERO), sum(final.values(), ZERO)
	pools = [PoolTotals(pool, request) for pool in request.pools]
	return {
		service: booked
		- direct.get(service, ZERO)
		+ sum((pool.given_without(service) for pool in pools), ZERO)
		- (ended - final.get(service, ZERO))
		for service in services
	}


def _counted(request: AllocationRequest) -> list[Dependency]:
	"""Dependencies between services in operation; what others would take stays with the provider."""
	receivers = set(request.receivers)
	return [edge for edge in request.dependencies if {edge.service, edge.provider} <= receivers]


def _used_order(request: AllocationRequest) -> tuple[str, ...]:
	if request.method != Method.STEP_DOWN:
		return request.order
	edges = _counted(request)
	senders = sorted({edge.provider for edge in edges if edge.share})
	return step_order(request.order, senders, (*request.receivers, *request.direct), edges)


def _direct_lines(request: AllocationRequest) -> Iterator[CostLine]:
	for service in sorted(request.direct):
		for element, amount in _rounded(request.direct[service], request.precision):
			yield CostLine(Kind.DIRECT, amount, element, service)


def _network_lines(
	network: Network, own: Mapping[str, Decimal], element: str, precision: int
) -> Iterator[CostLine]:
	unit = step(precision)
	steps = np.array([int(own.get(name, ZERO) / unit) for name in network.names], np.int64)
	flows = distribute(network, steps)
	names = network.names
	for provider, receiver, moved in zip(
		network.provider.tolist(), network.receiver.tolist(), flows.edges.tolist(), strict=True
	):
		if moved:
			amount = moved * unit
			yield CostLine(Kind.RECEIVED, amount, element, names[receiver], partner=names[provider])
			yield CostLine(Kind.PASSED_ON, -amount, element, names[provider], partner=names[receiver])
	for name, kept, is_stuck in zip(names, flows.finals.tolist(), network.is_stuck.tolist(), strict=True):
		if kept:
			yield CostLine(Kind.UNALLOCATED if is_stuck else Kind.FINAL, kept * unit, element, name)


def _rounded(amounts: Mapping[str, Decimal], precision: int) -> list[tuple[str, Decimal]]:
	rounded = ((element, round_to_step(amounts[element], precision)) for element in sorted(amounts))
	return [(element, amount) for element, amount in rounded if amount]


def _line_key(line: CostLine) -> tuple:
	kinds = list(Kind)
	return (line.service.encode(), kinds.index(line.kind), line.pool, line.partner.encode(), line.element)
