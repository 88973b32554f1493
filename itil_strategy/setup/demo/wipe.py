"""Delete records with all that hangs on them, set-wise and past their controllers.

Only for records that nobody but the sample organisation knows: submitted vouchers and runs among them go as if they had
never been, which is what a controller refuses with good reason.
"""

from collections.abc import Iterable, Iterator

import frappe

BATCH = 500
# doctype: fields that name the doctype and the record it is about; these have tables and a history of their own
RECORDS = {
	"ToDo": ("reference_type", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Workflow Action": ("reference_doctype", "reference_name"),
}
REFERENCES = {
	"Comment": ("reference_doctype", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"DocShare": ("share_doctype", "share_name"),
	"Notification Log": ("document_type", "document_name"),
	"View Log": ("reference_doctype", "reference_name"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"Tag Link": ("document_type", "document_name"),
	"Dynamic Link": ("link_doctype", "link_name"),
	"Deleted Document": ("deleted_doctype", "deleted_name"),
	"User Permission": ("allow", "for_value"),
	"Document Share Key": ("reference_doctype", "reference_docname"),
}


def wipe(doctype: str, names: Iterable[str | int]) -> int:
	"""Answers how many records there were."""
	names = list(names)
	for batch in _batches(names):
		for field in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(field.options, {"parenttype": doctype, "parent": ("in", batch)})
		wipe_references(doctype, batch)
		frappe.db.delete(doctype, {"name": ("in", batch)})
		for name in batch:
			frappe.clear_document_cache(doctype, name)
	return len(names)


def wipe_references(doctype: str, names: Iterable[str | int]) -> None:
	"""What Frappe keeps about records: files, tasks, history, notices, the search index."""
	# Links by name are text, also where the record has a number.
	texts = [str(name) for name in names]
	for file in _about("File", ("attached_to_doctype", "attached_to_name"), doctype, texts):
		# The document knows how to delete what is on the disk.
		frappe.get_doc("File", file).on_trash()
		frappe.db.delete("File", {"name": file})
	for other, fields in RECORDS.items():
		if other != doctype:
			wipe(other, _about(other, fields, doctype, texts))
	for other, (doctype_field, name_field) in REFERENCES.items():
		if frappe.db.table_exists(other):
			frappe.db.delete(other, {doctype_field: doctype, name_field: ("in", texts)})
	frappe.db.delete("__global_search", {"doctype": doctype, "name": ("in", texts)})


def _about(other: str, fields: tuple[str, str], doctype: str, texts: list[str]) -> list[str]:
	return frappe.get_all(other, {fields[0]: doctype, fields[1]: ("in", texts)}, pluck="name", limit=0)


def forget_user(user: str) -> None:
	"""What Frappe keeps beside a user: notices, settings, defaults."""
	frappe.db.delete("Notification Settings", {"name": user})
	frappe.db.delete("Notification Log", {"for_user": user})
	frappe.db.delete("User Permission", {"user": user})
	frappe.db.delete("DefaultValue", {"parent": user})
	frappe.db.delete("__UserSettings", {"user": user})
	frappe.db.delete("__Auth", {"doctype": "User", "name": user})


def _batches(names: list) -> Iterator[list]:
	for start in range(0, len(names), BATCH):
		yield names[start : start + BATCH]
