"""Recovery of cost and the rate that follows from it (FM-12): cost, price and charge stay apart.

Price is what usage is worth by the policies, whether it is charged or only shown; what corrections and disputes
change is kept beside it, so that price + corrections = charged + shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

ZERO, HUNDRED = Decimal(0), Decimal(100)
# The mean of so many of the last months is the forecast of each month to come, as in Supply and Demand.
FORECAST_MONTHS = 3
DIGITS = 60


@dataclass(frozen=True, slots=True)
class ServiceMoney:
	"""What a service cost and brought in over the months of a window; all in company currency.

	`cost` and `units` are per month; months without any are left out. `units` is None for a service whose offerings
	are counted in several units: a rate per unit means nothing then. `budget` is the direct cost that a budget plans
	for as many months to come, None without one; `allocated` is what allocation added to direct cost in the window,
	or took from it.
	"""

	service: str
	cost: Mapping[date, Decimal]
	price: Decimal
	corrections: Decimal
	charged: Decimal
	shown: Decimal
	units: Mapping[date, Decimal] | None
	budget: Decimal | None = None
	allocated: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Recovery:
	"""Recovery of one service, and the rate that would make up for it in a window of the same length."""

	service: str
	cost: Decimal
	price: Decimal
	corrections: Decimal
	charged: Decimal
	shown: Decimal
	units: Decimal | None
	planned_cost: Decimal
	is_budgeted: bool
	forecast_units: Decimal | None
	next_rate: Decimal | None

	@property
	def recovery(self) -> Decimal:
		"""Charged − cost: below 0 cost was not recovered."""
		return self.charged - self.cost

	@property
	def percent(self) -> Decimal | None:
		"""Charged in percent of cost; None where nothing was spent."""
		return self.charged / self.cost * HUNDRED if self.cost > 0 else None

	@property
	def unit_cost(self) -> Decimal | None:
		return _per_unit(self.cost, self.units)

	@property
	def unit_price(self) -> Decimal | None:
		return _per_unit(self.price, self.units)


def next_rate(planned_cost: Decimal, recovery: Decimal, forecast_units: Decimal | None) -> Decimal | None:
	"""(planned cost + under-recovery, or − over-recovery) ÷ forecast units; None for no units (FM-12).

	`recovery` is charged − cost, so under-recovery is −recovery and over-recovery is recovery.
	"""
	return _per_unit(planned_cost - recovery, forecast_units)


def recover(
	money: ServiceMoney, months: Sequence[date], cost_change: Decimal = ZERO, carry: bool = True
) -> Recovery:
	"""The recovery over `months`, and the rate of as many months to come.

	Planned cost is the cost of the window changed by `cost_change` percent; with a budget it is the budget, and only
	what allocation adds to direct cost, which no budget of the service holds, is that of the window, changed. With
	`carry` what was recovered too little or too much is made up for. The answer does not depend on the order of
	the months.
	"""
	with localcontext() as context:
		context.prec = DIGITS
		cost = sum(money.cost.values(), ZERO)
		changed = 1 + cost_change / HUNDRED
		planned = cost * changed if money.budget is None else money.budget + money.allocated * changed
		units = forecast = None
		if money.units is not None:
			units = sum(money.units.values(), ZERO)
			last = sorted(months)[-FORECAST_MONTHS:]
			mean = sum((money.units.get(month, ZERO) for month in last), ZERO) / len(last)
			forecast = mean * len(months)
		recovery = money.charged - cost
		return Recovery(
			service=money.service,
			cost=cost,
			price=money.price,
			corrections=money.corrections,
			charged=money.charged,
			shown=money.shown,
			units=units,
			planned_cost=planned,
			is_budgeted=money.budget is not None,
			forecast_units=forecast,
			next_rate=next_rate(planned, recovery if carry else ZERO, forecast),
		)


def _per_unit(amount: Decimal, units: Decimal | None) -> Decimal | None:
	return amount / units if units is not None and units > 0 else None
