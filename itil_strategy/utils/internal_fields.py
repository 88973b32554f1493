"""Internal fields of a record that customers may read: lists must not tell what documents hide.

Frappe hides fields of a higher level from documents. In lists it misses every second one of several in a
row, and whoever filters or sorts by a hidden field learns its value anyway. So a request of a customer
that names one is refused.
"""

import json
import re

import frappe
from frappe import _

# Arguments of list, report and search requests that name fields.
ARGUMENTS = (
	"fields",
	"fieldname",
	"field",
	"order_by",
	"group_by",
	"searchfield",
	"aggregate_on",
	"aggregate_on_field",
)
FILTERS = ("filters", "or_filters")


def refuse_internal_fields(doctype: str) -> None:
	"""Raise PermissionError when the request at hand names a field above level 0 of the doctype."""
	internal = [df.fieldname for df in frappe.get_meta(doctype).fields if df.permlevel]
	request = frappe.local.form_dict or {}
	named = [str(request.get(argument) or "") for argument in ARGUMENTS]
	for argument in FILTERS:
		named += _filtered_fields(request.get(argument))
	found = re.search(rf"\b({'|'.join(internal)})\b", " ".join(named))
	if found:
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
			names += map(str, item[1:2] if len(item) > 3 else item[:1])
		elif isinstance(item, dict):
			names += map(str, item)
		else:
			names.append(str(item))
	return names
