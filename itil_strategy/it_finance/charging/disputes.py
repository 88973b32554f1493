"""Disputes of charges (FM-10): hold the charge, route the question, and do what its outcome says.

A held charge is left out of its own run's posting and posted by the next run after the outcome. One that is in
the ledger stays there: what is upheld of it becomes a correction.
"""

import json
from decimal import Decimal
from html import unescape

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate, now_datetime, today

from itil_strategy.domain.charging import PayerTerms, charge_mode
from itil_strategy.domain.corrections import (
	UPHELD,
	WITHDRAWN,
	WRONG_CUSTOMER,
	Worth,
	outcome_price,
	take_off,
)
from itil_strategy.exceptions import DisputeError, DisputeWindowError, DoubleDisputeError
from itil_strategy.it_finance.charging import totals
from itil_strategy.it_finance.charging.corrections import (
	DISPUTE,
	lock_charge,
	make_correction,
	remaining_of,
)
from itil_strategy.it_finance.charging.refusals import as_refusal
from itil_strategy.utils.charges import PUBLISHED as CHARGED_STATES
from itil_strategy.utils.money import as_number, currency_precision
from itil_strategy.utils.text import bold, storable

DOCTYPE = "Charge Dispute"
OPEN, DECIDED = "Open", "Decided"
HELD, PUBLISHED, POSTED = "Held", "Published", "Posted"


def check_disputable(charge: frappe._dict) -> None:
	"""Raise unless the locked charge is published, within its dispute window, and disputed by nobody."""
	run = frappe.db.get_value("Charging Run", charge.charging_run, ["dispute_until", "name"], as_dict=True)
	table = frappe.qb.DocType(DOCTYPE)
	# As stored now: who waited for the charge's lock would not see the dispute of who held it.
	disputes = (
		frappe.qb.from_(table)
		.select(table.name, table.status)
		.where(
			(table.service_charge == str(charge.name))
			& (table.outcome.isnull() | (table.outcome != WITHDRAWN))
			& (table.docstatus < 2)
		)
		.limit(1)
		.for_update()
	).run(as_dict=True)
	if disputes:
		frappe.throw(
			_("This charge is disputed already: {0} is {1}. Add what is new there as a comment.").format(
				bold(disputes[0].name), _(disputes[0].status)
			),
			DoubleDisputeError,
			title=_("Disputed Already"),
		)
	if charge.status not in (PUBLISHED, POSTED):
		frappe.throw(
			_("The charge is {0}. Only a published charge can be disputed.").format(_(charge.status)),
			DisputeWindowError,
			title=_("Not Published"),
		)
	if not run.dispute_until or getdate(today()) > getdate(run.dispute_until):
		last = formatdate(run.dispute_until) if run.dispute_until else _("the day of publishing")
		frappe.throw(
			_(
				"Charges of {0} could be disputed until {1}. Ask finance for a correction of the charge instead."
			).format(bold(run.name), last),
			DisputeWindowError,
			title=_("Dispute Window Over"),
		)


def hold(charge: frappe._dict) -> None:
	"""Keep the charge out of the ledger; one that is in it stays. Whatever run was to post it lets it go."""
	if charge.status == PUBLISHED:
		frappe.db.set_value(
			"Service Charge",
			charge.name,
			{"status": HELD, "posting_run": charge.charging_run, "batch_no": 0},
		)


def decide(
	dispute: Document, outcome: str, note: str, granted: Decimal | None = None, moved_to: str | None = None
) -> None:
	"""Do what the outcome says, in the current transaction. The dispute is locked by the caller."""
	if not note:
		frappe.throw(_("Write down why: the customer reads it."), DisputeError, title=_("Note Missing"))
	# Written past the document, so nobody else cleans it.
	note = storable(note)
	charge = lock_charge(dispute.service_charge)
	if charge.status not in CHARGED_STATES:
		frappe.throw(
			_("The charge is {0}: there is nothing left to decide. Reload the dispute.").format(
				_(charge.status)
			),
			DisputeError,
			title=_("Taken Back"),
		)
	left = remaining_of(charge)
	with as_refusal():
		price = outcome_price(outcome, left, granted)
		taken = (
			take_off(left, price, charge.exchange_rate, currency_precision())
			if price
			else Worth(Decimal(0), Decimal(0))
		)
	if outcome == WRONG_CUSTOMER:
		_check_moved_to(charge, moved_to)
	if price:
		reason = _("Dispute {0}, {1}: {2}").format(dispute.name, _(outcome), note)
		_take_off(dispute, charge, taken, reason)
		if outcome == WRONG_CUSTOMER:
			_charge_other_customer(dispute, charge, -taken, moved_to, reason)
	if charge.status == HELD and charge.mode == "Showback":
		# Nothing waits for a posting.
		frappe.db.set_value("Service Charge", charge.name, "status", PUBLISHED)
	dispute.db_set(
		{
			"status": DECIDED,
			"outcome": outcome,
			"granted_amount": abs(price) if outcome in UPHELD else 0,
			"moved_to": moved_to if outcome == WRONG_CUSTOMER else None,
			"note": note,
			"decided_by": frappe.session.user,
			"decided_on": now_datetime(),
		}
	)


