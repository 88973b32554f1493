"""A strategy scenario as plain values: base facts, changes, and what they come to per service and year (FM-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from itil_strategy.domain.allocation_types import AllocationRequest, Kind
from itil_strategy.domain.charging_types import ChargingRequest, Obstacle
from itil_strategy.domain.errors import DomainError

ZERO, HUNDRED = Decimal(0), Decimal(100)
MONTHS_PER_YEAR = 12


class ChangeKind(StrEnum):
	"""What a changed strategy does."""

	RETIRE = "Retire Service"
	LAUNCH = "Launch from Business Case"
	USAGE = "Change Usage"
	PRICE = "Change Price"
	COST = "Change Cost"


PERCENT_KINDS = (ChangeKind.USAGE, ChangeKind.PRICE, ChangeKind.COST)


class ScenarioError(DomainError):
	"""A change of a scenario cannot be meant as it is; `row` says which."""


@dataclass(frozen=True, slots=True)
class LaunchFlows:
	"""What a business case plans per month from its launch on, in company currency.

	Running cost is allocated like any direct cost; investment and benefits are not, and stand beside it.
	"""

	running: tuple[Decimal, ...] = ()
	investment: tuple[Decimal, ...] = ()
	benefits: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
	"""One change, in force from the month `start` on (None: from the first month of the scenario).

	`offering` narrows a change of usage or price to one offering of the service.
	"""

	kind: str
	service: str
	start: date | None = None
	offering: str = ""
	percent: Decimal = ZERO
	flows: LaunchFlows = field(default_factory=LaunchFlows)
	row: int | None = None

	@property
	def factor(self) -> Decimal:
		return 1 + self.percent / HUNDRED

	def is_active(self, month: date) -> bool:
		return self.start is None or self.start <= month


@dataclass(frozen=True, slots=True)
class BaseFacts:
	"""What happened in the base months.

	- `allocations`: what the cost of each base month is allocated from
	- `charging`: all usage of these months as if none was charged yet, with the policies; without costs
	- `usage_pools`: the unit of each pool that is shared by usage
	- `cost_pools`: pools that are shared by a driver which follows direct cost
	"""

	allocations: Mapping[date, AllocationRequest]
	charging: ChargingRequest
	usage_pools: Mapping[str, str] = field(default_factory=dict)
	cost_pools: frozenset[str] = frozenset()

	@property
	def months(self) -> list[date]:
		return sorted(self.allocations)


@dataclass(frozen=True, slots=True)
class Plan:
	"""Changes over `years` of twelve months, the first of which is `start`."""

	start: date
	years: int
	changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
	"""Money of a service: final cost, what is charged and what is only shown, investment and benefits of a launch."""

	cost: Decimal = ZERO
	charged: Decimal = ZERO
	shown: Decimal = ZERO
	investment: Decimal = ZERO
	benefits: Decimal = ZERO

	@property
	def recovery(self) -> Decimal:
		"""Charged − cost."""
		return self.charged - self.cost

	@property
	def result(self) -> Decimal:
		"""Recovery and benefits less investment."""
		return self.recovery + self.benefits - self.investment

	def __add__(self, other: "Figures") -> "Figures":
		return Figures(
			self.cost + other.cost,
			self.charged + other.charged,
			self.shown + other.shown,
			self.investment + other.investment,
			self.benefits + other.benefits,
		)


@dataclass(frozen=True, slots=True, order=True)
class Bearer:
	"""Who bears a cost: a service (`kind` Final), or nobody: Idle, Unallocated, Unassigned."""

	service: str
	kind: str = Kind.FINAL


@dataclass(frozen=True, slots=True)
class YearLine:
	"""A bearer in one year of the scenario (1 is the first), as it is and as it would be."""

	year: int
	bearer: Bearer
	before: Figures
	after: Figures

	@property
	def effect(self) -> Decimal:
		"""How much better the result would be."""
		return self.after.result - self.before.result


@dataclass(frozen=True, slots=True)
class ScenarioResult:
	"""Lines by year and bearer; obstacles are usage that cannot be priced, which counts as not charged."""

	lines: tuple[YearLine, ...]
	obstacles: tuple[Obstacle, ...] = ()

	def year(self, number: int) -> list[YearLine]:
		return [line for line in self.lines if line.year == number]

	def total(self, number: int) -> YearLine:
		"""All bearers of a year together."""
		lines = self.year(number)
		return YearLine(
			number,
			Bearer(""),
			sum((line.before for line in lines), Figures()),
			sum((line.after for line in lines), Figures()),
		)


def check_changes(changes: Sequence[Change]) -> None:
	"""Refuse changes without a target or effect, doubles, and changes of what is retired by then.

	Raises ScenarioError.
	"""
	seen: dict[tuple, Change] = {}
	for change in changes:
		if not change.service:
			raise ScenarioError(
				f"Row {change.row}: choose what {change.kind} is about.", change.row, "it_service"
			)
		if change.kind in PERCENT_KINDS:
			_check_percent(change)
		key = (change.kind, change.service, change.offering, change.start)
		if key in seen:
			raise ScenarioError(
				f"Rows {seen[key].row} and {change.row} are the same change of {change.offering or change.service}."
				" Keep one of them.",
				change.row,
				"kind",
			)
		seen[key] = change
	_check_retired(changes)


def _check_percent(change: Change) -> None:
	if change.percent < -HUNDRED or not change.percent:
		raise ScenarioError(
			f"Row {change.row}: the change is {change.percent.normalize():f} %. Enter a percentage other than 0, not below -100.",
			change.row,
			"percent",
		)


def _check_retired(changes: Sequence[Change]) -> None:
	retired = {change.service: change for change in changes if change.kind == ChangeKind.RETIRE}
	for change in changes:
		end = retired.get(change.service)
		if not end or change is end:
			continue
		if end.start is None or (change.start is not None and change.start >= end.start):
			raise ScenarioError(
				f"Row {change.row} is about {change.service}, which row {end.row} retires before. Remove one of them.",
				change.row,
				"it_service",
			)
