"""The services that user permissions on Company and Customer leave to a viewer.

Frappe judges the fields of a record; of its tables lists know nothing, and a document is refused when one row
of many is not permitted. A service is delivered by several companies to several customers: one permitted row
makes it visible, and without rows it is limited to nobody.
"""

from collections.abc import Collection

import frappe
from frappe.model.document import Document

from itil_strategy.utils.report_scope import allowed_values

SERVICE = "IT Service"
# Doctype of the permission: table of the service, its doctype and the field in it.
TABLES = {
	"Company": ("companies", "Service Company", "company"),
	"Customer": ("entitled_customers", "Service Entitlement", "customer"),
}


def scope_condition(column: str, user: str) -> str:
	"""SQL condition on a column that names a service; "" is no restriction."""
	conditions = []
	for doctype, values in allowed_values(set(TABLES), SERVICE, user).items():
		_table, child, field = TABLES[doctype]
		rows = f"SELECT 1 FROM `tab{child}` scope WHERE scope.parenttype = '{SERVICE}' AND scope.parent = {column}"  # nosec B608
		names = ", ".join(frappe.db.escape(value) for value in sorted(values))
		conditions.append(f"(NOT EXISTS ({rows}) OR EXISTS ({rows} AND scope.{field} IN ({names})))")
	return " AND ".join(conditions)


def are_in_scope(services: Collection[str], user: str) -> bool:
	"""Whether none of the stored services is hidden from the user."""
	condition = scope_condition(f"`tab{SERVICE}`.`name`", user)
	if not condition:
		return True
	hidden = f"SELECT 1 FROM `tab{SERVICE}` WHERE name IN %(services)s AND NOT ({condition}) LIMIT 1"  # nosec B608
	return not frappe.db.sql(hidden, {"services": [name or "" for name in services]})


def has_row_in_scope(service: Document, user: str) -> bool:
	"""The same for a service that is not stored yet."""
	for doctype, values in allowed_values(set(TABLES), SERVICE, user).items():
		table, _child, field = TABLES[doctype]
		rows = service.get(table)
		if rows and not any(row.get(field) in values for row in rows):
			return False
	return True


def permitted_services() -> set[str] | None:
	"""What user permissions of any kind leave of the services to the session's user; None is no limit."""
	if not frappe.permissions.get_user_permissions(frappe.session.user):
		return None
	return set(frappe.get_list(SERVICE, pluck="name", limit=0))
