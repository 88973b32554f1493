from frappe.model.document import Document


class ServiceFitAssessment(Document):
	"""How well a service is built (technical) or serves its purpose (functional), on one day."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		assessed_by: DF.Link | None
		assessed_on: DF.Date
		comment: DF.SmallText | None
		kind: DF.Literal["Technical", "Functional"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		score: DF.Literal["1", "2", "3", "4"]
	# end: auto-generated types
