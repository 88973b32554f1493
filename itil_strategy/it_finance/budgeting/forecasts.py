"""Forecast of services to the end of a fiscal year, from the ledger (FM-5)."""

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
Costs = dict[tuple[str, date], Decimal]


@dataclass(frozen=True, slots=True)
class ServiceForecast:
	"""The months of the year, how those ahead were found, and how well that would have done before."""

	months: tuple[MonthValue, ...]
	model: str
	backtest: Backtest


def forecast_services(
	company: str, year: Year, services: Sequence[str], method: str, today: date
) -> dict[str, ServiceForecast]:
	"""Run Rate or Trend and Season for every service; the ledger is read once, whatever their number."""
	costs = load_costs(company, year, services, today)
	histories = {service: history_of(costs, service, today) for service in services}
	ahead = months_ahead(year, today)
	precision = currency_precision()
	found = forecast_many(histories, len(ahead), method, precision) if ahead else {}
	tested = backtest_many(histories, method, precision)
	return {
		service: ServiceForecast(
			make_year(
				year.months,
				booked_of(costs, service),
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
	"""Direct cost by month, from as far back as a forecast looks to the end of the year."""
	first = min(getdate(add_months(month_start(today), -HISTORY_MONTHS)), year.months[0])
	return direct_cost_by_month(company, services, [first, max(year.months[-1], month_start(today))])


def history_of(costs: Costs, service: str, until: date) -> list[Decimal]:
	"""Complete months before `until`, from the first one that cost something; without gaps."""
	last = month_start(until)
	first = getdate(add_months(last, -HISTORY_MONTHS))
	known = [month for name, month in costs if name == service and first <= month < last]
	if not known:
		return []
	return [costs.get((service, month), Decimal(0)) for month in months_between(min(known), last)]


def booked_of(costs: Costs, service: str) -> dict[date, Decimal]:
	"""All that is booked of a service, by month."""
	return {month: amount for (name, month), amount in costs.items() if name == service}


def months_ahead(year: Year, today: date) -> list[date]:
	"""From this month to the end of the year; none when the year is over."""
	return months_between(month_start(today), year.end)
