"""Routing: the site's assignment rules first, then our order; the assignment is a ToDo that everybody sees (BR-5)."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.automation.doctype.assignment_rule import assignment_rule
from frappe.desk.form import assign_to
from frappe.model.document import Document

from itil_strategy.business_relationship.feedback.people import (
	FEEDBACK,
	default_people,
	enabled,
	routed_people,
)
from itil_strategy.utils.text import as_html


def route(doc: Document) -> None:
	"""Assign a new feedback: by the first assignment rule that fits, else by `default_people`."""
	grant_access(doc, (doc.service_owner, doc.relationship_manager, doc.named_person))
	assignment_rule.apply(doc)
	if not frappe.db.get_value(FEEDBACK, doc.name, "assigned_to"):
		assign(doc, default_people(doc))
	refresh(doc)


def route_again(doc: Document, before: Document) -> None:
	"""Assign an open one anew after a change of what decides on it; whom somebody picked by hand keeps it."""
	if before.assigned_to and before.assigned_to not in routed_people(before):
		return
	_take_from_all(doc)
	route(doc)


def reassign(doc: Document, users: list[str]) -> None:
	"""Take the feedback from whoever has it and give it to the users."""
	_take_from_all(doc)
	assign(doc, users)
	refresh(doc)


def _take_from_all(doc: Document) -> None:
	for todo in frappe.get_all(
		"ToDo", {"reference_type": FEEDBACK, "reference_name": doc.name}, pluck="name"
	):
		# Frappe opens cancelled ones again with the record, so they do not stay.
		frappe.delete_doc("ToDo", todo, ignore_permissions=True)


def assign(doc: Document, users: list[str]) -> None:
	if not users:
		return
	grant_access(doc, users)
	assign_to.add(
		{
			"assign_to": users,
			"doctype": FEEDBACK,
			"name": doc.name,
			"description": _("{0} from {1}: {2}").format(
				_(doc.nature), as_html(doc.customer), as_html(doc.subject)
			),
			"date": doc.due_by,
			"priority": "High" if doc.severity in ("Critical", "High") else "Medium",
		},
		ignore_permissions=True,
	)


def grant_access(doc: Document, users: Iterable[str | None]) -> None:
	"""People in charge who have no role for it get the one record, whoever raised it."""
	for user in enabled(users):
		if not frappe.has_permission(FEEDBACK, "write", doc=doc, user=user):
			frappe.share.add_docshare(
				FEEDBACK, doc.name, user, read=1, write=1, flags={"ignore_share_permission": True}
			)


def refresh(doc: Document) -> None:
	"""Assigning writes to the stored record; the one in hand follows."""
	doc.assigned_to, doc.modified = frappe.db.get_value(FEEDBACK, doc.name, ["assigned_to", "modified"])
