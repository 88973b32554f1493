"""Hooks on vouchers that a charging run posted: they live and die with the run (FM-10)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_link_to_form

from itil_strategy.exceptions import VoucherOwnedByRunError


def refuse_cancel_outside_run(doc: Document, method: str | None = None) -> None:
	"""Cancelling one voucher alone would leave charges that say they are posted."""
	if doc.get("it_charging_run") and not doc.flags.cancelled_by_charging_run:
		_refuse(doc)
	if doc.doctype == "Journal Entry" and not doc.flags.cancelled_by_allocation_run:
		_refuse_of_allocation(doc)


def refuse_delete_of_posted(doc: Document, method: str | None = None) -> None:
	"""A voucher is the proof of its charges as long as the run exists."""
	if doc.get("it_charging_run") and doc.docstatus != 0:
		_refuse(doc)


def _refuse_of_allocation(doc: Document) -> None:
	run = frappe.db.get_value("Cost Allocation Run", {"journal_entry": doc.name, "docstatus": 1})
	if run:
		frappe.throw(
			_("{0} was booked by cost allocation run {1}. Cancel the run; it takes its entry along.").format(
				frappe.bold(doc.name), get_link_to_form("Cost Allocation Run", run)
			),
			VoucherOwnedByRunError,
			title=_("Booked by an Allocation Run"),
		)


def _refuse(doc: Document) -> None:
	frappe.throw(
		_(
			"{0} was posted by charging run {1}. Cancel or reverse the run; it takes its vouchers along."
		).format(frappe.bold(doc.name), get_link_to_form("Charging Run", doc.it_charging_run)),
		VoucherOwnedByRunError,
		title=_("Posted by a Charging Run"),
	)
