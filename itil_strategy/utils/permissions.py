"""Who sees which record: list conditions and document checks in pairs, from one place.

A service owner reads the finance records of the own services only and edits nothing but the own
services; process owners are not restricted. `permission_query_conditions` answers an SQL condition
("" is no restriction, "1=0" nothing); `has_permission` can only deny.
"""

import frappe

from itil_strategy.setup.roles import (
	FINANCIAL_MANAGER,
	PORTFOLIO_MANAGER,
	RELATIONSHIP_MANAGER,
)

UNRESTRICTED = {"System Manager", PORTFOLIO_MANAGER, FINANCIAL_MANAGER}
READ_CHARGES = UNRESTRICTED | {RELATIONSHIP_MANAGER}
READ_SURVEYS = {"System Manager", PORTFOLIO_MANAGER, RELATIONSHIP_MANAGER}
EDIT_SERVICES = {"System Manager", PORTFOLIO_MANAGER}
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


def satisfaction_survey_query(user: str | None = None) -> str:
	"""A service owner sees surveys that ask about an own service, and what he or she wrote."""
	user = user or frappe.session.user
	services = restricted_to_services(user, READ_SURVEYS)
	if services is None:
		return ""
	own = _in_condition("Survey Service", "it_service", services)
	return (
		f"(`tabSatisfaction Survey`.`name` IN (SELECT `parent` FROM `tabSurvey Service` WHERE {own})"
		f" OR `tabSatisfaction Survey`.`owner` = {frappe.db.escape(user)})"
	)


def survey_invitation_query(user: str | None = None) -> str:
	return _service_condition("Survey Invitation", "it_service", user, READ_SURVEYS)


def survey_response_query(user: str | None = None) -> str:
	return _service_condition("Survey Response", "it_service", user, READ_SURVEYS)


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


def satisfaction_survey_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	"""A service owner edits surveys that ask about own services and nothing else, before and after the change."""
	services = restricted_to_services(user or frappe.session.user, READ_SURVEYS)
	if services is None:
		return True
	asked = {row.it_service for row in doc.services}
	stored = asked if _is_new(doc) else _stored_services(doc)
	if ptype in WRITE_TYPES:
		return bool(asked and stored) and (asked | stored) <= set(services)
	return bool(stored & set(services)) or (not _is_new(doc) and doc.owner == (user or frappe.session.user))


def survey_invitation_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _service_allowed(doc.it_service, user, READ_SURVEYS)


def survey_response_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _service_allowed(doc.it_service, user, READ_SURVEYS)


def _stored_services(survey) -> set[str]:
	return set(
		frappe.get_all(
			"Survey Service", {"parenttype": survey.doctype, "parent": survey.name}, pluck="it_service"
		)
	)


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
