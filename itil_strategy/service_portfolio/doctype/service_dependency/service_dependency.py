from frappe.model.document import Document


class ServiceDependency(Document):
	"""A service that this one needs, and the share of its cost that this one takes (SP-5)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		depends_on: DF.Link
		is_critical: DF.Check
		notes: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		share: DF.Percent
	# end: auto-generated types
