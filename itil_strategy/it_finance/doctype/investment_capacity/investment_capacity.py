from frappe.model.document import Document


class InvestmentCapacity(Document):
	"""Work of a skill that a round has."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Float
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		skill: DF.Data
	# end: auto-generated types
