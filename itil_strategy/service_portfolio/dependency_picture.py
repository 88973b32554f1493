"""The picture of what a service needs and who is hit when it fails (SP-5), as nodes and edges to draw."""

from collections.abc import Iterable, Sequence

import frappe
from frappe.utils import add_months, get_first_day

from itil_strategy.domain.dependencies import Dependency, Reached, find_hit, find_layers, find_needed
from itil_strategy.service_portfolio.dependencies import load_network

MONTHS = 12
NEEDED, HIT = "needed", "hit"


@frappe.whitelist()
def get_picture(it_service: str) -> dict:
	"""Nodes in layers, negative to the left: what the service needs; positive to the right: who is hit.

	A service that the viewer may not read is drawn without its name. Four queries.
	"""
	frappe.has_permission("IT Service", "read", doc=it_service, throw=True)
	network = load_network()
	hit, needed = find_hit(network, it_service), find_needed(network, it_service)
	known = _services({it_service, *(item.service for item in (*hit, *needed))})
	customers = _customers([it_service, *(item.service for item in hit)])
	right = find_layers(((edge.provider, edge.service) for edge in network), it_service)
	left = find_layers(((edge.service, edge.provider) for edge in network), it_service)
	nodes = [
		_node(it_service, "", 0, True, known, customers),
		*(_node(item.service, HIT, right[item.service], item.is_critical, known, customers) for item in hit),
		*(_node(item.service, NEEDED, -left[item.service], item.is_critical, known, {}) for item in needed),
	]
	ids = {(node["side"], node.pop("service")): index for index, node in enumerate(nodes)}
	return {
		"nodes": nodes,
		"edges": [
			*_edges(network, hit, HIT, it_service, ids),
			*_edges(network, needed, NEEDED, it_service, ids),
		],
		"customers": len(set().union(*customers.values())),
		"months": MONTHS,
		"hidden": sum(not node["is_shown"] for node in nodes),
	}


def _node(
	service: str, side: str, layer: int, is_critical: bool, known: dict, customers: dict[str, set[str]]
) -> dict:
	row = known.get(service)
	return {
		"service": service,
		"side": side,
		"layer": layer,
		"is_critical": is_critical,
		"is_shown": bool(row),
		"name": row.name if row else None,
		"label": row.service_name if row else None,
		"stage": row.stage if row else None,
		"phase": row.phase if row else None,
		"decision_state": row.decision_state if row else None,
		"customers": len(customers.get(service, ())),
	}


def _edges(
	network: Iterable[Dependency], reached: Sequence[Reached], side: str, center: str, ids: dict
) -> list[dict]:
	"""Dependencies among the services of one side and the one in the middle."""
	places = {center: ids["", center], **{item.service: ids[side, item.service] for item in reached}}
	return [
		{"from": places[edge.provider], "to": places[edge.service], "is_critical": edge.is_critical}
		for edge in network
		if edge.provider in places
		and edge.service in places
		# A circle that is not critical leads back to the middle: the other side shows that step.
		and (edge.service if side == HIT else edge.provider) != center
	]


def _services(names: set[str]) -> dict[str, frappe._dict]:
	rows = frappe.get_list(
		"IT Service",
		{"name": ("in", sorted(names))},
		["name", "service_name", "stage", "phase", "decision_state"],
		limit=0,
	)
	return {row.name: row for row in rows}


def _customers(services: Sequence[str]) -> dict[str, set[str]]:
	"""Customers that were charged for each service in the last months; only their number is told."""
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.it_service, charge.customer)
		.distinct()
		.where(
			charge.it_service.isin(list(services))
			& (charge.status != "Reversed")
			& (charge.usage_month >= add_months(get_first_day(None), -MONTHS))
		)
	).run()
	found: dict[str, set[str]] = {}
	for service, customer in rows:
		found.setdefault(service, set()).add(customer)
	return found
