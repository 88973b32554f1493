"""Who sees which record: list conditions and document checks in pairs, from one place.

A service owner reads the finance records of the own services only and edits nothing but the own
services; process owners are not restricted. `permission_query_conditions` answers an SQL condition
("" is no restriction, "1=0" nothing); `has_permission` can only deny.
"""

import re

import frappe
from frappe import _

from itil_strategy.setup.roles import (
	CUSTOMER,
	FINANCIAL_MANAGER,
	PORTFOLIO_MANAGER,
	RELATIONSHIP_MANAGER,
	SERVICE_OWNER,
)

UNRESTRICTED = {"System Manager", PORTFOLIO_MANAGER, FINANCIAL_MANAGER}
READ_CHARGES = UNRESTRICTED | {RELATIONSHIP_MANAGER}
EDIT_SERVICES = {"System Manager", PORTFOLIO_MANAGER}
HANDLE_FEEDBACK = {"System Manager", RELATIONSHIP_MANAGER}
WRITE_TYPES = ("write", "create", "delete")
# Arguments of a list request that hold no field names.
SPEAKS_OF_NO_FIELD = ("cmd", "doctype", "txt", "data", "doc", "limit", "limit_start", "limit_page_length")


def has_any_role(roles: set[str], user: str) -> bool:
	"""True for Administrator and for a user with one of the roles."""
	return user == "Administrator" or bool(roles & set(frappe.get_roles(user)))


def own_services(user: str) -> list[str]:
	"""Services that the user owns."""
	return frappe.get_all("IT Service", {"service_owner": user}, pluck="name", order_by="name")


def restricted_to_services(user: str, unrestricted: set[str]) -> list[str] | None:
	"""None: no restriction. Else the only services whose records the user may see (maybe none)."""
	return None if has_any_role(unrestricted, user) else own_services(user)


# Customers' own users


def contacts_of(user: str) -> list[str]:
	"""Contacts that are the user, by login or by e-mail address."""
	if user in ("Guest", "Administrator"):
		return []
	return frappe.get_all(
		"Contact", or_filters={"user": user, "email_id": user}, pluck="name", order_by="name"
	)


def own_customers(user: str) -> list[str]:
	"""Customers that the user is a contact of."""
	contacts = contacts_of(user)
	if not contacts:
		return []
	return frappe.get_all(
		"Dynamic Link",
		{"parenttype": "Contact", "parent": ("in", contacts), "link_doctype": "Customer"},
		pluck="link_name",
		distinct=True,
		order_by="link_name asc",
	)


def is_contact_of(customer: str | None, user: str) -> bool:
	"""True for a user with the portal's role who is a contact of the customer."""
	return bool(customer) and CUSTOMER in frappe.get_roles(user) and customer in own_customers(user)


def is_contact_linked(contact: str, customer: str) -> bool:
	return bool(
		frappe.db.exists(
			"Dynamic Link",
			{
				"parenttype": "Contact",
				"parent": contact,
				"link_doctype": "Customer",
				"link_name": customer,
			},
		)
	)


def is_only_customer(user: str) -> bool:
	"""A user of a customer, not one of ours: sees and writes what is the customer's."""
	ours = READ_CHARGES | {SERVICE_OWNER}
	return CUSTOMER in frappe.get_roles(user) and not has_any_role(ours, user)


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


def service_feedback_query(user: str | None = None) -> str:
	"""A service owner: own services and own writing; a customer's user: own customers; anybody: what one has to do."""
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return ""
	doctype, roles = "Service Feedback", frappe.get_roles(user)
	conditions = [_in_condition(doctype, field, [user]) for field in ("assigned_to", "escalated_to")]
	if SERVICE_OWNER in roles:
		conditions.append(_in_condition(doctype, "it_service", own_services(user)))
		conditions.append(_in_condition(doctype, "owner", [user]))
	if CUSTOMER in roles:
		refuse_internal_fields(doctype, user)
		conditions.append(_in_condition(doctype, "customer", own_customers(user)))
	return f"({' OR '.join(conditions)})"


def feedback_child_query(user: str | None = None, doctype: str | None = None) -> str:
	"""Rows of a feedback can be listed by themselves; they show what the feedback shows, and customers none."""
	user = user or frappe.session.user
	if is_only_customer(user):
		return "1=0"
	parents = service_feedback_query(user)
	if not parents:
		return ""
	return (
		f"`tab{doctype}`.`parent` IN (SELECT `name` FROM `tabService Feedback` WHERE {parents})"
		f" AND `tab{doctype}`.`parenttype` = 'Service Feedback'"
	)


def refuse_internal_fields(doctype: str, user: str) -> None:
	"""A list that a customer's user asks for must not name fields above permission level 0, not even to filter by.

	Frappe drops such fields from a list, but of two in a row it misses the second, and it filters by all of them.
	"""
	if not is_only_customer(user) or not frappe.request:
		return
	meta = frappe.get_meta(doctype)
	internal = {df.fieldname for df in meta.fields if df.permlevel}
	internal |= {df.options for df in meta.get_table_fields() if df.permlevel}
	asked = " ".join(str(value) for key, value in frappe.form_dict.items() if key not in SPEAKS_OF_NO_FIELD)
	named = sorted(name for name in internal if re.search(rf"(\b|tab){re.escape(name)}\b", asked))
	if named:
		frappe.throw(
			_("You are not permitted to ask for {0}.").format(", ".join(named)), frappe.PermissionError
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


def service_feedback_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	"""As the list says, by what is stored: nobody reaches a record by writing another service or customer in it."""
	user = user or frappe.session.user
	if has_any_role(READ_CHARGES, user):
		return True
	roles = frappe.get_roles(user)
	stored = None if _is_new(doc) else _stored_feedback(doc.name)
	if stored and user in (stored.assigned_to, stored.escalated_to):
		return True
	if SERVICE_OWNER in roles:
		if (stored or doc).it_service in own_services(user) or (stored and stored.owner == user):
			return True
	if CUSTOMER in roles:
		own = own_customers(user)
		if stored is None and not doc.customer:
			return len(own) == 1
		return doc.customer in own and (stored is None or stored.customer in own)
	return False


def feedback_staff(doc, user: str) -> bool:
	"""Who may take the steps of a stored feedback: process owners, the service's owner, whoever it is assigned to."""
	if has_any_role(HANDLE_FEEDBACK, user):
		return True
	if user in (doc.assigned_to, doc.service_owner, doc.escalated_to):
		return True
	return SERVICE_OWNER in frappe.get_roles(user) and doc.owner == user


def charging_run_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return has_any_role(READ_CHARGES, user or frappe.session.user)


def _stored_owner(doc) -> str | None:
	"""Whoever owns the service now: making oneself the owner grants nothing."""
	if _is_new(doc):
		return None
	return frappe.db.get_value("IT Service", doc.name, "service_owner")


def _stored_feedback(name: str) -> frappe._dict | None:
	return frappe.db.get_value(
		"Service Feedback",
		name,
		["it_service", "customer", "owner", "assigned_to", "escalated_to"],
		as_dict=True,
	)


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
