from frappe.model.document import Document


class MediationScore(Document):
	"""How good an option is for a customer, 0 to 10."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		customer: DF.Link
		option_title: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		score: DF.Int
	# end: auto-generated types
