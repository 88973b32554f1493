from frappe.model.document import Document


class BusinessCaseRisk(Document):
	"""What may go wrong, its cost and likelihood, and what is held in reserve for it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		currency: DF.Link | None
		impact: DF.Currency
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		period: DF.Int
		probability: DF.Percent
		reserve: DF.Currency
		response: DF.SmallText | None
		risk: DF.Data
		risk_owner: DF.Link | None
		warning_sign: DF.Data | None
	# end: auto-generated types
