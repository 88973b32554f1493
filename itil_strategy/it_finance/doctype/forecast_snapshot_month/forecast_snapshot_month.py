from frappe.model.document import Document


class ForecastSnapshotMonth(Document):
	"""A month of a forecast: booked when it was made, or expected."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		kind: DF.Literal["Actual", "Forecast"]
		month: DF.Date
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		units: DF.Float
	# end: auto-generated types
