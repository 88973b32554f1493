"""Held charges whose dispute is decided: the next chargeback run posts them (section "States").

Such a charge stays a charge of the run that published it; `posting_run` names the run that posts it.
"""

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.domain.posting import CarriedCharge
from itil_strategy.exceptions import RunStateError
from itil_strategy.it_finance.charging.corrections import refuse_reversing
from itil_strategy.it_finance.charging.disputes import DECIDED, DOCTYPE, HELD, OPEN, PUBLISHED
from itil_strategy.utils.money import as_number, exact, to_decimal
from itil_strategy.utils.text import bold


def find_carried(run: Document) -> list[CarriedCharge]:
	"""Held charges of the company whose disputes are all decided and that no run carries yet; one query."""
	if run.mode == "Showback":
		return []
	charge, dispute = frappe.qb.DocType("Service Charge"), frappe.qb.DocType(DOCTYPE)
	run_of, still_open = frappe.qb.DocType("Charging Run"), frappe.qb.DocType(DOCTYPE).as_("still_open")
	rows = (
		frappe.qb.from_(dispute)
		.inner_join(charge)
		.on(charge.name == as_number(dispute.service_charge))
		.inner_join(run_of)
		.on(run_of.name == charge.charging_run)
		.left_join(still_open)
		.on((still_open.service_charge == dispute.service_charge) & (still_open.status == OPEN))
		.select(
			charge.name,
			charge.customer,
			charge.it_service,
			charge.mode,
			charge.cost_center,
			charge.provider_cost_center,
			exact(charge.amount),
		)
		.distinct()
		.where(
			(dispute.company == run.company)
			& (dispute.status == DECIDED)
			& (charge.status == HELD)
			& (charge.mode == "Chargeback")
			& (charge.posting_run == charge.charging_run)
			& (charge.charging_run != run.name)
			& still_open.name.isnull()
			# One that is being reversed takes its charges along.
			& run_of.reversal_date.isnull()
		)
		.orderby(charge.name)
	).run()
	return [CarriedCharge(*row[:6], to_decimal(row[6])) for row in rows]


def carry(run: Document, charges: list[CarriedCharge], batches: list[int]) -> None:
	"""Let the run post the charges in these batches. Raises RunStateError when another run took one."""
	if not charges:
		return
	refuse_reversing(row.name for row in charges)
	charge = frappe.qb.DocType("Service Charge")
	(
		frappe.qb.update(charge)
		.set(charge.posting_run, run.name)
		.where(
			charge.name.isin([row.name for row in charges])
			& (charge.status == HELD)
			& (charge.posting_run == charge.charging_run)
		)
	).run()
	if frappe.db._cursor.rowcount != len(charges):
		raise RunStateError(
			_("Another run took some of these disputed charges meanwhile. Calculate again to post the rest.")
		)
	frappe.db.bulk_update(
		"Service Charge",
		{row.name: {"batch_no": number} for row, number in zip(charges, batches, strict=True)},
		update_modified=False,
	)


def sums(charges: list[CarriedCharge]) -> dict:
	"""What the run shows of them."""
	return {
		"carried_count": len(charges),
		"carried_amount": float(sum((row.amount for row in charges), Decimal(0))),
	}


def publish(run: str) -> None:
	"""They may be posted together with the charges of the run."""
	charge, carried = _carried_by(run)
	frappe.qb.update(charge).set(charge.status, PUBLISHED).where(carried & (charge.status == HELD)).run()


def release(run: str) -> None:
	"""They wait for another run."""
	charge, carried = _carried_by(run)
	(
		frappe.qb.update(charge)
		.set(charge.status, HELD)
		.set(charge.posting_run, charge.charging_run)
		.set(charge.batch_no, 0)
		.set(charge.voucher_type, None)
		.set(charge.voucher_no, None)
		.where(carried)
	).run()


def refuse_if_carried(run: str) -> None:
	"""A run cannot be taken back while another one posts charges of it."""
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.posting_run)
		.where((charge.charging_run == run) & (charge.posting_run != run) & (charge.status != "Reversed"))
		# What another run took since this transaction began to read counts.
		.for_update()
	).run(pluck=True)
	others = sorted(set(rows))
	if others:
		frappe.throw(
			_("{0} posts disputed charges of this run. Cancel, reverse or delete that run first.").format(
				", ".join(bold(name) for name in others)
			),
			RunStateError,
			title=_("Posted by Another Run"),
		)


def _carried_by(run: str) -> tuple:
	charge = frappe.qb.DocType("Service Charge")
	return charge, (charge.posting_run == run) & (charge.charging_run != run)
