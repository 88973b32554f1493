from frappe.model.document import Document


class BusinessCaseOption(Document):
	"""A way to go, doing nothing among them, with its figures."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		advantage: DF.Currency
		benefit_cost: DF.Data | None
		currency: DF.Link | None
		description: DF.SmallText | None
		equal_annual_value: DF.Currency
		internal_rates: DF.Data | None
		is_doing_nothing: DF.Check
		npv: DF.Currency
		option_title: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		payback: DF.Data | None
	# end: auto-generated types
