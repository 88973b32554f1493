"""Questions about what customers tell us that more than one module asks. Queries do not grow with the services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pypika.queries import Table
from pypika.terms import Criterion

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, DateFormat, Sum
from frappe.utils import add_days, get_last_day, now_datetime

from itil_strategy.domain.feedback import COMPLAINT, complaint_rate

FINISHED_ISSUES = ("Resolved", "Closed")


@dataclass(frozen=True, slots=True)
class IssueCounts:
	"""ERPNext issues of a service: open ones, and those whose service level is breached, open or not."""

	open: int = 0
	breached: int = 0


def complaint_rates(
	months: Mapping[str, Sequence[date]], customers: Mapping[str, int]
) -> dict[str, Decimal | None]:
	"""Complaints per active customer and year, per service, over the months in which it was in operation.

	`months` are first days of months, `customers` counts the active ones. Complaints count by the day they were
	received, whoever of the customers raised them and whichever company delivers. A service without active
	customers has no rate. While the site holds no feedback at all nothing has a rate: nobody collects it yet, and
	that is not the same as no complaints.
	"""
	none = dict.fromkeys(months)
	if not frappe.db.a_row_exists("Service Feedback"):
		return none
	spans = {service: days for service, days in months.items() if days and customers.get(service)}
	if not spans:
		return none
	counted = _count_complaints(
		list(spans), min(min(days) for days in spans.values()), max(max(days) for days in spans.values())
	)
	return none | {
		service: complaint_rate(
			sum(counted.get((service, f"{month:%Y-%m}"), 0) for month in days), customers[service], len(days)
		)
		for service, days in spans.items()
	}


@dataclass(frozen=True, slots=True)
class ServiceLevel:
	"""Issues of a service that one customer raised in a span of days, and the open ones of any day.

	`judged` are those of the span that a service level agreement applies to, `breached` those of them that missed it.
	"""

	open: int = 0
	judged: int = 0
	breached: int = 0


def count_issues(services: Sequence[str]) -> dict[str, IssueCounts]:
	"""Per service; services without issues are left out."""
	if not services:
		return {}
	issue = frappe.qb.DocType("Issue")
	rows = (
		frappe.qb.from_(issue)
		.select(issue.it_service, _count(_is_open(issue)), _count(_is_late(issue)))
		.where(issue.it_service.isin(list(services)))
		.groupby(issue.it_service)
	).run()
	return {service: IssueCounts(int(opened), int(breached)) for service, opened, breached in rows}


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
			issue.it_service, _count(_is_open(issue)), _count(is_judged), _count(is_judged & _is_late(issue))
		)
		.where((issue.customer == customer) & (issue.it_service != ""))
		.groupby(issue.it_service)
	).run()
	return {service: ServiceLevel(*map(int, counts)) for service, *counts in rows}


def _is_open(issue: Table) -> Criterion:
	return issue.status.notin(FINISHED_ISSUES)


def _is_late(issue: Table) -> Criterion:
	"""ERPNext sets a service level to Failed only when somebody changes the issue, so a time that has passed counts."""
	now = now_datetime()
	return (issue.agreement_status == "Failed") | (
		_is_open(issue)
		& ((issue.first_responded_on.isnull() & (issue.response_by < now)) | (issue.sla_resolution_by < now))
	)


def _count(criterion: Criterion) -> Sum:
	return Sum(Case().when(criterion, 1).else_(0))


def _count_complaints(services: Sequence[str], first: date, last: date) -> dict[tuple[str, str], int]:
	"""Complaints by service and month (as 2026-03)."""
	feedback = frappe.qb.DocType("Service Feedback")
	month = DateFormat(feedback.received_on, "%Y-%m")
	rows = (
		frappe.qb.from_(feedback)
		.select(feedback.it_service, month, Count("*"))
		.where(
			(feedback.nature == COMPLAINT)
			& feedback.it_service.isin(list(services))
			& (feedback.received_on >= first)
			& (feedback.received_on < add_days(get_last_day(last), 1))
		)
		.groupby(feedback.it_service, month)
	).run()
	return {(service, name): count for service, name, count in rows}
