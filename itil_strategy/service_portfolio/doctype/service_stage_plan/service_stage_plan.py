from frappe.model.document import Document


class ServiceStagePlan(Document):
	"""When a service is planned to enter a stage, and when it did."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		actual_date: DF.Date | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		planned_date: DF.Date | None
		stage: DF.Link
	# end: auto-generated types
