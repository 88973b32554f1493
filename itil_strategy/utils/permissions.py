"""Who sees which record: list conditions and document checks in pairs, from one place.

A service owner reads the finance records of the own services only and edits nothing but the own
services; process owners are not restricted. `permission_query_conditions` answers an SQL condition
("" is no restriction, "1=0" nothing); `has_permission` can only deny. What a client sends proves nothing:
a record is judged as it is stored, and where it would go.
"""

import frappe
from frappe.model.db_query import DatabaseQuery

from itil_strategy.setup.roles import (
	FINANCIAL_MANAGER,
	PORTFOLIO_MANAGER,
	RELATIONSHIP_MANAGER,
)
from itil_strategy.utils.service_scope import are_in_scope, has_row_in_scope, scope_condition

UNRESTRICTED = {"System Manager", PORTFOLIO_MANAGER, FINANCIAL_MANAGER}
READ_CHARGES = UNRESTRICTED | {RELATIONSHIP_MANAGER}
EDIT_SERVICES = {"System Manager", PORTFOLIO_MANAGER}
WRITE_TYPES = ("write", "create", "delete", "submit", "cancel", "amend", "import")


def has_any_role(roles: set[str], user: str) -> bool:
	"""True for Administrator and for a user with one of the roles."""
	return user == "Administrator" or bool(roles & set(frappe.get_roles(user)))


def own_services(user: str) -> list[str]:
	"""Services that the user owns."""
	return frappe.get_all("IT Service", {"service_owner": user}, pluck="name", order_by="name")


def restricted_to_services(user: str, unrestricted: set[str]) -> list[str] | None:
	"""None: no restriction. Else the only services whose records the user may see (maybe none)."""
	return None if has_any_role(unrestricted, user) else own_services(user)


# List conditions


def charging_policy_query(user: str | None = None) -> str:
	return _service_condition("Charging Policy", "it_service", user, UNRESTRICTED)


def charging_tier_query(user: str | None = None) -> str:
	"""Tiers follow their policy, in whatever limits it."""
	match = DatabaseQuery("Charging Policy", user=user or frappe.session.user).build_match_conditions()
	if not match:
		return ""
	policies = f"SELECT `name` FROM `tabCharging Policy` WHERE {match}"  # nosec B608
	return f"`tabCharging Tier`.`charging_policy` IN ({policies})"


def service_charge_query(user: str | None = None) -> str:
	return _service_condition("Service Charge", "it_service", user, READ_CHARGES)


def service_cost_query(user: str | None = None) -> str:
	return _service_condition("Service Cost", "it_service", user, UNRESTRICTED)


def cost_driver_value_query(user: str | None = None) -> str:
	return _service_condition("Cost Driver Value", "it_service", user, UNRESTRICTED)


def charge_dispute_query(user: str | None = None) -> str:
	return _service_condition("Charge Dispute", "it_service", user, READ_CHARGES)


def charge_correction_query(user: str | None = None) -> str:
	return _service_condition("Charge Correction", "it_service", user, READ_CHARGES)


def service_usage_query(user: str | None = None) -> str:
	user = user or frappe.session.user
	services = restricted_to_services(user, UNRESTRICTED)
	if services is None:
		return ""
	offerings = (
		frappe.get_all("Service Offering", {"it_service": ("in", services)}, pluck="name") if services else []
	)
	return in_condition("Service Usage", "service_offering", offerings)


def charging_run_query(user: str | None = None) -> str:
	"""A run shows every customer's totals, so it is not for service owners."""
	return "" if has_any_role(READ_CHARGES, user or frappe.session.user) else "1=0"


def it_service_query(user: str | None = None) -> str:
	return scope_condition("`tabIT Service`.`name`", user or frappe.session.user)


def service_offering_query(user: str | None = None) -> str:
	return scope_condition("`tabService Offering`.`it_service`", user or frappe.session.user)


def portfolio_decision_query(user: str | None = None) -> str:
	return own_or_created("Portfolio Decision", user)


def service_retirement_query(user: str | None = None) -> str:
	return own_or_created("Service Retirement", user)


def child_rows_query(user: str | None = None, doctype: str | None = None) -> str:
	"""Rows follow their record, and the level of their table in it.

	Frappe itself asks only whether the user may read records of that kind.
	"""
	user = user or frappe.session.user
	conditions = []
	tables = frappe.get_all(
		"DocField", {"options": doctype, "fieldtype": "Table"}, ["parent", "fieldname", "permlevel"]
	)
	for parent, fields in _by_parent(tables).items():
		if not frappe.has_permission(parent, "read", user=user):
			continue
		levels = frappe.get_meta(parent).get_permlevel_access("read", user=user)
		shown = [row.fieldname for row in fields if not row.permlevel or row.permlevel in levels]
		if not shown:
			continue
		rows = f"`tab{doctype}`.`parenttype` = {frappe.db.escape(parent)}"
		if len(shown) < len(fields):
			rows += f" AND {in_condition(doctype, 'parentfield', shown)}"
		if match := DatabaseQuery(parent, user=user).build_match_conditions():
			rows += f" AND `tab{doctype}`.`parent` IN (SELECT `name` FROM `tab{parent}` WHERE {match})"  # nosec B608
		conditions.append(f"({rows})")
	return f"({' OR '.join(conditions)})" if conditions else "1=0"


