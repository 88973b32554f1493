"""What services are worth to the strategy: Σ contribution × weight of the objective ÷ 100, in points (SP-9)."""

from decimal import Decimal

import frappe

from itil_strategy.domain.alignment import Contribution, Objective, align
from itil_strategy.utils.money import to_decimal


def value_by_service() -> dict[str, Decimal]:
	"""Points of each service that serves an active objective; two queries."""
	objectives = [
		Objective(row.name, to_decimal(row.weight), bool(row.is_active))
		for row in frappe.get_all("Strategic Objective", fields=["name", "weight", "is_active"], limit=0)
	]
	contributions = [
		Contribution(row.parent, row.strategic_objective, to_decimal(row.contribution))
		for row in frappe.get_all(
			"Service Outcome",
			{"parenttype": "IT Service"},
			["parent", "strategic_objective", "contribution"],
			order_by="parent asc, idx asc",
			limit=0,
		)
	]
	services = sorted({item.service for item in contributions})
	return align(objectives, services, contributions).value_per_service()
