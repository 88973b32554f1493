from frappe.model.document import Document


class NeedRequirement(Document):
	"""What one stakeholder asks for on one topic, and how urgently."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		acceptance_criterion: DF.SmallText | None
		exclusive_with: DF.Link | None
		moscow: DF.Literal["Must", "Should", "Could", "Won't"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		stakeholder: DF.Data | None
		statement: DF.SmallText
		topic: DF.Link
	# end: auto-generated types
