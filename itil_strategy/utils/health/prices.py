"""Charges against claims and prices: all usage that is claimed is charged, once, at one price, in its mode."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum

from itil_strategy.domain.health import Finding, differences
from itil_strategy.domain.policies import find_overlaps
from itil_strategy.it_finance.charging.policies import load_policies
from itil_strategy.utils.money import as_number, exact_sum, join_quantity, to_decimal

USAGE, COMMITMENT, CORRECTION = "Usage", "Commitment", "Correction"
HELD, PUBLISHED = "Held", "Published"
# A charge keeps nine decimals of a quantity of which the claim knows more.
ROUNDING = Decimal("0.000001")
GROUP = ("charging_run", "customer", "service_offering", "usage_month")
Quantities = dict[tuple, Decimal]


def find_charged_differences() -> list[Finding]:
	"""Claimed usage that is not charged in full, once, by the run that claimed it; two queries.

	Where a commitment is charged instead of what was used, no charge has the quantity of the claims.
	"""
	charged, by_commitment = _charged()
	findings = []
	for key, used, priced in differences(_claimed(), charged):
		if key in by_commitment or abs(used - priced) <= ROUNDING:
			continue
		company, run, customer, offering, month = key
		findings.append(
			Finding(
				"Charging Run",
				run,
				_("{0} of {1} in {2}: {3} are claimed, {4} are charged.").format(
					offering, customer, f"{month:%Y-%m}", used, priced
				),
				_("Calculate a draft again; cancel or reverse a published run and charge the month again."),
				company,
			)
		)
	return findings


def find_double_prices() -> list[Finding]:
	"""Two equally exact policies on the same day; two queries."""
	return [
		Finding(
			"Charging Policy",
			second,
			_("It prices the same service, offering and customer on the same days as {0}.").format(first),
			_("End one before the other starts, or make one more exact."),
		)
		for first, second in find_overlaps(load_policies())
	]


def find_posted_showback() -> list[Finding]:
	"""Charges that are for information only and yet in a batch or the ledger; one query."""
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.name, charge.company, charge.charging_run)
		.where(
			(charge.mode == "Showback")
			& ((charge.status == "Posted") | (Coalesce(charge.voucher_no, "") != "") | (charge.batch_no > 0))
		)
		.orderby(charge.name)
	).run()
	return [
		Finding(
			"Service Charge",
			str(name),
			_("It is for information only, and {0} posted it.").format(run),
			_("Cancel or reverse the run, check how the customer is charged, and charge the month again."),
			company,
		)
		for name, company, run in rows
	]


def find_held_differences() -> list[Finding]:
	"""Charges that are held without any dispute, or go to the ledger while one is open; one query."""
	charge, dispute = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Charge Dispute")
	is_open = Sum(Case().when(dispute.status == "Open", 1).else_(0))
	keys = (charge.name, charge.company, charge.status)
	rows = (
		frappe.qb.from_(charge)
		.left_join(dispute)
		.on((as_number(dispute.service_charge) == charge.name) & (dispute.docstatus < 2))
		.select(*keys, Count(dispute.name), is_open)
		.where(charge.status.isin([HELD, PUBLISHED]))
		.groupby(*keys)
		.having(
			((charge.status == HELD) & (Count(dispute.name) == 0))
			| ((charge.status == PUBLISHED) & (is_open > 0))
		)
		.orderby(charge.name)
	).run()
	return [
		Finding(
			"Service Charge",
			str(name),
			_("It is {0} with {1} disputes, of which {2} are open.").format(_(status), disputes, undecided),
			_("Decide the dispute; a charge that nobody disputes is charged again by cancelling its run."),
			company,
		)
		for name, company, status, disputes, undecided in rows
	]


def find_charges_after_end() -> list[Finding]:
	"""Live charges of months after the last day of their service (SP-6); one query."""
	charge, service = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("IT Service")
	rows = (
		frappe.qb.from_(charge)
		.inner_join(service)
		.on(service.name == charge.it_service)
		.select(charge.name, charge.company, service.name, charge.usage_month, service.last_day)
		.where(
			charge.status.isin(["Calculated", PUBLISHED, HELD, "Posted"])
			& (charge.kind != CORRECTION)
			& (charge.usage_month > service.last_day)
		)
		.orderby(charge.name)
	).run()
	return [
		Finding(
			"Service Charge",
			str(name),
			_("It charges {0} for {1}, whose last day was {2}.").format(f"{month:%Y-%m}", service_name, day),
			_("Correct the charge in full, or correct the last day in its retirement."),
			company,
		)
		for name, company, service_name, month, day in rows
	]


def _claimed() -> Quantities:
	claim, run = frappe.qb.DocType("Usage Claim"), frappe.qb.DocType("Charging Run")
	keys = (claim.company, *(claim[field] for field in GROUP))
	rows = (
		frappe.qb.from_(claim)
		.inner_join(run)
		.on(run.name == claim.charging_run)
		.select(*keys, exact_sum(claim.quantity), exact_sum(claim.quantity_remainder))
		.where(run.docstatus < 2)
		.groupby(*keys)
	).run()
	return {tuple(row[:5]): join_quantity(*row[5:]) for row in rows}


def _charged() -> tuple[Quantities, set[tuple]]:
	"""Quantities of usage per group, and the groups that a commitment is charged for.

	A run that freed its usage by reversing has no claims any more.
	"""
	charge, run = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Charging Run")
	keys = (charge.company, *(charge[field] for field in GROUP), charge.kind)
	rows = (
		frappe.qb.from_(charge)
		.inner_join(run)
		.on(run.name == charge.charging_run)
		.select(*keys, exact_sum(charge.quantity))
		.where(
			charge.kind.isin([USAGE, COMMITMENT])
			& (run.docstatus < 2)
			& ~((run.status == "Reversed") & (run.reversal_recharge == 1))
		)
		.groupby(*keys)
	).run()
	quantities = {tuple(key): to_decimal(text) for *key, kind, text in rows if kind == USAGE}
	return quantities, {tuple(key) for *key, kind, _text in rows if kind == COMMITMENT}
