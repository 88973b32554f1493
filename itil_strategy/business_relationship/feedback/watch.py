"""Hourly: warn at 75 % of the time to respond, note the breach at 100 %, escalate; each once (BR-5)."""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import format_datetime, now_datetime

from itil_strategy.business_relationship.feedback.notify import name_of, notify
from itil_strategy.business_relationship.feedback.people import (
	FEEDBACK,
	find_relationship_managers,
	people_in_charge,
)
from itil_strategy.business_relationship.feedback.verdict import escalate_to_manager
from itil_strategy.domain.feedback import WAITING


def check_deadlines() -> None:
	"""A feedback on hold, or one that got its response, has no running clock and is left alone."""
	for due_field, done_field, act in (
		("warn_by", "warned_on", _warn),
		("due_by", "breached_on", _breach),
		("escalate_by", "escalated_on", _escalate),
	):
		for name in _find_due(due_field, done_field):
			_act_once(name, due_field, done_field, act)


def _find_due(due_field: str, done_field: str) -> list[str]:
	# Without "is set" Frappe takes an empty time for an early one.
	return frappe.get_all(
		FEEDBACK,
		[
			["status", "in", WAITING],
			[due_field, "is", "set"],
			[due_field, "<=", now_datetime()],
			[done_field, "is", "not set"],
		],
		pluck="name",
		order_by=f"{due_field} asc, name asc",
		limit=0,
	)


def _act_once(name: str, due_field: str, done_field: str, act: Callable[[Document], None]) -> None:
	"""One record that fails does not hold up the others; it is tried again with the next run."""
	frappe.db.savepoint("deadline")
	try:
		if _claim(name, due_field, done_field):
			act(frappe.get_doc(FEEDBACK, name))
	except Exception as error:
		if frappe.db.is_deadlocked(error):
			raise
		frappe.db.rollback(save_point="deadline")
		frappe.log_error(_("Deadline of {0}").format(name), reference_doctype=FEEDBACK, reference_name=name)


def _claim(name: str, due_field: str, done_field: str) -> bool:
	"""Compare-and-set of the moment: of two jobs at once one gets it, and none once a response was sent."""
	table = frappe.qb.DocType(FEEDBACK)
	now = now_datetime()
	query = (
		frappe.qb.update(table)
		.set(table[done_field], now)
		.where(
			(table.name == name)
			& table[done_field].isnull()
			& (table[due_field] <= now)
			& table.status.isin(WAITING)
		)
	)
	if done_field == "breached_on":
		query = query.set(table.breach_count, table.breach_count + 1)
	query.run()
	claimed = bool(frappe.db._cursor.rowcount)
	if claimed:
		frappe.clear_document_cache(FEEDBACK, name)
	return claimed


def _warn(doc: Document) -> None:
	notify(
		doc,
		people_in_charge(doc),
		_("Respond to {0} by {1}").format(name_of(doc), format_datetime(doc.due_by)),
	)


def _breach(doc: Document) -> None:
	notify(
		doc,
		dict.fromkeys((*people_in_charge(doc), *find_relationship_managers())),
		_("The response to {0} is overdue since {1}").format(name_of(doc), format_datetime(doc.due_by)),
	)


def _escalate(doc: Document) -> None:
	escalate_to_manager(
		doc,
		_("Escalated to you: {0}, due since {1}").format(name_of(doc), format_datetime(doc.due_by)),
	)
