import frappe
from frappe.model.document import Document


class ChargePosting(Document):
	"""One batch of a charging run that is in the ledger: written in the transaction of its voucher."""


def on_doctype_update():
	frappe.db.add_unique("Charge Posting", ["charging_run", "batch_no"], "batch_once")
