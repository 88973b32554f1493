"""Corrections that the next run charges (FM-10): made by hand, by a dispute, or for a complaint (BR-6).

Open ones are taken by compare-and-set in the transaction that writes the charges, so one correction is charged
once whatever runs at the same time; cancelling or deleting the run opens them again.
"""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now

from itil_strategy.domain.corrections import Correction, Worth, remaining
from itil_strategy.domain.money import round_to_step
from itil_strategy.exceptions import CorrectionError, RunStateError
from itil_strategy.utils.credit_requests import release_credit_request, settle_credit_request
from itil_strategy.utils.money import as_number, currency_precision, exact, to_decimal
from itil_strategy.utils.text import bold

CORRECTION = "Charge Correction"
OPEN, CHARGED, WITHDRAWN = "Open", "Charged", "Withdrawn"
MANUAL, DISPUTE, FEEDBACK = "Manual", "Dispute", "Feedback"
CHARGE_FIELDS = (
	"name",
	"charging_run",
	"posting_run",
	"company",
	"customer",
	"it_service",
	"service_offering",
	"usage_month",
	"charging_policy",
	"kind",
	"mode",
	"status",
	"uom",
	"currency",
	"price_detail",
	"cost_center",
	"provider_cost_center",
)
AMOUNT_FIELDS = ("price_amount", "amount", "exchange_rate", "price_revision", "amount_revision")
# What a correction has of the charge that it corrects.
INHERITED = (
	"company",
	"customer",
	"it_service",
	"service_offering",
	"usage_month",
	"charging_policy",
	"mode",
	"uom",
	"currency",
	"cost_center",
	"provider_cost_center",
)


def lock_charge(name: str | int) -> frappe._dict:
	"""A charge with exact amounts, locked until the transaction ends: whoever corrects it next waits.

	Raises DoesNotExistError.
	"""
	row = find_and_lock_charge(name)
	if not row:
		frappe.throw(_("There is no service charge {0}.").format(bold(str(name))), frappe.DoesNotExistError)
	return row


def find_and_lock_charge(name: str | int) -> frappe._dict | None:
	"""As `lock_charge`; None when there is no such charge."""
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(
			*[charge[field] for field in CHARGE_FIELDS],
			*[exact(charge[field]).as_(field) for field in AMOUNT_FIELDS],
		)
		.where(charge.name == name)
		.for_update()
	).run(as_dict=True)
	if not rows:
		return None
	(row,) = rows
	for field in AMOUNT_FIELDS:
		row[field] = to_decimal(row[field])
	return row


def is_correctable(charge: frappe._dict) -> bool:
	"""In the ledger, or only shown and published. Any other published one changes before it is posted."""
	return charge.status == "Posted" or (charge.status == "Published" and charge.mode == "Showback")


def remaining_of(charge: frappe._dict) -> Worth:
	"""What a locked charge is worth after its corrections, charged or still to be charged."""
	correction = frappe.qb.DocType(CORRECTION)
	rows = (
		frappe.qb.from_(correction)
		.select(exact(correction.price_amount), exact(correction.amount), correction.currency)
		.where(
			(correction.service_charge == str(charge.name))
			& (correction.customer == charge.customer)
			& correction.status.isin([OPEN, CHARGED])
		)
		# Others may have added one since this transaction began to read.
		.for_update()
	).run()
	made = [
		Worth(
			to_decimal(price) if currency == charge.currency else _in_price_currency(charge, amount),
			to_decimal(amount),
		)
		for price, amount, currency in rows
	]
	return remaining(Worth(charge.price_amount, charge.amount), made)


def _in_price_currency(charge: frappe._dict, amount: str) -> Decimal:
	"""A correction in another currency, by the rate that the charge was converted with."""
	return round_to_step(to_decimal(amount) / (charge.exchange_rate or 1), currency_precision())


def make_correction(charge: frappe._dict, worth: Worth, reason: str, **values) -> Document:
	"""A correction of the charge; `values` say what differs from it."""
	doc = frappe.get_doc(
		{
			"doctype": CORRECTION,
			"service_charge": str(charge.name),
			"status": OPEN,
			**{field: charge[field] for field in INHERITED},
			"exchange_rate": charge.exchange_rate,
			"price_amount": worth.price,
			"amount": worth.amount,
			"reason": reason,
			**values,
		}
	)
	doc.flags.written_by_job = True
	return doc.insert(ignore_permissions=True)


def open_corrections(run: Document) -> list[Correction]:
	"""What the run is to charge, in one query; a showback run takes what is only shown."""
	table = frappe.qb.DocType(CORRECTION)
	charge = frappe.qb.DocType("Service Charge")
	made_by, posted_by = (frappe.qb.DocType("Charging Run").as_(alias) for alias in ("made_by", "posted_by"))
	fields = (*INHERITED, "name", "reason", "service_charge")
	query = (
		frappe.qb.from_(table)
		.left_join(charge)
		.on(charge.name == as_number(table.service_charge))
		.left_join(made_by)
		.on(made_by.name == charge.charging_run)
		.left_join(posted_by)
		.on(posted_by.name == charge.posting_run)
		.select(
			*[table[field] for field in fields],
			*[exact(table[field]).as_(field) for field in ("price_amount", "amount", "exchange_rate")],
		)
		.where(
			(table.company == run.company)
			& (table.status == OPEN)
			# Reversed charges are corrected wholly; a reversal takes many transactions.
			& made_by.reversal_date.isnull()
			& posted_by.reversal_date.isnull()
		)
		.orderby(table.name)
	)
	if run.mode == "Showback":
		query = query.where(table.mode == "Showback")
	return [
		Correction(
			name=row.name,
			customer=row.customer,
			service=row.it_service,
			offering=row.service_offering,
			month=getdate(row.usage_month),
			policy=row.charging_policy,
			mode=row.mode,
			uom=row.uom,
			currency=row.currency,
			worth=Worth(to_decimal(row.price_amount), to_decimal(row.amount)),
			exchange_rate=to_decimal(row.exchange_rate),
			cost_center=row.cost_center or None,
			provider_cost_center=row.provider_cost_center or None,
			reason=row.reason,
			corrects=row.service_charge,
		)
		for row in query.run(as_dict=True)
	]


