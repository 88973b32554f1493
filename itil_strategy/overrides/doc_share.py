"""Sharing hands on what one may do oneself, and no more."""

import frappe
from frappe import _
from frappe.model.document import Document

RIGHTS = ("write", "submit", "share")


def refuse_more_than_own_rights(share: Document, method: str | None = None) -> None:
	"""Frappe asks for the right to share alone: a reader could give out the right to write or submit, also to
	the own user, and a share outweighs every other check. The app itself gives rights to whom it puts in charge."""
	if share.flags.ignore_share_permission:
		return
	if frappe.get_meta(share.share_doctype).module not in frappe.get_module_list("itil_strategy"):
		return
	for right in RIGHTS:
		if (
			share.get(right)
			and share.has_value_changed(right)
			and not frappe.has_permission(share.share_doctype, right, doc=share.share_name)
		):
			frappe.throw(
				_(
					"You may not {0} {1} yourself, so you cannot give out this right. Share it to read."
				).format(_(right), frappe.bold(share.share_name)),
				frappe.PermissionError,
				title=_("Share"),
			)
