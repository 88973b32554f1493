from frappe.model.document import Document


class ServiceOutcome(Document):
	"""What customers gain from a service, and how much of a strategic objective that is."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		contribution: DF.Percent
		evidence: DF.SmallText | None
		outcome: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		strategic_objective: DF.Link
	# end: auto-generated types
