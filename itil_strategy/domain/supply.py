"""Supply and demand per offering and month: capacity, promises, usage, forecast, what is idle and what it costs (BR-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from itil_strategy.domain.capacity import NOTHING, Promise, exact, promised_in
from itil_strategy.domain.periods import month_start

# The forecast is the mean of so many complete months; shown as such until a better one exists.
FORECAST_MONTHS = 3


@dataclass(frozen=True, slots=True)
class OfferingSupply:
	"""What is known of an offering; a capacity of 0 is no limit."""

	offering: str
	service: str
	unit: str
	capacity: Decimal
	commitments: tuple[Promise, ...] = ()
	pipeline: tuple[Promise, ...] = ()
	usage: Mapping[date, Decimal] = field(default_factory=dict)
	cost: Mapping[date, Decimal] = field(default_factory=dict)
	operational_from: date | None = None


@dataclass(frozen=True, slots=True)
class SupplyRow:
	"""One offering in one month; units, and money for the idle part.

	`demand` is what has to be delivered: measured usage of months that are over, otherwise the larger of
	what is promised and what is forecast. `spare` (None without a limit) is negative when it is too much.
	"""

	offering: str
	service: str
	month: date
	unit: str
	capacity: Fraction | None
	committed: Fraction
	pipeline: Fraction
	usage: Fraction | None
	forecast: Fraction | None
	demand: Fraction
	spare: Fraction | None
	utilisation: Fraction | None
	idle_cost: Fraction | None

	@property
	def is_over(self) -> bool:
		return self.spare is not None and self.spare < 0

	@property
	def is_over_promised(self) -> bool:
		"""Promises alone exceed the capacity."""
		return self.capacity is not None and self.committed + self.pipeline > self.capacity


def make_rows(supply: OfferingSupply, months: Sequence[date], today: date) -> list[SupplyRow]:
	"""The months of an offering in their order."""
	forecast = forecast_usage(supply, today)
	this_month = month_start(today)
	return [_row(supply, month, month < this_month, forecast) for month in months]


def forecast_usage(supply: OfferingSupply, today: date) -> Fraction | None:
	"""Mean usage of the last complete months in operation; None before the first one is over."""
	first = month_start(supply.operational_from) if supply.operational_from else date.min
	months = []
	month = month_start(today)
	for _number in range(FORECAST_MONTHS):
		month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
		if month >= first:
			months.append(month)
	if not months:
		return None
	return sum((Fraction(supply.usage.get(month, 0)) for month in months), Fraction(0)) / len(months)


def _row(supply: OfferingSupply, month: date, is_over: bool, forecast: Fraction | None) -> SupplyRow:
	capacity = exact(supply.capacity) if supply.capacity else None
	committed, pipeline = promised_in(supply.commitments, month), promised_in(supply.pipeline, month)
	usage = Fraction(supply.usage.get(month, 0)) if is_over else None
	expected = None if is_over else forecast
	demand = usage if usage is not None else max(committed + pipeline, expected or NOTHING)
	spare = None if capacity is None else capacity - demand
	return SupplyRow(
		offering=supply.offering,
		service=supply.service,
		month=month,
		unit=supply.unit,
		capacity=capacity,
		committed=committed,
		pipeline=pipeline,
		usage=usage,
		forecast=expected,
		demand=demand,
		spare=spare,
		utilisation=None if capacity is None else demand / capacity,
		idle_cost=None if usage is None else _idle_cost(supply.cost.get(month), capacity, spare),
	)


def _idle_cost(
	cost: Decimal | Fraction | None, capacity: Fraction | None, spare: Fraction | None
) -> Fraction | None:
	"""The part of the month's cost that paid for capacity nobody used (practical-capacity costing)."""
	if capacity is None or cost is None:
		return None
	return Fraction(cost) * spare / capacity if spare > 0 else NOTHING


def share_cost(
	cost: Decimal, offerings: Sequence[str], weights: Mapping[str, Decimal]
) -> dict[str, Fraction]:
	"""A service's cost over its offerings by weight (what they charge); evenly when nothing is charged."""
	weighed = {name: max(weights.get(name, Decimal(0)), Decimal(0)) for name in offerings}
	total = sum(weighed.values(), Decimal(0))
	if not total:
		return {name: Fraction(cost) / len(offerings) for name in offerings}
	# One fraction for each: every step of a fraction looks for a common divisor.
	above, below = cost.as_integer_ratio()
	whole, parts = total.as_integer_ratio()
	return {
		name: Fraction(above * share * parts, below * of * whole)
		for name, (share, of) in ((name, weight.as_integer_ratio()) for name, weight in weighed.items())
	}
