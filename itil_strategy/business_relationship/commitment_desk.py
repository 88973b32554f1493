"""What the form of a commitment shows beside it: the months ahead of its offering (BR-9)."""

from fractions import Fraction

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.domain.capacity import promised_in
from itil_strategy.domain.periods import month_start, next_month
from itil_strategy.utils.demand import SHOWN_MONTHS, load_promises
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services


@frappe.whitelist()
def get_months_ahead(service_offering: str) -> dict:
	"""Capacity, promised and free units of the next twelve months; accepted needs count as promised.

	Capacity and free are None where there is no limit. For those who may read commitments of the service.
	"""
	offering = _permitted_offering(service_offering)
	capacity = Fraction(to_decimal(offering.practical_capacity))
	promises = load_promises([service_offering]).get(service_offering, [])
	months, month = [], month_start(getdate())
	for _number in range(SHOWN_MONTHS):
		promised = promised_in(promises, month)
		months.append(
			{
				"month": f"{month:%Y-%m}",
				"capacity": float(capacity) if capacity else None,
				"promised": float(promised),
				"free": float(capacity - promised) if capacity else None,
			}
		)
		month = next_month(month)
	return {"uom": offering.uom, "months": months}


def _permitted_offering(name: str) -> frappe._dict:
	frappe.has_permission("Service Commitment", "read", throw=True)
	frappe.has_permission("Service Offering", "read", doc=name, throw=True)
	offering = frappe.db.get_value(
		"Service Offering", name, ["it_service", "practical_capacity", "uom"], as_dict=True
	)
	own = restricted_to_services(frappe.session.user, READ_CHARGES)
	if own is not None and offering.it_service not in own:
		frappe.throw(
			_("You are not permitted to see what is promised of {0}. Ask a relationship manager.").format(
				frappe.bold(name)
			),
			frappe.PermissionError,
			title=_("Not Permitted"),
		)
	return offering
