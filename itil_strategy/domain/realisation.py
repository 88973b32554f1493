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
	actual_cost: Decimal | None

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
	planned_costs: Sequence[Decimal],
	actual_benefits: Mapping[int, Decimal],
	actual_costs: Mapping[int, Decimal],
	basis: Basis,
	over: Collection[int] = (),
) -> Realisation:
	"""Compare plan and actuals of periods 0 … n; what is not known of a period that is `over` counts as planned."""
	lines = tuple(
		PeriodResult(period, benefit, actual_benefits.get(period), cost, actual_costs.get(period))
		for period, (benefit, cost) in enumerate(zip(planned_benefits, planned_costs, strict=True))
	)
	benefit_ratio = _ratio([(line.planned_benefit, line.actual_benefit) for line in lines])
	cost_ratio = _ratio([(line.planned_cost, line.actual_cost) for line in lines])
	planned = as_planned = as_so_far = rest = ZERO
	for line, factor in zip(lines, basis.factors(len(lines)), strict=True):
		benefit = _see(line.planned_benefit, line.actual_benefit, benefit_ratio, line.period in over)
		cost = _see(line.planned_cost, line.actual_cost, cost_ratio, line.period in over)
		planned += line.planned * factor
		as_planned += (benefit.as_planned - cost.as_planned) * factor
		as_so_far += (benefit.as_so_far - cost.as_so_far) * factor
		rest += (benefit.rest - cost.rest) * factor
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


def months_of_period(period: int, start: date, basis: Basis, approved_on: date | None = None) -> list[date]:
	"""First days of the calendar months of a period; period 0 has those from the approval to before the start."""
	first = month_start(start)
	if period:
		months = 12 // basis.per_year
		return [add_months(first, offset) for offset in range((period - 1) * months, period * months)]
	month = month_start(approved_on) if approved_on else first
	found = []
	while month < first:
		found.append(month)
		month = add_months(month, 1)
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


def _ratio(pairs: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
	"""Actual ÷ planned of what is known."""
	known = [(planned, actual) for planned, actual in pairs if actual is not None]
	planned = sum((planned for planned, _actual in known), ZERO)
	return sum((actual for _planned, actual in known), ZERO) / planned if planned else None
