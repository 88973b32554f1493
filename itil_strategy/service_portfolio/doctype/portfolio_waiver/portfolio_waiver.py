from frappe.model.document import Document


class PortfolioWaiver(Document):
	"""A failed requirement that a Service Portfolio Manager set aside until a day (SP-2)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		expires_on: DF.Date | None
		gate_check: DF.Autocomplete
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		reason: DF.SmallText | None
		waived_by: DF.Link | None
	# end: auto-generated types
