"""What print formats of the portfolio show beyond their record. Templates call it, so each asks for the right first."""

import frappe
from frappe import _
from frappe.utils import flt, getdate

from itil_strategy.domain.retirement_settings import INDICATORS
from itil_strategy.portal.catalogue import open_offerings
from itil_strategy.utils.prices import PriceList

# The list price: that of a customer nobody has agreed anything with.
ANYBODY = ""


def get_service_sheet(service: str) -> dict:
	"""Offerings of the service that can be had today, with their list prices, and what it depends on.

	Prices are for who may read the policies of the service. Raises PermissionError.
	"""
	doc = frappe.get_doc("IT Service", service)
	doc.check_permission("read")
	shows_prices = frappe.has_permission("Charging Policy", "read") and (
		frappe.get_list("Charging Policy", {"it_service": service}, limit=1)
		or not frappe.db.exists("Charging Policy", {"it_service": service})
	)
	prices = PriceList(ANYBODY, getdate())
	companies = {row.company for row in doc.companies if row.active}
	offerings = open_offerings([service])
	for row in offerings:
		row.prices = prices.of(service, row.name, row.uom, companies) if shows_prices else []
	return {
		"offerings": offerings,
		"shows_prices": bool(shows_prices),
		"dependencies": _names([row.depends_on for row in doc.dependencies]),
	}


def get_decision_evidence(decision: str) -> list[dict]:
	"""The indicators of the retirement analysis that the decision kept: name, value with its unit, score. Raises PermissionError."""
	doc = frappe.get_doc("Portfolio Decision", decision)
	doc.check_permission("read")
	try:
		rows = frappe.parse_json(doc.analysis_evidence or "{}").get("indicators") or []
	except (ValueError, AttributeError):
		return []
	return [_evidence_row(row) for row in rows if row["key"] in INDICATORS]


def _evidence_row(row: dict) -> dict:
	indicator = INDICATORS[row["key"]]
	return {
		"label": _(indicator.label),
		"axis": _(indicator.axis),
		"value": _figure(row["value"]),
		"unit": _(indicator.unit),
		"score": _figure(row["score"]),
		"weight": _figure(row["weight"]),
	}


def _figure(value: str | None) -> str:
	return "–" if value is None else frappe.format_value(flt(value), {"fieldtype": "Float", "precision": 1})


def _names(services: list[str]) -> list[str]:
	"""Of those services that the reader may see; others are not told."""
	return frappe.get_list(
		"IT Service",
		{"name": ("in", [*services, ""])},
		pluck="service_name",
		order_by="service_name asc",
		limit=0,
	)
