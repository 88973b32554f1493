"""Who did something in the sample organisation, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

RELATIONSHIP_MANAGER = "rita.haas@northwind.example"
PORTFOLIO_MANAGER = "paul.brandt@northwind.example"


@contextmanager
def acting_as(user: str) -> Iterator[None]:
	"""Steps are taken by somebody who may, as on the day."""
	before = frappe.session.user
	frappe.set_user(
		user
	)  # nosemgrep: the sample is loaded by a System Manager, its history is made by others
	try:
		yield
	finally:
		frappe.set_user(before)  # nosemgrep: as above


def is_to_come(moment: str) -> bool:
	"""What the files tell of days to come is left out, so that the sample can be loaded on any day."""
	return bool(moment) and get_datetime(moment) > now_datetime()


def write_history(doc: Document, **values: str | float | datetime | None) -> None:
	"""Past the document: its steps note the moment of loading, the files know the day."""
	frappe.db.set_value(doc.doctype, doc.name, values, update_modified=False)


def make_user(row: dict, user_type: str, roles: list[str]) -> str:
	"""Without a password until somebody sets one, and without mail: nobody reads these addresses."""
	if not frappe.db.exists("User", row["email"]):
		frappe.get_doc(
			{
				"doctype": "User",
				**{key: row[key] for key in ("email", "first_name", "last_name")},
				"user_type": user_type,
				"send_welcome_email": 0,
				"roles": [{"role": role} for role in roles],
			}
		).insert(ignore_permissions=True)
		frappe.db.set_value("Notification Settings", row["email"], "enable_email_notifications", 0)
	return row["email"]
