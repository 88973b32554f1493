"""Link search that keeps to what the user may see."""

import frappe
from frappe.desk.search import get_std_fields_list, sanitize_searchfield
from frappe.utils.data import make_filter_tuple

TEXT_FIELDS = ("Data", "Link", "Select", "Small Text", "Read Only")


@frappe.whitelist()
def search_permitted(
	doctype: str,
	txt: str,
	searchfield: str,
	start: int,
	page_length: int,
	filters: dict | list | None = None,
	as_dict: bool = False,
	reference_doctype: str | None = None,
	**_options,
) -> list:
	"""As Frappe's own search, but a client cannot ask it to leave out permissions."""
	sanitize_searchfield(searchfield)
	meta = frappe.get_meta(doctype)
	fields = get_std_fields_list(meta, searchfield)
	if isinstance(filters, dict):
		filters = [make_filter_tuple(doctype, field, value) for field, value in filters.items()]
	filters = [*(filters or [])]
	if meta.has_field("disabled"):
		filters.append([doctype, "disabled", "!=", 1])
	searched = [
		field
		for field in fields
		if field == "name" or (meta.has_field(field) and meta.get_field(field).fieldtype in TEXT_FIELDS)
	]
	label = [f"{meta.title_field} as label"] if meta.show_title_field_in_link and meta.title_field else []
	return frappe.get_list(
		doctype,
		fields=[fields[0], *label, *fields[1:]],
		filters=filters,
		or_filters=[[doctype, field, "like", f"%{txt}%"] for field in searched] if txt else None,
		limit_start=start,
		limit_page_length=page_length,
		order_by=f"`tab{doctype}`.idx desc, `tab{doctype}`.modified desc",
		as_list=not as_dict,
		reference_doctype=reference_doctype,
	)
