"""What is known of each offering for Supply and Demand, read in a fixed number of queries (BR-9)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import frappe
from frappe.utils import add_months, getdate

from itil_strategy.domain.capacity import Promise
from itil_strategy.domain.periods import month_start, next_month
from itil_strategy.domain.portfolio import REJECTED
from itil_strategy.domain.supply import FORECAST_MONTHS, OfferingSupply, SupplyRow, make_rows, share_cost
from itil_strategy.utils.charges import charged_by_offering
from itil_strategy.utils.demand import chartered_pipeline, commitments, expired_waivers
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.service_cost import cost_by_month
from itil_strategy.utils.usage import usage_by_month


@dataclass(slots=True)
class OfferingRows:
	"""An offering with its months, and per month the commitments in it whose waiver is over."""

	offering: frappe._dict
	rows: list[SupplyRow]
	waivers: dict[date, tuple[str, ...]]


def load_supply(
	months: Sequence[date],
	today: date,
	services: Sequence[str] | None = None,
	company: str | None = None,
	cost_services: Sequence[str] | None = None,
) -> list[OfferingRows]:
	"""Offerings of the services (None: of all) by service and name; with a company what idle capacity cost it.

	`cost_services` limits whose cost is read. Rejected services are left out.
	"""
	offerings = _load_offerings(services)
	if not offerings:
		return []
	names = [offering.name for offering in offerings]
	committed, pipeline = _by_offering(commitments(names)), _by_offering(chartered_pipeline(names))
	usage = usage_by_month(
		min(*months, month_start(getdate(add_months(today, -FORECAST_MONTHS)))),
		max(*months, month_start(today)),
	)
	supplies = {
		offering.name: OfferingSupply(
			offering=offering.name,
			service=offering.it_service,
			unit=offering.uom,
			capacity=to_decimal(offering.practical_capacity),
			commitments=tuple(committed[offering.name]),
			pipeline=tuple(pipeline[offering.name]),
			usage=usage.get(offering.name, {}),
			operational_from=offering.start,
		)
		for offering in offerings
	}
	if company:
		wanted = sorted(
			{o.it_service for o in offerings if cost_services is None or o.it_service in cost_services}
		)
		past = [month for month in months if month < month_start(today)]
		charged = charged_by_offering(
			company, None if services is None and cost_services is None else wanted, past
		)
		cost, _covered = cost_by_month(company, wanted, past)
		supplies = _with_cost(cost, charged, offerings, supplies)
	expired = expired_waivers(names, today)
	return [_make_rows(offering, supplies[offering.name], months, today, expired) for offering in offerings]


def _load_offerings(services: Sequence[str] | None) -> list[frappe._dict]:
	offering, service = frappe.qb.DocType("Service Offering"), frappe.qb.DocType("IT Service")
	query = (
		frappe.qb.from_(offering)
		.inner_join(service)
		.on(service.name == offering.it_service)
		.select(
			offering.name,
			offering.offering_name,
			offering.it_service,
			offering.uom,
			offering.practical_capacity,
			offering.valid_from,
			offering.valid_to,
			offering.disabled,
			service.operational_from,
			service.last_day,
			service.phase,
		)
		.where(service.decision_state != REJECTED)
		.orderby(offering.it_service, offering.name)
	)
	if services is not None:
		query = query.where(offering.it_service.isin(list(services) or [""]))
	offerings = query.run(as_dict=True)
	for row in offerings:
		row.start = max(filter(None, (row.valid_from, row.operational_from)), default=None)
		if not row.start and row.phase == "Pipeline":
			# Nothing was used yet, which is not the same as a usage of 0.
			row.start = row.operational_from or date.max
		row.end = min(filter(None, (row.valid_to, row.last_day)), default=None)
	return offerings


def _is_offered(offering: frappe._dict, month: date) -> bool:
	"""Whether it can be bought in the month; one that is disabled could until its end."""
	started = not offering.start or offering.start == date.max or offering.start < next_month(month)
	if offering.end:
		return started and offering.end >= month
	return started and not offering.disabled


def _with_cost(
	cost: Mapping[tuple[str, date], Decimal],
	charged: Mapping[tuple[str, date], Decimal],
	offerings: Sequence[frappe._dict],
	supplies: dict[str, OfferingSupply],
) -> dict[str, OfferingSupply]:
	"""The cost of each service and month over its offerings of the month, by what they charged then.

	Full cost in months that an allocation run covers, else direct cost.
	"""
	shares: dict[str, dict[date, Fraction]] = defaultdict(dict)
	of_service: dict[str, list[frappe._dict]] = defaultdict(list)
	for offering in offerings:
		of_service[offering.it_service].append(offering)
	for (service, month), amount in cost.items():
		if not amount:
			continue
		names = [
			offering.name
			for offering in of_service[service]
			if _is_offered(offering, month) or supplies[offering.name].usage.get(month)
		]
		if names:
			weights = {name: charged.get((name, month), Decimal(0)) for name in names}
			for name, share in share_cost(amount, names, weights).items():
				shares[name][month] = share
	return {name: replace(supply, cost=shares.get(name, {})) for name, supply in supplies.items()}


def _make_rows(
	offering: frappe._dict,
	supply: OfferingSupply,
	months: Sequence[date],
	today: date,
	expired: set[str],
) -> OfferingRows:
	"""Months in which it is offered, and others with figures."""
	rows = [
		row
		for row in make_rows(supply, months, today)
		if _is_offered(offering, row.month) or row.committed or row.pipeline or row.usage
	]
	waived = [promise for promise in supply.commitments if promise.name in expired]
	waivers = {
		row.month: tuple(promise.name for promise in waived if promise.units_in(row.month))
		for row in rows
		if waived and row.usage is None and row.is_over_promised
	}
	return OfferingRows(offering, rows, waivers)


def _by_offering(promises: Sequence[tuple[str, Promise]]) -> dict[str, list[Promise]]:
	found: dict[str, list[Promise]] = defaultdict(list)
	for offering, promise in promises:
		found[offering].append(promise)
	return found
