"""Runs against the ledger: balance, equal charges, nothing stray, reversed as a whole."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Sum

from itil_strategy.domain.health import Finding, differences
from itil_strategy.utils.ledger import JOURNAL_ENTRY, SALES_INVOICE
from itil_strategy.utils.money import exact_sum, to_decimal

VOUCHERS = (JOURNAL_ENTRY, SALES_INVOICE)
Sums = dict[tuple, Decimal]


def find_unbalanced() -> list[Finding]:
	"""Vouchers of runs whose ledger rows do not balance, cancelled ones that left some; two queries per kind."""
	findings = []
	for doctype in VOUCHERS:
		findings += [*_unequal(doctype), *_left_by_cancelled(doctype)]
	return findings


def find_stray() -> list[Finding]:
	"""Batches without a live voucher, vouchers without a batch, posted charges without either."""
	posting, run = frappe.qb.DocType("Charge Posting"), frappe.qb.DocType("Charging Run")
	known = (
		frappe.qb.from_(posting)
		.left_join(run)
		.on(run.name == posting.charging_run)
		.select(
			posting.charging_run,
			posting.batch_no,
			posting.voucher_type,
			posting.voucher_no,
			posting.reversal_voucher,
			run.company,
			run.docstatus,
		)
		.orderby(posting.charging_run, posting.batch_no)
	).run(as_dict=True)
	live = {doctype: _live_vouchers(doctype) for doctype in VOUCHERS}
	findings, claimed = [], set()
	for row in known:
		for voucher in filter(None, (row.voucher_no, row.reversal_voucher)):
			if row.docstatus == 1:
				claimed.add((row.voucher_type, voucher))
				if voucher not in live.get(row.voucher_type, {}):
					findings.append(
						Finding(
							"Charging Run",
							row.charging_run,
							_("Batch {0} is posted by {1} {2}, which is not in force.").format(
								row.batch_no, _(row.voucher_type), voucher
							),
							_("Cancel the run and charge the month again."),
							row.company,
						)
					)
	for doctype, vouchers in live.items():
		findings += [
			Finding(
				doctype,
				name,
				_("It posts charges of {0}, which knows nothing of it.").format(of_run),
				_("Cancel it if the run posted the same again or was taken back; else tell your developer."),
				company,
			)
			for name, (of_run, company) in sorted(vouchers.items())
			if (doctype, name) not in claimed
		]
	return findings + _posted_without_batch()


def find_ledger_differences() -> list[Finding]:
	"""Posted charges against their vouchers per account, cost center and service.

	Three queries. Vouchers that are counter-posted are the matter of `find_half_reversals`.
	"""
	findings = []
	for key, charged, booked in differences(_charged(), _booked()):
		company, run, voucher_type, voucher, account, cost_center, service = key
		findings.append(
			Finding(
				voucher_type or "Charging Run",
				voucher or run,
				_("{0} at {1} for {2}: the charges say {3}, the ledger {4}.").format(
					account, cost_center or "-", service or "-", charged, booked
				),
				_("Cancel or reverse {0} and charge the month again.").format(run),
				company,
			)
		)
	return findings


def find_half_reversals() -> list[Finding]:
	"""A voucher and its counter-voucher, together per account, cost center and service: nothing is left."""
	posting, run = frappe.qb.DocType("Charge Posting"), frappe.qb.DocType("Charging Run")
	gl = frappe.qb.DocType("GL Entry")
	keys = (posting.charging_run, run.company, posting.reversal_voucher, gl.account)
	rows = (
		frappe.qb.from_(posting)
		.inner_join(run)
		.on(run.name == posting.charging_run)
		.inner_join(gl)
		.on(
			(gl.voucher_type == posting.voucher_type)
			& gl.voucher_no.isin([posting.voucher_no, posting.reversal_voucher])
		)
		.select(*keys, gl.cost_center, Coalesce(gl.it_service, ""), exact_sum(gl.debit - gl.credit))
		.where((run.docstatus == 1) & (Coalesce(posting.reversal_voucher, "") != "") & (gl.is_cancelled == 0))
		.groupby(*keys, gl.cost_center, Coalesce(gl.it_service, ""))
		.having(Sum(gl.debit - gl.credit) != 0)
		.orderby(posting.charging_run, gl.account)
	).run()
	return [
		Finding(
			"Charging Run",
			name,
			_("{0} takes back a voucher, but {1} of it stay on {2} at {3} for {4}.").format(
				voucher, to_decimal(left), account, cost_center or "-", service or "-"
			),
			_("Correct the counter-voucher by a Journal Entry, and find out who changed it."),
			company,
		)
		for name, company, voucher, account, cost_center, service, left in rows
	]


def _unequal(doctype: str) -> list[Finding]:
	voucher, gl = frappe.qb.DocType(doctype), frappe.qb.DocType("GL Entry")
	rows = (
		_rows_of_runs(doctype, voucher, gl)
		.select(voucher.name, voucher.company, exact_sum(gl.debit), exact_sum(gl.credit))
		.groupby(voucher.name, voucher.company)
		.having(Sum(gl.debit) != Sum(gl.credit))
		.orderby(voucher.name)
	).run()
	return [
		Finding(
			doctype,
			name,
			_("Its ledger rows debit {0} and credit {1}.").format(to_decimal(debit), to_decimal(credit)),
			_("Rows of the ledger were changed outside ERPNext. Restore them, or cancel the run."),
			company,
		)
		for name, company, debit, credit in rows
	]


def _left_by_cancelled(doctype: str) -> list[Finding]:
	voucher, gl = frappe.qb.DocType(doctype), frappe.qb.DocType("GL Entry")
	rows = (
		_rows_of_runs(doctype, voucher, gl)
		.select(voucher.name, voucher.company, gl.account, exact_sum(gl.debit - gl.credit))
		.where(voucher.docstatus == 2)
		.groupby(voucher.name, voucher.company, gl.account)
		.having(Sum(gl.debit - gl.credit) != 0)
		.orderby(voucher.name, gl.account)
	).run()
	return [
		Finding(
			doctype,
			name,
			_("It is cancelled, and {0} of it stay on {1}.").format(to_decimal(left), account),
			_("Repost its ledger with ERPNext's Repost Accounting Ledger, or take the rows back by hand."),
			company,
		)
		for name, company, account, left in rows
	]


def _rows_of_runs(doctype: str, voucher, gl):
	"""Live ledger rows of all vouchers of runs."""
	return (
		frappe.qb.from_(voucher)
		.inner_join(gl)
		.on((gl.voucher_type == doctype) & (gl.voucher_no == voucher.name))
		.where((Coalesce(voucher.it_charging_run, "") != "") & (gl.is_cancelled == 0))
	)


def _charged() -> Sums:
	"""What posted charges should have moved, debit less credit."""
	charge, posting = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Charge Posting")
	run = frappe.qb.DocType("Charging Run")
	keys = (
		run.company,
		run.name,
		posting.voucher_type,
		posting.voucher_no,
		charge.cost_center,
		charge.provider_cost_center,
		charge.it_service,
	)
	rows = (
		frappe.qb.from_(charge)
		.inner_join(posting)
		.on((posting.charging_run == charge.posting_run) & (posting.batch_no == charge.batch_no))
		.inner_join(run)
		.on(run.name == posting.charging_run)
		.select(*keys, exact_sum(charge.amount))
		.where(
			(charge.status == "Posted")
			& (run.docstatus == 1)
			& (Coalesce(posting.reversal_voucher, "") == "")
		)
		.groupby(*keys)
	).run()
	sums: Sums = {}
	for company, name, voucher_type, voucher, payer, provider, service, text in rows:
		head, amount = (company, name, voucher_type or "", voucher or ""), to_decimal(text)
		sides = ((payer, "charges", amount), (provider, "recovery", -amount))
		for center, account, moved in sides if payer else ((provider, "income", -amount),):
			key = (*head, account, center or "", service or "")
			sums[key] = sums.get(key, Decimal(0)) + moved
	return sums


def _booked() -> Sums:
	"""What the vouchers moved on the company's three accounts, debit less credit."""
	posting, run = frappe.qb.DocType("Charge Posting"), frappe.qb.DocType("Charging Run")
	gl, accounts = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Service Strategy Company")
	account = (
		Case()
		.when(gl.account == accounts.charges_account, "charges")
		.when(gl.account == accounts.recovery_account, "recovery")
		.else_("income")
	)
	keys = (run.company, run.name, posting.voucher_type, posting.voucher_no, account, gl.cost_center)
	rows = (
		frappe.qb.from_(posting)
		.inner_join(run)
		.on(run.name == posting.charging_run)
		.inner_join(accounts)
		.on((accounts.company == run.company) & (accounts.parenttype == "Service Strategy Settings"))
		.inner_join(gl)
		.on((gl.voucher_type == posting.voucher_type) & (gl.voucher_no == posting.voucher_no))
		.select(*keys, Coalesce(gl.it_service, ""), exact_sum(gl.debit - gl.credit))
		.where(
			(run.docstatus == 1)
			& (Coalesce(posting.reversal_voucher, "") == "")
			& (gl.is_cancelled == 0)
			& gl.account.isin([accounts.charges_account, accounts.recovery_account, accounts.income_account])
		)
		.groupby(*keys, Coalesce(gl.it_service, ""))
	).run()
	return {
		(company, name, kind or "", voucher or "", side, center or "", service): to_decimal(moved)
		for company, name, kind, voucher, side, center, service, moved in rows
	}


def _live_vouchers(doctype: str) -> dict[str, tuple[str, str]]:
	"""(run, company) of each submitted voucher of a run."""
	rows = frappe.get_all(
		doctype,
		{"it_charging_run": ("is", "set"), "docstatus": 1},
		["name", "it_charging_run", "company"],
		order_by="name asc",
		limit=0,
	)
	return {row.name: (row.it_charging_run, row.company) for row in rows}


def _posted_without_batch() -> list[Finding]:
	charge, posting = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Charge Posting")
	rows = (
		frappe.qb.from_(charge)
		.left_join(posting)
		.on((posting.charging_run == charge.posting_run) & (posting.batch_no == charge.batch_no))
		.select(charge.name, charge.posting_run, charge.company)
		.where((charge.status == "Posted") & posting.name.isnull())
		.orderby(charge.name)
	).run()
	return [
		Finding(
			"Service Charge",
			str(name),
			_("It is posted, but {0} has no batch that it is in.").format(run),
			_("Cancel the run and charge the month again."),
			company,
		)
		for name, run, company in rows
	]
