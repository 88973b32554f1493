from frappe.model.document import Document


class MediationParty(Document):
	"""A need in a mediation, what it stands for, and its customer's answer to the decision."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		answer: DF.Literal["", "Accepted", "Rejected"]
		answered_by: DF.Link | None
		answered_on: DF.Datetime | None
		customer: DF.Link | None
		customer_need: DF.Link
		interests: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		position: DF.SmallText | None
	# end: auto-generated types
