"""Who sees which record: list conditions and document checks in pairs, from one place.

A service owner reads the finance records of the own services only and edits nothing but the own
services; a customer in the portal sees the needs of the customers whose contact it is; process owners
are not restricted. `permission_query_conditions` answers an SQL condition
("" is no restriction, "1=0" nothing); `has_permission` can only deny.
"""

import frappe

from itil_strategy.setup.roles import (
	FINANCIAL_MANAGER,
	PORTFOLIO_MANAGER,
	RELATIONSHIP_MANAGER,
	SERVICE_OWNER,
)
from itil_strategy.utils.customers import customers_of
from itil_strategy.utils.internal_fields import refuse_internal_fields

UNRESTRICTED = {"System Manager", PORTFOLIO_MANAGER, FINANCIAL_MANAGER}
READ_CHARGES = UNRESTRICTED | {RELATIONSHIP_MANAGER}
EDIT_SERVICES = {"System Manager", PORTFOLIO_MANAGER}
MANAGE_RELATIONSHIPS = {"System Manager", RELATIONSHIP_MANAGER}
# ERPNext's role of portal users.
CUSTOMER = "Customer"
WRITE_TYPES = ("write", "create", "delete")


def has_any_role(roles: set[str], user: str) -> bool:
	"""True for Administrator and for a user with one of the roles."""
	return user == "Administrator" or bool(roles & set(frappe.get_roles(user)))


def own_services(user: str) -> list[str]:
	"""Services that the user owns."""
	return frappe.get_all("IT Service", {"service_owner": user}, pluck="name", order_by="name")


def restricted_to_services(user: str, unrestricted: set[str]) -> list[str] | None:
	"""None: no restriction. Else the only services whose records the user may see (maybe none)."""
	return None if has_any_role(unrestricted, user) else own_services(user)


def is_customer_only(user: str) -> bool:
	"""True for a portal user without a role on our side."""
	return has_role(CUSTOMER, user) and not has_any_role(READ_CHARGES | {SERVICE_OWNER}, user)


def has_role(role: str, user: str) -> bool:
	return role in frappe.get_roles(user)


# List conditions


def charging_policy_query(user: str | None = None) -> str:
	return _service_condition("Charging Policy", "it_service", user, UNRESTRICTED)


def service_charge_query(user: str | None = None) -> str:
	return _service_condition("Service Charge", "it_service", user, READ_CHARGES)


def service_usage_query(user: str | None = None) -> str:
	user = user or frappe.session.user
	services = restricted_to_services(user, UNRESTRICTED)
	if services is None:
		return ""
	offerings = (
		frappe.get_all("Service Offering", {"it_service": ("in", services)}, pluck="name") if services else []
	)
	return _in_condition("Service Usage", "service_offering", offerings)


def charging_run_query(user: str | None = None) -> str:
	"""A run shows every customer's totals, so it is not for service owners."""
	return "" if has_any_role(READ_CHARGES, user or frappe.session.user) else "1=0"


def portfolio_decision_query(user: str | None = None) -> str:
	return _own_or_created("Portfolio Decision", user)


def service_retirement_query(user: str | None = None) -> str:
	return _own_or_created("Service Retirement", user)


def customer_need_query(user: str | None = None) -> str:
	"""Own services and what one wrote for a service owner, own customers for a customer; both for who is both."""
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return ""
	if is_customer_only(user):
		refuse_internal_fields("Customer Need")
	conditions = []
	if has_role(SERVICE_OWNER, user):
		conditions.append(_own_or_created("Customer Need", user))
	if has_role(CUSTOMER, user):
		conditions.append(_in_condition("Customer Need", "customer", customers_of(user)))
	return f"({' OR '.join(conditions)})" if conditions else "1=0"


def requirement_mediation_query(user: str | None = None) -> str:
	return _concerning_own_services(
		"Requirement Mediation", user, _mediations_of, _own_or_created("Requirement Mediation", user)
	)


def environment_change_query(user: str | None = None) -> str:
	"""A change belongs to a service owner over its impacts."""
	user = user or frappe.session.user
	return _concerning_own_services(
		"Environment Change", user, _changes_of, f"`tabEnvironment Change`.`owner` = {frappe.db.escape(user)}"
	)


# Document checks


def it_service_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	if ptype not in WRITE_TYPES or has_any_role(EDIT_SERVICES, user):
		return True
	return bool(doc.service_owner) and _stored_owner(doc) == user


def service_offering_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user = user or frappe.session.user
	if ptype not in WRITE_TYPES or has_any_role(EDIT_SERVICES, user):
		return True
	return doc.it_service in own_services(user)


