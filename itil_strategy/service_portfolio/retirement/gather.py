"""Fetch set-wise what the retirement analysis judges. The number of queries does not grow with the services."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import frappe

from itil_strategy.domain.portfolio import CATALOGUE
from itil_strategy.domain.retirement_measures import (
	Contribution,
	OfferingFacts,
	ServiceFacts,
	service_months,
)
from itil_strategy.service_portfolio.dependencies import find_live_dependents
from itil_strategy.utils.costing import direct_cost_by_month
from itil_strategy.utils.feedback import complaint_rates
from itil_strategy.utils.money import exact_sum, join_quantity, to_decimal
from itil_strategy.utils.satisfaction import satisfaction_by_service
from itil_strategy.utils.usage import find_uncharged_usage

SETTLED = ("Published", "Held", "Posted")
ZERO = Decimal(0)


@dataclass(slots=True)
class Charges:
	"""Charges of the window: per offering all, per service by what they mean."""

	offerings: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
	charged: dict[str, Decimal] = field(default_factory=dict)
	shown: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
	external: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def collect_facts(
	company: str, window: Sequence[date], services: Sequence[str] | None = None
) -> list[ServiceFacts]:
	"""Facts of the catalogue services that the company delivers, by name; `services` limits them.

	Cost is direct cost (FM-1) until shared cost is allocated; stranded cost is not known until then.
	"""
	rows = _services(company, services)
	if not rows:
		return []
	names = [row.name for row in rows]
	offerings = _offerings(names)
	quantities, customers = _usage(company, window, offerings)
	costs = direct_cost_by_month(company, names, window)
	charges = _charges(company, window, names)
	contributions = _contributions(names)
	retirements = _exit_costs(company, names)
	dependents = find_live_dependents({row.name: row.last_day for row in rows})
	uncharged = find_uncharged_usage(names)
	months = {row.name: service_months(window, row.operational_from, row.last_day) for row in rows}
	complaints = complaint_rates(months, customers)
	satisfaction = satisfaction_by_service(names, window)
	return [
		ServiceFacts(
			service=row.name,
			months=months[row.name],
			offerings=tuple(
				OfferingFacts(offering, uom, quantities.get(offering, {}), charges.offerings[offering])
				for offering, uom in offerings.get(row.name, ())
			),
			active_customers=customers.get(row.name, 0),
			costs={month: costs.get((row.name, month), ZERO) for month in window},
			charged=charges.charged.get(row.name),
			shown=charges.shown[row.name],
			external_income=charges.external[row.name],
			contributions=None if contributions is None else tuple(contributions.get(row.name, ())),
			technical_fit=row.technical_fit or None,
			functional_fit=row.functional_fit or None,
			complaint_rate=complaints[row.name],
			satisfaction=satisfaction.get(row.name),
			dependents=tuple(sorted(dependents.get(row.name, ()))),
			uncharged_usage=uncharged.get(row.name, ()),
			successor=row.successor or None,
			exit_cost=retirements.get(row.name),
		)
		for row in rows
	]


def _services(company: str, services: Sequence[str] | None) -> list[frappe._dict]:
	service, delivery = frappe.qb.DocType("IT Service"), frappe.qb.DocType("Service Company")
	query = (
		frappe.qb.from_(service)
		.inner_join(delivery)
		.on((delivery.parent == service.name) & (delivery.parenttype == "IT Service"))
		.select(
			service.name,
			service.operational_from,
			service.last_day,
			service.successor,
			service.technical_fit,
			service.functional_fit,
		)
		.where((service.phase == CATALOGUE) & (delivery.company == company) & (delivery.active == 1))
		.orderby(service.name)
	)
	if services is not None:
		query = query.where(service.name.isin(list(services) or [""]))
	return query.run(as_dict=True)


# Usage


def _offerings(services: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
	"""Offerings of each service with their unit."""
	found: dict[str, list[tuple[str, str]]] = defaultdict(list)
	for offering, service, uom in frappe.get_all(
		"Service Offering",
		{"it_service": ("in", services)},
		["name", "it_service", "uom"],
		order_by="name",
		limit=0,
		as_list=True,
	):
		found[service].append((offering, uom))
	return found


def _usage(
	company: str, window: Sequence[date], offerings: dict[str, list[tuple[str, str]]]
) -> tuple[dict[str, dict[date, Decimal]], dict[str, int]]:
	"""Units per offering and month, and how many customers used each service.

	Mapped usage of completed imports, by the month it was used in. The database sums along its index, which
	holds everything that is asked; a join or another order would make it read and sort the rows.
	"""
	service_of = {offering: service for service, rows in offerings.items() for offering, _uom in rows}
	imports = frappe.get_all(
		"Usage Import", {"company": company, "status": "Completed"}, pluck="name", limit=0
	)
	if not (service_of and imports):
		return {}, {}
	usage = frappe.qb.DocType("Service Usage")
	keys = (usage.usage_month, usage.customer, usage.service_offering)
	rows = (
		frappe.qb.from_(usage)
		.select(*keys, exact_sum(usage.quantity), exact_sum(usage.quantity_remainder))
		.where(
			(usage.mapping_status == "Mapped")
			& usage.usage_import.isin(imports)
			& (usage.usage_month >= min(window))
			& (usage.usage_month <= max(window))
		)
		.groupby(usage.usage_import, *keys)
	).run()
	quantities: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	customers: dict[str, set[str]] = defaultdict(set)
	for month, customer, offering, quantity, remainder in rows:
		if service := service_of.get(offering):
			quantities[offering][month] += join_quantity(quantity, remainder)
			customers[service].add(customer)
	return quantities, {service: len(names) for service, names in customers.items()}


# Money


def _charges(company: str, window: Sequence[date], services: Sequence[str]) -> Charges:
	"""Live charges by usage month; a customer without terms for the company is external (FM-11)."""
	charge = frappe.qb.DocType("Service Charge")
	payer = frappe.qb.DocType("Customer IT Charging")
	terms = (
		frappe.qb.from_(payer)
		.select(payer.parent.as_("customer"))
		.distinct()
		.where((payer.company == company) & (payer.parenttype == "Customer"))
	)
	keys = (charge.it_service, charge.service_offering, charge.mode, terms.customer.isnull())
	rows = (
		frappe.qb.from_(charge)
		.left_join(terms)
		.on(terms.customer == charge.customer)
		.select(*keys, exact_sum(charge.amount))
		.where(
			(charge.company == company)
			& (charge.usage_month >= min(window))
			& (charge.usage_month <= max(window))
			& charge.status.isin(SETTLED)
			& charge.it_service.isin(list(services))
		)
		.groupby(*keys)
	).run()
	charges = Charges()
	for service, offering, mode, is_external, text in rows:
		amount = to_decimal(text)
		charges.offerings[offering] += amount
		if mode == "Showback":
			charges.shown[service] += amount
			continue
		charges.charged[service] = charges.charged.get(service, ZERO) + amount
		if is_external:
			charges.external[service] += amount
	return charges


def _exit_costs(company: str, services: Sequence[str]) -> dict[str, Decimal]:
	"""One-off cost of the live retirement plan of each service, the latest one."""
	rows = frappe.get_all(
		"Service Retirement",
		{
			"it_service": ("in", services),
			"company": company,
			"docstatus": ("<", 2),
			"status": ("!=", "Withdrawn"),
		},
		["it_service", "exit_cost"],
		order_by="creation asc",
		limit=0,
	)
	return {row.it_service: to_decimal(row.exit_cost) for row in rows}


# Portfolio


def _contributions(services: Sequence[str]) -> dict[str, list[Contribution]] | None:
	"""What each service does for active objectives; None when there is no active objective."""
	weights = dict(
		frappe.get_all("Strategic Objective", {"is_active": 1}, ["name", "weight"], limit=0, as_list=True)
	)
	if not weights:
		return None
	found: dict[str, list[Contribution]] = defaultdict(list)
	rows = frappe.get_all(
		"Service Outcome",
		{"parenttype": "IT Service", "parent": ("in", services)},
		["parent", "strategic_objective", "contribution"],
		order_by="parent asc, idx asc",
		limit=0,
	)
	for row in rows:
		if row.strategic_objective in weights:
			found[row.parent].append(
				Contribution(
					row.strategic_objective,
					to_decimal(row.contribution),
					to_decimal(weights[row.strategic_objective]),
				)
			)
	return found
