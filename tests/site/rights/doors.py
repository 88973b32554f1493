"""Ways in that need more than a record's name."""

from collections.abc import Callable

import frappe

from tests.site.rights.world import Everything


def _attachment(everything: Everything, doctype: str, name: str) -> bool:
	"""The private file at a record; of the records of a kind one has such a file."""
	file = everything.attachments[doctype]
	if everything.names[doctype] != name:
		return frappe.get_doc(doctype, name).has_permission("read")
	return frappe.get_doc("File", file).is_downloadable()


MORE_DOORS: dict[str, dict[str, Callable[[Everything, str, str], object]]] = {
	"read": {"attachment": _attachment}
}