def close_for_cancelled(run: str) -> None:
	"""The charges that a run made or posted are taken back, and with them what was disputed."""
	table, charge = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Service Charge")
	names = (
		frappe.qb.from_(table)
		.inner_join(charge)
		.on(charge.name == as_number(table.service_charge))
		.select(table.name)
		.where(((charge.charging_run == run) | (charge.posting_run == run)) & (table.status == OPEN))
		# Whoever decides one at this moment is waited for.
		.for_update()
	).run(pluck=True)
	if names:
		(
			frappe.qb.update(table)
			.set(table.status, DECIDED)
			.set(table.outcome, WITHDRAWN)
			.set(table.note, _("Charging run {0} was taken back.").format(run))
			.set(table.decided_by, frappe.session.user)
			.set(table.decided_on, now_datetime())
			.where(table.name.isin(names) & (table.status == OPEN))
		).run()


def _check_moved_to(charge: frappe._dict, moved_to: str | None) -> None:
	if not moved_to or moved_to == charge.customer:
		frappe.throw(
			_("Choose the customer that the charge belongs to; it is not {0}.").format(bold(charge.customer)),
			DisputeError,
			title=_("Wrong Customer"),
		)
	disabled = frappe.db.get_value("Customer", moved_to, "disabled")
	if disabled is None or disabled:
		frappe.throw(
			_("{0} is no enabled customer. Choose another.").format(bold(moved_to)),
			DisputeError,
			title=_("Wrong Customer"),
		)


def _take_off(dispute: Document, charge: frappe._dict, taken: Worth, reason: str) -> None:
	"""Before posting the charge itself changes; what was charged before must not, see `charged_before`."""
	is_in_ledger = charge.status == POSTED
	if is_in_ledger:
		make_correction(charge, taken, reason, source=DISPUTE, charge_dispute=dispute.name)
		return
	detail = json.loads(charge.price_detail or "[]")
	detail.append(
		{
			"label": unescape(reason),
			"quantity": "1",
			"unit_price": f"{taken.price:f}",
			"amount": f"{taken.price:f}",
		}
	)
	frappe.db.set_value(
		"Service Charge",
		charge.name,
		{
			"price_amount": charge.price_amount + taken.price,
			"amount": charge.amount + taken.amount,
			"price_revision": charge.price_revision + taken.price,
			"amount_revision": charge.amount_revision + taken.amount,
			"price_detail": json.dumps(detail),
			"reason": reason,
		},
	)
	totals.refresh(charge.charging_run, charge.customer)


def _charge_other_customer(
	dispute: Document, charge: frappe._dict, worth: Worth, customer: str, reason: str
) -> None:
	"""The next run charges whom it belongs to, by that customer's own terms."""
	row = frappe.db.get_value(
		"Customer IT Charging",
		{"parent": customer, "parenttype": "Customer", "company": charge.company},
		["parent", "cost_center", "mode", "chargeback_from"],
	)
	terms = PayerTerms(*row) if row else None
	run_mode = frappe.db.get_value("Charging Run", charge.charging_run, "mode")
	method = frappe.db.get_value("Charging Policy", charge.charging_policy, "method")
	make_correction(
		charge,
		worth,
		reason,
		source=DISPUTE,
		charge_dispute=dispute.name,
		customer=customer,
		mode=charge_mode(run_mode, method, terms, getdate(charge.usage_month)),
		cost_center=terms.cost_center if terms else None,
	)
