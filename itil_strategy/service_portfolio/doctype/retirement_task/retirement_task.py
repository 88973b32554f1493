from frappe.model.document import Document


class RetirementTask(Document):
	"""One step of taking a service out of use."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		done_on: DF.Date | None
		due_on: DF.Date | None
		is_done: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		responsible: DF.Link | None
		task: DF.Data
	# end: auto-generated types
