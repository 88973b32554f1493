"""Credits that a closed feedback asks for, and that finance gives by a correcting charge (BR-6).

The request stands on the feedback itself: status, amount, currency and, where it is known, the charge that was
wrong. It moves by compare-and-set, so there is one request per feedback however often it is closed, and one
correcting charge per request; a charge settles one feedback only, by a unique column.
"""

import frappe
from frappe.utils import now

FEEDBACK = "Service Feedback"
REQUESTED, CREDITED = "Requested", "Credited"
FIELDS = [
	"name",
	"customer",
	"it_service",
	"service_offering",
	"credit_amount",
	"credit_currency",
	"credit_charge",
]


def request_credit(feedback: str) -> bool:
	"""Ask finance for the credit, once; False when it was asked for before."""
	return _move(feedback, (None, ""), {"credit_status": REQUESTED, "credit_requested_on": now()})


def open_credit_requests(customer: str | None = None) -> list[frappe._dict]:
	"""Requests that no charge corrects yet, oldest first."""
	filters = {"credit_status": REQUESTED}
	if customer:
		filters["customer"] = customer
	return frappe.get_all(FEEDBACK, filters, FIELDS, order_by="credit_requested_on asc, name asc", limit=0)


def settle_credit_request(feedback: str, correction: str) -> bool:
	"""Note the charge that gives the credit, in the transaction that writes it.

	False when the request is settled already, or was never made: then nothing may be charged. A charge that
	settles another feedback raises frappe.UniqueValidationError.
	"""
	return _move(feedback, (REQUESTED,), {"credit_status": CREDITED, "credit_correction": correction})


def release_credit_request(feedback: str) -> bool:
	"""Ask again: the charge that gave the credit is taken back. False when none gave it."""
	return _move(feedback, (CREDITED,), {"credit_status": REQUESTED, "credit_correction": None})


def _move(feedback: str, from_statuses: tuple[str | None, ...], values: dict) -> bool:
	table = frappe.qb.DocType(FEEDBACK)
	condition = table.credit_status.isin([status for status in from_statuses if status is not None])
	if None in from_statuses:
		condition |= table.credit_status.isnull()
	query = frappe.qb.update(table).set(table.modified, now()).set(table.modified_by, frappe.session.user)
	for fieldname, value in values.items():
		query = query.set(table[fieldname], value)
	try:
		query.where((table.name == feedback) & condition).run()
	except Exception as error:
		if frappe.db.is_unique_key_violation(error):
			raise frappe.UniqueValidationError(FEEDBACK, feedback, error) from error
		raise
	changed = bool(frappe.db._cursor.rowcount)
	if changed:
		frappe.clear_document_cache(FEEDBACK, feedback)
	return changed