def refuse_reversing(charges: Iterable[str | int]) -> None:
	"""Raise when a run that made or posts one of the charges is being reversed.

	The runs stay locked until the transaction ends: a reversal that starts now sees what this one did.
	"""
	charge, run = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Charging Run")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.charging_run, charge.posting_run)
		.where(charge.name.isin(list(charges) or [0]))
		.for_update()
	).run()
	names = sorted({name for row in rows for name in row if name})
	runs = (
		frappe.qb.from_(run)
		.select(run.name, run.status, run.reversal_date)
		.where(run.name.isin(names or [""]))
		.for_update()
	).run()
	reversing = sorted(name for name, status, day in runs if day and status != "Reversed")
	if reversing:
		frappe.throw(
			_("{0} is being reversed, and its charges with it. Try again when it is Reversed.").format(
				", ".join(bold(name) for name in reversing)
			),
			RunStateError,
			title=_("Reversal Under Way"),
		)


def take(run: Document, charge_of: dict[str, int]) -> None:
	"""Note which charge of the run settles each correction, and the credit that a complaint asked for.

	Raises RunStateError when another run took one meanwhile: nothing of this run may stand then.
	"""
	if not charge_of:
		return
	table = frappe.qb.DocType(CORRECTION)
	corrected = frappe.get_all(
		CORRECTION, {"name": ("in", sorted(charge_of))}, pluck="service_charge", limit=0
	)
	refuse_reversing(int(charge) for charge in corrected if charge)
	(
		frappe.qb.update(table)
		.set(table.status, CHARGED)
		.set(table.charging_run, run.name)
		.set(table.modified, now())
		.where(table.name.isin(sorted(charge_of)) & (table.status == OPEN))
	).run()
	if frappe.db._cursor.rowcount != len(charge_of):
		raise_taken()
	frappe.db.bulk_update(
		CORRECTION, {name: {"correction_charge": str(charge)} for name, charge in charge_of.items()}
	)
	requests = frappe.get_all(
		CORRECTION,
		{"name": ("in", sorted(charge_of)), "service_feedback": ("is", "set")},
		["name", "service_feedback"],
		limit=0,
	)
	for row in requests:
		if not settle_credit_request(row.service_feedback, str(charge_of[row.name])):
			raise_taken()


def raise_taken() -> None:
	raise RunStateError(
		_("Another run took some of these corrections meanwhile. Calculate again to charge the rest.")
	)


def release(run: str) -> None:
	"""Open the corrections that the run charged, so that the next one charges them."""
	rows = frappe.get_all(
		CORRECTION, {"charging_run": run, "status": CHARGED}, ["name", "service_feedback"], limit=0
	)
	if not rows:
		return
	table = frappe.qb.DocType(CORRECTION)
	(
		frappe.qb.update(table)
		.set(table.status, OPEN)
		.set(table.charging_run, None)
		.set(table.correction_charge, None)
		.set(table.modified, now())
		.where((table.charging_run == run) & (table.status == CHARGED))
	).run()
	for row in rows:
		if row.service_feedback:
			release_credit_request(row.service_feedback)


def refuse_if_corrected_elsewhere(run: str) -> None:
	"""A charge that is taken back must not leave its counter-charge behind in another run."""
	others = _runs_that_correct(run)
	if others:
		frappe.throw(
			_("{0} corrects charges of this run. Cancel, reverse or delete that run first.").format(
				", ".join(bold(name) for name in others)
			),
			CorrectionError,
			title=_("Corrected by Another Run"),
		)


def _runs_that_correct(run: str) -> list[str]:
	correction, charge = frappe.qb.DocType(CORRECTION), frappe.qb.DocType("Service Charge")
	other = frappe.qb.DocType("Charging Run")
	rows = (
		frappe.qb.from_(correction)
		.inner_join(charge)
		.on(charge.name == as_number(correction.service_charge))
		.inner_join(other)
		.on(other.name == correction.charging_run)
		.select(other.name)
		.where(
			((charge.charging_run == run) | (charge.posting_run == run))
			& (correction.status == CHARGED)
			& (other.name != run)
			& (other.status != "Reversed")
		)
		.orderby(other.name)
		# What another run took since this transaction began to read counts.
		.for_update()
	).run()
	return list(dict.fromkeys(row[0] for row in rows))


def withdraw_for(run: str, reason: str) -> None:
	"""Corrections that nobody charged yet, of charges that the run made or posted, correct nothing any more."""
	correction, charge = frappe.qb.DocType(CORRECTION), frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(correction)
		.inner_join(charge)
		.on(charge.name == as_number(correction.service_charge))
		.select(correction.name)
		.where(((charge.charging_run == run) | (charge.posting_run == run)) & (correction.status == OPEN))
		.for_update()
	).run(pluck=True)
	for name in rows:
		doc = frappe.get_doc(CORRECTION, name)
		doc.flags.written_by_job = True
		doc.db_set({"status": WITHDRAWN, "service_feedback": None})
		doc.add_comment("Info", reason)
