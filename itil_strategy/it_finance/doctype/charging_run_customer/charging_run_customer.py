from frappe.model.document import Document


class ChargingRunCustomer(Document):
	"""One customer's share of a charging run, and whether it is accepted."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		accepted: DF.Check
		accepted_by: DF.Link | None
		accepted_on: DF.Datetime | None
		charge_count: DF.Int
		chargeback_amount: DF.Currency
		customer: DF.Link
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		showback_amount: DF.Currency
		statement_sent_on: DF.Datetime | None
	# end: auto-generated types
