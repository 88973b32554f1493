from frappe.model.document import Document


class BusinessCaseAssumption(Document):
	"""A number that the case rests on, with its range, source and owner; or a formula over others."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		assumption: DF.Data
		assumption_owner: DF.Link | None
		base_value: DF.Float
		distribution: DF.Literal["Triangular", "PERT", "Uniform"]
		formula: DF.Data | None
		high_value: DF.Float
		low_value: DF.Float
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		source: DF.Data | None
		unit: DF.Data | None
		variable: DF.Data | None
	# end: auto-generated types
