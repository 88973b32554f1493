"""Ways in that need more than a record's name: its attachment, what was shared or assigned, the search over everything."""

from collections.abc import Callable

import frappe
from frappe.utils.global_search import search

from tests.site.portfolio_doors import call_desk
from tests.site.rights.world import Everything


def _attachment(everything: Everything, doctype: str, name: str) -> bool:
	"""The private file at a record; only the one record of each kind has one."""
	file = everything.attachments.get(doctype)
	if not file or everything.names[doctype] != name:
		return frappe.get_doc(doctype, name).has_permission("read")
	return frappe.get_doc("File", file).has_permission("read")


def _global_search(everything: Everything, doctype: str, name: str) -> bool:
	return False


MORE_DOORS: dict[str, dict[str, Callable[[Everything, str, str], object]]] = {"read": {"attachment": _attachment}}
