"""Promised against measured, per offering (BR-12)."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import frappe
from frappe import _
from frappe.utils import formatdate

from itil_strategy.business_relationship.customer_page.view import Row, Section, View
from itil_strategy.domain.capacity import Promise, promised_in, show
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.report_parts import card
from itil_strategy.utils.usage import usage_by_month

DECIMALS = 3


def services(view: View) -> Section:
	"""What is promised against what was used, with the service level of each commitment."""
	commitments = _commitments(view)
	usage = usage_by_month(view.months[0], view.months[-1], view.customer)
	offerings = _offerings({*usage, *(row.service_offering for row in commitments)})
	rows = []
	for offering in offerings:
		if not view.sees([offering.it_service]):
			continue
		promises = [row for row in commitments if row.service_offering == offering.name]
		promised = sum((row.promised for row in promises), Fraction(0))
		measured = sum(usage.get(offering.name, {}).values(), Decimal(0))
		rows.append(
			{
				"label": f"{offering.service_name}: {offering.offering_name}",
				"it_service": offering.it_service,
				"promised": _number(promised),
				"measured": _number(measured),
				"unit": offering.uom,
				"attainment": _number(Fraction(measured) / promised * 100) if promised else None,
				"reference_doctype": "Service Offering",
				"reference": offering.name,
				"children": [_commitment_row(row) for row in promises],
			}
		)
	active = sum(child["status"] == "Active" for row in rows for child in row["children"])
	return Section(_("Services"), rows, [card(_("Active Commitments"), active, "Blue")])


def _commitments(view: View) -> list[frappe._dict]:
	"""Promises that last or were made for a month of the window, with their units in the window."""
	rows = frappe.get_all(
		"Service Commitment",
		{"customer": view.customer, "status": ("!=", "Draft")},
		[
			"name",
			"service_offering",
			"status",
			"valid_from",
			"valid_to",
			"units_per_month",
			"uom",
			"service_level",
		],
		order_by="valid_from asc, name asc",
		limit=0,
	)
	for row in rows:
		promise = Promise(row.name, row.valid_from, row.valid_to, to_decimal(row.units_per_month))
		row.promised = sum((promised_in([promise], month) for month in view.months), Fraction(0))
	return [row for row in rows if row.promised or row.status == "Active"]


def _commitment_row(row: frappe._dict) -> Row:
	units = show(Fraction(to_decimal(row.units_per_month)))
	if row.valid_to:
		term = _("{0} per month from {1} to {2}").format(
			units, formatdate(row.valid_from), formatdate(row.valid_to)
		)
	else:
		term = _("{0} per month from {1} until further notice").format(units, formatdate(row.valid_from))
	return {
		"label": row.name,
		"status": row.status,
		"date": row.valid_from,
		"promised": _number(row.promised),
		"unit": row.uom,
		"details": "; ".join(filter(None, (term, row.service_level))),
		"reference_doctype": "Service Commitment",
		"reference": row.name,
	}


def _offerings(names: Iterable[str]) -> list[frappe._dict]:
	offering, service = frappe.qb.DocType("Service Offering"), frappe.qb.DocType("IT Service")
	return (
		frappe.qb.from_(offering)
		.inner_join(service)
		.on(service.name == offering.it_service)
		.select(
			offering.name, offering.offering_name, offering.it_service, offering.uom, service.service_name
		)
		.where(offering.name.isin([*names, ""]))
		.orderby(service.service_name, offering.offering_name, offering.name)
	).run(as_dict=True)


def _number(value: Decimal | Fraction) -> float:
	return round(float(value), DECIMALS)
