"""Forecast of services to the end of a fiscal year, from the ledger (FM-5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from frappe.utils import add_months, getdate

from itil_strategy.domain.forecast import (
	Backtest,
	Forecast,
	MonthValue,
	backtest_many,
	forecast_many,
	make_year,
)
from itil_strategy.domain.periods import month_start, months_between
from itil_strategy.utils.costing import direct_cost_by_month
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.money import currency_precision

# Four years show a season; what is older tells of another service.
HISTORY_MONTHS = 48
NO_HISTORY, YEAR_IS_OVER = "no cost before", "the year is over"
# By service and month.
Costs = dict[str, dict[date, Decimal]]


@dataclass(frozen=True, slots=True)
class ServiceForecast:
	"""The months of the year, how those ahead were found, and how well that would have done before."""

	months: tuple[MonthValue, ...]
	model: str
	backtest: Backtest


def forecast_services(
	costs: Costs, year: Year, services: Sequence[str], method: str, today: date
) -> dict[str, ServiceForecast]:
	"""Run Rate or Trend and Season for every service, from costs that were loaded."""
	histories = {service: history_of(costs, service, today) for service in services}
	ahead = months_ahead(year, today)
	precision = currency_precision()
	found = forecast_many(histories, len(ahead), method, precision) if ahead else {}
	tested = backtest_many(histories, method, precision)
	return {
		service: ServiceForecast(
			make_year(
				year.months,
				costs.get(service, {}),
				dict(zip(ahead, found[service].values, strict=True)) if service in found else {},
				month_start(today),
			),
			_model_of(found.get(service), bool(ahead)),
			tested[service],
		)
		for service in services
	}


def _model_of(forecast: Forecast | None, has_months_ahead: bool) -> str:
	if forecast:
		return forecast.model
	return NO_HISTORY if has_months_ahead else YEAR_IS_OVER


def load_costs(company: str, year: Year, services: Sequence[str], today: date) -> Costs:
	"""Direct cost by month, from as far back as a forecast looks to the end of the year; one query for the sums."""
	first = min(getdate(add_months(month_start(today), -HISTORY_MONTHS)), year.months[0])
	last = max(year.months[-1], month_start(today))
	costs: Costs = defaultdict(dict)
	for (service, month), amount in direct_cost_by_month(company, services, [first, last]).items():
		costs[service][month] = amount
	return dict(costs)


def history_of(costs: Costs, service: str, until: date) -> list[Decimal]:
	"""Complete months before `until`, from the first one that cost something; without gaps."""
	booked, last = costs.get(service, {}), month_start(until)
	first = getdate(add_months(last, -HISTORY_MONTHS))
	known = [month for month in booked if first <= month < last]
	if not known:
		return []
	return [booked.get(month, Decimal(0)) for month in months_between(min(known), last)]


def actual_of(costs: Costs, year: Year, service: str) -> Decimal | None:
	"""What the year has cost so far; None for a year that begins within a month, which months do not tell."""
	if year.start.day != 1 or year.end.day != 1:
		return None
	booked = costs.get(service, {})
	return sum((booked[month] for month in year.months if month in booked), Decimal(0))


def months_ahead(year: Year, today: date) -> list[date]:
	"""From this month to the end of the year; none when the year is over."""
	return months_between(month_start(today), year.end)
