from frappe.model.document import Document


class RelationshipAction(Document):
	"""Something promised in a review, by whom and until when."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.SmallText
		action_owner: DF.Link
		done_on: DF.Date | None
		due_on: DF.Date
		is_done: DF.Check
		notified_on: DF.Date | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
