"""Questions about needs and mediations that other modules ask; each is set-wise."""

from collections import defaultdict
from collections.abc import Sequence

import frappe

from itil_strategy.domain.needs import SHOWN_AS_NEED

OPEN = "Open"


def find_assessed_needs(services: Sequence[str]) -> dict[str, tuple[str, ...]]:
	"""Needs per service that were assessed and not declined; services without one are left out."""
	found: dict[str, list[str]] = defaultdict(list)
	for row in frappe.get_all(
		"Customer Need",
		{"it_service": ("in", [*services, ""]), "status": ("in", SHOWN_AS_NEED)},
		["name", "it_service"],
		order_by="name asc",
		limit=0,
	):
		found[row.it_service].append(row.name)
	return {service: tuple(names) for service, names in found.items()}


def find_open_mediations(services: Sequence[str]) -> dict[str, tuple[str, ...]]:
	"""Open mediations per service, its own or of a need of it; services without one are left out."""
	mediation, party, need = (
		frappe.qb.DocType("Requirement Mediation"),
		frappe.qb.DocType("Mediation Party"),
		frappe.qb.DocType("Customer Need"),
	)
	wanted = [*services, ""]
	own = (
		frappe.qb.from_(mediation)
		.select(mediation.it_service, mediation.name)
		.where((mediation.status == OPEN) & mediation.it_service.isin(wanted))
	).run()
	of_needs = (
		frappe.qb.from_(mediation)
		.inner_join(party)
		.on((party.parent == mediation.name) & (party.parenttype == "Requirement Mediation"))
		.inner_join(need)
		.on(need.name == party.customer_need)
		.select(need.it_service, mediation.name)
		.where((mediation.status == OPEN) & need.it_service.isin(wanted))
	).run()
	found: dict[str, set[str]] = defaultdict(set)
	for service, name in (*own, *of_needs):
		found[service].add(name)
	return {service: tuple(sorted(names)) for service, names in found.items()}


def open_mediations_of(needs: Sequence[str] | None = None, latest: bool = False) -> dict[str, list[str]]:
	"""Open mediations per need, of all needs without a choice; `latest` reads what others committed meanwhile."""
	mediation, party = frappe.qb.DocType("Requirement Mediation"), frappe.qb.DocType("Mediation Party")
	query = (
		frappe.qb.from_(party)
		.inner_join(mediation)
		.on((mediation.name == party.parent) & (party.parenttype == "Requirement Mediation"))
		.select(party.customer_need, mediation.name)
		.where(mediation.status == OPEN)
		.orderby(mediation.name)
	)
	if needs is not None:
		query = query.where(party.customer_need.isin([*needs, ""]))
	found: dict[str, list[str]] = defaultdict(list)
	for need, name in (query.for_update() if latest else query).run():
		found[need].append(name)
	return found
