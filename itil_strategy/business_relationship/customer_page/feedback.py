"""What a customer tells us: complaints with their deadlines, compliments, and credits that were promised (BR-5, BR-6)."""

from collections import defaultdict
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import fmt_money, format_datetime, getdate, now_datetime

from itil_strategy.business_relationship.customer_page.view import Row, Section, View
from itil_strategy.domain.feedback import CLOSED, COMPLAINT, COMPLIMENT, WAITING
from itil_strategy.utils.credit_requests import REQUESTED
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.report_parts import card

FIELDS = [
	"name",
	"subject",
	"nature",
	"status",
	"severity",
	"it_service",
	"received_on",
	"due_by",
	"breach_count",
	"reopen_count",
	"credit_status",
	"credit_amount",
	"credit_currency",
]


def feedback(view: View) -> Section:
	"""What is open, compliments since the window began, and closed feedback whose credit is still owed.

	The card of breaches counts the complaints received since the window began, closed ones too.
	"""
	found = _fetch(view)
	recent = [row for row in found if getdate(row.received_on) >= view.months[0]]
	shown = [
		row
		for row in found
		if row.status != CLOSED
		or row.credit_status == REQUESTED
		or (row.nature == COMPLIMENT and getdate(row.received_on) >= view.months[0])
	]
	open_complaints = sum(row.nature == COMPLAINT and row.status != CLOSED for row in found)
	breached = sum(row.nature == COMPLAINT and row.breach_count > 0 for row in recent)
	compliments = sum(row.nature == COMPLIMENT for row in recent)
	cards = [
		card(_("Open Complaints"), open_complaints, "Orange" if open_complaints else "Green"),
		card(_("Breached Complaints"), breached, "Red" if breached else "Green"),
		card(_("Compliments"), compliments, "Green"),
	]
	owed: dict[str, Decimal] = defaultdict(Decimal)
	for row in found:
		if row.credit_status == REQUESTED:
			owed[row.credit_currency] += to_decimal(row.credit_amount)
	cards += [card(_("Credits Promised"), owed[currency], "Orange", currency) for currency in sorted(owed)]
	return Section(_("Feedback"), [_row(row) for row in sorted(shown, key=_order)], cards)


def _fetch(view: View) -> list[frappe._dict]:
	rows = frappe.get_all(
		"Service Feedback",
		filters={"customer": view.customer},
		or_filters={
			"status": ("!=", CLOSED),
			"received_on": (">=", view.months[0]),
			"credit_status": REQUESTED,
		},
		fields=FIELDS,
		order_by="received_on desc, name desc",
		limit=0,
	)
	return [row for row in rows if view.sees([row.it_service])]


def _order(row: frappe._dict) -> tuple:
	"""Open complaints first, those with a deadline by it; all others as they were fetched, the latest first."""
	is_open = row.status != CLOSED
	due = row.due_by if row.nature == COMPLAINT and row.status in WAITING else None
	return not (is_open and row.nature == COMPLAINT), not is_open, due is None, due or row.received_on.min


def _row(row: frappe._dict) -> Row:
	is_waiting = row.status in WAITING
	return {
		"label": row.subject,
		"it_service": row.it_service,
		"status": row.status,
		"date": getdate(row.due_by if is_waiting and row.due_by else row.received_on),
		"is_overdue": int(is_waiting and bool(row.due_by) and row.due_by <= now_datetime()),
		"details": "; ".join(_facts(row, is_waiting)),
		"reference_doctype": "Service Feedback",
		"reference": row.name,
	}


def _facts(row: frappe._dict, is_waiting: bool) -> list[str]:
	facts = [_(row.nature)]
	if row.nature == COMPLAINT:
		facts.append(_("severity {0}").format(_(row.severity)))
	if is_waiting and row.due_by:
		facts.append(_("response due {0}").format(format_datetime(row.due_by)))
	if row.breach_count:
		facts.append(_("breached"))
	if row.reopen_count:
		facts.append(_("reopened {0} times").format(row.reopen_count))
	if row.credit_status:
		amount = fmt_money(row.credit_amount, currency=row.credit_currency)
		said = _("credit of {0} promised") if row.credit_status == REQUESTED else _("credit of {0} given")
		facts.append(said.format(amount))
	return facts
