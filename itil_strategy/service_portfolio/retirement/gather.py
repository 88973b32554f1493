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
from itil_strategy.utils.costing import direct_cost_by_month, numbered_services
from itil_strategy.utils.database import IN_THIS_ORDER, Names
from itil_strategy.utils.demand import find_commitments
from itil_strategy.utils.feedback import complaint_rates
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.satisfaction import satisfaction_by_service
from itil_strategy.utils.service_cost import (
	CostByMonth,
	final_cost_by_month,
	is_fully_allocated,
	latest_runs,
	stranded_cost_per_year,
)
from itil_strategy.utils.usage import find_uncharged_usage, measure_usage

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

	Cost is final cost, with what the service would strand, where submitted allocation runs cover every month
	of the window that has cost of services; else direct cost (FM-1), and stranded cost is not known.
	"""
	rows = _services(company, services)
	if not rows:
		return []
	names = [row.name for row in rows]
	# What is asked of all services is not narrowed by their names: that would cost more than it spares.
	asked = None if services is None else names
	offerings = _offerings(names)
	usage = measure_usage(
		company,
		window,
		None if asked is None else [offering for listed in offerings.values() for offering, _uom in listed],
	)
	costs, stranded = _costs(company, window, names)
	charges = _charges(company, window, names)
	contributions = _contributions(names)
	retirements = _exit_costs(company, names)
	dependents = find_live_dependents({row.name: row.last_day for row in rows})
	uncharged = find_uncharged_usage(asked)
	months = {row.name: service_months(window, row.operational_from, row.last_day) for row in rows}
	customers = {
		name: len(
			set().union(*(usage.customers.get(offering, ()) for offering, _uom in offerings.get(name, ())))
		)
		for name in names
	}
	complaints = complaint_rates(months, customers)
	commitments = find_commitments(names)
	satisfaction = satisfaction_by_service(names, window)
	return [
		ServiceFacts(
			service=row.name,
			months=months[row.name],
			offerings=tuple(
				OfferingFacts(offering, uom, usage.quantities.get(offering, {}), charges.offerings[offering])
				for offering, uom in offerings.get(row.name, ())
			),
			active_customers=customers[row.name],
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
			commitments=commitments.get(row.name, ((), ()))[0],
			lasting_commitments=commitments.get(row.name, ((), ()))[1],
			successor=row.successor or None,
			stranded_cost=stranded.get(row.name),
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
		query = query.where(service.name.isin(Names(services)))
	return query.run(as_dict=True)


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


# Money


def _costs(
	company: str, window: Sequence[date], services: Sequence[str]
) -> tuple[CostByMonth, dict[str, Decimal]]:
	"""Cost per service and month, and stranded cost per year where cost is allocated."""
	runs = latest_runs(company, window)
	if not is_fully_allocated(company, window, runs):
		return direct_cost_by_month(company, services, window), {}
	return (
		final_cost_by_month(company, services, window),
		stranded_cost_per_year(company, services, window),
	)


def _charges(company: str, window: Sequence[date], services: Sequence[str]) -> Charges:
	"""Live charges by usage month; a customer without terms for the company is external (FM-11)."""
	listed, charge = numbered_services(services), frappe.qb.DocType("Service Charge")
	payer = frappe.qb.DocType("Customer IT Charging")
	terms = (
		frappe.qb.from_(payer)
		.select(payer.parent.as_("customer"))
		.distinct()
		.where((payer.company == company) & (payer.parenttype == "Customer"))
	)
	facts = (charge.service_offering, charge.mode == "Showback", terms.customer.isnull())
	query = (
		frappe.qb.from_(listed)
		.modifier(IN_THIS_ORDER)
		.inner_join(charge)
		.on(charge.it_service == listed.name)
		.left_join(terms)
		.on(terms.customer == charge.customer)
		.select(listed.name, *facts, exact_sum(charge.amount))
		.where(
			(charge.company == company)
			& (charge.usage_month >= min(window))
			& (charge.usage_month <= max(window))
			& charge.status.isin(SETTLED)
		)
		.groupby(listed.number, *facts)
	)
	charges = Charges()
	for service, offering, is_shown, is_external, text in query.run():
		amount = to_decimal(text)
		charges.offerings[offering] += amount
		if is_shown:
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
