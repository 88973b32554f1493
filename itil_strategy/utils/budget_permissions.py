"""Who sees which budget record: a service owner what is about the own services, finance and portfolio all.

List conditions and document checks in pairs, as in `utils.permissions`. A transfer is about both of its
services; a ceiling of a category or cost center about none.
"""

import frappe

from itil_strategy.utils.permissions import (
	UNRESTRICTED,
	in_condition,
	is_new_record,
	restricted_to_services,
)

SERVICES_OF = {
	"Budget Ceiling": ("it_service",),
	"Budget Transfer": ("from_service", "to_service"),
	"Forecast Snapshot": ("it_service",),
	"Fund Reservation": ("it_service",),
	"Service Budget": ("it_service",),
}


def list_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""SQL condition; "" is no restriction."""
	services = restricted_to_services(user or frappe.session.user, UNRESTRICTED)
	if services is None:
		return ""
	conditions = [in_condition(doctype, field, services) for field in SERVICES_OF[doctype]]
	return f"({' OR '.join(conditions)})"


def document_check(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	"""As the list says, of the record as it is stored and as it would be."""
	services = restricted_to_services(user or frappe.session.user, UNRESTRICTED)
	if services is None:
		return True
	fields = SERVICES_OF[doc.doctype]
	if not set(filter(None, (doc.get(field) for field in fields))) & set(services):
		return False
	if is_new_record(doc):
		return True
	stored = frappe.db.get_value(doc.doctype, doc.name, list(fields), as_dict=True)
	return bool(stored) and bool(set(filter(None, stored.values())) & set(services))
