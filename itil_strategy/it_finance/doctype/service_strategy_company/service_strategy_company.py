from frappe.model.document import Document


class ServiceStrategyCompany(Document):
	"""The accounts that charging uses in one company."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		allocation_account: DF.Link | None
		charges_account: DF.Link | None
		company: DF.Link
		income_account: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		post_allocations: DF.Check
		recovery_account: DF.Link | None
	# end: auto-generated types
