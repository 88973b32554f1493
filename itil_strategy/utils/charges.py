"""Questions about charges that more than one module asks."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

from itil_strategy.utils.database import Names
from itil_strategy.utils.money import exact_sum, to_decimal

PUBLISHED = ("Published", "Held", "Posted")


def charged_by_month(
	company: str, start: date, end: date, services: Sequence[str] | None = None
) -> dict[tuple[str, date], Decimal]:
	"""Published chargeback per service and usage month that has a day in [start, end); one query."""
	charge = frappe.qb.DocType("Service Charge")
	query = (
		frappe.qb.from_(charge)
		.select(charge.it_service, charge.usage_month, exact_sum(charge.amount))
		.where(
			(charge.company == company)
			& (charge.usage_month >= start.replace(day=1))
			& (charge.usage_month < end)
			& (charge.mode == "Chargeback")
			& charge.status.isin(list(PUBLISHED))
		)
		.groupby(charge.it_service, charge.usage_month)
	)
	if services is not None:
		query = query.where(charge.it_service.isin(Names(services)))
	return {(service, getdate(month)): to_decimal(amount) for service, month, amount in query.run()}


def charged_by_offering(
	company: str, services: Sequence[str] | None, months: Sequence[date]
) -> dict[tuple[str, date], Decimal]:
	"""What each offering of the services (None: of all) charged and showed per usage month; one query."""
	if not months or (services is not None and not services):
		return {}
	charge = frappe.qb.DocType("Service Charge")
	# In the order of the index `offering_charges`, which holds all that is asked of all.
	query = (
		frappe.qb.from_(charge)
		.select(charge.service_offering, charge.usage_month, exact_sum(charge.amount))
		.where(
			(charge.company == company)
			& (charge.usage_month >= min(months))
			& (charge.usage_month <= max(months))
			& charge.status.isin(list(PUBLISHED))
		)
		.groupby(charge.usage_month, charge.service_offering)
	)
	if services is not None:
		query = query.where(charge.it_service.isin(Names(services)))
	return {(offering, month): to_decimal(amount) for offering, month, amount in query.run()}


def charged_to_customer(customer: str, first: date, last: date) -> list[tuple[str, str, date, str, Decimal]]:
	"""(service, company, usage month, mode, amount) of a customer's published charges; one query."""
	charge = frappe.qb.DocType("Service Charge")
	keys = (charge.it_service, charge.company, charge.usage_month, charge.mode)
	rows = (
		frappe.qb.from_(charge)
		.select(*keys, exact_sum(charge.amount))
		.where(
			(charge.customer == customer)
			& (charge.usage_month >= first)
			& (charge.usage_month <= last)
			& charge.status.isin(list(PUBLISHED))
		)
		.groupby(*keys)
	).run()
	return [
		(service, company, getdate(month), mode, to_decimal(amount))
		for service, company, month, mode, amount in rows
	]
