"""What a cost allocation is asked and what it answers (FM-1 to FM-4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from itil_strategy.domain.dependencies import Dependency
from itil_strategy.domain.errors import DomainError

ZERO = Decimal(0)
Amounts = Mapping[str, Decimal]  # by cost element


class Method(StrEnum):
	"""How services pass their cost on to those that depend on them."""

	DIRECT = "Direct"
	STEP_DOWN = "Step-Down"
	RECIPROCAL = "Reciprocal"


class Basis(StrEnum):
	"""By what a pool is shared."""

	EQUAL = "Equal"
	FIXED = "Fixed Shares"
	DRIVER = "Driver"
	USAGE = "Usage"
	DIRECT_COST = "Direct Cost"


class Receivers(StrEnum):
	"""Which services a pool is shared by."""

	ALL = "All"
	LISTED = "Only Listed"
	OTHERS = "All But Listed"


class Kind(StrEnum):
	"""What a line of cost is. Of a service Direct + Pool + Received + Passed On = Final; Passed On is negative."""

	DIRECT = "Direct"
	POOL = "Pool"
	RECEIVED = "Received"
	PASSED_ON = "Passed On"
	FINAL = "Final"
	IDLE = "Idle"
	UNALLOCATED = "Unallocated"
	UNASSIGNED = "Unassigned"


class AllocationError(DomainError):
	"""A cost allocation cannot be done as asked."""


class PoolOverlapError(AllocationError):
	"""Two pools of equal order match the same ledger row; `names` has both."""

	def __init__(self, names: tuple[str, str], account: str, cost_center: str):
		super().__init__(
			f"Pools {names[0]} and {names[1]} have the same order and both match {account} at {cost_center}."
			" Give one of them another order, or narrow its accounts or cost centers."
		)
		self.names = names


class NegativeDriverError(AllocationError):
	"""A driver has a negative value, so a pool cannot be shared by it."""

	def __init__(self, pool: str, service: str, value: Decimal):
		super().__init__(
			f"Pool {pool}: the value of {service} is {value.normalize():f}. Values to share by must be 0 or more;"
			" correct it or leave the service out of the pool."
		)
		self.pool, self.service = pool, service


class ClosedLoopError(AllocationError):
	"""Services pass all of their cost round in a circle; `cycle` names it, first and last are the same."""

	def __init__(self, cycle: tuple[str, ...]):
		super().__init__(
			f"{' → '.join(cycle)} serve only each other: their cost can never leave. Lower one of their shares below 100 %,"
			" or let a service outside take a part."
		)
		self.cycle = cycle


class StepOrderError(AllocationError):
	"""The step-down order names what is no service, or one twice."""


@dataclass(frozen=True, slots=True)
class Pool:
	"""Shared cost of a month.

	- `amounts`: by cost element, in company currency
	- `listed`: services that `receivers` speaks of, with their percent for Fixed Shares (else any number)
	- `values`: units per service for Driver and Usage
	- `capacity`: units that can really be delivered in the month; None spreads idle cost over the users
	"""

	name: str
	basis: str
	amounts: Amounts
	receivers: str = Receivers.ALL
	listed: Mapping[str, Decimal] = field(default_factory=dict)
	values: Mapping[str, Decimal] = field(default_factory=dict)
	capacity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AllocationRequest:
	"""One month of a company.

	- `direct`: cost per service and cost element that the ledger carries on the service
	- `receivers`: services in operation, which pools are shared by and dependencies count for
	- `unassigned`: expense of the ledger that belongs to no service and no pool
	- `order`: step-down order, first one passes on first; senders that are missing follow in `default_order`
	- `precision`: decimals of money
	"""

	method: str
	direct: Mapping[str, Amounts]
	receivers: tuple[str, ...] = ()
	pools: tuple[Pool, ...] = ()
	dependencies: tuple[Dependency, ...] = ()
	unassigned: Amounts = field(default_factory=dict)
	order: tuple[str, ...] = ()
	precision: int = 2


@dataclass(frozen=True, slots=True)
class CostLine:
	"""An amount of a service (empty for Idle, Unassigned and pools without driver) and where it comes from or goes.

	`partner` is the service it is received from or passed on to; `value` of `value_total` units is what a
	pool was shared by.
	"""

	kind: Kind
	amount: Decimal
	element: str
	service: str = ""
	pool: str = ""
	partner: str = ""
	value: Decimal | None = None
	value_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
	"""The lines of one month; what went in stands beside what came out."""

	method: str
	lines: tuple[CostLine, ...]

	def total(self, *kinds: Kind) -> Decimal:
		"""Sum of the lines of these kinds."""
		return sum((line.amount for line in self.lines if line.kind in kinds), ZERO)

	def by_service(self, kind: Kind) -> dict[str, Decimal]:
		"""Sum of a kind per service."""
		sums: dict[str, Decimal] = {}
		for line in self.lines:
			if line.kind == kind:
				sums[line.service] = sums.get(line.service, ZERO) + line.amount
		return sums

	@property
	def cost_out(self) -> Decimal:
		"""Where all cost ended: equal to what the ledger booked as expense."""
		return self.total(Kind.FINAL, Kind.IDLE, Kind.UNALLOCATED, Kind.UNASSIGNED)
