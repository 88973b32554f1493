"""Roles of the process owners (design: roles)."""

import frappe

PORTFOLIO_MANAGER = "Service Portfolio Manager"
RELATIONSHIP_MANAGER = "Business Relationship Manager"
FINANCIAL_MANAGER = "IT Financial Manager"
SERVICE_OWNER = "Service Owner"
CUSTOMER = "Customer"  # ERPNext's, for the users of customers on the portal

ROLES = (PORTFOLIO_MANAGER, RELATIONSHIP_MANAGER, FINANCIAL_MANAGER, SERVICE_OWNER)


def create_roles() -> None:
	"""Create the missing roles; existing ones stay as they are."""
	for role in ROLES:
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(
				ignore_permissions=True
			)


def delete_roles() -> None:
	"""Delete the roles and what assigns them."""
	for doctype in ("Has Role", "Custom DocPerm", "DocPerm"):
		frappe.db.delete(doctype, {"role": ("in", ROLES)})
	for role in ROLES:
		frappe.delete_doc_if_exists("Role", role, force=True)
