"""The service catalogue of one customer: what it may use, on which conditions, at what price."""

from collections import defaultdict

import frappe
from frappe.utils import cstr, getdate

from itil_strategy.domain.portfolio import CATALOGUE
from itil_strategy.portal.customer import require_customer
from itil_strategy.portal.words import number, plain, typed
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.prices import PriceList


@frappe.whitelist()
def get_catalogue() -> list[dict]:
	"""Services of the own customer's catalogue with their offerings, prices and committed units."""
	customer = require_customer()
	services = catalogue_services(customer)
	names = [service.name for service in services]
	conditions, companies = _conditions(names), _companies(names)
	offerings = open_offerings(names)
	prices, committed = PriceList(customer, getdate()), committed_units(customer)
	return [
		{
			"service": service.name,
			"service_name": typed(service.service_name),
			"category": typed(service.category),
			"value_proposition": typed(service.value_proposition),
			"description": plain(service.description),
			"last_day": service.last_day,
			"conditions": conditions[service.name],
			"offerings": [
				{
					"offering": row.name,
					"offering_name": typed(row.offering_name),
					"description": plain(row.description),
					"conditions": typed(row.conditions),
					"uom": row.uom,
					"valid_to": row.valid_to,
					"prices": prices.of(service.name, row.name, row.uom, companies[service.name]),
					"committed_units": number(committed[row.name]) if row.name in committed else None,
				}
				for row in offerings
				if row.it_service == service.name
			],
		}
		for service in services
	]


@frappe.whitelist()
def get_choices() -> list[dict]:
	"""Services and offerings that the own customer can ask for."""
	services = catalogue_services(require_customer())
	offerings = open_offerings([service.name for service in services])
	return [
		{
			"service": service.name,
			"service_name": typed(service.service_name),
			"offerings": [
				{"offering": row.name, "offering_name": typed(row.offering_name), "uom": row.uom}
				for row in offerings
				if row.it_service == service.name
			],
		}
		for service in services
	]


def catalogue_services(customer: str) -> list[frappe._dict]:
	"""In the catalogue, not ended, and for everybody or for this customer."""
	service, row = frappe.qb.DocType("IT Service"), frappe.qb.DocType("Service Entitlement")
	entitled = frappe.qb.from_(row).select(row.parent).where(row.parenttype == "IT Service")
	return (
		frappe.qb.from_(service)
		.select(
			service.name,
			service.service_name,
			service.category,
			service.value_proposition,
			service.description,
			service.last_day,
		)
		.where(
			(service.phase == CATALOGUE)
			& (service.last_day.isnull() | (service.last_day >= getdate()))
			& (
				service.name.notin(entitled)
				| service.name.isin(
					frappe.qb.from_(row)
					.select(row.parent)
					.where((row.parenttype == "IT Service") & (row.customer == customer))
				)
			)
		)
		.orderby(service.service_name, service.name)
	).run(as_dict=True)


def open_offerings(services: list[str]) -> list[frappe._dict]:
	"""Offerings of the services that can be had today."""
	rows = frappe.get_all(
		"Service Offering",
		{"it_service": ("in", services or [""]), "disabled": 0},
		[
			"name",
			"offering_name",
			"it_service",
			"uom",
			"description",
			"conditions",
			"valid_from",
			"valid_to",
		],
		order_by="offering_name asc, name asc",
		limit=0,
	)
	today = getdate()
	return [
		row
		for row in rows
		if (not row.valid_from or row.valid_from <= today) and (not row.valid_to or row.valid_to >= today)
	]


def committed_units(customer: str) -> dict:
	"""Units per month that the customer is promised today, per offering."""
	today = getdate()
	units = defaultdict(lambda: to_decimal(0))
	for row in frappe.get_all(
		"Service Commitment",
		{"customer": customer, "status": "Active", "valid_from": ("<=", today)},
		["service_offering", "units_per_month", "valid_to"],
		limit=0,
	):
		if not row.valid_to or row.valid_to >= today:
			units[row.service_offering] += to_decimal(row.units_per_month)
	return units


def _conditions(services: list[str]) -> dict[str, list[dict]]:
	found = defaultdict(list)
	for row in frappe.get_all(
		"Service Condition",
		{"parent": ("in", services or [""]), "parenttype": "IT Service"},
		["parent", "condition", "details"],
		order_by="idx asc",
		limit=0,
	):
		found[row.parent].append({"condition": typed(row.condition), "details": typed(cstr(row.details))})
	return found


def _companies(services: list[str]) -> dict[str, set[str]]:
	found = defaultdict(set)
	for row in frappe.get_all(
		"Service Company",
		{"parent": ("in", services or [""]), "parenttype": "IT Service", "active": 1},
		["parent", "company"],
		limit=0,
	):
		found[row.parent].add(row.company)
	return found
