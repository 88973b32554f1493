"""Daily: tell people once about what has come due - changes to look at, reviews, actions, decisions to review."""

from collections.abc import Iterable
from functools import partial

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, today

from itil_strategy.utils.customers import relationship_managers
from itil_strategy.utils.notify import notify
from itil_strategy.utils.text import bold


def forget_reminders(doc: Document, table: str) -> None:
	"""An action with another day or owner is reminded of again."""
	before = {row.name: row for row in (doc.get_doc_before_save() or {}).get(table) or []}
	for row in doc.get(table):
		known = before.get(row.name)
		if not known or any(
			cstr(row.get(field)) != cstr(known.get(field)) for field in ("due_on", "action_owner")
		):
			row.notified_on = None


def remind() -> None:
	"""Each record is told about once, until its day changes."""
	remind_of_changes()
	remind_of_reviews()
	remind_of_decisions()
	remind_of_actions("Environment Change", "Environment Impact", "Closed")
	remind_of_actions("Relationship Review", "Relationship Action", "Cancelled")


def remind_of_changes() -> None:
	for row in _due(
		"Environment Change", "watch_date", [["status", "!=", "Closed"]], ["change_title", "customer"]
	):
		subject = _("Look at the change {0} again").format(bold(row.change_title))
		_tell("Environment Change", row.name, subject, relationship_managers(row.customer))


def remind_of_reviews() -> None:
	"""A planned review whose day has passed, and a next one that nobody has planned."""
	late = partial(_due, "Relationship Review", fields=["customer"], before_today=True)
	for row in late("review_date", [["status", "=", "Planned"]]):
		subject = _("The review with {0} is overdue").format(bold(row.customer))
		_tell("Relationship Review", row.name, subject, relationship_managers(row.customer))
	for row in late("next_review", [["status", "=", "Held"], ["followed_by", "is", "not set"]]):
		subject = _("The next review with {0} is overdue").format(bold(row.customer))
		_tell("Relationship Review", row.name, subject, relationship_managers(row.customer))


def remind_of_decisions() -> None:
	for row in _due("Requirement Mediation", "review_date", [["status", "=", "Closed"]], ["mediation_title"]):
		subject = _("Review the decision on {0}").format(bold(row.mediation_title))
		_tell("Requirement Mediation", row.name, subject, relationship_managers())


def remind_of_actions(doctype: str, table: str, over: str) -> None:
	"""Actions past their day, to their owner; one query."""
	parent, row = frappe.qb.DocType(doctype), frappe.qb.DocType(table)
	query = (
		frappe.qb.from_(row)
		.inner_join(parent)
		.on((parent.name == row.parent) & (row.parenttype == doctype))
		.select(row.name, row.parent, row.action, row.action_owner)
		.where(
			(row.is_done == 0)
			& row.due_on.isnotnull()
			& (row.due_on < today())
			& row.notified_on.isnull()
			& row.action_owner.isnotnull()
			& (parent.status != over)
		)
		.orderby(row.parent, row.idx)
	)
	for name, parent_name, action, owner in query.run():
		notify(doctype, parent_name, _("Your action is overdue: {0}").format(bold(action)), [owner])
		frappe.db.set_value(table, name, "notified_on", today(), update_modified=False)


def _due(
	doctype: str, field: str, filters: list, fields: list[str], before_today: bool = False
) -> Iterable[frappe._dict]:
	return frappe.get_all(
		doctype,
		[
			*filters,
			[field, "is", "set"],
			[field, "<" if before_today else "<=", today()],
			["notified_on", "is", "not set"],
		],
		["name", *fields],
		order_by="name asc",
		limit=0,
	)


def _tell(doctype: str, name: str, subject: str, users: list[str]) -> None:
	notify(doctype, name, subject, users)
	frappe.db.set_value(doctype, name, "notified_on", today(), update_modified=False)
