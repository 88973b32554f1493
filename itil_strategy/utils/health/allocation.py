"""Cost allocation runs: every service balances, every cent of expense is explained."""

from decimal import Decimal

from pypika.terms import Term

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum

from itil_strategy.domain.allocation_types import Kind
from itil_strategy.domain.health import Finding
from itil_strategy.utils.money import exact, exact_sum, to_decimal

RUN, COST = "Cost Allocation Run", "Service Cost"
PARTS = (Kind.DIRECT, Kind.POOL, Kind.RECEIVED, Kind.PASSED_ON)
WHOLE = (Kind.FINAL, Kind.IDLE, Kind.UNALLOCATED, Kind.UNASSIGNED)
WITH_LINES = ("Calculated", "Submitted")


def find_unbalanced_services() -> list[Finding]:
	"""Direct + Pool + Received + Passed On is not Final, of a service and month; one query."""
	run, cost = frappe.qb.DocType(RUN), frappe.qb.DocType(COST)
	keys = (run.name, run.company, cost.it_service, cost.month)
	parts, final = _sum_of(cost, PARTS), _sum_of(cost, (Kind.FINAL,))
	rows = (
		_lines_of_runs(run, cost)
		.select(*keys, exact(parts), exact(final))
		.where(Coalesce(cost.it_service, "") != "")
		.groupby(*keys)
		.having(parts != final)
		.orderby(*keys)
	).run()
	return [
		Finding(
			RUN,
			name,
			_("{0} in {1}: its parts are {2}, its final cost {3}.").format(
				service, f"{month:%Y-%m}", to_decimal(made_of), to_decimal(is_final)
			),
			_recalculate(),
			company,
		)
		for name, company, service, month, made_of, is_final in rows
	]


def find_lost_on_the_way() -> list[Finding]:
	"""What services passed on and what others received of it, per run and month: sum out = sum in; one query."""
	run, cost = frappe.qb.DocType(RUN), frappe.qb.DocType(COST)
	keys = (run.name, run.company, cost.month)
	received, passed_on = _sum_of(cost, (Kind.RECEIVED,)), _sum_of(cost, (Kind.PASSED_ON,))
	rows = (
		_lines_of_runs(run, cost)
		.select(*keys, exact(received), exact(passed_on))
		.groupby(*keys)
		.having(received + passed_on != 0)
		.orderby(*keys)
	).run()
	return [
		Finding(
			RUN,
			name,
			_("In {0} {1} are passed on and {2} received.").format(
				f"{month:%Y-%m}", -to_decimal(out), to_decimal(into)
			),
			_recalculate(),
			company,
		)
		for name, company, month, into, out in rows
	]


def find_run_differences() -> list[Finding]:
	"""Lines that do not add up to the expense that the run read, or are not as many; one query."""
	run, cost = frappe.qb.DocType(RUN), frappe.qb.DocType(COST)
	keys = (run.name, run.company, run.ledger_expense, run.line_count)
	whole = Coalesce(_sum_of(cost, WHOLE), 0)
	rows = (
		frappe.qb.from_(run)
		.left_join(cost)
		.on(cost.allocation_run == run.name)
		.select(*keys[:2], exact(run.ledger_expense), run.line_count, exact(whole), Count(cost.name))
		.where((run.docstatus < 2) & run.status.isin(WITH_LINES))
		.groupby(*keys)
		.having((whole != run.ledger_expense) | (Count(cost.name) != run.line_count))
		.orderby(run.name)
	).run()
	return [
		Finding(
			RUN,
			name,
			_("It read an expense of {0} into {1} lines; {2} lines explain {3}.").format(
				to_decimal(expense), lines, count, to_decimal(explained)
			),
			_recalculate(),
			company,
		)
		for name, company, expense, lines, explained, count in rows
	]


def find_ledger_differences() -> list[Finding]:
	"""Journal Entries of posted runs that are not in force or do not balance; one query."""
	run, entry, gl = frappe.qb.DocType(RUN), frappe.qb.DocType("Journal Entry"), frappe.qb.DocType("GL Entry")
	keys = (run.name, run.company, run.journal_entry, entry.docstatus)
	rows = (
		frappe.qb.from_(run)
		.left_join(entry)
		.on(entry.name == run.journal_entry)
		.left_join(gl)
		.on((gl.voucher_type == "Journal Entry") & (gl.voucher_no == entry.name) & (gl.is_cancelled == 0))
		.select(*keys, exact_sum(gl.debit), exact_sum(gl.credit))
		.where((run.docstatus == 1) & (Coalesce(run.journal_entry, "") != ""))
		.groupby(*keys)
		.having((Coalesce(entry.docstatus, 0) != 1) | (Coalesce(Sum(gl.debit - gl.credit), 1) != 0))
		.orderby(run.name)
	).run()
	return [
		Finding(
			RUN,
			name,
			_("{0} is to hold it in the ledger, with {1} debited and {2} credited.").format(
				voucher, to_decimal(debit), to_decimal(credit)
			),
			_("Cancel the run, which takes the entry back, and make a new one of the same months."),
			company,
		)
		for name, company, voucher, _docstatus, debit, credit in rows
	]


def _recalculate() -> str:
	return _("Calculate a draft again; of a submitted run make a new one of the same months.")


def _lines_of_runs(run, cost):
	"""Lines of all runs that are not cancelled."""
	return frappe.qb.from_(cost).inner_join(run).on(run.name == cost.allocation_run).where(run.docstatus < 2)


def _sum_of(cost, kinds: tuple[Kind, ...]) -> Term:
	return Sum(Case().when(cost.kind.isin([str(kind) for kind in kinds]), cost.amount).else_(Decimal(0)))
