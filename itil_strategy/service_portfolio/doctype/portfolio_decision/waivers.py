"""Waivers of a decision: who may give them, and for what (SP-2)."""

from collections.abc import Set

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, formatdate, getdate

from itil_strategy.exceptions import WaiverError
from itil_strategy.utils.permissions import EDIT_SERVICES, has_any_role

WAIVER_FIELDS = ("gate_check", "reason", "expires_on")


def validate_waivers(decision: Document) -> None:
	"""Each waiver has a reason and a day to come, and was written by a Service Portfolio Manager."""
	before = {row.name: row for row in (decision.get_doc_before_save() or {}).get("waivers") or []}
	seen = set()
	for row in decision.waivers:
		if not (cstr(row.reason).strip() and row.expires_on):
			refuse(row, _("a waiver needs a Reason and a day on which it expires. Fill in both."))
		if getdate(row.expires_on) < getdate():
			refuse(
				row, _("the waiver expired on {0}. Choose a later day.").format(formatdate(row.expires_on))
			)
		if row.gate_check in seen:
			refuse(row, _("the check is waived twice. Keep one row."))
		seen.add(row.gate_check)
		_stamp(row, before.get(row.name))


def refuse_waivers_not_asked(decision: Document, asked: Set[str]) -> None:
	"""A waiver for a check that this gate does not ask for would wait for another one."""
	for row in decision.waivers:
		if row.gate_check not in asked:
			refuse(
				row,
				_("{0} to stage {1} does not ask for it. Remove the row.").format(
					_(decision.outcome), frappe.bold(decision.to_stage)
				),
			)


def refuse(row: Document, message: str) -> None:
	frappe.throw(
		_("Waivers, row #{0} ({1}): {2}").format(row.idx, _(row.gate_check), message),
		WaiverError,
		title=_("Waiver"),
	)


def _stamp(row: Document, known: Document | None) -> None:
	"""Whoever wrote the row is named; a drafter cannot write one in somebody's name."""
	if known and all(cstr(row.get(field)) == cstr(known.get(field)) for field in WAIVER_FIELDS):
		row.waived_by = known.waived_by
		return
	if not has_any_role(EDIT_SERVICES, frappe.session.user):
		refuse(row, _("only a Service Portfolio Manager may waive. Ask one to add the waiver."))
	row.waived_by = frappe.session.user
