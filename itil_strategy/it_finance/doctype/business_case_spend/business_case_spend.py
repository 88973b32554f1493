from frappe.model.document import Document


class BusinessCaseSpend(Document):
	"""What the recommended option spends in a fiscal year, planned and as approved."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		actual: DF.Currency
		approved_spend: DF.Currency
		available: DF.Currency
		budget: DF.Currency
		committed: DF.Currency
		currency: DF.Link | None
		fiscal_year: DF.Link | None
		funds_needed: DF.Currency
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		planned_spend: DF.Currency
		reserved: DF.Currency
	# end: auto-generated types
