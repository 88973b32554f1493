from frappe.model.document import Document


class RetirementIndicator(Document):
	"""How an indicator of the retirement analysis is scored and weighed (SP-7)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		axis: DF.Literal["Value", "Fitness"]
		indicator: DF.Literal[
			"Usage trend",
			"Active customers",
			"Satisfaction",
			"Complaint rate",
			"Strategic contribution",
			"Functional fit",
			"Technical fit",
			"Recovery",
			"Unit-cost trend",
		]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		target: DF.Float
		weight: DF.Percent
		worst: DF.Float
	# end: auto-generated types
