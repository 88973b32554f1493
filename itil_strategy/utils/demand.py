"""What is promised of offerings, by commitments and by needs that were accepted (BR-9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import frappe

from itil_strategy.domain.capacity import Promise
from itil_strategy.utils.money import to_decimal

CHARTERED = ("Accepted", "In Delivery")


def lock_offering(name: str) -> None:
	"""Hold the row of the offering until the end of the transaction."""
	frappe.db.get_value("Service Offering", name, "name", for_update=True)


def load_promises(
	offerings: Sequence[str], without_commitment: str | None = None, without_need: str | None = None
) -> dict[str, list[Promise]]:
	"""Commitments and the chartered pipeline per offering, as last committed by anybody."""
	promises: dict[str, list[Promise]] = defaultdict(list)
	for offering, promise in _commitments(offerings, without_commitment):
		promises[offering].append(promise)
	for offering, promise in chartered_pipeline(offerings, without_need):
		promises[offering].append(promise)
	return promises


def _commitments(offerings: Sequence[str], without: str | None) -> list[tuple[str, Promise]]:
	table = frappe.qb.DocType("Service Commitment")
	query = (
		frappe.qb.from_(table)
		.select(table.service_offering, table.name, table.valid_from, table.valid_to, table.units_per_month)
		.where((table.status != "Draft") & table.service_offering.isin(list(offerings) or [""]))
		.orderby(table.valid_from, table.name)
		.for_update()
	)
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
			& need.service_offering.isin(list(offerings) or [""])
			& need.needed_from.isnotnull()
			& (need.units_per_month > 0)
			& commitment.name.isnull()
		)
		.orderby(need.needed_from, need.name)
	)
	if without_need:
		query = query.where(need.name != without_need)
	return [(row[0], _promise(*row[1:])) for row in query.run()]
