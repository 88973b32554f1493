"""Unit cost per offering: the cost of its service shared by what offerings charged, and what it is made of."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import frappe

from itil_strategy.domain.money import split
from itil_strategy.domain.periods import months_between
from itil_strategy.it_finance.report.service_cost_analysis.sources import Key, Sums
from itil_strategy.utils.charges import charged_by_offering
from itil_strategy.utils.money import currency_precision
from itil_strategy.utils.usage import measure_usage

PARTS = ("direct_cost", "pool_cost", "received", "passed_on")
ZERO = Decimal(0)


def make_offering_rows(
	company: str, start: date, end: date, sums: dict[Key, Sums], names: dict[str, str]
) -> list[dict]:
	"""One row per used offering, and one per service with cost and without usage; parts add up to the cost.

	The cost of the period is shared by what the offerings charged in it, equally when nothing was charged.
	"""
	months = months_between(start, end)
	usage = measure_usage(company, months).quantities
	offerings: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in frappe.get_all(
		"Service Offering",
		fields=["name", "offering_name", "it_service", "uom"],
		order_by="name",
		limit=0,
	):
		units = sum((usage.get(row.name, {}).get(month, ZERO) for month in months), ZERO)
		if units:
			row.units = units
			offerings[row.it_service].append(row)
	charged = charged_by_offering(company, sorted(key.service for key in sums if key.service), months)
	rows = []
	for key in sorted(key for key in sums if key.service):
		used = offerings.get(key.service, [])
		weights = {
			row.name: sum((charged.get((row.name, month), ZERO) for month in months), ZERO) for row in used
		}
		for offering in used or [frappe._dict()]:
			rows.append(_row(key.service, offering, sums[key], weights, names))
	return rows


def _row(
	service: str, offering: frappe._dict, sums: Sums, weights: dict[str, Decimal], names: dict[str, str]
) -> dict:
	row = {
		"description": names.get(service, service),
		"it_service": service,
		"service_offering": offering.name,
		"units": float(offering.units) if offering else None,
		"uom": offering.uom,
	}
	for part in PARTS:
		row[part] = _share(sums.get(part, ZERO), offering.name, weights)
	# Its own parts, so that each row adds up as well as each column.
	row["final_cost"] = sum((row[part] for part in PARTS), ZERO)
	for part in (*PARTS, "final_cost"):
		if offering:
			row[f"{part}_per_unit"] = float(row[part] / offering.units)
		row[part] = float(row[part])
	return row


def _share(amount: Decimal, offering: str | None, weights: dict[str, Decimal]) -> Decimal:
	if not offering:
		return amount
	charged = {name: max(weight, ZERO) for name, weight in weights.items()}
	if not any(charged.values()):
		charged = dict.fromkeys(weights, Decimal(1))
	return split(amount, charged, currency_precision())[offering]
