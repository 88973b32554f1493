"""Tell the people in charge: a notification on the desk, and an e-mail for those who have not switched it off."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled,
)
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.model.document import Document
from frappe.utils import get_url_to_form, strip_html

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
		users = list(users)
		make_notification_logs(message, users)
		_send(doc, users, subject, content)
	except Exception as error:
		if frappe.db.is_deadlocked(error):
			raise
		frappe.db.rollback(save_point="notify")
		frappe.log_error(_("Notification about {0}").format(doc.name))


def _send(doc: Document, users: list[str], subject: str, content: str) -> None:
	"""Frappe mails no notification of the type Alert."""
	recipients = [
		email
		for name, email in frappe.get_all(
			"User", {"name": ("in", users or [""]), "enabled": 1}, ["name", "email"], as_list=True
		)
		if email and is_email_notifications_enabled(name)
	]
	if recipients and EmailAccount.find_outgoing(match_by_doctype=doc.doctype):
		frappe.sendmail(
			recipients=recipients,
			subject=strip_html(subject),
			template="new_notification",
			args={
				"body_content": subject,
				"description": content,
				"document_type": doc.doctype,
				"document_name": doc.name,
				"doc_link": get_url_to_form(doc.doctype, doc.name),
			},
			reference_doctype=doc.doctype,
			reference_name=doc.name,
		)


def name_of(doc: Document) -> str:
	"""Number and subject for an HTML message."""
	return f"<strong>{as_html(doc.name)}</strong> {as_html(doc.subject)}"
