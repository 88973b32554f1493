"""Who sees which record of the business relationship: service owners theirs, customers in the portal theirs.

List conditions and document checks in pairs, like `utils.permissions`.
"""

import frappe

from itil_strategy.setup.roles import CUSTOMER, PORTFOLIO_MANAGER, RELATIONSHIP_MANAGER, SERVICE_OWNER
from itil_strategy.utils.customers import customers_of
from itil_strategy.utils.internal_fields import refuse_internal_fields
from itil_strategy.utils.permissions import (
	READ_CHARGES,
	WRITE_TYPES,
	has_any_role,
	in_condition,
	is_new_record,
	own_or_created,
	own_or_created_allowed,
	own_services,
	restricted_to_services,
)
from itil_strategy.utils.service_scope import are_in_scope

MANAGE_RELATIONSHIPS = {"System Manager", RELATIONSHIP_MANAGER}
READ_SURVEYS = {"System Manager", PORTFOLIO_MANAGER, RELATIONSHIP_MANAGER}


def is_customer_only(user: str) -> bool:
	"""True for a portal user without a role on our side."""
	return has_role(CUSTOMER, user) and not has_any_role(READ_CHARGES | {SERVICE_OWNER}, user)


def is_contact_of(customer: str | None, user: str) -> bool:
	"""True for a portal user who is a contact of the customer."""
	return bool(customer) and has_role(CUSTOMER, user) and customer in customers_of(user)


def has_role(role: str, user: str) -> bool:
	return role in frappe.get_roles(user)


# List conditions


def customer_need_query(user: str | None = None) -> str:
	"""Own services and what one wrote for a service owner, own customers for a customer; both for who is both."""
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return ""
	if is_customer_only(user):
		refuse_internal_fields("Customer Need")
	conditions = []
	if has_role(SERVICE_OWNER, user):
		conditions.append(own_or_created("Customer Need", user))
	if has_role(CUSTOMER, user):
		conditions.append(in_condition("Customer Need", "customer", customers_of(user)))
	return f"({' OR '.join(conditions)})" if conditions else "1=0"


def requirement_mediation_query(user: str | None = None) -> str:
	return _concerning_own_services(
		"Requirement Mediation", user, _mediations_of, own_or_created("Requirement Mediation", user)
	)


def environment_change_query(user: str | None = None) -> str:
	"""A change belongs to a service owner over its impacts."""
	user = user or frappe.session.user
	return _concerning_own_services(
		"Environment Change", user, _changes_of, f"`tabEnvironment Change`.`owner` = {frappe.db.escape(user)}"
	)


def service_feedback_query(user: str | None = None) -> str:
	"""A service owner: own services and own writing; a customer's user: own customers; anybody: what one has to do."""
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return ""
	doctype = "Service Feedback"
	if is_customer_only(user):
		refuse_internal_fields(doctype)
	conditions = [in_condition(doctype, field, [user]) for field in ("assigned_to", "escalated_to")]
	if has_role(SERVICE_OWNER, user):
		conditions.append(own_or_created(doctype, user))
	if has_role(CUSTOMER, user):
		conditions.append(in_condition(doctype, "customer", customers_of(user)))
	return f"({' OR '.join(conditions)})"


def service_commitment_query(user: str | None = None) -> str:
	"""A service owner sees what is promised of the own services."""
	services = restricted_to_services(user or frappe.session.user, READ_CHARGES)
	return "" if services is None else in_condition("Service Commitment", "it_service", services)


def satisfaction_survey_query(user: str | None = None) -> str:
	"""A service owner sees surveys that ask about an own service, and what he or she wrote."""
	user = user or frappe.session.user
	services = restricted_to_services(user, READ_SURVEYS)
	if services is None:
		return ""
	own = in_condition("Survey Service", "it_service", services)
	return (
		f"(`tabSatisfaction Survey`.`name` IN (SELECT `parent` FROM `tabSurvey Service` WHERE {own})"  # nosec B608
		f" OR `tabSatisfaction Survey`.`owner` = {frappe.db.escape(user)})"
	)


def survey_invitation_query(user: str | None = None) -> str:
	return _about_own_services("Survey Invitation", user)


def survey_response_query(user: str | None = None) -> str:
	return _about_own_services("Survey Response", user)


def _about_own_services(doctype: str, user: str | None) -> str:
	services = restricted_to_services(user or frappe.session.user, READ_SURVEYS)
	return "" if services is None else in_condition(doctype, "it_service", services)


# Document checks


