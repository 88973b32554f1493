"""Take a run back: cancel its vouchers, or counter-post them where the period is closed (FM-10)."""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, formatdate, getdate, now_datetime, today

from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

from itil_strategy.exceptions import ReversalError, RunStateError
from itil_strategy.it_finance.charging import carrying, corrections, disputes, posting, preflight
from itil_strategy.it_finance.charging.vouchers import charge_key
from itil_strategy.utils import jobs
from itil_strategy.utils.ledger import (
	JOURNAL_ENTRY,
	SALES_INVOICE,
	find_period_problem,
	forget_cached_dimensions,
)
from itil_strategy.utils.locks import named_lock

DOCTYPE = "Charging Run"


def validate_cancel(run: Document) -> None:
	"""All vouchers must be cancellable, or none is: period open, invoices unpaid, nobody posting."""
	if jobs.is_working(DOCTYPE, run.name):
		frappe.throw(_("A background job is working on this run. Wait for it to end."), RunStateError)
	if run.reversal_date:
		frappe.throw(
			_(
				"The run is reversed, at least in part; its vouchers stay as history. Choose Reverse to go on."
			),
			ReversalError,
		)
	problem = find_period_problem(
		run.company, getdate(run.posting_date), (JOURNAL_ENTRY, SALES_INVOICE), frappe.session.user
	)
	refuse_if_others_depend(run.name)
	if problem and posted_vouchers(run.name):
		frappe.throw(
			_("{0} Use Reverse instead: it counter-posts in an open period.").format(problem),
			ReversalError,
			title=_("Period Closed"),
		)
	refuse_paid_invoices(run.name)


def refuse_if_others_depend(run: str) -> None:
	"""Other runs post charges of this one, or correct them: they go first."""
	carrying.refuse_if_carried(run)
	corrections.refuse_if_corrected_elsewhere(run)


def refuse_paid_invoices(run: str) -> None:
	"""Name every invoice of the run that is paid or credited in part."""
	invoices = [row.voucher_no for row in posted_vouchers(run) if row.voucher_type == SALES_INVOICE]
	rows = frappe.get_all(
		SALES_INVOICE,
		{"name": ("in", invoices), "docstatus": 1},
		["name", "outstanding_amount", "grand_total"],
		limit=0,
	)
	paid = [row.name for row in rows if flt(row.outstanding_amount, 2) != flt(row.grand_total, 2)]
	if paid:
		frappe.throw(
			_(
				"{0} is paid or credited at least in part. Undo the payments first; nothing was cancelled."
			).format(", ".join(frappe.bold(name) for name in sorted(paid))),
			ReversalError,
			title=_("Invoice Paid"),
		)


def posted_vouchers(run: str) -> list[frappe._dict]:
	"""The run's vouchers, the last one first."""
	return frappe.get_all(
		"Charge Posting",
		{"charging_run": run, "voucher_no": ("is", "set")},
		["name", "batch_no", "voucher_type", "voucher_no", "reversal_voucher"],
		order_by="batch_no desc",
		limit=0,
	)


def cancel_vouchers(run: Document) -> None:
	"""Cancel every voucher in reverse order, in the caller's transaction."""
	for row in posted_vouchers(run.name):
		voucher = frappe.get_doc(row.voucher_type, row.voucher_no)
		voucher.flags.ignore_permissions = True
		voucher.flags.cancelled_by_charging_run = True
		voucher._cancel()
	set_charge_status(run.name, "Cancelled")


def release_usage(run: str) -> None:
	"""Free what a run charged, so that another run can: usage, corrections, disputed charges."""
	frappe.db.delete("Usage Claim", {"charging_run": run})
	corrections.release(run)
	carrying.release(run)


def close_corrections(run: str) -> None:
	"""Of charges that are taken back there is nothing left to dispute or to correct."""
	disputes.close_for_cancelled(run)
	corrections.withdraw_for(run, _("Charging run {0} was taken back.").format(run))


def set_charge_status(run: str, status: str) -> None:
	"""Set the state of all charges at once that the run made or posts; none of them is another run's."""
	charge = frappe.qb.DocType("Service Charge")
	every = (charge.posting_run == run) | (charge.charging_run == run)
	frappe.qb.update(charge).set(charge.status, status).where(every).run()


def start(run: Document, reason: str, reversal_date: date | None, recharge: bool) -> None:
	"""Check the reversal and queue it; resumes one that stopped."""
	resuming = bool(run.reversal_date)
	stalled = resuming and run.status == "Posting" and not jobs.is_working(DOCTYPE, run.name)
	states = ("Posted", "Failed", "Posting") if stalled else ("Posted", "Failed")
	if run.status not in states or not posted_vouchers(run.name):
		frappe.throw(
			_("The run is {0}. Only a posted run can be reversed.").format(frappe.bold(_(run.status))),
			ReversalError,
			title=_("Not Posted"),
		)
	if not (reason or "").strip():
		frappe.throw(_("Say why the run is reversed."), ReversalError, title=_("Reason Needed"))
	day = (
		getdate(run.reversal_date)
		if resuming
		else reversal_date
		or preflight.first_open_day(run.company, max(getdate(today()), getdate(run.posting_date)))
	)
	if day < getdate(run.posting_date):
		frappe.throw(
			_("The reversal date is before the posting date {0}. Choose that day or a later one.").format(
				formatdate(run.posting_date)
			),
			ReversalError,
		)
	problem = find_period_problem(run.company, day, (JOURNAL_ENTRY, SALES_INVOICE), frappe.session.user)
	if problem:
		frappe.throw(problem, ReversalError, title=_("Period Closed"))
	refuse_if_others_depend(run.name)
	if not resuming:
		refuse_forgetting_unposted(run.name, recharge)
		# Kept on the run: whoever resumes the reversal finishes the same one.
		run.db_set(
			{"reversal_date": day, "reversal_reason": reason.strip(), "reversal_recharge": int(recharge)}
		)
	jobs.move_state(DOCTYPE, run.name, states, "Posting")
	jobs.enqueue("itil_strategy.it_finance.charging.reversal.run_reversal", DOCTYPE, run.name)


