"""What the rules of conflict compare, read set-wise: needs, capacities, commitments, what was mediated."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import frappe

from itil_strategy.domain.need_conflicts import RESOURCE, Commitment, NeedInConflict, Subject, Wish
from itil_strategy.domain.needs import OPEN_STATES
from itil_strategy.utils.money import to_decimal

MEDIATION, NEED, COMMITMENT = "Requirement Mediation", "Customer Need", "Service Commitment"


def load_needs(services: Sequence[str] | None = None, latest: bool = False) -> list[NeedInConflict]:
	"""Open needs of the services, or of all, with their requirements: two queries."""
	need, row = frappe.qb.DocType(NEED), frappe.qb.DocType("Need Requirement")
	query = (
		frappe.qb.from_(need)
		.select(
			need.name,
			need.it_service,
			need.customer,
			need.status,
			need.service_offering,
			need.units_per_month,
			need.needed_from,
			need.needed_to,
		)
		.where(need.status.isin(OPEN_STATES) & need.it_service.isnotnull())
		.orderby(need.name)
	)
	wishes_query = (
		frappe.qb.from_(row)
		.inner_join(need)
		.on((need.name == row.parent) & (row.parenttype == NEED))
		.select(row.parent, row.topic, row.moscow, row.exclusive_with)
		.where(need.status.isin(OPEN_STATES) & need.it_service.isnotnull())
		.orderby(row.parent, row.idx)
	)
	if services is not None:
		query = query.where(need.it_service.isin([*services, ""]))
		wishes_query = wishes_query.where(need.it_service.isin([*services, ""]))
	if latest:
		query, wishes_query = query.for_update(), wishes_query.for_update()
	records = query.run(as_dict=True)
	wishes: dict[str, list[Wish]] = defaultdict(list)
	for parent, topic, moscow, exclusive_with in wishes_query.run():
		wishes[parent].append(Wish(topic, moscow, exclusive_with))
	return [
		NeedInConflict(
			name=record.name,
			service=record.it_service,
			customer=record.customer,
			state=record.status,
			offering=record.service_offering,
			units=to_decimal(record.units_per_month),
			needed_from=record.needed_from,
			needed_to=record.needed_to,
			wishes=tuple(wishes[record.name]),
		)
		for record in records
	]


def load_capacities(needs: Sequence[NeedInConflict]) -> dict[str, Decimal]:
	"""Practical capacity of the offerings asked for; 0 means that nobody has entered it."""
	offerings = {need.offering for need in needs if need.offering}
	rows = frappe.get_all(
		"Service Offering",
		{"name": ("in", sorted(offerings) or [""]), "practical_capacity": (">", 0)},
		["name", "practical_capacity"],
		limit=0,
	)
	return {row.name: to_decimal(row.practical_capacity) for row in rows}


def load_commitments(needs: Sequence[NeedInConflict]) -> list[Commitment]:
	"""Active commitments on the offerings asked for; one that answers an open need counts as that need."""
	offerings = {need.offering for need in needs if need.offering}
	if not offerings:
		return []
	names = {need.name for need in needs}
	rows = frappe.get_all(
		COMMITMENT,
		{"service_offering": ("in", sorted(offerings)), "status": "Active"},
		["customer", "service_offering", "units_per_month", "valid_from", "valid_to", "customer_need"],
		limit=0,
	)
	return [
		Commitment(
			row.customer, row.service_offering, to_decimal(row.units_per_month), row.valid_from, row.valid_to
		)
		for row in rows
		if row.customer_need not in names
	]


def load_mediated(services: Sequence[str], latest: bool = False) -> dict[Subject, list[frozenset[str]]]:
	"""Sets of needs that were brought together, per subject; withdrawn ones count, so nothing comes twice."""
	found: dict[Subject, list[frozenset[str]]] = defaultdict(list)
	for subject, _name, _status, needs in load_mediations(services, latest):
		found[subject].append(needs)
	return found


def load_mediations(
	services: Sequence[str], latest: bool = False
) -> list[tuple[Subject, str, str, frozenset[str]]]:
	mediation, party = frappe.qb.DocType(MEDIATION), frappe.qb.DocType("Mediation Party")
	query = (
		frappe.qb.from_(mediation)
		.inner_join(party)
		.on((party.parent == mediation.name) & (party.parenttype == MEDIATION))
		.select(
			mediation.name,
			mediation.status,
			mediation.kind,
			mediation.it_service,
			mediation.service_offering,
			mediation.topic,
			mediation.excluded_topic,
			party.customer_need,
		)
		.where(mediation.it_service.isin([*services, ""]))
		.orderby(mediation.name, party.idx)
	)
	members: dict[tuple, set[str]] = defaultdict(set)
	for name, status, kind, service, offering, topic, excluded, need in (
		query.for_update() if latest else query
	).run():
		about = (offering,) if kind == RESOURCE else tuple(sorted(filter(None, (topic, excluded))))
		members[(Subject(kind, service, about), name, status)].add(need)
	return [(*key, frozenset(needs)) for key, needs in members.items()]
