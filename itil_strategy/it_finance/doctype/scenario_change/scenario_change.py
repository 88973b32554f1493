from frappe.model.document import Document


class ScenarioChange(Document):
	"""One change of a scenario, from a month on."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		business_case: DF.Link | None
		from_date: DF.Date | None
		it_service: DF.Link | None
		kind: DF.Literal[
			"Retire Service", "Launch from Business Case", "Change Usage", "Change Price", "Change Cost"
		]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		percent: DF.Percent
		service_offering: DF.Link | None
	# end: auto-generated types
