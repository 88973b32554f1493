"""Satisfaction set-wise from invitations and responses: one source for the report and the retirement analysis."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pypika.queries import QueryBuilder, Table
from pypika.terms import Case

import frappe
from frappe.query_builder.functions import Count, Sum

from itil_strategy.domain.satisfaction import DETRACTOR, PASSIVE, PROMOTER, Tally
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
			Sum(Case().when((invitations.is_undelivered == 0) | is_answered, 1).else_(0)), _count(is_answered)
		),
		invitations,
		(first_month, last_month),
		filters,
		services,
	).run()
	answered = _limit(
		_by_key(responses, by).select(
			*(_count(responses.nps_group == group) for group in (PROMOTER, PASSIVE, DETRACTOR)),
			Sum(responses.is_scored),
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
			table.it_service.isin(list(services))
			& (table.sent_month >= min(months))
			& (table.sent_month <= max(months))
			& (table.is_scored == 1)
		)
		.groupby(table.it_service)
	).run()
	return {service: to_decimal(total) / count for service, total, count in rows}


def _by_key(table: Table, by: Sequence[str]) -> QueryBuilder:
	keys = (table.sent_month, *(table[fieldname] for fieldname in DIMENSIONS if fieldname in by))
	return frappe.qb.from_(table).select(*keys).groupby(*keys)


def _count(criterion) -> Sum:
	return Sum(Case().when(criterion, 1).else_(0))


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
	return query if services is None else query.where(table.it_service.isin(list(services) or [""]))


def _fold(
	asked: Iterable[Sequence],
	answered: Iterable[Sequence],
	by: Sequence[str],
	period_of: Callable[[date], date],
) -> dict[Key, Tally]:
	"""The months of a period together; plain numbers until a segment is complete, as there may be very many rows."""
	periods: dict[date, date] = {}
	service_at, customer_at = (1 + _place(name, by) if name in by else None for name in DIMENSIONS)
	width = 1 + sum(name in by for name in DIMENSIONS)
	sums: dict[Key, list] = {}

	def sums_of(row: Sequence) -> list:
		month = row[0]
		if month not in periods:
			periods[month] = period_of(month)
		key = (
			periods[month],
			(service_at and row[service_at]) or None,
			(customer_at and row[customer_at]) or None,
		)
		found = sums.get(key)
		if found is None:
			sums[key] = found = [0, 0, 0, 0, 0, 0, ZERO]
		return found

	for row in asked:
		found = sums_of(row)
		found[0] += int(row[width])
		found[1] += int(row[width + 1])
	for row in answered:
		found = sums_of(row)
		promoters, passives, detractors, scored, score = row[width:]
		found[2] += int(promoters)
		found[3] += int(passives)
		found[4] += int(detractors)
		found[5] += int(scored)
		found[6] += to_decimal(score)
	return {key: Tally(*counts, Fraction(score)) for key, (*counts, score) in sums.items()}


def _place(name: str, by: Sequence[str]) -> int:
	"""Where the dimension stands among those that are told apart."""
	return [dimension for dimension in DIMENSIONS if dimension in by].index(name)
