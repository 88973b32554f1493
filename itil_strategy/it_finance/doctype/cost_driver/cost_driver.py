from frappe.model.document import Document


class CostDriver(Document):
	"""What shared cost is shared by: counted per service and month, or worked out (FM-2)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.SmallText | None
		driver_name: DF.Data
		source: DF.Literal["Counted Values", "Usage", "Charges", "Direct Cost"]
		unit: DF.Link | None
	# end: auto-generated types
