"""What other parts of the desk keep about our records; it would point at nothing after an uninstall."""

import frappe

from itil_strategy.setup.defaults import OUR_MODULES

# doctype: its field with the doctype that it points at
POINTERS = {
	"ToDo": "reference_type",
	"DocShare": "share_doctype",
	"Notification Log": "document_type",
	"Document Follow": "ref_doctype",
	"Email Unsubscribe": "reference_doctype",
	"Tag Link": "document_type",
	"View Log": "reference_doctype",
}


def delete_pointers() -> None:
	"""Delete assignments, shares, notifications, followers, opt-outs, tags and views of all our records."""
	ours = frappe.get_all("DocType", {"module": ("in", OUR_MODULES)}, pluck="name", limit=0)
	for doctype, fieldname in POINTERS.items():
		frappe.db.delete(doctype, {fieldname: ("in", ours)})
