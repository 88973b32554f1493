from frappe.model.document import Document


class BusinessCaseCondition(Document):
	"""Something that must hold for the recommendation to hold."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		condition: DF.Data
		condition_owner: DF.Link | None
		due_on: DF.Date | None
		is_met: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
