"""The services that the viewer may see by phase, and what they are worth to the strategy."""

from collections import Counter
from decimal import Decimal

import frappe
from frappe import _

from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.strategic_value import value_by_service

PHASES = ("Pipeline", "Catalogue", "Retired")


@frappe.whitelist()
def get_portfolio(
	chart_name: str | None = None,
	chart: str | dict | None = None,
	no_cache: str | int | None = None,
	filters: str | dict | None = None,
	from_date: str | None = None,
	to_date: str | None = None,
	timespan: str | None = None,
	time_interval: str | None = None,
	heatmap_year: str | int | None = None,
) -> dict:
	"""Per phase how many live services there are, and their value in points (SP-9); three queries.

	The arguments are those of every chart source; only the filter `category` matters. It is not cached: every viewer
	sees the services of their own.
	"""
	frappe.has_permission("IT Service", "read", throw=True)
	wanted = plain_filters(frappe.parse_json(filters) or {})
	services = frappe.get_list(
		"IT Service",
		{"decision_state": ("!=", "Rejected"), **({"category": wanted.category} if wanted.category else {})},
		["name", "phase"],
		limit=0,
	)
	if not services:
		return {}
	values, worth = value_by_service(), dict.fromkeys(PHASES, Decimal(0))
	for service in services:
		if service.phase in worth:
			worth[service.phase] += values.get(service.name, Decimal(0))
	counts = Counter(service.phase for service in services)
	return {
		"labels": [_(phase) for phase in PHASES],
		"datasets": [
			{"name": _("Services"), "values": [counts[phase] for phase in PHASES]},
			{"name": _("Value (Points)"), "values": [round(float(worth[phase]), 1) for phase in PHASES]},
		],
	}
