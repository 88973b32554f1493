"""Figures that a run shows against the charges that it has."""

from decimal import Decimal

from pypika.terms import Term

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum

from itil_strategy.domain.health import Finding
from itil_strategy.utils.money import exact, exact_sum, to_decimal

# Field of the run: its label, and which charges it sums.
TOTALS = ("charge_count", "total_amount", "chargeback_amount", "showback_amount")


def find_batch_differences() -> list[Finding]:
	"""Batches in force whose amount or number of charges is not that of their charges; one query."""
	posting, charge = frappe.qb.DocType("Charge Posting"), frappe.qb.DocType("Service Charge")
	run = frappe.qb.DocType("Charging Run")
	keys = (posting.charging_run, run.company, posting.batch_no, posting.amount, posting.charge_count)
	rows = (
		frappe.qb.from_(posting)
		.inner_join(run)
		.on(run.name == posting.charging_run)
		.left_join(charge)
		.on(
			(charge.posting_run == posting.charging_run)
			& (charge.batch_no == posting.batch_no)
			& (charge.status == "Posted")
		)
		.select(*keys[:3], exact(posting.amount), exact_sum(charge.amount), keys[4], Count(charge.name))
		.where((run.docstatus == 1) & (run.status != "Reversed") & run.reversal_date.isnull())
		.groupby(posting.name, *keys)
		.having(
			(Coalesce(Sum(charge.amount), 0) != posting.amount) | (Count(charge.name) != posting.charge_count)
		)
		.orderby(posting.charging_run, posting.batch_no)
	).run()
	return [
		Finding(
			"Charging Run",
			name,
			_("Batch {0} shows {1} of {2} charges; they are {3} and {4}.").format(
				batch, to_decimal(shown), shown_count, to_decimal(charged), count
			),
			_("Charges were changed after posting. Cancel or reverse the run and charge the month again."),
			company,
		)
		for name, company, batch, shown, charged, shown_count, count in rows
	]


def find_run_differences() -> list[Finding]:
	"""Runs whose totals are not those of their charges and batches; two queries."""
	return [*_differing_totals(), *_differing_posted()]


def _differing_totals() -> list[Finding]:
	run, charge = frappe.qb.DocType("Charging Run"), frappe.qb.DocType("Service Charge")
	shown = [run[field] for field in TOTALS]
	rows = (
		frappe.qb.from_(run)
		.left_join(charge)
		.on(charge.charging_run == run.name)
		.select(
			run.name,
			run.company,
			*[exact(column) for column in shown],
			Count(charge.name),
			exact_sum(charge.amount),
			exact_sum(_of_mode(charge, "Chargeback")),
			exact_sum(_of_mode(charge, "Showback")),
		)
		.where(run.docstatus < 2)
		.groupby(run.name, run.company, *shown)
		.orderby(run.name)
	).run()
	findings = []
	for name, company, *values in rows:
		there, charged = ([to_decimal(value) for value in part] for part in (values[:4], values[4:]))
		if there != charged:
			findings.append(
				Finding(
					"Charging Run",
					name,
					_(
						"It shows {0} charges of {1} ({2} charged back, {3} shown); they are {4}, {5} ({6}, {7})."
					).format(*there, *charged),
					_("Calculate a draft again; of a published run find out who changed its charges."),
					company,
				)
			)
	return findings


def _differing_posted() -> list[Finding]:
	run, posting = frappe.qb.DocType("Charging Run"), frappe.qb.DocType("Charge Posting")
	rows = (
		frappe.qb.from_(run)
		.left_join(posting)
		.on(posting.charging_run == run.name)
		.select(run.name, run.company, exact(run.posted_amount), exact_sum(posting.amount))
		.where(run.docstatus == 1)
		.groupby(run.name, run.company, run.posted_amount)
		.having(Coalesce(Sum(posting.amount), 0) != run.posted_amount)
		.orderby(run.name)
	).run()
	return [
		Finding(
			"Charging Run",
			name,
			_("It shows {0} as posted; its batches are {1}.").format(to_decimal(shown), to_decimal(posted)),
			_("Choose Post to go on; if it is posted already, cancel or reverse it."),
			company,
		)
		for name, company, shown, posted in rows
	]


def _of_mode(charge, mode: str) -> Term:
	return Case().when(charge.mode == mode, charge.amount).else_(Decimal(0))
