"""Internal fields of a record that customers may read: lists must not tell what documents hide.

Frappe hides fields of a higher level from documents. In lists it misses every second one of several in a
row, and whoever filters or sorts by a hidden field learns its value anyway. So a request of a customer
that names one is refused.
"""

import json
import re

import frappe
from frappe import _

# Arguments of a request that name no field: what is called, looked for or written. All others may.
NAME_NO_FIELD = ("cmd", "doctype", "txt", "data", "doc", "limit", "limit_start", "limit_page_length")
FILTERS = ("filters", "or_filters", "current_filters")


def refuse_internal_fields(doctype: str) -> None:
	"""Raise PermissionError when the request at hand names a field above level 0 of the doctype, or the rows of one."""
	meta = frappe.get_meta(doctype)
	internal = {df.fieldname for df in meta.fields if df.permlevel}
	internal |= {df.options for df in meta.get_table_fields() if df.permlevel}
	named = []
	for argument, value in (frappe.local.form_dict or {}).items():
		if argument in FILTERS:
			named += _filtered_fields(value)
		elif argument not in NAME_NO_FIELD:
			named.append(str(value))
	found = re.search(rf"(?:\b|tab)({'|'.join(map(re.escape, sorted(internal)))})\b", " ".join(named))
	if internal and found:
		frappe.throw(
			_("You are not permitted to read {0}. Leave it out.").format(found[1]),
			frappe.PermissionError,
			title=_("Not Permitted"),
		)


def _filtered_fields(filters) -> list[str]:
	"""Names in the places of filters that hold fields; what they are compared with may be any word."""
	if isinstance(filters, str):
		try:
			filters = json.loads(filters)
		except ValueError:
			return [filters]
	if isinstance(filters, dict):
		return list(map(str, filters))
	names = []
	for item in filters if isinstance(filters, list) else []:
		if isinstance(item, list | tuple):
			# Of [doctype, field, operator, value] both may be internal, of [field, operator, value] the first.
			names += map(str, item[:2] if len(item) > 3 else item[:1])
		elif isinstance(item, dict):
			names += map(str, item)
		else:
			names.append(str(item))
	return names
