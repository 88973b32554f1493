from frappe.model.document import Document


class InvestmentRule(Document):
	"""A case that must or must not be selected, or that depends on another."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		business_case: DF.Link
		group_name: DF.Data | None
		kind: DF.Literal["Must-have", "Excluded", "Prerequisite", "At most one"]
		other_case: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		reason: DF.SmallText | None
	# end: auto-generated types
