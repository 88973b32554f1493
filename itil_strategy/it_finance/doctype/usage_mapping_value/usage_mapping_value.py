from frappe.model.document import Document


class UsageMappingValue(Document):
	"""What one value in a usage file stands for."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		customer: DF.Link | None
		file_value: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		service_offering: DF.Link | None
		value_for: DF.Literal["Customer", "Offering"]
	# end: auto-generated types
