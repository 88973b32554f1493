from frappe.model.document import Document


class RequirementTopic(Document):
	"""What several customers may want differently: needs are compared by it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.SmallText | None
		topic_name: DF.Data
	# end: auto-generated types
