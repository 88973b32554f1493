"""Satisfaction set-wise from invitations and responses: one source for the report and the retirement analysis."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pypika.queries import QueryBuilder, Table
from pypika.terms import Case

import frappe
from frappe.query_builder.functions import Count, Sum

from itil_strategy.domain.satisfaction import DETRACTOR, PASSIVE, PROMOTER, Tally
from itil_strategy.utils.money import exact_sum, to_decimal

# Month asked, service, customer; None for what is missing, or not told apart.
Key = tuple[date, str | None, str | None]
DIMENSIONS = ("it_service", "customer")


def fetch_tallies(
	first_month: date,
	last_month: date,
	by: Sequence[str] = DIMENSIONS,
	filters: Mapping[str, str] | None = None,
	services: Sequence[str] | None = None,
) -> dict[Key, Tally]:
	"""Counts per month and, of service and customer, those in `by`. Two queries, each along an index that covers it.

	An answer counts in the month in which its invitation was sent, so that it meets its invitation there.
	`filters` are equal values of survey, it_service or customer; `services` limits the scope.
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
	tallies: dict[Key, Tally] = {}
	for *key, delivered, answers in asked:
		tallies[_key(key, by)] = Tally(delivered=int(delivered), answered=int(answers))
	for *key, promoters, passives, detractors, scored, score_sum in answered:
		counts = map(int, (promoters, passives, detractors, scored))
		tally = Tally(0, 0, *counts, Fraction(to_decimal(score_sum)))
		tallies[_key(key, by)] = tallies.get(_key(key, by), Tally()) + tally
	return tallies


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


def _key(values: Sequence, by: Sequence[str]) -> Key:
	month, *others = values
	dimensions = dict(zip((name for name in DIMENSIONS if name in by), others, strict=True))
	return month, dimensions.get("it_service") or None, dimensions.get("customer") or None