def refuse_forgetting_unposted(run: str, recharge: bool) -> None:
	"""Charges that never reached the ledger would be neither posted nor charged again."""
	unposted = frappe.db.count(
		"Service Charge",
		{"posting_run": run, "status": ("in", ("Published", "Held")), "mode": "Chargeback"},
	)
	if unposted and not recharge:
		frappe.throw(
			_(
				"{0} charges of the run are not posted. Resume posting, or let the next run post what was disputed; or free the usage to be charged again."
			).format(unposted),
			ReversalError,
			title=_("Not Fully Posted"),
		)


def run_reversal(name: str, user: str) -> None:
	"""Background job: counter-post every voucher that has no counter-voucher yet."""
	frappe.set_user(user)
	with named_lock(jobs.job_key(DOCTYPE, name)) as got:
		if not got or frappe.db.get_value(DOCTYPE, name, "status") != "Posting":
			return
		try:
			reverse_open_vouchers(name)
		except Exception as error:
			frappe.db.rollback()
			posting.record_failure(name, error, "reverse")
			frappe.db.commit()  # nosemgrep: the reason must outlive the rollback of the voucher
			if not isinstance(error, frappe.ValidationError):
				raise


def reverse_open_vouchers(name: str) -> None:
	"""One counter-voucher, one transaction; then the run is Reversed."""
	# Other runs that were calculated at the same moment: none can take anything of this one from here on.
	frappe.db.get_value(DOCTYPE, name, "name", for_update=True)
	refuse_if_others_depend(name)
	run = frappe.get_doc(DOCTYPE, name)
	rows = posted_vouchers(name)
	for done, row in enumerate(rows, start=1):
		if row.reversal_voucher:
			continue
		make = reverse_journal_entry if row.voucher_type == JOURNAL_ENTRY else reverse_invoice
		voucher = make(run, row)
		frappe.db.set_value("Charge Posting", row.name, "reversal_voucher", voucher.name)
		frappe.db.commit()  # nosemgrep: one voucher, one transaction
		jobs.report_progress(
			DOCTYPE, name, done, len(rows), _("Vouchers reversed: {0} of {1}").format(done, len(rows))
		)
	set_charge_status(name, "Cancelled" if run.reversal_recharge else "Reversed")
	if run.reversal_recharge:
		release_usage(name)
	# What the customer was promised is still owed, whether usage is charged again or not.
	corrections.release(name)
	close_corrections(name)
	frappe.db.set_value(
		DOCTYPE, name, {"status": "Reversed", "error_message": None, "heartbeat": now_datetime()}
	)
	frappe.get_doc(DOCTYPE, name).notify_update()
	frappe.db.commit()  # nosemgrep: the job ends here


def reverse_journal_entry(run: Document, row: frappe._dict) -> Document:
	"""The same rows with the sides swapped, on the reversal date."""
	original = frappe.get_doc(JOURNAL_ENTRY, row.voucher_no)
	entry = frappe.get_doc(
		{
			"doctype": JOURNAL_ENTRY,
			"voucher_type": "Journal Entry",
			"naming_series": original.naming_series,
			"company": original.company,
			"posting_date": run.reversal_date,
			"reversal_of": original.name,
			"user_remark": _("Reversal of {0}: {1}").format(original.name, run.reversal_reason),
			"it_charging_run": run.name,
			"it_charge_key": charge_key(run.name, row.batch_no, "|rev"),
			"accounts": [
				{
					"account": line.account,
					"cost_center": line.cost_center,
					"it_service": line.it_service,
					"debit_in_account_currency": line.credit_in_account_currency,
					"credit_in_account_currency": line.debit_in_account_currency,
				}
				for line in original.accounts
			],
		}
	)
	return _insert_and_submit(entry)


def reverse_invoice(run: Document, row: frappe._dict) -> Document:
	"""A credit note against the invoice; against a credit note, an invoice."""
	original = frappe.get_doc(SALES_INVOICE, row.voucher_no)
	if original.is_return:
		credit = frappe.copy_doc(original, ignore_no_copy=False)
		credit.is_return = 0
		for item in credit.items:
			item.qty = -item.qty
	else:
		credit = _make_credit_note(original.name)
	credit.update(
		{
			"posting_date": run.reversal_date,
			"set_posting_time": 1,
			"due_date": run.reversal_date,
			"it_charging_run": run.name,
			"it_charge_key": charge_key(run.name, row.batch_no, "|rev"),
			"disable_rounded_total": 1,
			"ignore_pricing_rule": 1,
			"remarks": _("Reversal of {0}: {1}").format(original.name, run.reversal_reason),
		}
	)
	return _insert_and_submit(credit)


def _make_credit_note(invoice: str) -> Document:
	"""ERPNext's own; the run is the authority, not ERPNext roles of whoever pressed the button."""
	user = frappe.session.user
	frappe.set_user("Administrator")
	try:
		return make_sales_return(invoice)
	finally:
		frappe.set_user(user)


def _insert_and_submit(voucher: Document) -> Document:
	voucher.flags.ignore_permissions = True
	voucher.insert()
	# ERPNext writes to a copied invoice while inserting it; submit what is stored.
	voucher = frappe.get_doc(voucher.doctype, voucher.name)
	voucher.flags.ignore_permissions = True
	forget_cached_dimensions()
	voucher._submit()
	return voucher
