"""Forecasts that were made, against what the months cost later (FM-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

from itil_strategy.domain.forecast import mase, naive
from itil_strategy.domain.periods import month_start, months_between
from itil_strategy.it_finance.budgeting.forecasts import Costs, history_of
from itil_strategy.utils.money import exact, to_decimal


@dataclass(frozen=True, slots=True)
class Accuracy:
	"""Errors (MASE) over `months` complete months of the forecast; None where nothing can be said yet."""

	months: tuple[date, ...]
	error: float | None
	naive_error: float | None


def measure(
	costs: Costs, service: str, made_on: date, expected: Mapping[date, Decimal], today: date
) -> Accuracy:
	"""The forecast, and the naive one of the same day, against what is booked by now."""
	history = history_of(costs, service, made_on)
	over = [month for month in sorted(expected) if month < month_start(today)]
	if not (history and over):
		return Accuracy(tuple(over), None, None)
	actual = [costs.get(service, {}).get(month, Decimal(0)) for month in over]
	ahead = months_between(month_start(made_on), month_end_of(over))
	repeated = dict(zip(ahead, naive(history, len(ahead)), strict=True))
	return Accuracy(
		tuple(over),
		mase(actual, [expected[month] for month in over], history),
		mase(actual, [repeated.get(month, Decimal(0)) for month in over], history),
	)


def month_end_of(months: Sequence[date]) -> date:
	"""A day in the last month, so that it counts."""
	return max(months).replace(day=2)


@dataclass(frozen=True, slots=True)
class Made:
	"""The last snapshot of a service: when and how it was made, its year end, and the months that it expected."""

	name: str
	method: str
	made_on: date
	year_end: Decimal
	expected: Mapping[date, Decimal]


def last_snapshots(company: str, fiscal_year: str, services: Sequence[str]) -> dict[str, Made]:
	"""By service; two queries."""
	snapshots = {
		row.it_service: row
		for row in frappe.get_all(
			"Forecast Snapshot",
			{"company": company, "fiscal_year": fiscal_year, "it_service": ("in", [*services, ""])},
			["name", "it_service", "method", "made_on", "year_end_amount"],
			order_by="made_on asc, creation asc",
			limit=0,
		)
	}
	table = frappe.qb.DocType("Forecast Snapshot Month")
	rows = (
		frappe.qb.from_(table)
		.select(table.parent, table.month, exact(table.amount))
		.where(
			table.parent.isin([row.name for row in snapshots.values()] or [""]) & (table.kind == "Forecast")
		)
	).run()
	expected: dict[str, dict[date, Decimal]] = {row.name: {} for row in snapshots.values()}
	for parent, month, amount in rows:
		expected[parent][getdate(month)] = to_decimal(amount)
	return {
		service: Made(
			row.name,
			row.method,
			getdate(row.made_on),
			to_decimal(row.year_end_amount),
			expected[row.name],
		)
		for service, row in snapshots.items()
	}
