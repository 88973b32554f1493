"""Book an allocation run, where the company wants it: one Journal Entry that moves cost between services.

It debits and credits one account by the same amount, so company expense stays as it is; the account is
no cost of a service (FM-1), so that no later run allocates it again.
"""

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from itil_strategy.domain.allocation_types import ZERO, Kind
from itil_strategy.exceptions import LedgerSetupError, ReversalError
from itil_strategy.it_finance.charging.preflight import first_open_day
from itil_strategy.utils.ledger import JOURNAL_ENTRY, find_period_problem
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.text import bold

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

	Raises LedgerSetupError for a service without a provider cost center.
	"""
	account = posting_account(run.company)
	lines = entry_lines(run) if account else []
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
				for service, cost_center, amount in lines
			],
		}
	)
	entry.flags.ignore_permissions = True
	entry.insert()
	# A Journal Entry of more than 100 rows would only queue itself on `submit`.
	entry._submit()
	run.db_set("journal_entry", entry.name)


def validate_cancel(run: Document) -> None:
	"""Raise ReversalError when the entry of the run is in a closed period."""
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
