"""Budget, use and forecast of services in a year, read in a fixed number of queries (FM-5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from itil_strategy.domain.budgeting import Use, effective_limit
from itil_strategy.domain.forecast import year_end
from itil_strategy.it_finance.budgeting.accuracy import last_snapshots, measure
from itil_strategy.it_finance.budgeting.forecasts import (
	NO_HISTORY,
	Costs,
	actual_of,
	forecast_services,
	load_costs,
)
from itil_strategy.it_finance.budgeting.required import Required, required_by_service
from itil_strategy.utils.budget_ceilings import SERVICE, load_ceilings
from itil_strategy.utils.consumption import commitments_of_services, use_of_services
from itil_strategy.utils.erpnext_budget import budget_by_service
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.funds import open_reservations

LAST_SNAPSHOT = "Last Snapshot"
ZERO = Decimal(0)
NOTHING = Required(ZERO, ())


@dataclass(frozen=True, slots=True)
class ForecastFigure:
	"""The year end, how it was found, and errors (MASE) beside those of the naive forecast."""

	amount: Decimal
	model: str
	error: float | None
	naive_error: float | None
	snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
	"""One service in one year, company currency. `forecast` is None where there is nothing to go by."""

	service: str
	budget: Decimal | None
	ceiling: Decimal | None
	use: Use
	reserved: Decimal
	forecast: ForecastFigure | None
	required: Required

	@property
	def limit(self) -> Decimal | None:
		return effective_limit(self.budget, self.ceiling)

	@property
	def available(self) -> Decimal | None:
		"""None without a limit."""
		return None if self.limit is None else self.limit - self.use.total - self.reserved

	@property
	def over(self) -> Decimal | None:
		"""What the forecast is above the limit; negative where it is below."""
		if self.limit is None or self.forecast is None:
			return None
		return self.forecast.amount - self.limit

	@property
	def is_empty(self) -> bool:
		known = (self.budget, self.ceiling, self.forecast and self.forecast.amount, self.reserved)
		return not (any(known) or self.use.actual or self.use.committed or self.required != NOTHING)


def load_outlook(
	company: str, year: Year, services: Sequence[str], method: str, today: date
) -> list[Outlook]:
	"""Services that have any figure, in the order given."""
	budgets = budget_by_service(company, year.start, year.end, services)
	ceilings = {
		ceiling.subject: ceiling.limit
		for ceiling in load_ceilings(company, year.name)
		if ceiling.kind == SERVICE
	}
	costs = load_costs(company, year, services, today)
	used = _use_of(company, year, services, costs)
	reserved: dict[str, Decimal] = defaultdict(Decimal)
	for item in open_reservations(company, year, {SERVICE: services}):
		reserved[item.line.source[1]] += item.open_amount
	forecasts = load_forecasts(company, year, services, costs, method, today)
	required = required_by_service(company, year, services, today)
	outlooks = (
		Outlook(
			service=service,
			budget=budgets.get(service),
			ceiling=ceilings.get(service),
			use=used[service],
			reserved=reserved[service],
			forecast=forecasts.get(service),
			required=required.get(service, NOTHING),
		)
		for service in services
	)
	return [outlook for outlook in outlooks if not outlook.is_empty]


def _use_of(company: str, year: Year, services: Sequence[str], costs: Costs) -> dict[str, Use]:
	"""From the costs by month where they tell it, so that the ledger is summed once."""
	actual = {service: actual_of(costs, year, service) for service in services}
	if None in actual.values():
		return use_of_services(company, year, services)
	committed = commitments_of_services(company, year, services)
	return {service: Use(actual[service], committed[service]) for service in services}


def load_forecasts(
	company: str, year: Year, services: Sequence[str], costs: Costs, method: str, today: date
) -> dict[str, ForecastFigure]:
	"""Computed now with its backtest, or as last made with its error against what came."""
	if method == LAST_SNAPSHOT:
		return _from_snapshots(company, year, services, today)
	return {
		service: ForecastFigure(
			year_end(made.months), made.model, made.backtest.error, made.backtest.naive_error
		)
		for service, made in forecast_services(costs, year, services, method, today).items()
		# Without a history, what is booked is all that can be said, and nothing is no forecast.
		if made.model != NO_HISTORY or year_end(made.months)
	}


def _from_snapshots(
	company: str, year: Year, services: Sequence[str], today: date
) -> dict[str, ForecastFigure]:
	made = last_snapshots(company, year.name, services)
	if not made:
		return {}
	costs = load_costs(company, year, sorted(made), min(item.made_on for item in made.values()))
	figures = {}
	for service, item in made.items():
		found = measure(costs, service, item.made_on, item.expected, today)
		model = f"{item.method}, {item.made_on:%Y-%m-%d}"
		figures[service] = ForecastFigure(
			item.year_end, model, found.error, found.naive_error, snapshot=item.name
		)
	return figures
