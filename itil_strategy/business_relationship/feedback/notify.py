"""Tell the people in charge: a notification on the desk and, as each of them has chosen, an e-mail."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.model.document import Document

from itil_strategy.utils.text import as_html


def notify(doc: Document, users: Iterable[str], subject: str, content: str = "") -> None:
	"""`subject` and `content` are HTML; names in them are escaped by the caller.

	A notification that cannot be written or mailed is logged; it does not undo the step it tells about.
	"""
	message = frappe._dict(
		type="Alert",
		document_type=doc.doctype,
		document_name=doc.name,
		from_user=frappe.session.user,
		subject=subject,
		email_content=content,
	)
	frappe.db.savepoint("notify")
	try:
		make_notification_logs(message, list(users))
	except Exception as error:
		if frappe.db.is_deadlocked(error):
			raise
		frappe.db.rollback(save_point="notify")
		frappe.log_error(_("Notification about {0}").format(doc.name))


def name_of(doc: Document) -> str:
	"""Number and subject for an HTML message."""
	return f"<strong>{as_html(doc.name)}</strong> {as_html(doc.subject)}"
