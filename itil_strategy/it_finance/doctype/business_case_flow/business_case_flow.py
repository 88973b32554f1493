from frappe.model.document import Document


class BusinessCaseFlow(Document):
	"""What an item of an option costs or brings per period."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		currency: DF.Link | None
		first_period: DF.Int
		formula: DF.Data | None
		item: DF.Data
		kind: DF.Literal["CapEx", "OpEx", "Benefit"]
		last_period: DF.Int
		notes: DF.SmallText | None
		option_title: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
