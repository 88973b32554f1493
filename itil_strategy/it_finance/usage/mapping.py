"""Which offering and which customer a row of a usage file belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document

from itil_strategy.domain.usage_layout import UsageLayout, ValueSource, focus_layout, own_layout
from itil_strategy.utils.money import to_decimal


@dataclass(frozen=True, slots=True)
class OfferingFacts:
	"""What decides whether usage of an offering can be taken."""

	offering: str
	service: str
	uom: str
	operational_from: date | None
	last_day: date | None


def build_layout(mapping: Document | None, company: str) -> UsageLayout:
	"""How to read a file: by a Usage Mapping, or the own layout without one.

	The company is part of every key: two companies may use the same references.
	"""
	if not mapping:
		return own_layout(name=f"{company}: own layout")
	key_columns = tuple(line.strip() for line in (mapping.key_columns or "").splitlines() if line.strip())
	arguments = {
		"name": f"{company}: {mapping.name}",
		"offering": _source(mapping.offering_source, mapping.offering_column, mapping.fixed_offering),
		"customer": _source(mapping.customer_source, mapping.customer_column, mapping.fixed_customer),
		"key_columns": key_columns,
		"number_repeated_keys": bool(mapping.number_repeated_keys),
		"accept_negative": bool(mapping.accept_negative),
	}
	if mapping.file_layout == "Own":
		return own_layout(**arguments)
	return focus_layout(quantity=mapping.quantity_source or "BilledCost", **arguments)


def resolve_values(mapping: Document | None, doctype: str, values: Iterable[str]) -> dict[str, str]:
	"""The records that file values stand for: by the mapping's table, else by a record of that very name.

	`doctype` is Customer or Service Offering. Values that stand for nothing are not in the answer.
	"""
	values = sorted({value for value in values if value})
	existing = (
		set(frappe.get_all(doctype, {"name": ("in", values)}, pluck="name", limit=0)) if values else set()
	)
	resolved = {value: value for value in values if value in existing}
	if mapping:
		fieldname = frappe.scrub(doctype)
		for row in mapping.mapped_values:
			if row.get(fieldname) and row.file_value in values:
				resolved[row.file_value] = row.get(fieldname)
	return resolved


def get_offering_facts(offerings: Iterable[str]) -> dict[str, OfferingFacts]:
	"""Facts per offering, in one query."""
	offering, service = frappe.qb.DocType("Service Offering"), frappe.qb.DocType("IT Service")
	names = sorted(set(offerings))
	if not names:
		return {}
	rows = (
		frappe.qb.from_(offering)
		.inner_join(service)
		.on(service.name == offering.it_service)
		.select(offering.name, offering.it_service, offering.uom, service.operational_from, service.last_day)
		.where(offering.name.isin(names))
	).run()
	return {row[0]: OfferingFacts(*row) for row in rows}


def known_units(units: Iterable[str]) -> frozenset[str]:
	"""Those of the units that ERPNext knows; a cost is counted in its currency."""
	units = sorted({unit for unit in units if unit})
	return frozenset(
		name
		for doctype in ("UOM", "Currency")
		for name in frappe.get_all(doctype, {"name": ("in", units)}, pluck="name", limit=0)
	)


def get_conversion_factors(units: Iterable[str]) -> dict[tuple[str, str], Decimal]:
	"""Factors by (unit in the file, unit of the offering), both directions, from ERPNext's table."""
	units = sorted(set(units))
	if not units:
		return {}
	table = frappe.qb.DocType("UOM Conversion Factor")
	rows = (
		frappe.qb.from_(table)
		.select(table.from_uom, table.to_uom, table.value)
		.where(table.from_uom.isin(units) | table.to_uom.isin(units))
	).run()
	factors = {}
	for from_uom, to_uom, value in rows:
		factor = to_decimal(value)
		if factor:
			factors.setdefault((to_uom, from_uom), 1 / factor)
			factors[(from_uom, to_uom)] = factor
	return factors


def _source(kind: str, column: str | None, fixed: str | None) -> ValueSource:
	return ValueSource(kind, fixed if kind == "Fixed" else column)
