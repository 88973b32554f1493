from frappe.model.document import Document


class BusinessCaseVersion(Document):
	"""A version of the case as it was reviewed, approved or changed."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		currency: DF.Link | None
		kept_by: DF.Link | None
		kept_on: DF.Datetime | None
		npv: DF.Currency
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		planned_spend: DF.Currency
		snapshot: DF.JSON | None
		status: DF.Data | None
		version: DF.Int
	# end: auto-generated types
