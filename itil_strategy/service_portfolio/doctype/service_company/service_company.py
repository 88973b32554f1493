from frappe.model.document import Document


class ServiceCompany(Document):
	"""A company that delivers a service, and the cost center that recovers its cost."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		active: DF.Check
		company: DF.Link
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		provider_cost_center: DF.Link
	# end: auto-generated types
