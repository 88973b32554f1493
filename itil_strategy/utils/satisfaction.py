"""Satisfaction set-wise from invitations and responses: one source for the report and the retirement analysis."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pypika.functions import Extract
from pypika.queries import QueryBuilder, Table
from pypika.terms import Case

import frappe
from frappe.query_builder.functions import Count

from itil_strategy.domain.satisfaction import DETRACTOR, PASSIVE, PROMOTER, Tally
from itil_strategy.utils.database import Names
from itil_strategy.utils.money import exact_sum, to_decimal

# Month or period asked in, service, customer; None for what is missing, or not told apart.
Key = tuple[date, str | None, str | None]
DIMENSIONS = ("it_service", "customer")
ZERO = Decimal(0)


def fetch_tallies(
	first_month: date,
	last_month: date,
	by: Sequence[str] = DIMENSIONS,
	filters: Mapping[str, str] | None = None,
	services: Sequence[str] | None = None,
	period_of: Callable[[date], date] = lambda month: month,
) -> dict[Key, Tally]:
	"""Counts per period and, of service and customer, those in `by`. Two queries, each along an index that covers it.

	An answer counts in the month in which its invitation was sent, so that it meets its invitation there.
	`filters` are equal values of survey, it_service or customer; `services` limits the scope; `period_of` gives the
	first day of a month's period. The database sums by month, in the order of its index: longer periods it would sort.
	"""
	invitations, responses = frappe.qb.DocType("Survey Invitation"), frappe.qb.DocType("Survey Response")
	is_answered = invitations.status == "Answered"
	asked = _limit(
		_by_key(invitations, by).select(
			_count((invitations.is_undelivered == 0) | is_answered), _count(is_answered)
		),
		invitations,
		(first_month, last_month),
		filters,
		services,
	).run()
	answered = _limit(
		_by_key(responses, by).select(
			*(_count(responses.nps_group == group) for group in (PROMOTER, PASSIVE, DETRACTOR)),
			_count(responses.is_scored == 1),
			exact_sum(responses.score),
		),
		responses,
		(first_month, last_month),
		filters,
		services,
	).run()
	return _fold(asked, answered, by, period_of)


def satisfaction_by_service(services: Sequence[str], months: Sequence[date]) -> dict[str, Decimal]:
	"""Mean score, 0 to 100, of the answers about each service that was asked for in the months.

	One query; services without scored answers are left out.
	"""
	if not (services and months):
		return {}
	table = frappe.qb.DocType("Survey Response")
	rows = (
		frappe.qb.from_(table)
		.select(table.it_service, exact_sum(table.score), Count("*"))
		.where(
			table.it_service.isin(Names(services))
			& (table.sent_month >= min(months))
			& (table.sent_month <= max(months))
			& (table.is_scored == 1)
		)
		.groupby(table.it_service)
	).run()
	return {service: to_decimal(total) / count for service, total, count in rows}


def _by_key(table: Table, by: Sequence[str]) -> QueryBuilder:
	keys = (table.sent_month, *(table[fieldname] for fieldname in DIMENSIONS if fieldname in by))
	# The month as a number, like 202603: of very many rows the driver would make as many dates.
	month = Extract("YEAR_MONTH", table.sent_month)
	return frappe.qb.from_(table).select(month, *keys[1:]).groupby(*keys)


def _count(criterion) -> Count:
	"""How many fulfil it, as a whole number."""
	return Count(Case().when(criterion, 1))


def _limit(
	query: QueryBuilder,
	table: Table,
	months: tuple[date, date],
	filters: Mapping[str, str] | None,
	services: Sequence[str] | None,
) -> QueryBuilder:
	query = query.where((table.sent_month >= months[0]) & (table.sent_month <= months[1]))
	for fieldname in ("survey", "it_service", "customer"):
		if value := (filters or {}).get(fieldname):
			query = query.where(table[fieldname] == value)
	return query if services is None else query.where(table.it_service.isin(Names(services)))


def _fold(
	asked: Sequence[Sequence],
	answered: Sequence[Sequence],
	by: Sequence[str],
	period_of: Callable[[date], date],
) -> dict[Key, Tally]:
	"""The months of a period together; plain numbers until a segment is complete, as there may be very many rows."""
	width = 1 + sum(name in by for name in DIMENSIONS)
	periods: dict[date, dict[tuple, list]] = defaultdict(lambda: defaultdict(_nothing))
	# The months of one period share its segments.
	months = {
		number: periods[period_of(date(number // 100, number % 100, 1))]
		for number in sorted({row[0] for row in asked} | {row[0] for row in answered})
	}
	for row in asked:
		found = months[row[0]][row[1:width]]
		found[0] += row[width]
		found[1] += row[width + 1]
	for row in answered:
		found = months[row[0]][row[1:width]]
		promoters, passives, detractors, scored, score = row[width:]
		found[2] += promoters
		found[3] += passives
		found[4] += detractors
		found[5] += scored
		found[6] += Decimal(score or 0)
	return _tallies(periods, by)


def _nothing() -> list:
	return [0, 0, 0, 0, 0, 0, ZERO]


def _tallies(periods: Mapping[date, Mapping[tuple, list]], by: Sequence[str]) -> dict[Key, Tally]:
	"""The segments by their whole key; an empty service or customer is none."""
	service_at, customer_at = (_place(name, by) for name in DIMENSIONS)
	tallies: dict[Key, Tally] = {}
	for period, segments in periods.items():
		for found, (*counts, score) in segments.items():
			padded = (*found, None)
			key = (period, padded[service_at] or None, padded[customer_at] or None)
			tally = Tally(*counts, Fraction(score))
			tallies[key] = tallies[key] + tally if key in tallies else tally
	return tallies


def _place(name: str, by: Sequence[str]) -> int:
	"""Where the dimension stands among those that are told apart; -1, behind them, when it does not."""
	told = [dimension for dimension in DIMENSIONS if dimension in by]
	return told.index(name) if name in told else -1
