"""Raw values of the retirement analysis from plain facts of a service (SP-7), in exact fractions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

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
	points = [(Fraction(_ordinal(month)), value) for month, value in series.items()]
	mean_x = sum((x for x, _y in points), Fraction(0)) / len(points)
	mean_y = sum((y for _x, y in points), Fraction(0)) / len(points)
	if mean_y <= 0:
		return None
	slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _y in points)
	return 100 * MONTHS_PER_YEAR * slope / mean_y


def usage_index(facts: ServiceFacts) -> dict[date, Fraction]:
	"""Usage per month of the service, 1 on average, for offerings of any units.

	Each offering's quantity is divided by its own mean and counts with its share of what was charged and
	shown (equal shares when nothing was). Empty when no offering has usage.
	"""
	series = {}
	for offering in facts.offerings:
		quantities = [Fraction(offering.quantities.get(month, 0)) for month in facts.months]
		mean = sum(quantities) / len(quantities) if quantities else 0
		if mean > 0:
			series[offering.offering] = [quantity / mean for quantity in quantities]
	amounts = {
		offering.offering: max(Fraction(offering.amount), Fraction(0))
		for offering in facts.offerings
		if offering.offering in series
	}
	total = sum(amounts.values())
	shares = {
		name: amount / total if total else Fraction(1, len(amounts)) for name, amount in amounts.items()
	}
	if not series:
		return {}
	return {
		month: sum((shares[name] * values[position] for name, values in series.items()), Fraction(0))
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
	return sum(map(Fraction, facts.costs.values()), Fraction(0))


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
	units = sum(
		(Fraction(quantity) for offering in used for quantity in offering.quantities.values()), Fraction(0)
	)
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


def _ordinal(month: date) -> int:
	return month.year * MONTHS_PER_YEAR + month.month - 1


def _month(ordinal: int) -> date:
	year, month = divmod(ordinal, MONTHS_PER_YEAR)
	return date(year, month + 1, 1)