def charging_policy_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _service_allowed(doc.it_service, user, UNRESTRICTED)


def service_charge_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _service_allowed(doc.it_service, user, READ_CHARGES)


def service_usage_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	if has_any_role(UNRESTRICTED, user):
		return True
	service = frappe.db.get_value("Service Offering", doc.service_offering, "it_service")
	return bool(service) and service in own_services(user)


def portfolio_decision_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _own_or_created_allowed(doc, user)


def service_retirement_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _own_or_created_allowed(doc, user)


def charging_run_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return has_any_role(READ_CHARGES, user or frappe.session.user)


def customer_need_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return True
	if has_role(SERVICE_OWNER, user) and ptype not in WRITE_TYPES and _own_or_created_allowed(doc, user):
		return True
	return has_role(CUSTOMER, user) and _customers_in(doc) <= set(customers_of(user))


def requirement_mediation_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user = user or frappe.session.user
	return _own_or_created_allowed(doc, user) or (
		not _is_new(doc) and doc.name in _mediations_of(own_services(user))
	)


def environment_change_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return True
	return not _is_new(doc) and (doc.owner == user or doc.name in _changes_of(own_services(user)))


def _customers_in(doc) -> set[str | None]:
	"""The customer that the need names and the one it is stored with: naming another one grants nothing."""
	customers = {doc.customer}
	if not _is_new(doc):
		customers.add(frappe.db.get_value("Customer Need", doc.name, "customer"))
	return customers


def _concerning_own_services(doctype: str, user: str | None, records_of, otherwise: str) -> str:
	"""Records of which some part is about an own service, beside those that `otherwise` finds."""
	services = restricted_to_services(user or frappe.session.user, READ_CHARGES)
	if services is None:
		return ""
	return f"({_in_condition(doctype, 'name', records_of(services))} OR {otherwise})"


def _mediations_of(services: list[str]) -> list[str]:
	"""Mediations with a need of the services."""
	party, need = frappe.qb.DocType("Mediation Party"), frappe.qb.DocType("Customer Need")
	return _names(
		frappe.qb.from_(party)
		.inner_join(need)
		.on(need.name == party.customer_need)
		.select(party.parent)
		.where(need.it_service.isin([*services, ""]))
	)


def _changes_of(services: list[str]) -> list[str]:
	"""Changes with an impact on the services, or on a need of them."""
	impact, need = frappe.qb.DocType("Environment Impact"), frappe.qb.DocType("Customer Need")
	return _names(
		frappe.qb.from_(impact)
		.left_join(need)
		.on(need.name == impact.customer_need)
		.select(impact.parent)
		.where(impact.it_service.isin([*services, ""]) | need.it_service.isin([*services, ""]))
	)


def _names(query) -> list[str]:
	return sorted({row[0] for row in query.run()})


def _stored_owner(doc) -> str | None:
	"""Whoever owns the service now: making oneself the owner grants nothing."""
	if _is_new(doc):
		return None
	return frappe.db.get_value("IT Service", doc.name, "service_owner")


def _own_or_created(doctype: str, user: str | None) -> str:
	"""A service owner sees what is about own services, and what he or she wrote."""
	user = user or frappe.session.user
	services = restricted_to_services(user, READ_CHARGES)
	if services is None:
		return ""
	own = _in_condition(doctype, "it_service", services)
	return f"({own} OR `tab{doctype}`.`owner` = {frappe.db.escape(user)})"


def _own_or_created_allowed(doc, user: str | None) -> bool:
	"""As the list says; a new record has no creator yet, so its service must be one's own."""
	user = user or frappe.session.user
	services = restricted_to_services(user, READ_CHARGES)
	return services is None or doc.it_service in services or (not _is_new(doc) and doc.owner == user)


def _is_new(doc) -> bool:
	return bool(doc.get("__islocal") or doc.is_new())


def _service_allowed(service: str | None, user: str | None, unrestricted: set[str]) -> bool:
	services = restricted_to_services(user or frappe.session.user, unrestricted)
	return services is None or service in services


def _service_condition(doctype: str, field: str, user: str | None, unrestricted: set[str]) -> str:
	services = restricted_to_services(user or frappe.session.user, unrestricted)
	return "" if services is None else _in_condition(doctype, field, services)


def _in_condition(doctype: str, field: str, names: list[str]) -> str:
	if not names:
		return "1=0"
	values = ", ".join(frappe.db.escape(name) for name in names)
	return f"`tab{doctype}`.`{field}` IN ({values})"
