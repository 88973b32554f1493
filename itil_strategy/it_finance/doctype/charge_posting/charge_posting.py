import frappe
from frappe.model.document import Document


class ChargePosting(Document):
	"""One batch of a charging run that is in the ledger: written in the transaction of its voucher."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		batch_no: DF.Int
		charge_count: DF.Int
		charging_run: DF.Link
		customer: DF.Link | None
		name: DF.Int | None
		reversal_voucher: DF.DynamicLink | None
		voucher_no: DF.DynamicLink | None
		voucher_type: DF.Link | None
	# end: auto-generated types


def on_doctype_update():
	frappe.db.add_unique("Charge Posting", ["charging_run", "batch_no"], "batch_once")
