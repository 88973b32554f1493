"""Shared cost: which ledger rows belong to a pool, and which service takes how much of it (FM-1, FM-2, FM-4)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from itil_strategy.domain.allocation_types import (
	ZERO,
	AllocationRequest,
	Amounts,
	Basis,
	CostLine,
	Kind,
	NegativeDriverError,
	Pool,
	PoolOverlapError,
	Receivers,
)
from itil_strategy.domain.money import round_to_step, split

IDLE, USED = "idle", "used"
COUNTED = (Basis.DRIVER, Basis.USAGE)


@dataclass(frozen=True, slots=True)
class PoolFilter:
	"""Which ledger rows are a pool's: account and cost center must match, empty matches all.

	A pool with an `element` books all of its cost under it; else the accounts' own are kept.
	"""

	name: str
	order: int
	accounts: frozenset[str] = frozenset()
	cost_centers: frozenset[str] = frozenset()
	element: str = ""

	def matches(self, account: str, cost_center: str) -> bool:
		return (not self.accounts or account in self.accounts) and (
			not self.cost_centers or cost_center in self.cost_centers
		)


@dataclass(frozen=True, slots=True)
class LedgerSum:
	"""Expense of a month by service (empty: none), account and cost center, with the account's cost element."""

	service: str
	account: str
	cost_center: str
	element: str
	amount: Decimal


@dataclass(frozen=True, slots=True)
class Buckets:
	"""Each row in exactly one bucket: `direct` per service, `pools` per pool, `unassigned`; all by cost element."""

	direct: dict[str, dict[str, Decimal]]
	pools: dict[str, dict[str, Decimal]]
	unassigned: dict[str, Decimal]

	@property
	def total(self) -> Decimal:
		"""All of it: the ledger's expense without recharges."""
		groups = (*self.direct.values(), *self.pools.values(), self.unassigned)
		return sum((amount for amounts in groups for amount in amounts.values()), ZERO)


def sort_into_buckets(rows: Iterable[LedgerSum], filters: Sequence[PoolFilter]) -> Buckets:
	"""First rule that fits: carries a service, matches the pool of lowest order, unassigned (design: Buckets).

	Raises PoolOverlapError when two pools of equal order match one row.
	"""
	ordered = sorted(filters, key=lambda pool: (pool.order, pool.name.encode()))
	buckets = Buckets(
		defaultdict(lambda: defaultdict(Decimal)),
		{pool.name: defaultdict(Decimal) for pool in ordered},
		defaultdict(Decimal),
	)
	places: dict[tuple[str, str], PoolFilter | None] = {}
	for row in rows:
		if row.service:
			buckets.direct[row.service][row.element] += row.amount
			continue
		place = (row.account, row.cost_center)
		if place not in places:
			places[place] = _find_pool(ordered, *place)
		pool = places[place]
		if pool is None:
			buckets.unassigned[row.element] += row.amount
		else:
			buckets.pools[pool.name][pool.element or row.element] += row.amount
	return buckets


def _find_pool(ordered: Sequence[PoolFilter], account: str, cost_center: str) -> PoolFilter | None:
	found = [pool for pool in ordered if pool.matches(account, cost_center)]
	if len(found) > 1 and found[0].order == found[1].order:
		raise PoolOverlapError((found[0].name, found[1].name), account, cost_center)
	return found[0] if found else None


def spread_pool(pool: Pool, request: AllocationRequest) -> Iterator[CostLine]:
	"""The lines of a pool: a share per service, Idle, or one Unallocated line when there is nothing to share by.

	Raises NegativeDriverError.
	"""
	weights = pool_weights(pool, request)
	total = sum(weights.values(), ZERO)
	for element in sorted(pool.amounts):
		amount = round_to_step(pool.amounts[element], request.precision)
		if not amount:
			continue
		if not total:
			yield CostLine(Kind.UNALLOCATED, amount, element, pool=pool.name)
			continue
		idle = _idle_part(pool, amount, total, request.precision)
		if idle:
			yield CostLine(
				Kind.IDLE,
				idle,
				element,
				pool=pool.name,
				value=pool.capacity - total,
				value_total=pool.capacity,
			)
		parts = split(amount - idle, weights, request.precision)
		for service in sorted(parts, key=str.encode):
			if parts[service]:
				yield CostLine(
					Kind.POOL,
					parts[service],
					element,
					service,
					pool.name,
					value=weights[service],
					value_total=total,
				)


class PoolTotals:
	"""How much of a pool services get in all when one of them is gone."""

	def __init__(self, pool: Pool, request: AllocationRequest):
		self.pool, self.precision = pool, request.precision
		self.weights = pool_weights(pool, request)
		self.total = sum(self.weights.values(), ZERO)
		self._given: dict[Decimal, Decimal] = {}

	def given_without(self, service: str) -> Decimal:
		"""The sum of the Pool lines of a re-run without the service."""
		return self.given(self.total - self.weights.get(service, ZERO))

	def given(self, used: Decimal) -> Decimal:
		"""What leaves the pool when `used` units are counted in all."""
		if used not in self._given:
			amounts = (round_to_step(amount, self.precision) for amount in self.pool.amounts.values())
			self._given[used] = (
				sum(
					(amount - _idle_part(self.pool, amount, used, self.precision) for amount in amounts), ZERO
				)
				if used
				else ZERO
			)
		return self._given[used]


def pool_weights(pool: Pool, request: AllocationRequest) -> dict[str, Decimal]:
	"""What each receiving service counts; services that count nothing are left out.

	Fixed shares count for the services they name, in operation or not; they are percent and total 100.
	"""
	if pool.basis == Basis.FIXED:
		weights = dict(pool.listed)
	else:
		services = _receivers(pool, request.receivers)
		if pool.basis == Basis.EQUAL:
			weights = dict.fromkeys(services, Decimal(1))
		elif pool.basis == Basis.DIRECT_COST:
			weights = {service: _sum(request.direct.get(service, {})) for service in services}
		else:
			weights = {service: pool.values.get(service, ZERO) for service in services}
	for service in sorted(weights, key=str.encode):
		if weights[service] < 0:
			raise NegativeDriverError(pool.name, service, weights[service])
	return {service: weight for service, weight in weights.items() if weight}


def _receivers(pool: Pool, services: Iterable[str]) -> list[str]:
	if pool.receivers == Receivers.LISTED:
		return [service for service in services if service in pool.listed]
	if pool.receivers == Receivers.OTHERS:
		return [service for service in services if service not in pool.listed]
	return list(services)


def _idle_part(pool: Pool, amount: Decimal, used: Decimal, precision: int) -> Decimal:
	"""The cost of capacity that nobody used, where the pool keeps it apart (practical capacity)."""
	if pool.capacity is None or pool.basis not in COUNTED or used >= pool.capacity:
		return ZERO
	return split(amount, {IDLE: pool.capacity - used, USED: used}, precision)[IDLE]


def _sum(amounts: Amounts) -> Decimal:
	return sum(amounts.values(), ZERO)