def customer_need_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return True
	if (
		has_role(SERVICE_OWNER, user)
		and ptype not in WRITE_TYPES
		and own_or_created_allowed(doc, "read", user)
	):
		return True
	return has_role(CUSTOMER, user) and _customers_in(doc) <= set(customers_of(user))


def requirement_mediation_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user = user or frappe.session.user
	return own_or_created_allowed(doc, "read", user) or (
		not is_new_record(doc) and doc.name in _mediations_of(own_services(user))
	)


def environment_change_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return True
	return not is_new_record(doc) and (doc.owner == user or doc.name in _changes_of(own_services(user)))


def service_feedback_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	"""As the list says, by what is stored: nobody reaches a record by writing another service or customer in it."""
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return True
	stored = None if is_new_record(doc) else _stored_feedback(doc.name)
	if stored and user in (stored.assigned_to, stored.escalated_to):
		return True
	if has_role(SERVICE_OWNER, user) and _is_feedback_of_owner(doc, stored, user):
		return True
	if not has_role(CUSTOMER, user):
		return False
	own = customers_of(user)
	if stored is None and not doc.customer:
		return len(own) == 1
	return doc.customer in own and (stored is None or stored.customer in own)


def feedback_staff(doc, user: str) -> bool:
	"""Who may take the steps of a stored feedback: process owners, the service's owner, whoever it is assigned to."""
	if has_any_role(MANAGE_RELATIONSHIPS, user):
		return True
	if user in (doc.assigned_to, doc.service_owner, doc.escalated_to):
		return True
	return has_role(SERVICE_OWNER, user) and doc.owner == user


def _is_feedback_of_owner(doc, stored: frappe._dict | None, user: str) -> bool:
	"""About an own service or of one's own writing; the service may become another's, where it belongs."""
	if not are_in_scope({doc.it_service, stored and stored.it_service}, user):
		return False
	return (stored or doc).it_service in own_services(user) or bool(stored and stored.owner == user)


def _stored_feedback(name: str) -> frappe._dict | None:
	return frappe.db.get_value(
		"Service Feedback",
		name,
		["it_service", "customer", "owner", "assigned_to", "escalated_to"],
		as_dict=True,
	)


def service_commitment_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	"""As the list says: the service it names, and the one it is stored with."""
	services = restricted_to_services(user or frappe.session.user, READ_CHARGES)
	if services is None:
		return True
	stored = None if is_new_record(doc) else frappe.db.get_value(doc.doctype, doc.name, "it_service")
	return {doc.it_service, stored or doc.it_service} <= set(services)


def satisfaction_survey_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	"""A service owner edits surveys that ask about own services and nothing else, before and after the change."""
	user = user or frappe.session.user
	services = restricted_to_services(user, READ_SURVEYS)
	if services is None:
		return True
	asked = {row.it_service for row in doc.services}
	stored = asked if is_new_record(doc) else _stored_services(doc)
	if ptype in WRITE_TYPES:
		return bool(asked and stored) and (asked | stored) <= set(services)
	if stored & set(services):
		return True
	return not is_new_record(doc) and frappe.db.get_value(doc.doctype, doc.name, "owner") == user


def survey_invitation_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _is_about_own_service(doc, user)


def survey_response_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _is_about_own_service(doc, user)


def _is_about_own_service(doc, user: str | None) -> bool:
	"""By the service in the record and the stored one: naming another one grants nothing."""
	services = restricted_to_services(user or frappe.session.user, READ_SURVEYS)
	if services is None:
		return True
	asked = {doc.it_service}
	if not is_new_record(doc):
		asked.add(frappe.db.get_value(doc.doctype, doc.name, "it_service"))
	return asked <= set(services)


def _stored_services(survey) -> set[str]:
	return set(
		frappe.get_all(
			"Survey Service", {"parenttype": survey.doctype, "parent": survey.name}, pluck="it_service"
		)
	)


def _customers_in(doc) -> set[str | None]:
	"""The customer that the need names and the one it is stored with: naming another one grants nothing."""
	customers = {doc.customer}
	if not is_new_record(doc):
		customers.add(frappe.db.get_value("Customer Need", doc.name, "customer"))
	return customers


def _concerning_own_services(doctype: str, user: str | None, records_of, otherwise: str) -> str:
	"""Records of which some part is about an own service, beside those that `otherwise` finds."""
	services = restricted_to_services(user or frappe.session.user, READ_CHARGES)
	if services is None:
		return ""
	return f"({in_condition(doctype, 'name', records_of(services))} OR {otherwise})"


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
