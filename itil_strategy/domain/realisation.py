"""What became of an approved case: planned against actual per period, and its value seen from today (FM-14)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from itil_strategy.domain.investment import ZERO, Basis
from itil_strategy.domain.periods import add_months, month_start

ON_TRACK, RE_APPROVE, STOP = "On track", "Re-approve", "Stop"
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class PeriodResult:
	"""Planned and actual of a period; actual None where nothing is known (yet)."""

	period: int
	planned_benefit: Decimal
	actual_benefit: Decimal | None
	planned_cost: Decimal
	actual_cost: Decimal | None  # of its OpEx and CapEx at least one is known, the other as planned

	@property
	def planned(self) -> Decimal:
		return self.planned_benefit - self.planned_cost


@dataclass(frozen=True, slots=True)
class Realisation:
	"""Net present values of the whole case at its start.

	`as_planned`: actuals so far, and the rest as planned; `as_so_far`: the rest scaled by the ratios of actual
	to planned so far (None where nothing planned was measured); `rest`: value of what is still to come, as so far.
	"""

	lines: tuple[PeriodResult, ...]
	planned: Decimal
	as_planned: Decimal
	as_so_far: Decimal
	benefit_ratio: Decimal | None
	cost_ratio: Decimal | None
	rest: Decimal


def realise(
	planned_benefits: Sequence[Decimal],
	planned_opex: Sequence[Decimal],
	actual_benefits: Mapping[int, Decimal],
	actual_opex: Mapping[int, Decimal],
	basis: Basis,
	over: Collection[int] = (),
	planned_capex: Sequence[Decimal] | None = None,
	actual_capex: Mapping[int, Decimal] | None = None,
) -> Realisation:
	"""Compare plan and actuals of periods 0 … n; what is not known of a period that is `over` counts as planned.

	OpEx and CapEx are known or not each for itself: the ratio of cost is of those that are known.
	"""
	planned_capex, actual_capex = planned_capex or [ZERO] * len(planned_opex), actual_capex or {}
	benefits, opex, capex = (
		[(amount, actual.get(period)) for period, amount in enumerate(amounts)]
		for amounts, actual in (
			(planned_benefits, actual_benefits),
			(planned_opex, actual_opex),
			(planned_capex, actual_capex),
		)
	)
	benefit_ratio, cost_ratio = _ratio(benefits), _ratio([*opex, *capex])
	lines = []
	planned = as_planned = as_so_far = rest = ZERO
	for period, (gained, running, invested, factor) in enumerate(
		zip(benefits, opex, capex, basis.factors(len(benefits)), strict=True)
	):
		line = PeriodResult(period, *gained, running[0] + invested[0], _known(running, invested))
		lines.append(line)
		benefit = _see(*gained, benefit_ratio, period in over)
		costs = [_see(*cost, cost_ratio, period in over) for cost in (running, invested)]
		planned += line.planned * factor
		as_planned += (benefit.as_planned - sum(cost.as_planned for cost in costs)) * factor
		as_so_far += (benefit.as_so_far - sum(cost.as_so_far for cost in costs)) * factor
		rest += (benefit.rest - sum(cost.rest for cost in costs)) * factor
	lines = tuple(lines)
	return Realisation(lines, planned, as_planned, as_so_far, benefit_ratio, cost_ratio, rest)


def judge(found: Realisation, approved: Decimal, tolerance: Decimal) -> str:
	"""Stop where what is still to come is worth less than nothing, re-approve where the value fell beyond tolerance.

	`approved` is the NPV as approved, `tolerance` a fraction of it.
	"""
	is_open = any(line.actual_benefit is None and line.planned_benefit for line in found.lines)
	if is_open and found.rest < 0:
		return STOP
	if approved - found.as_so_far > abs(approved) * tolerance:
		return RE_APPROVE
	return ON_TRACK


def months_of_period(period: int, start: date, basis: Basis) -> list[date]:
	"""First days of the calendar months of a period, as its spend is planned: period 0 in the month of the start,
	which is the first month of period 1 too."""
	first = month_start(start)
	if not period:
		return [first]
	months = 12 // basis.per_year
	return [add_months(first, offset) for offset in range((period - 1) * months, period * months)]


def booked_opex(
	booked: Mapping[date, Decimal],
	planned_opex: Sequence[Decimal],
	start: date,
	basis: Basis,
	over: Collection[int],
) -> dict[int, Decimal]:
	"""Expense per period that is `over`, of expense per month; none where no OpEx is planned or nothing is booked.

	The month of the start belongs to the periods 0 and 1: it pays for period 0 up to its plan, then for period 1.
	"""
	first = booked.get(month_start(start), ZERO)
	at_start = min(planned_opex[0], max(first, ZERO)) if planned_opex else ZERO
	found = {}
	for period in over:
		amounts = [booked[month] for month in months_of_period(period, start, basis) if month in booked]
		if not amounts or not planned_opex[period]:
			continue
		found[period] = sum(amounts, ZERO) - (at_start if period == 1 else ZERO) if period else at_start
	return found


def bought_capex(
	bought: Mapping[date, Decimal],
	planned_capex: Sequence[Decimal],
	start: date,
	basis: Basis,
	over: Collection[int],
) -> dict[int, Decimal]:
	"""Investment per period that is `over`, of assets bought per month; none where no CapEx is planned at all.

	The month of the start pays for period 0 up to its plan, then for period 1. Less than the plan of period 0 is not
	known before period 1 is over, for the rest may come. Where nothing was bought, the investment is not known; but
	when more than planned was bought in another period it was early or late, and this one cost nothing.
	"""
	if not any(planned_capex):
		return {}
	sums = {
		period: sum((bought.get(month, ZERO) for month in months_of_period(period, start, basis)), ZERO)
		for period in range(len(planned_capex))
	}
	sums[0] = min(planned_capex[0], sums[0])
	if 1 in sums:
		sums[1] -= sums[0]
		if 1 not in over and sums[0] < planned_capex[0]:
			sums[0] = ZERO
	found = {period: sums[period] for period in over if sums[period]}
	if any(amount > planned_capex[period] for period, amount in found.items()):
		found = {period: ZERO for period in over if planned_capex[period]} | found
	return found


@dataclass(frozen=True, slots=True)
class _Seen:
	"""An amount if the rest goes as planned, if it goes as so far, and what of it is still to come."""

	as_planned: Decimal
	as_so_far: Decimal
	rest: Decimal


def _see(planned: Decimal, actual: Decimal | None, ratio: Decimal | None, is_over: bool) -> _Seen:
	if actual is not None:
		return _Seen(actual, actual, ZERO)
	if is_over:
		return _Seen(planned, planned, ZERO)
	scaled = planned * (ONE if ratio is None else ratio)
	return _Seen(planned, scaled, scaled)


def _known(*costs: tuple[Decimal, Decimal | None]) -> Decimal | None:
	"""Sum of actual costs, those that are not known as planned; None where none is."""
	if all(actual is None for _planned, actual in costs):
		return None
	return sum((planned if actual is None else actual for planned, actual in costs), ZERO)


def _ratio(pairs: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
	"""Actual ÷ planned of what is known."""
	known = [(planned, actual) for planned, actual in pairs if actual is not None]
	planned = sum((planned for planned, _actual in known), ZERO)
	return sum((actual for _planned, actual in known), ZERO) / planned if planned else None
