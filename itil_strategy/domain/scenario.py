"""The financial effect of a changed strategy (FM-15): base months are changed and run through the same engines.

A month of the scenario is the base month of the same calendar month, or the base months in turn where they are fewer
than twelve, with the changes that are in force by then. Its cost is allocated and its usage priced by the very
functions that allocation and charging runs use, before and after, so that nothing but the changes makes a difference.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from itil_strategy.domain.allocation import allocate
from itil_strategy.domain.allocation_types import Allocation, Kind
from itil_strategy.domain.charging import calculate
from itil_strategy.domain.charging_types import ChargingRequest, Obstacle
from itil_strategy.domain.periods import add_months
from itil_strategy.domain.scenario_changes import Launches, change_allocation, change_charging
from itil_strategy.domain.scenario_types import (
	MONTHS_PER_YEAR,
	ZERO,
	BaseFacts,
	Bearer,
	Change,
	ChangeKind,
	Figures,
	Plan,
	ScenarioError,
	ScenarioResult,
	YearLine,
	check_changes,
)

MonthFigures = dict[Bearer, Figures]


def run_scenario(facts: BaseFacts, plan: Plan) -> ScenarioResult:
	"""Every bearer of cost in every year, before and after, sorted.

	Raises ScenarioError for changes that cannot be meant, a base that is no even part of a year, and whatever the
	allocation refuses.
	"""
	check_changes(plan.changes)
	if not facts.months or MONTHS_PER_YEAR % len(facts.months):
		raise ScenarioError(
			f"{len(facts.months)} base months do not fill a year evenly. Choose 1, 2, 3, 4, 6 or 12.",
			field="base_months",
		)
	return _Run(facts, plan).result()


class _Run:
	"""Months that are changed in the same way are worked out once."""

	def __init__(self, facts: BaseFacts, plan: Plan):
		self.facts, self.plan, self.months = facts, plan, facts.months
		self.known: dict[tuple, MonthFigures] = {}
		self.obstacles: dict[Obstacle, None] = {}

	def result(self) -> ScenarioResult:
		lines: list[YearLine] = []
		for year in range(1, self.plan.years + 1):
			lines.extend(self._year(year))
		return ScenarioResult(tuple(lines), tuple(self.obstacles))

	def _year(self, year: int) -> Iterator[YearLine]:
		before: dict[Bearer, Figures] = defaultdict(Figures)
		after: dict[Bearer, Figures] = defaultdict(Figures)
		first = (year - 1) * MONTHS_PER_YEAR
		for number in range(first, first + MONTHS_PER_YEAR):
			month = add_months(self.plan.start, number)
			base = self.months[_distance(self.months[0], month) % len(self.months)]
			_add(before, self._figures(base, (), {}))
			active = [change for change in self.plan.changes if change.is_active(month)]
			changes = tuple(change for change in active if change.kind != ChangeKind.LAUNCH)
			launches = [change for change in active if change.kind == ChangeKind.LAUNCH]
			_add(after, self._figures(base, changes, self._running(launches, month)))
			_add(after, self._beside(launches, month))
		for bearer in sorted(before.keys() | after.keys(), key=_bearer_key):
			yield YearLine(year, bearer, before[bearer], after[bearer])

	def _running(self, launches: Iterable[Change], month: date) -> dict[str, Decimal]:
		running: dict[str, Decimal] = defaultdict(Decimal)
		for change in launches:
			running[change.service] += _at(change.flows.running, self._age(change, month))
		return dict(running)

	def _beside(self, launches: Iterable[Change], month: date) -> MonthFigures:
		"""What a case plans that is no running cost."""
		found: dict[Bearer, Figures] = defaultdict(Figures)
		for change in launches:
			age = self._age(change, month)
			found[Bearer(change.service)] += Figures(
				investment=_at(change.flows.investment, age), benefits=_at(change.flows.benefits, age)
			)
		return found

	def _age(self, change: Change, month: date) -> int:
		return _distance(change.start or self.plan.start, month)

	def _figures(self, base: date, changes: Sequence[Change], launches: Launches) -> MonthFigures:
		key = (base, tuple(map(id, changes)), tuple(sorted(launches.items())))
		if key not in self.known:
			allocation = allocate(change_allocation(self.facts, base, changes, launches))
			found = _costs(allocation)
			costs = {bearer.service: figures.cost for bearer, figures in found.items() if bearer.service}
			for request in change_charging(self.facts, base, changes, costs):
				self._charge(request, found)
			self.known[key] = found
		return self.known[key]

	def _charge(self, request: ChargingRequest, found: MonthFigures) -> None:
		result = calculate(request)
		self.obstacles.update(dict.fromkeys(result.obstacles))
		for charge in result.charges:
			is_charged = charge.mode == "Chargeback"
			bearer = Bearer(charge.service)
			found[bearer] = found.get(bearer, Figures()) + Figures(
				charged=charge.amount if is_charged else ZERO, shown=ZERO if is_charged else charge.amount
			)


def _costs(allocation: Allocation) -> MonthFigures:
	"""Where every cent of the month ends: at a service, or at nobody. Cost that is stuck at a service is Unallocated."""
	found: dict[Bearer, Figures] = defaultdict(Figures)
	for line in allocation.lines:
		if line.kind == Kind.FINAL:
			found[Bearer(line.service)] += Figures(cost=line.amount)
		elif line.kind in (Kind.IDLE, Kind.UNALLOCATED, Kind.UNASSIGNED):
			found[Bearer("", line.kind)] += Figures(cost=line.amount)
	return dict(found)


def _add(sums: dict[Bearer, Figures], more: MonthFigures) -> None:
	for bearer, figures in more.items():
		sums[bearer] += figures


def _at(amounts: Sequence[Decimal], index: int) -> Decimal:
	return amounts[index] if 0 <= index < len(amounts) else ZERO


def _distance(start: date, month: date) -> int:
	"""Months from one to the other."""
	return (month.year - start.year) * MONTHS_PER_YEAR + month.month - start.month


def _bearer_key(bearer: Bearer) -> tuple:
	kinds = list(Kind)
	return (not bearer.service, bearer.service.encode(), kinds.index(bearer.kind))
