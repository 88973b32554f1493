from frappe.model.document import Document


class RetirementContract(Document):
	"""A supplier's contract that ends with the service."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		contract: DF.Data
		end_date: DF.Date | None
		notes: DF.SmallText | None
		notice_given: DF.Check
		notice_until: DF.Date | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		supplier: DF.Link | None
	# end: auto-generated types
