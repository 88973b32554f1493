"""Who sees which Business Case: list condition and document check as a pair (design: roles).

Managers see all that their user permissions leave; a service owner sees cases about own services, and those
that he or she wrote or is accountable for, and writes nothing else.
"""

import frappe

from itil_strategy.utils.permissions import (
	READ_CHARGES,
	UNRESTRICTED,
	WRITE_TYPES,
	in_condition,
	is_new_record,
	restricted_to_services,
)
from itil_strategy.utils.service_scope import are_in_scope, scope_condition

DOCTYPE = "Business Case"
FIELDS = ["it_service", "owner", "case_owner"]


def business_case_query(user: str | None = None) -> str:
	user = user or frappe.session.user
	conditions = [scope_condition(f"`tab{DOCTYPE}`.`it_service`", user)]
	services = restricted_to_services(user, READ_CHARGES)
	if services is not None:
		name = frappe.db.escape(user)
		own = in_condition(DOCTYPE, "it_service", services)
		conditions.append(
			f"({own} OR `tab{DOCTYPE}`.`owner` = {name} OR `tab{DOCTYPE}`.`case_owner` = {name})"
		)
	return " AND ".join(filter(None, conditions))


def business_case_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	"""As the list says; a service owner takes a case to no service but an own one."""
	user = user or frappe.session.user
	stored = _stored(doc)
	services_named = {name for name in (doc.it_service, stored.it_service) if name}
	if not are_in_scope(services_named, user):
		return False
	services = restricted_to_services(user, UNRESTRICTED if ptype in WRITE_TYPES else READ_CHARGES)
	if services is None:
		return True
	if not stored:
		return doc.it_service in services
	if stored.it_service not in services and user not in (stored.owner, stored.case_owner):
		return False
	return doc.it_service in services or doc.it_service == stored.it_service


def benefit_measurement_query(user: str | None = None) -> str:
	"""Measurements follow their case."""
	match = business_case_query(user)
	if not match:
		return ""
	return f"`tabBenefit Measurement`.`business_case` IN (SELECT `name` FROM `tab{DOCTYPE}` WHERE {match})"  # nosec B608


def benefit_measurement_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	"""As on the case it is for, and on the one that it was for."""
	names = {doc.business_case}
	if not is_new_record(doc):
		names.add(frappe.db.get_value("Benefit Measurement", doc.name, "business_case"))
	right = "write" if ptype in WRITE_TYPES else "read"
	return all(frappe.has_permission(DOCTYPE, right, doc=name, user=user) for name in names if name)


def _stored(doc) -> frappe._dict:
	row = None if is_new_record(doc) else frappe.db.get_value(DOCTYPE, doc.name, FIELDS, as_dict=True)
	return row or frappe._dict()
