"""What stands in the way of a run: every obstacle at once, each with the way out."""

from collections.abc import Iterator
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import date_diff, formatdate, getdate, today

from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.it_finance.charging.credit_limits import credit_limit_obstacles
from itil_strategy.it_finance.charging.invoice_preflight import invoice_obstacles
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.setup.dimension import find_problems
from itil_strategy.utils.ledger import (
	JOURNAL_ENTRY,
	SALES_INVOICE,
	allocated_cost_centers,
	cost_center_problems,
	find_period_problem,
	mandatory_dimensions,
)
from itil_strategy.utils.text import as_html, bold

VOUCHER_TYPES = (JOURNAL_ENTRY, SALES_INVOICE)
DAYS_TO_LOOK_AHEAD = 400


def find_obstacles(run: Document, step: str) -> list[str]:
	"""Obstacles to `calculate` or to `post` as HTML, in a stable order; empty when the way is free."""
	checks = {"calculate": _calculation_obstacles, "post": _posting_obstacles}
	return list(dict.fromkeys(checks[step](run)))


def first_open_day(company: str | None, day: date) -> date:
	"""`day`, or the first one after it on which vouchers can be posted; `day` if none is found."""
	if not company:
		return day
	for offset in range(0, DAYS_TO_LOOK_AHEAD):
		candidate = day + timedelta(days=offset)
		if not find_period_problem(company, candidate, (*VOUCHER_TYPES, "Charging Run"), frappe.session.user):
			return candidate
		if offset == 31:
			# Past a month of closed days only month starts matter: periods close whole months.
			return _first_open_month(company, candidate) or day
	return day


def _first_open_month(company: str, day: date) -> date | None:
	for _month in range(24):
		day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
		if not find_period_problem(company, day, (*VOUCHER_TYPES, "Charging Run"), frappe.session.user):
			return day
	return None


def _calculation_obstacles(run: Document) -> Iterator[str]:
	if run.mode == "Showback":
		return
	yield from _ledger_obstacles(run)
	yield from _unmapped_obstacles(run)


def _posting_obstacles(run: Document) -> Iterator[str]:
	if run.mode == "Showback":
		yield _("This is a showback run: it is published and never posted.")
		return
	if run.docstatus != 1:
		yield _("Publish the run before posting it.")
		return
	to_set_up = [*_ledger_obstacles(run), *_cost_center_obstacles(run), *invoice_obstacles(run)]
	yield from to_set_up
	yield from credit_limit_obstacles(run, with_tax=not to_set_up)
	yield from _dispute_window_obstacles(run)


def _ledger_obstacles(run: Document) -> Iterator[str]:
	for problem in find_problems():
		yield _("Accounting dimension IT Service: {0}. Run bench migrate to repair it.").format(
			as_html(problem)
		)
	try:
		accounts = get_company_accounts(run.company)
	except LedgerSetupError as error:
		yield str(error)
	else:
		blocked = frappe.get_all(
			"Account",
			{"name": ("in", list(accounts.values())), "disabled": 1},
			pluck="name",
			order_by="name",
		)
		for account in blocked:
			yield _(
				"Account {0} is disabled. Enable it or choose another in Service Strategy Settings."
			).format(bold(account))
	for label in mandatory_dimensions(run.company, "mandatory_for_pl"):
		yield _(
			"The dimension {0} is mandatory for profit and loss accounts of {1}, and IT charges do not carry it. Make it optional there."
		).format(bold(label), as_html(run.company))
	problem = find_period_problem(run.company, getdate(run.posting_date), VOUCHER_TYPES, frappe.session.user)
	if problem:
		yield problem


def _unmapped_obstacles(run: Document) -> Iterator[str]:
	"""Usage that stands for nobody would be lost silently; later months are the matter of later runs."""
	imports, usage = frappe.qb.DocType("Usage Import"), frappe.qb.DocType("Service Usage")
	rows = (
		frappe.qb.from_(imports)
		.inner_join(usage)
		.on(usage.usage_import == imports.name)
		.select(imports.name, Count("*"))
		.where(
			(imports.company == run.company)
			& (imports.status == "Completed")
			# Counted on the record too, which spares looking at the rows of most imports.
			& (imports.rows_unmapped > 0)
			& (usage.mapping_status == "Unmapped")
			& (usage.usage_month <= run.period_end)
		)
		.groupby(imports.name)
		.orderby(imports.name)
	).run()
	for name, count in rows:
		yield _(
			"Usage import {0} has {1} unmapped rows up to {2}. Map them, or ignore them with a reason."
		).format(bold(name), count, formatdate(run.period_end))


def _dispute_window_obstacles(run: Document) -> Iterator[str]:
	"""Posting waits for the dispute window, unless every customer accepted."""
	if not run.dispute_until or getdate(today()) > getdate(run.dispute_until):
		return
	waiting = [row.customer for row in run.customers if not row.accepted and row.chargeback_amount]
	if waiting:
		yield _("Customers may dispute until {0} ({1} days). Wait, or record the acceptance of: {2}.").format(
			formatdate(run.dispute_until),
			date_diff(run.dispute_until, today()) + 1,
			", ".join(bold(customer) for customer in waiting),
		)


def _cost_center_obstacles(run: Document) -> Iterator[str]:
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.customer, charge.it_service, charge.cost_center, charge.provider_cost_center)
		.where(
			(charge.posting_run == run.name) & (charge.mode == "Chargeback") & (charge.status == "Published")
		)
		.groupby(charge.customer, charge.it_service, charge.cost_center, charge.provider_cost_center)
		.orderby(charge.customer, charge.it_service)
	).run(as_dict=True)
	pairs = [(row.provider_cost_center, run.company) for row in rows]
	pairs += [(row.cost_center, run.company) for row in rows if row.cost_center]
	problems = cost_center_problems(pairs)
	used = sorted({pair[0] for pair in pairs if pair[0]})
	allocations = allocated_cost_centers(used, getdate(run.posting_date)) if used else {}
	for row in rows:
		for cost_center, owner in (
			(row.provider_cost_center, row.it_service),
			(row.cost_center, row.customer),
		):
			if (
				problem := problems.get((cost_center, run.company))
				if cost_center or owner == row.it_service
				else None
			):
				yield _("{0}: {1}").format(bold(owner), problem)
			if allocation := allocations.get(cost_center):
				yield _(
					"{0}: cost center {1} is split by Cost Center Allocation {2}, which would split charges too. Choose another cost center or cancel the allocation."
				).format(bold(owner), bold(cost_center), bold(allocation))
