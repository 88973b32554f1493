"""Hooks on ERPNext's Customer: who pays for IT services, and one customer merged into another (FM-10, FM-11)."""

from pypika.terms import Criterion

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.exceptions import CustomerMergeError, LedgerSetupError
from itil_strategy.it_finance.doctype.service_charge.service_charge import CHARGED_ONCE
from itil_strategy.it_finance.doctype.usage_claim.usage_claim import CLAIMED_ONCE
from itil_strategy.utils.ledger import validate_cost_center
from itil_strategy.utils.text import bold


def validate(doc: Document, method: str | None = None) -> None:
	"""Each company once, a cost center that can be posted to, chargeback from the first of a month."""
	companies = set()
	for row in doc.get("it_charging") or []:
		if row.company in companies:
			_refuse(
				row, _("{0} is listed twice under IT Charging. Keep one row per company.").format(row.company)
			)
		companies.add(row.company)
		validate_cost_center(row.cost_center, row.company, row.idx)
		if row.mode == "Showback":
			row.chargeback_from = None
		if row.chargeback_from and getdate(row.chargeback_from).day != 1:
			_refuse(row, _("Chargeback From must be the first day of a month: charges are made per month."))
	_refuse_change_without_right(doc)


def _refuse_change_without_right(doc: Document) -> None:
	"""Who pays, and from where, is finance's to say, whoever else may write customers."""
	before = doc.get_doc_before_save()
	if _terms(before) == _terms(doc) or frappe.has_permission("Charging Run", "submit"):
		return
	frappe.throw(
		_(
			"How {0} pays for IT services is set by an IT Financial Manager. Ask one, or undo the change under {1}."
		).format(bold(doc.name), bold(_("IT Charging"))),
		frappe.PermissionError,
		title=_("IT Charging"),
	)


def _terms(doc: Document | None) -> list[tuple]:
	rows = (doc.get("it_charging") or []) if doc else []
	return sorted(
		(
			row.company,
			row.cost_center,
			row.mode,
			str(getdate(row.chargeback_from)) if row.chargeback_from else "",
		)
		for row in rows
	)


def _refuse(row: Document, message: str) -> None:
	frappe.throw(_("Row #{0}: {1}").format(row.idx, message), LedgerSetupError, title=_("IT Charging"))


def before_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Refuse a merge after which a run would hold one charge, or one piece of usage, twice."""
	if not merge or old == new or frappe.db.get_value("Customer", new) != new:
		# The last two Frappe refuses itself.
		return
	runs = frappe.get_all(
		"Charging Run",
		{"name": ("in", sorted(_runs_that_charge_both(old, new)))},
		["name", "docstatus"],
		order_by="name",
		limit=0,
	)
	if not runs:
		return
	# Vouchers, cancelled ones too, keep their run from being deleted.
	kept = _with_vouchers(runs)
	submitted = [run for run in runs if run.docstatus == 1]
	if kept:
		message = _(
			"{0} and {1} cannot be merged because charging run {2} charges both and stays with its vouchers as history: disable {0} instead."
		)
	elif submitted:
		message = _(
			"{0} and {1} cannot be merged while charging run {2} charges both: cancel and delete that run first and charge its months again afterwards, or disable {0} and keep both."
		)
	else:
		message = _(
			"{0} and {1} cannot be merged while charging run {2} charges both: delete that run first; a new one can charge its months afterwards."
		)
	frappe.throw(
		message.format(bold(old), bold(new), ", ".join(bold(run.name) for run in kept or submitted or runs)),
		CustomerMergeError,
		title=_("Charged by One Run"),
	)


def _with_vouchers(runs: list[frappe._dict]) -> list[frappe._dict]:
	names = frappe.get_all(
		"Charge Posting",
		{"charging_run": ("in", [run.name for run in runs]), "voucher_no": ("is", "set")},
		pluck="charging_run",
		limit=0,
	)
	return [run for run in runs if run.name in names]


def _runs_that_charge_both(old: str, new: str) -> set[str]:
	return {
		*_colliding_runs("Service Charge", CHARGED_ONCE, old, new),
		*_colliding_runs("Usage Claim", CLAIMED_ONCE, old, new),
		*_open_runs_with_both(old, new),
	}


def _colliding_runs(doctype: str, unique_key: tuple[str, ...], old: str, new: str) -> set[str]:
	"""Runs with rows of both that differ by nothing but the customer, in any state: the database counts all."""
	mine, theirs = frappe.qb.DocType(doctype).as_("mine"), frappe.qb.DocType(doctype).as_("theirs")
	rows = (
		frappe.qb.from_(mine)
		.inner_join(theirs)
		.on(Criterion.all([mine[field] == theirs[field] for field in unique_key if field != "customer"]))
		.select(mine.charging_run, theirs.charging_run)
		.distinct()
		.where((mine.customer == old) & (theirs.customer == new))
	).run()
	return {run for row in rows for run in row}


def _open_runs_with_both(old: str, new: str) -> set[str]:
	"""Until a run is posted it lists a customer once, with its acceptance."""
	run = frappe.qb.DocType("Charging Run")
	mine, theirs = (frappe.qb.DocType("Charging Run Customer").as_(alias) for alias in ("mine", "theirs"))
	rows = (
		frappe.qb.from_(run)
		.inner_join(mine)
		.on(mine.parent == run.name)
		.inner_join(theirs)
		.on(theirs.parent == run.name)
		.select(run.name)
		.where(
			(mine.customer == old)
			& (theirs.customer == new)
			& (run.docstatus < 2)
			& run.status.notin(("Posted", "Reversed"))
		)
	).run()
	return {row[0] for row in rows}
