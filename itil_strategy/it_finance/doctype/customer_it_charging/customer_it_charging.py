from frappe.model.document import Document


class CustomerITCharging(Document):
	"""How a business unit of our own pays for IT services in one company."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		chargeback_from: DF.Date | None
		company: DF.Link
		cost_center: DF.Link
		mode: DF.Literal["Showback", "Chargeback"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
