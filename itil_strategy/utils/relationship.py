"""Questions about needs and mediations that other modules ask; each is set-wise."""

from collections import defaultdict
from collections.abc import Sequence

from pypika import Order

import frappe

from itil_strategy.domain.needs import SHOWN_AS_NEED
from itil_strategy.utils.database import Names

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
	wanted = Names(services)
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


def find_mediations_of_customer(customer: str) -> list[frappe._dict]:
	"""Open mediations with a need of the customer, the latest first; `services` are theirs and those of its needs."""
	mediation, party, need = (
		frappe.qb.DocType("Requirement Mediation"),
		frappe.qb.DocType("Mediation Party"),
		frappe.qb.DocType("Customer Need"),
	)
	rows = (
		frappe.qb.from_(mediation)
		.inner_join(party)
		.on((party.parent == mediation.name) & (party.parenttype == "Requirement Mediation"))
		.inner_join(need)
		.on(need.name == party.customer_need)
		.select(
			mediation.name,
			mediation.mediation_title,
			mediation.kind,
			mediation.conflict,
			mediation.creation,
			mediation.it_service.as_("own_service"),
			need.it_service.as_("need_service"),
		)
		.where((mediation.status == OPEN) & (need.customer == customer))
		.orderby(mediation.creation, order=Order.desc)
		.orderby(mediation.name)
	).run(as_dict=True)
	return _collect_services(rows, ("own_service", "need_service"))


def find_changes_of_customer(customer: str) -> list[frappe._dict]:
	"""Changes that are not closed, at the customer or with an impact on a need of it; `services` they touch."""
	change, impact, need = (
		frappe.qb.DocType("Environment Change"),
		frappe.qb.DocType("Environment Impact"),
		frappe.qb.DocType("Customer Need"),
	)
	rows = (
		frappe.qb.from_(change)
		.left_join(impact)
		.on((impact.parent == change.name) & (impact.parenttype == "Environment Change"))
		.left_join(need)
		.on(need.name == impact.customer_need)
		.select(
			change.name,
			change.change_title,
			change.status,
			change.likelihood,
			change.horizon,
			change.watch_date,
			impact.it_service.as_("impact_service"),
			need.it_service.as_("need_service"),
		)
		.where((change.status != "Closed") & ((change.customer == customer) | (need.customer == customer)))
		.orderby(change.watch_date, change.name, impact.idx)
	).run(as_dict=True)
	return _collect_services(rows, ("impact_service", "need_service"))


def _collect_services(rows: Sequence[frappe._dict], fields: tuple[str, ...]) -> list[frappe._dict]:
	"""One row per record, with the services of all its rows in their order."""
	records: dict[str, frappe._dict] = {}
	for row in rows:
		record = records.setdefault(row.name, frappe._dict(row, services=[]))
		record.services += [row[name] for name in fields if row[name] and row[name] not in record.services]
	return list(records.values())
