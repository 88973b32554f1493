"""The figures of a business case: per option, and of the case as a whole (FM-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from itil_strategy.domain.case_model import CaseModel
from itil_strategy.domain.investment import (
	ZERO,
	Basis,
	ScheduleLine,
	benefit_cost_ratio,
	equal_annual_value,
	make_schedule,
	mirr,
	npv,
	payback,
	roi,
)
from itil_strategy.domain.irr import internal_rates
from itil_strategy.domain.periods import add_months


@dataclass(frozen=True, slots=True)
class OptionFigures:
	"""Figures of one option; None where a figure does not exist. Rates are yearly fractions, paybacks years.

	`schedule`, `npv`, the sums and `peak_funding` (the deepest the cumulative flow goes) are the option's own;
	`advantage` is its NPV less that of the reference, and rates, return, paybacks and benefit/cost are of choosing it
	instead of the reference.
	"""

	option: str
	schedule: tuple[ScheduleLine, ...]
	years: Decimal
	npv: Decimal
	advantage: Decimal
	rates: tuple[Decimal, ...]
	mirr: Decimal | None
	roi: Decimal | None
	payback: Decimal | None
	discounted_payback: Decimal | None
	benefit_cost: Decimal | None
	equal_annual: Decimal | None
	capex: Decimal
	opex: Decimal
	benefits: Decimal
	peak_funding: Decimal


def option_figures(
	model: CaseModel,
	option: str,
	finance_rate: Decimal | None = None,
	reinvestment_rate: Decimal | None = None,
) -> OptionFigures:
	"""All figures of an option at base; rates for the MIRR default to the discount rate."""
	flows, basis = model.flows(option), model.basis
	schedule = make_schedule(flows.net, basis)
	value = npv(flows.net, basis)
	years = Decimal(len(flows.net) - 1) / basis.per_year
	benefits, costs = model.gain(option)
	gained = [benefit - cost for benefit, cost in zip(benefits, costs, strict=True)]
	compared = make_schedule(gained, basis)
	reference = npv(model.flows(model.reference).net, basis) if model.reference else ZERO
	return OptionFigures(
		option=option,
		schedule=tuple(schedule),
		years=years,
		npv=value,
		advantage=value - reference,
		rates=internal_rates(gained, basis.convention, basis.period),
		mirr=mirr(
			gained,
			basis.rate if finance_rate is None else finance_rate,
			basis.rate if reinvestment_rate is None else reinvestment_rate,
			basis.period,
		),
		roi=roi(sum(benefits, ZERO), sum(costs, ZERO)),
		payback=payback([line.cumulative for line in compared], basis),
		discounted_payback=payback([line.cumulative_present for line in compared], basis),
		benefit_cost=benefit_cost_ratio(benefits, costs, basis),
		equal_annual=equal_annual_value(value, basis.rate, years),
		capex=sum(flows.capex, ZERO),
		opex=sum(flows.opex, ZERO),
		benefits=sum(flows.benefits, ZERO),
		peak_funding=-min(ZERO, *(line.cumulative for line in schedule)),
	)


def have_unequal_lives(figures: Sequence[OptionFigures]) -> bool:
	"""True where options with flows last differently long: their NPV compares only by equal annual value."""
	return len({figure.years for figure in figures if figure.capex or figure.opex or figure.benefits}) > 1


def spend_by_month(spend: Sequence[Decimal], start: date, basis: Basis) -> dict[date, Decimal]:
	"""Spend told by calendar month: period 0 in the month of the start, a later period evenly over its months."""
	months = 12 // basis.per_year
	found: dict[date, Decimal] = {}
	first = start.replace(day=1)
	for period, amount in enumerate(spend):
		if not amount:
			continue
		span = range((period - 1) * months, period * months) if period else range(1)
		for offset in span:
			month = add_months(first, offset)
			found[month] = found.get(month, ZERO) + amount / len(span)
	return found


def spend_by_year(
	spend: Sequence[Decimal], start: date, basis: Basis, years: Mapping[str, tuple[date, date]]
) -> tuple[dict[str, Decimal], tuple[date, ...]]:
	"""Spend per fiscal year, and the months of it that no year covers; `years` are first and last days."""
	found: dict[str, Decimal] = {}
	uncovered = []
	for month, amount in sorted(spend_by_month(spend, start, basis).items()):
		day = max(month, start)
		year = next((name for name, (first, last) in years.items() if first <= day <= last), None)
		if year is None:
			uncovered.append(month)
		else:
			found[year] = found.get(year, ZERO) + amount
	return found, tuple(uncovered)


def value_at_rate(model: CaseModel, option: str, rate: Decimal) -> Decimal:
	"""What the option is worth against the reference at another yearly rate, e.g. the hurdle rate.

	With several internal rates, or none, this is what decides.
	"""
	basis = model.basis
	benefits, costs = model.gain(option)
	gained = [benefit - cost for benefit, cost in zip(benefits, costs, strict=True)]
	return npv(gained, Basis(rate, basis.convention, basis.period))
