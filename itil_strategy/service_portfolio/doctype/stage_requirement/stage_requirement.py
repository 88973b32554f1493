from frappe.model.document import Document


class StageRequirement(Document):
	"""A check that a service must pass to enter the stage (SP-2)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		gate_check: DF.Autocomplete
		level: DF.Literal["Stop", "Warn"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
