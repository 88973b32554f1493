from frappe.model.document import Document


class CostPoolReceiver(Document):
	"""A service that the pool speaks of, with its percent for Fixed Shares."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		it_service: DF.Link
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		share: DF.Percent
	# end: auto-generated types
