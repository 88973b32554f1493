"""What is promised of offerings, by commitments and by needs that were accepted (BR-9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import frappe
from frappe import _

from itil_strategy.domain.capacity import Promise, find_shortfalls, months_of, show
from itil_strategy.domain.periods import month_start
from itil_strategy.utils.database import Names
from itil_strategy.utils.money import to_decimal

CHARTERED = ("Accepted", "In Delivery")
SHOWN_MONTHS = 12


def lock_offering(name: str) -> None:
	"""Hold the row of the offering until the end of the transaction."""
	frappe.db.get_value("Service Offering", name, "name", for_update=True)


def load_promises(
	offerings: Sequence[str],
	without_commitment: str | None = None,
	without_need: str | None = None,
	latest: bool = False,
) -> dict[str, list[Promise]]:
	"""Commitments and the chartered pipeline per offering.

	`latest` reads commitments that others stored since this transaction began; the caller holds the lock.
	"""
	promises: dict[str, list[Promise]] = defaultdict(list)
	for offering, promise in commitments(offerings, without_commitment, latest):
		promises[offering].append(promise)
	for offering, promise in chartered_pipeline(offerings, without_need):
		promises[offering].append(promise)
	return promises


def commitments(
	offerings: Sequence[str], without: str | None = None, latest: bool = False
) -> list[tuple[str, Promise]]:
	"""What customers are promised, drafts left out."""
	table = frappe.qb.DocType("Service Commitment")
	query = (
		frappe.qb.from_(table)
		.select(table.service_offering, table.name, table.valid_from, table.valid_to, table.units_per_month)
		.where((table.status != "Draft") & table.service_offering.isin(Names(offerings)))
		.orderby(table.valid_from, table.name)
	)
	if latest:
		query = query.for_update()
	if without:
		query = query.where(table.name != without)
	return [(row[0], _promise(*row[1:])) for row in query.run()]


def _promise(name: str, start: date, last_day: date | None, units: float) -> Promise:
	return Promise(name, start, last_day, to_decimal(units))


def chartered_pipeline(
	offerings: Sequence[str], without_need: str | None = None
) -> list[tuple[str, Promise]]:
	"""Needs that were accepted and have no commitment yet (section 11)."""
	need, commitment = frappe.qb.DocType("Customer Need"), frappe.qb.DocType("Service Commitment")
	query = (
		frappe.qb.from_(need)
		.left_join(commitment)
		.on((commitment.customer_need == need.name) & (commitment.status != "Draft"))
		.select(need.service_offering, need.name, need.needed_from, need.needed_to, need.units_per_month)
		.where(
			need.status.isin(CHARTERED)
			& need.service_offering.isin(Names(offerings))
			& need.needed_from.isnotnull()
			& (need.units_per_month > 0)
			& commitment.name.isnull()
		)
		.orderby(need.needed_from, need.name)
	)
	if without_need:
		query = query.where(need.name != without_need)
	return [(row[0], _promise(*row[1:])) for row in query.run()]


def find_over_promised(services: Sequence[str], today: date) -> dict[str, tuple[str, ...]]:
	"""Per service the months, from this one on, in which an offering is promised beyond its capacity."""
	offerings = {
		row.name: row
		for row in frappe.get_all(
			"Service Offering",
			{"it_service": ("in", services), "practical_capacity": (">", 0)},
			["name", "it_service", "practical_capacity"],
			order_by="name asc",
			limit=0,
		)
	}
	found: dict[str, list[str]] = defaultdict(list)
	if not offerings:
		return {}
	for name, promises in load_promises(list(offerings)).items():
		months = {month for promise in promises for month in months_of(promise, promises)}
		shortfalls = find_shortfalls(
			to_decimal(offerings[name].practical_capacity),
			promises,
			sorted(month for month in months if month >= month_start(today)),
		)
		for shortfall in shortfalls[:SHOWN_MONTHS]:
			found[offerings[name].it_service].append(
				_("{0} in {1}: {2} promised, {3} can be delivered").format(
					name,
					f"{shortfall.month:%Y-%m}",
					show(shortfall.promised),
					show(shortfall.capacity),
				)
			)
	return {service: tuple(phrases) for service, phrases in found.items()}


def find_late_commitments(services: Sequence[str]) -> dict[str, tuple[str, ...]]:
	"""Per service its commitments that last beyond the service's last day."""
	commitment, service = frappe.qb.DocType("Service Commitment"), frappe.qb.DocType("IT Service")
	rows = (
		frappe.qb.from_(commitment)
		.inner_join(service)
		.on(service.name == commitment.it_service)
		.select(service.name, commitment.name)
		.where(
			service.name.isin(Names(services))
			& (commitment.status == "Active")
			& service.last_day.isnotnull()
			& (commitment.valid_to.isnull() | (commitment.valid_to > service.last_day))
		)
		.orderby(service.name, commitment.name)
	).run()
	found: dict[str, list[str]] = defaultdict(list)
	for name, late in rows:
		found[name].append(late)
	return {name: tuple(late) for name, late in found.items()}


def find_commitments(services: Sequence[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
	"""Per service its active commitments, and those of them that keep it from being retired.

	These last beyond the last day that is planned, or until further notice while none is.
	"""
	commitment, service = frappe.qb.DocType("Service Commitment"), frappe.qb.DocType("IT Service")
	rows = (
		frappe.qb.from_(commitment)
		.inner_join(service)
		.on(service.name == commitment.it_service)
		.select(service.name, service.last_day, commitment.name, commitment.valid_to)
		.where(service.name.isin(Names(services)) & (commitment.status == "Active"))
		.orderby(service.name, commitment.name)
	).run()
	active: dict[str, list[str]] = defaultdict(list)
	lasting: dict[str, list[str]] = defaultdict(list)
	for name, last_day, promise, valid_to in rows:
		active[name].append(promise)
		if not valid_to or (last_day and valid_to > last_day):
			lasting[name].append(promise)
	return {name: (tuple(promises), tuple(lasting[name])) for name, promises in active.items()}


def expired_waivers(offerings: Sequence[str], today: date) -> set[str]:
	"""Active commitments beyond the capacity by a waiver that is over (SP-2)."""
	table = frappe.qb.DocType("Service Commitment")
	rows = (
		frappe.qb.from_(table)
		.select(table.name)
		.where(
			(table.status == "Active")
			& table.waiver_expires_on.isnotnull()
			& (table.waiver_expires_on < today)
			& table.service_offering.isin(Names(offerings))
		)
	).run()
	return {row[0] for row in rows}
