"""Tell people about a record: a line under the bell, with a link to it."""

from collections.abc import Iterable

import frappe
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs


def notify(doctype: str, name: str, subject: str, users: Iterable[str | None]) -> None:
	"""`subject` is HTML with names already escaped; disabled users are left out."""
	recipients = sorted({user for user in users if user} - {frappe.session.user})
	if not recipients:
		return
	# Notification goes by e-mail address, which need not be the name of the user.
	emails = frappe.get_all("User", {"name": ("in", recipients), "enabled": 1}, pluck="email")
	make_notification_logs(
		frappe._dict(
			type="Alert",
			document_type=doctype,
			document_name=name,
			from_user=frappe.session.user,
			subject=subject,
		),
		emails,
	)
