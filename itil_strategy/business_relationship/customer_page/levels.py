"""Service levels promised against the measured ones, per service (BR-12)."""

from collections import defaultdict
from fractions import Fraction

import frappe
from frappe import _
from frappe.utils import get_last_day

from itil_strategy.business_relationship.customer_page.names import service_names
from itil_strategy.business_relationship.customer_page.view import Section, View
from itil_strategy.utils.issues import ServiceLevel, service_levels_of_customer
from itil_strategy.utils.report_parts import card

FULL = 100
DECIMALS = 1


def service_levels(view: View) -> Section:
	"""What is promised in active commitments; the customer's issues under an agreement, and those that kept it."""
	promised = _promised_levels(view)
	measured = service_levels_of_customer(view.customer, view.months[0], get_last_day(view.months[-1]))
	services = [service for service in sorted({*promised, *measured}) if view.sees([service])]
	names = service_names(services)
	rows = []
	for service in services:
		level = measured.get(service, ServiceLevel())
		kept = level.judged - level.breached
		rows.append(
			{
				"label": names.get(service, service),
				"it_service": service,
				"promised": level.judged,
				"measured": kept,
				"unit": _("Issues"),
				"attainment": round(float(Fraction(FULL * kept, level.judged)), DECIMALS)
				if level.judged
				else None,
				"details": "; ".join([*_facts(level), *promised.get(service, ())]),
			}
		)
	shown = [measured[service] for service in services if service in measured]
	breached = sum(level.breached for level in shown)
	cards = [
		card(_("Open Issues"), sum(level.open for level in shown), "Blue"),
		card(_("Breached Issues"), breached, "Red" if breached else "Green"),
	]
	return Section(_("Service Levels"), rows, cards)


def _facts(level: ServiceLevel) -> list[str]:
	facts = [(level.breached, _("{0} breached")), (level.open, _("{0} open"))]
	return [text.format(count) for count, text in facts if count]


def _promised_levels(view: View) -> dict[str, list[str]]:
	"""Different service levels of the active commitments, in the order in which they were promised."""
	rows = frappe.get_all(
		"Service Commitment",
		{"customer": view.customer, "status": "Active", "service_level": ("is", "set")},
		["it_service", "service_level"],
		order_by="valid_from asc, name asc",
		limit=0,
	)
	levels: dict[str, list[str]] = defaultdict(list)
	for row in rows:
		if row.service_level not in levels[row.it_service]:
			levels[row.it_service].append(row.service_level)
	return levels
