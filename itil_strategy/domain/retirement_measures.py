"""Raw values of the retirement analysis from plain facts of a service (SP-7), in exact fractions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm

from itil_strategy.domain.periods import month_start

MONTHS_PER_YEAR = 12
MIN_TREND_MONTHS = 3
Series = Mapping[date, Fraction]


@dataclass(frozen=True, slots=True)
class OfferingFacts:
	"""Usage of an offering: units per month (months without usage may be left out), and what was charged
	and shown for it in the window, in company currency."""

	offering: str
	uom: str
	quantities: Mapping[date, Decimal] = field(default_factory=dict)
	amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Contribution:
	"""What the service does for an active objective: contribution in percent, weight of the objective of 100."""

	objective: str
	contribution: Decimal
	weight: Decimal


@dataclass(frozen=True, slots=True)
class ServiceFacts:
	"""Everything that is known of one service over a window of complete calendar months.

	- `months`: those of the window in which the service was in operation (see `service_months`)
	- `costs`: full cost per month of the window, company currency
	- `charged`: Chargeback charges of the window, None when there was none; `shown`: Showback charges;
	  `external_income`: the part of `charged` that customers outside the company pay
	- `contributions`: None when no active objective exists; empty when the service serves none
	- `technical_fit`, `functional_fit`: 1 to 4, None when never assessed
	- `satisfaction`: 0 to 100; `complaint_rate`: complaints per active customer and year
	- `dependents`: services in use that need this one; `uncharged_usage`: what is measured and not charged yet
	- `commitments`: what customers are promised now; `lasting_commitments`: those that would outlast the service
	- `stranded_cost`: cost per year that the service passes on to others when it goes; `exit_cost`: one-off
	"""

	service: str
	months: tuple[date, ...]
	offerings: tuple[OfferingFacts, ...] = ()
	active_customers: int = 0
	costs: Mapping[date, Decimal] = field(default_factory=dict)
	charged: Decimal | None = None
	shown: Decimal = Decimal(0)
	external_income: Decimal = Decimal(0)
	contributions: tuple[Contribution, ...] | None = None
	technical_fit: int | None = None
	functional_fit: int | None = None
	satisfaction: Decimal | None = None
	complaint_rate: Decimal | None = None
	dependents: tuple[str, ...] = ()
	uncharged_usage: tuple[str, ...] = ()
	commitments: tuple[str, ...] = ()
	lasting_commitments: tuple[str, ...] = ()
	successor: str | None = None
	stranded_cost: Decimal | None = None
	exit_cost: Decimal | None = None


def window_months(last_month: date, months: int) -> tuple[date, ...]:
	"""First days of the `months` calendar months that end with `last_month`."""
	last = _ordinal(last_month)
	return tuple(map(_month, range(last - months + 1, last + 1)))


def service_months(
	window: Sequence[date], operational_from: date | None, last_day: date | None
) -> tuple[date, ...]:
	"""Months of the window from the one the service went live in to the one of its last day (inclusive)."""
	return tuple(
		month
		for month in window
		if (operational_from is None or month >= month_start(operational_from))
		and (last_day is None or month <= month_start(last_day))
	)


def trend(series: Series) -> Fraction | None:
	"""Percent per year: 100 × 12 × least-squares slope per month ÷ mean.

	None with fewer than three months or a mean that is not above zero.
	"""
	if len(series) < MIN_TREND_MONTHS:
		return None
	xs = [_ordinal(month) for month in series]
	# The trend is a ratio of sums of y, so their common denominator cancels.
	ys, _denominator = _over_one_denominator(series.values())
	count, sum_x, sum_y = len(xs), sum(xs), sum(ys)
	if sum_y <= 0:
		return None
	covariance = count * sum(x * y for x, y in zip(xs, ys, strict=True)) - sum_x * sum_y
	variance = count * sum(x * x for x in xs) - sum_x**2
	return Fraction(100 * MONTHS_PER_YEAR * count * covariance, variance * sum_y)


def usage_index(facts: ServiceFacts) -> dict[date, Fraction]:
	"""Usage per month of the service, 1 on average, for offerings of any units.

	Each offering's quantity is divided by its own mean and counts with its share of what was charged and
	shown (equal shares when nothing was). Empty when no offering has usage.
	"""
	used, amounts = [], []
	for offering in facts.offerings:
		units, _denominator = _over_one_denominator(
			offering.quantities.get(month, 0) for month in facts.months
		)
		if sum(units) > 0:
			used.append(units)
			amounts.append(max(offering.amount, 0))
	if not used:
		return {}
	shares, _denominator = _over_one_denominator(amounts)
	if not any(shares):
		shares = [1] * len(used)
	# Of each offering share x units / mean, all over the one denominator: total of shares x common total.
	common = lcm(*map(sum, used))
	factors = [share * common // sum(units) for share, units in zip(shares, used, strict=True)]
	denominator = sum(shares) * common
	return {
		month: Fraction(
			len(facts.months)
			* sum(factor * units[position] for factor, units in zip(factors, used, strict=True)),
			denominator,
		)
		for position, month in enumerate(facts.months)
	}


def unit_costs(facts: ServiceFacts, index: Series) -> dict[date, Fraction]:
	"""Cost of each month ÷ usage index, for months with usage and cost."""
	return {
		month: Fraction(facts.costs[month]) / usage
		for month, usage in index.items()
		if usage > 0 and facts.costs.get(month)
	}


def full_cost(facts: ServiceFacts) -> Fraction:
	"""Cost of all months of the window."""
	return total(facts.costs.values())


def strategic_contribution(facts: ServiceFacts) -> Fraction | None:
	"""Percent: Σ contribution × weight of the objective ÷ 100 over active objectives (SP-9)."""
	if facts.contributions is None:
		return None
	return sum(
		(Fraction(row.contribution) * Fraction(row.weight) / 100 for row in facts.contributions), Fraction(0)
	)


def recovery(facts: ServiceFacts) -> Fraction | None:
	"""Percent of cost that was charged; None for a service that is not charged or has no cost."""
	cost = full_cost(facts)
	if facts.charged is None or cost <= 0:
		return None
	return 100 * Fraction(facts.charged) / cost


def unit_cost(facts: ServiceFacts) -> tuple[Fraction | None, str | None]:
	"""Cost of the window ÷ its units, and the unit; (None, None) when used offerings differ in unit."""
	used = [offering for offering in facts.offerings if any(offering.quantities.values())]
	units = total(quantity for offering in used for quantity in offering.quantities.values())
	uoms = {offering.uom for offering in used}
	if len(uoms) != 1 or units <= 0:
		return None, None
	return full_cost(facts) / units, uoms.pop()


def raw_values(facts: ServiceFacts) -> dict[str, Fraction | None]:
	"""The value of every indicator by key, None where there is no figure to judge by."""
	index = usage_index(facts)
	return {
		"usage_trend": trend(index),
		"active_customers": Fraction(facts.active_customers) if facts.offerings else None,
		"satisfaction": _fraction(facts.satisfaction),
		"complaint_rate": _fraction(facts.complaint_rate),
		"strategic_contribution": strategic_contribution(facts),
		"functional_fit": _fraction(facts.functional_fit),
		"technical_fit": _fraction(facts.technical_fit),
		"recovery": recovery(facts),
		"unit_cost_trend": trend(unit_costs(facts, index)),
	}


def _fraction(value: Decimal | int | None) -> Fraction | None:
	return None if value is None else Fraction(value)


def _over_one_denominator(values: Iterable[Decimal | Fraction | int]) -> tuple[list[int], int]:
	"""The numerators of the values over their least common denominator, and that.

	Integers instead of a Fraction for each value: every step of a Fraction looks for a common divisor.
	"""
	ratios = [value.as_integer_ratio() for value in values]
	denominator = lcm(*(below for _above, below in ratios))
	return [above * (denominator // below) for above, below in ratios], denominator


def total(values: Iterable[Decimal | Fraction | int]) -> Fraction:
	"""The exact sum."""
	numerators, denominator = _over_one_denominator(values)
	return Fraction(sum(numerators), denominator)


def _ordinal(month: date) -> int:
	return month.year * MONTHS_PER_YEAR + month.month - 1


def _month(ordinal: int) -> date:
	year, month = divmod(ordinal, MONTHS_PER_YEAR)
	return date(year, month + 1, 1)
