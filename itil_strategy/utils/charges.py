"""Questions about charges that more than one module asks."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

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
		query = query.where(charge.it_service.isin(list(services) or [""]))
	return {(service, getdate(month)): to_decimal(amount) for service, month, amount in query.run()}