def _by_parent(tables: list[frappe._dict]) -> dict[str, list[frappe._dict]]:
	parents: dict[str, list[frappe._dict]] = {}
	for row in tables:
		parents.setdefault(row.parent, []).append(row)
	return parents


# Document checks


def it_service_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	if not (has_row_in_scope(doc, user) if is_new_record(doc) else are_in_scope([doc.name], user)):
		return False
	if ptype not in WRITE_TYPES or has_any_role(EDIT_SERVICES, user):
		return True
	return bool(doc.service_owner) and _stored_owner(doc) == user


def service_offering_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user = user or frappe.session.user
	services = {doc.it_service, _stored(doc).it_service or doc.it_service}
	if not are_in_scope(services, user):
		return False
	if ptype not in WRITE_TYPES or has_any_role(EDIT_SERVICES, user):
		return True
	return services <= set(own_services(user))


def charging_policy_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _service_allowed(doc.it_service, user, UNRESTRICTED)


def charging_tier_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	"""As its policy, the one it names and the one it is stored with."""
	policies = {doc.charging_policy}
	if not is_new_record(doc):
		policies.add(frappe.db.get_value(doc.doctype, doc.name, "charging_policy"))
	return all(
		frappe.has_permission("Charging Policy", "read", doc=policy, user=user)
		for policy in policies
		if policy
	)


def service_charge_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _service_allowed(doc.it_service, user, READ_CHARGES)


def service_cost_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _service_allowed(doc.it_service, user, UNRESTRICTED)


def cost_driver_value_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _service_allowed(doc.it_service, user, UNRESTRICTED)


def charge_dispute_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _charge_record_allowed(doc, user)


def charge_correction_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _charge_record_allowed(doc, user)


def service_usage_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	if has_any_role(UNRESTRICTED, user):
		return True
	service = frappe.db.get_value("Service Offering", doc.service_offering, "it_service")
	return bool(service) and service in own_services(user)


def portfolio_decision_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return own_or_created_allowed(doc, ptype, user)


def service_retirement_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return own_or_created_allowed(doc, ptype, user)


def charging_run_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return has_any_role(READ_CHARGES, user or frappe.session.user)


def _stored_owner(doc) -> str | None:
	"""Whoever owns the service now: making oneself the owner grants nothing."""
	if is_new_record(doc):
		return None
	return frappe.db.get_value("IT Service", doc.name, "service_owner")


def own_or_created(doctype: str, user: str | None) -> str:
	"""A service owner sees what is about own services, and what he or she wrote."""
	user = user or frappe.session.user
	conditions = [scope_condition(f"`tab{doctype}`.`it_service`", user)]
	services = restricted_to_services(user, READ_CHARGES)
	if services is not None:
		own = in_condition(doctype, "it_service", services)
		conditions.append(f"({own} OR `tab{doctype}`.`owner` = {frappe.db.escape(user)})")
	return " AND ".join(filter(None, conditions))


def own_or_created_allowed(doc, ptype: str, user: str | None) -> bool:
	"""As the list says, and it goes to no service but an own one; a new record has no creator yet."""
	user = user or frappe.session.user
	stored = _stored(doc)
	if not are_in_scope({doc.it_service, stored.it_service}, user):
		return False
	services = restricted_to_services(user, EDIT_SERVICES if ptype in WRITE_TYPES else READ_CHARGES)
	if services is None:
		return True
	if not stored:
		return doc.it_service in services
	if stored.it_service not in services and stored.owner != user:
		return False
	return doc.it_service in services or doc.it_service == stored.it_service


def _stored(doc) -> frappe._dict:
	"""Service and creator in the database; empty for a new record."""
	fields = ["it_service", "owner"]
	row = None if is_new_record(doc) else frappe.db.get_value(doc.doctype, doc.name, fields, as_dict=True)
	return row or frappe._dict()


def is_new_record(doc) -> bool:
	return bool(doc.get("__islocal") or doc.is_new())


def _service_allowed(service: str | None, user: str | None, unrestricted: set[str]) -> bool:
	services = restricted_to_services(user or frappe.session.user, unrestricted)
	return services is None or service in services


def _charge_record_allowed(doc, user: str | None) -> bool:
	"""As the list says. A new record names its charge only, and nobody limited to own services writes one."""
	service = doc.it_service
	if not is_new_record(doc):
		service = frappe.db.get_value(doc.doctype, doc.name, "it_service")
	return _service_allowed(service, user, READ_CHARGES)


def _service_condition(doctype: str, field: str, user: str | None, unrestricted: set[str]) -> str:
	services = restricted_to_services(user or frappe.session.user, unrestricted)
	return "" if services is None else in_condition(doctype, field, services)


def in_condition(doctype: str, field: str, names: list[str]) -> str:
	if not names:
		return "1=0"
	values = ", ".join(frappe.db.escape(name) for name in names)
	return f"`tab{doctype}`.`{field}` IN ({values})"
