"""Questions about what customers tell us that more than one module asks. Queries do not grow with the services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, DateFormat, Min, Sum
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
	customers has no rate. Months before the site's first feedback are left out: nobody collected it then, and
	that is not the same as no complaints.
	"""
	none = dict.fromkeys(months)
	began = _began_to_collect()
	if not began:
		return none
	spans = {
		service: collected
		for service, days in months.items()
		if customers.get(service) and (collected := [day for day in days if day >= began])
	}
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


def count_issues(services: Sequence[str]) -> dict[str, IssueCounts]:
	"""Per service; services without issues are left out.

	ERPNext sets a service level to Failed only when somebody changes the issue, so a time that has passed counts.
	"""
	if not services:
		return {}
	issue = frappe.qb.DocType("Issue")
	now = now_datetime()
	is_open = issue.status.notin(FINISHED_ISSUES)
	is_late = (issue.agreement_status == "Failed") | (
		is_open
		& ((issue.first_responded_on.isnull() & (issue.response_by < now)) | (issue.sla_resolution_by < now))
	)
	rows = (
		frappe.qb.from_(issue)
		.select(
			issue.it_service,
			Sum(Case().when(is_open, 1).else_(0)),
			Sum(Case().when(is_late, 1).else_(0)),
		)
		.where(issue.it_service.isin(list(services)))
		.groupby(issue.it_service)
	).run()
	return {service: IssueCounts(int(opened), int(breached)) for service, opened, breached in rows}


def _began_to_collect() -> date | None:
	"""First day of the month of the first feedback, whatever it was about; read from the end of an index."""
	feedback = frappe.qb.DocType("Service Feedback")
	first = frappe.qb.from_(feedback).select(Min(feedback.received_on)).run()[0][0]
	return first and first.date().replace(day=1)


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
