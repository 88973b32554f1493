"""Questions about what customers tell us that more than one module asks. Queries do not grow with the services."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from pypika.functions import Extract

import frappe
from frappe.query_builder.functions import Count, Min
from frappe.utils import add_days, get_last_day

from itil_strategy.domain.feedback import COMPLAINT, complaint_rate
from itil_strategy.utils.costing import numbered_services
from itil_strategy.utils.database import IN_THIS_ORDER, Names
from itil_strategy.utils.issues import IssueCounts, count, is_breached, is_open


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
			sum(counted.get((service, month.year * 100 + month.month), 0) for month in days),
			customers[service],
			len(days),
		)
		for service, days in spans.items()
	}


def count_issues(services: Sequence[str]) -> dict[str, IssueCounts]:
	"""All issues per service; services without issues are left out."""
	if not services:
		return {}
	issue = frappe.qb.DocType("Issue")
	rows = (
		frappe.qb.from_(issue)
		.select(
			issue.it_service,
			Count("*"),
			count(is_open(issue)),
			count(is_breached(issue)),
		)
		.where(issue.it_service.isin(Names(services)))
		.groupby(issue.it_service)
	).run()
	return {service: IssueCounts(*map(int, counts)) for service, *counts in rows}


def _began_to_collect() -> date | None:
	"""First day of the month of the first feedback, whatever it was about; read from the end of an index."""
	feedback = frappe.qb.DocType("Service Feedback")
	first = frappe.qb.from_(feedback).select(Min(feedback.received_on)).run()[0][0]
	return first and first.date().replace(day=1)


def _count_complaints(services: Sequence[str], first: date, last: date) -> dict[tuple[str, int], int]:
	"""Complaints by service and month (as 202603), along the index `complaints`, which holds all that is asked."""
	listed, feedback = numbered_services(services), frappe.qb.DocType("Service Feedback")
	month = Extract("YEAR_MONTH", feedback.received_on)
	rows = (
		frappe.qb.from_(listed)
		.modifier(IN_THIS_ORDER)
		.inner_join(feedback)
		.on(feedback.it_service == listed.name)
		.select(listed.name, month, Count("*"))
		.where(
			(feedback.nature == COMPLAINT)
			& (feedback.received_on >= first)
			& (feedback.received_on < add_days(get_last_day(last), 1))
		)
		.groupby(listed.number, month)
	).run()
	return {(service, number): count for service, number, count in rows}
