"""ERPNext issues as reports count them: those opened, those still open, and those past their service level.

ERPNext sets a service level to Failed only when somebody changes the issue, so a time that has passed counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pypika.queries import Table
from pypika.terms import Criterion, Term

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, DateFormat, Sum
from frappe.utils import now_datetime

FINISHED = ("Resolved", "Closed")
MONTH, SERVICE, CUSTOMER = "month", "it_service", "customer"


@dataclass(frozen=True, slots=True)
class IssueCounts:
	"""Issues that were opened, of them those still open, and those whose service level is breached, open or not."""

	opened: int = 0
	open: int = 0
	breached: int = 0


@dataclass(frozen=True, slots=True)
class ServiceLevel:
	"""Issues of a service that one customer raised in a span of days, and the open ones of any day.

	`judged` are those of the span that a service level agreement applies to, `breached` those of them that missed it.
	"""

	open: int = 0
	judged: int = 0
	breached: int = 0


def service_levels_of_customer(customer: str, first: date, last: date) -> dict[str, ServiceLevel]:
	"""Per service of the customer's issues, judged by the day they were opened, both days included. One query."""
	issue = frappe.qb.DocType("Issue")
	is_judged = (
		(issue.opening_date >= first)
		& (issue.opening_date <= last)
		& (Coalesce(issue.service_level_agreement, "") != "")
	)
	rows = (
		frappe.qb.from_(issue)
		.select(
			issue.it_service, count(is_open(issue)), count(is_judged), count(is_judged & is_breached(issue))
		)
		.where((issue.customer == customer) & (issue.it_service != ""))
		.groupby(issue.it_service)
	).run()
	return {service: ServiceLevel(*map(int, counts)) for service, *counts in rows}


def count_opened_issues(
	by: str,
	first: date,
	last: date,
	filters: Mapping[str, str | None],
	services: Sequence[str] | None = None,
) -> dict[str | None, IssueCounts]:
	"""Issues opened from `first` to `last`, by month (as 2026-03), service or customer. One query.

	None is the key of issues that name nothing. `filters` are equal values of service and customer; `services`
	limits the scope. Issues without a service count too: they are a customer's trouble all the same.
	"""
	issue = frappe.qb.DocType("Issue")
	key = DateFormat(issue.opening_date, "%Y-%m") if by == MONTH else issue[by]
	query = (
		frappe.qb.from_(issue)
		.select(key, Count("*"), count(is_open(issue)), count(is_breached(issue)))
		.where((issue.opening_date >= first) & (issue.opening_date <= last))
		.groupby(key)
	)
	for fieldname in (SERVICE, CUSTOMER):
		if filters.get(fieldname):
			query = query.where(issue[fieldname] == filters[fieldname])
	if services is not None:
		query = query.where(issue.it_service.isin(list(services) or [""]))
	found: dict[str | None, IssueCounts] = {}
	for name, *counts in query.run():
		# Empty and missing are the same.
		before = found.get(name or None, IssueCounts())
		opened, still_open, breached = map(int, counts)
		found[name or None] = IssueCounts(
			before.opened + opened, before.open + still_open, before.breached + breached
		)
	return found


def is_open(issue: Table) -> Criterion:
	return issue.status.notin(FINISHED)


def is_breached(issue: Table) -> Criterion:
	"""Marked as failed, or open and past the time to respond or to resolve."""
	now = now_datetime()
	return (issue.agreement_status == "Failed") | (
		is_open(issue)
		& ((issue.first_responded_on.isnull() & (issue.response_by < now)) | (issue.sla_resolution_by < now))
	)


def count(condition: Criterion) -> Term:
	return Sum(Case().when(condition, 1).else_(0))
