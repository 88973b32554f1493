"""What it takes to meet the commitments of a year: committed units x forecast unit cost (section 11, Budgets)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import frappe
from frappe.utils import add_months, getdate

from itil_strategy.domain.capacity import Promise, promised_in
from itil_strategy.domain.forecast import required_for_commitments, unit_cost
from itil_strategy.domain.periods import month_start, months_between
from itil_strategy.domain.supply import share_cost
from itil_strategy.utils.charges import charged_by_offering
from itil_strategy.utils.demand import commitments
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.money import currency_precision
from itil_strategy.utils.service_cost import cost_by_month
from itil_strategy.utils.usage import measure_units

UNIT_COST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Required:
	"""The amount, and the committed offerings without usage so far: nobody knows what a unit of them costs."""

	amount: Decimal
	unknown: tuple[str, ...]


def required_by_service(
	company: str, year: Year, services: Sequence[str], today: date
) -> dict[str, Required]:
	"""Services with commitments in the year; a fixed number of queries."""
	offerings = {
		row.name: row.it_service
		for row in frappe.get_all(
			"Service Offering",
			{"it_service": ("in", [*services, ""])},
			["name", "it_service"],
			order_by="name asc",
			limit=0,
		)
	}
	promises: dict[str, list[Promise]] = defaultdict(list)
	for offering, promise in commitments(list(offerings)):
		promises[offering].append(promise)
	if not promises:
		return {}
	committed = sorted({offerings[name] for name in promises})
	costs = forecast_unit_costs(company, committed, offerings, today)
	units: dict[str, dict[tuple[str, date], Fraction]] = defaultdict(dict)
	for offering, of_offering in promises.items():
		for month in year.months:
			if quantity := promised_in(of_offering, month):
				units[offerings[offering]][offering, month] = quantity
	precision = currency_precision()
	return {
		service: Required(*required_for_commitments(of_service, costs, precision))
		for service, of_service in units.items()
	}


def unit_cost_months(today: date) -> list[date]:
	"""The complete months whose cost and usage tell what a unit costs."""
	end = month_start(today)
	return months_between(getdate(add_months(end, -UNIT_COST_MONTHS)), end)


def forecast_unit_costs(
	company: str, services: Sequence[str], offerings: dict[str, str], today: date
) -> dict[str, Fraction | None]:
	"""Per offering the cost of the last twelve complete months over their usage, as the best guess of the next.

	The cost of a service is shared over its offerings by what they charge. It is full cost in months that an
	allocation run covers, else direct cost.
	"""
	months = unit_cost_months(today)
	costs, _covered = cost_by_month(company, services, months)
	members: dict[str, list[str]] = defaultdict(list)
	for name, service in offerings.items():
		if service in services:
			members[service].append(name)
	charged = charged_by_offering(company, services, months)
	usage = measure_units(company, months, [name for names in members.values() for name in names])
	shared: dict[str, Fraction] = defaultdict(Fraction)
	for service, names in members.items():
		for month in months:
			if amount := costs.get((service, month)):
				weights = {name: charged.get((name, month), Decimal(0)) for name in names}
				for name, part in share_cost(amount, names, weights).items():
					shared[name] += part
	return {
		name: unit_cost(shared[name], sum(map(Fraction, usage.get(name, {}).values()), Fraction(0)))
		for names in members.values()
		for name in names
	}
