"""Book an allocation run, where the company wants it: one Journal Entry that moves cost between services.

It debits and credits one account by the same amount, so company expense stays as it is; the account is
no cost of a service (FM-1), so that no later run allocates it again.

A later run of the same months books the difference to what the earlier ones have booked, so that the ledger
shows the latest figures once. Runs are taken back in the opposite order, latest first.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from itil_strategy.domain.allocation_types import ZERO, Kind
from itil_strategy.exceptions import AllocationRunError, LedgerSetupError, ReversalError
from itil_strategy.it_finance.charging.preflight import first_open_day
from itil_strategy.utils.ledger import JOURNAL_ENTRY, find_period_problem, forget_cached_dimensions
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.money import exact, exact_sum, to_decimal
from itil_strategy.utils.text import bold

BookedLine = tuple[str, str | None, str, Decimal]  # account, service, cost center, debit less credit
MOVED = (Kind.POOL, Kind.RECEIVED, Kind.PASSED_ON)


def posting_account(company: str) -> str | None:
	"""The account that allocations of the company are booked on; None where they stay out of the ledger."""
	row = frappe.db.get_value(
		"Service Strategy Company",
		{"company": company, "parenttype": "Service Strategy Settings", "post_allocations": 1},
		["allocation_account"],
	)
	return row or None


def post(run: Document) -> None:
	"""Book the submitted run and note the entry on it; nothing where the company does not want it.

	Raises LedgerSetupError for a service without a provider cost center, AllocationRunError where a booked run
	covers some of the months only.
	"""
	account = posting_account(run.company)
	if not account:
		return
	lock_row("Company", run.company)
	earlier = _booked_runs(run)
	_refuse_partial_overlap(run, earlier)
	if earlier:
		run.db_set("replaced_run", earlier[-1].name)
	lines = _less_booked(
		[(account, *line) for line in entry_lines(run)],
		[row.journal_entry for row in earlier if row.journal_entry],
	)
	if not lines:
		return
	entry = frappe.get_doc(
		{
			"doctype": JOURNAL_ENTRY,
			"voucher_type": JOURNAL_ENTRY,
			"company": run.company,
			"posting_date": first_open_day(run.company, getdate(run.period_end)),
			"user_remark": _("Cost allocation {0} of {1} to {2}").format(
				run.name, formatdate(run.period_start), formatdate(run.period_end)
			),
			"accounts": [
				{
					"account": account,
					"cost_center": cost_center,
					"it_service": service,
					"debit_in_account_currency": float(max(amount, ZERO)),
					"credit_in_account_currency": float(max(-amount, ZERO)),
				}
				for account, service, cost_center, amount in lines
			],
		}
	)
	entry.flags.ignore_permissions = True
	entry.insert()
	forget_cached_dimensions()
	# A Journal Entry of more than 100 rows would only queue itself on `submit`.
	entry._submit()
	run.db_set("journal_entry", entry.name)


def validate_cancel(run: Document) -> None:
	"""Raise ReversalError when the entry of the run is in a closed period, or a later one builds on it."""
	later = frappe.db.get_value(run.doctype, {"replaced_run": run.name, "docstatus": 1})
	if later:
		frappe.throw(
			_("{0} books the difference to {1}. Cancel {0} first.").format(bold(later), bold(run.name)),
			ReversalError,
			title=_("Later Run Booked"),
		)
	if not run.journal_entry:
		return
	day = getdate(frappe.db.get_value(JOURNAL_ENTRY, run.journal_entry, "posting_date"))
	problem = find_period_problem(run.company, day, (JOURNAL_ENTRY,), frappe.session.user)
	if problem:
		frappe.throw(
			_("{0} cannot be taken back: {1} A new run of the same months replaces the figures.").format(
				bold(run.journal_entry), problem
			),
			ReversalError,
			title=_("Period Closed"),
		)


def cancel(run: Document) -> None:
	"""Take the entry of the run out of the ledger."""
	if not run.journal_entry:
		return
	entry = frappe.get_doc(JOURNAL_ENTRY, run.journal_entry)
	if entry.docstatus != 1:
		return
	entry.flags.ignore_permissions = True
	entry.flags.cancelled_by_allocation_run = True
	entry._cancel()


def entry_lines(run: Document) -> list[tuple[str | None, str, Decimal]]:
	"""(service, cost center, amount): what each service gets in all, and the same out of the pools; credits negative."""
	line = frappe.qb.DocType("Service Cost")
	rows = (
		frappe.qb.from_(line)
		.select(line.it_service, exact_sum(line.amount))
		.where((line.allocation_run == run.name) & line.kind.isin([str(kind) for kind in MOVED]))
		.groupby(line.it_service)
		.orderby(line.it_service)
	).run()
	moved = [(service, to_decimal(amount)) for service, amount in rows]
	centers = _provider_cost_centers(run.company)
	lines: list[tuple[str | None, str, Decimal]] = []
	for service, amount in moved:
		if not amount:
			continue
		if service not in centers:
			frappe.throw(
				_(
					"{0} gets allocated cost, and {1} has no provider cost center for it. Add the company to the service."
				).format(bold(service), bold(run.company)),
				LedgerSetupError,
				title=_("Cost Center"),
			)
		lines.append((service, centers[service], amount))
	from_pools = sum((amount for _service, amount in moved), ZERO)
	if from_pools:
		lines.append((None, frappe.get_cached_value("Company", run.company, "cost_center"), -from_pools))
	return lines


def _booked_runs(run: Document) -> list[frappe._dict]:
	"""Other submitted runs of the company that share months with the run and are booked, oldest first.

	As they are stored now, whatever this transaction saw before.
	"""
	table = frappe.qb.DocType(run.doctype)
	return (
		frappe.qb.from_(table)
		.select(table.name, table.period_start, table.period_end, table.journal_entry)
		.where(
			(table.company == run.company)
			& (table.docstatus == 1)
			& (table.name != run.name)
			& (table.period_start <= getdate(run.period_end))
			& (table.period_end >= getdate(run.period_start))
			& (table.journal_entry.notnull() | table.replaced_run.notnull())
		)
		.orderby(table.submitted_on, table.name)
		.for_update()
	).run(as_dict=True)


def _refuse_partial_overlap(run: Document, booked: Sequence[frappe._dict]) -> None:
	months = (getdate(run.period_start), getdate(run.period_end))
	for row in booked:
		if (getdate(row.period_start), getdate(row.period_end)) != months:
			frappe.throw(
				_(
					"{0} is booked from {1} to {2} and shares months with this run, so they would be booked twice. Make a run of exactly its months, or cancel it first."
				).format(bold(row.name), formatdate(row.period_start), formatdate(row.period_end)),
				AllocationRunError,
				title=_("Months Booked Already"),
			)


def _less_booked(lines: Sequence[BookedLine], entries: Sequence[str]) -> list[BookedLine]:
	"""The lines less what the entries have booked; what is equal is left out."""
	amounts: dict[tuple[str, str | None, str], Decimal] = defaultdict(Decimal)
	for *key, amount in lines:
		amounts[tuple(key)] += amount
	if entries:
		gl = frappe.qb.DocType("GL Entry")
		rows = (
			frappe.qb.from_(gl)
			.select(gl.account, gl.it_service, gl.cost_center, exact(gl.debit - gl.credit))
			.where(
				(gl.voucher_type == JOURNAL_ENTRY)
				& gl.voucher_no.isin(list(entries))
				& (gl.is_cancelled == 0)
			)
			.orderby(gl.name)
			.for_update()
		).run()
		for account, service, cost_center, amount in rows:
			amounts[account, service or None, cost_center] -= to_decimal(amount)
	return [(*key, amount) for key, amount in amounts.items() if amount]


def _provider_cost_centers(company: str) -> dict[str, str]:
	return dict(
		frappe.get_all(
			"Service Company",
			{"company": company, "parenttype": "IT Service"},
			["parent", "provider_cost_center"],
			limit=0,
			as_list=True,
		)
	)
