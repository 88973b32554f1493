from frappe.model.document import Document


class BusinessCaseImpact(Document):
	"""An impact that is not counted in money."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		concerns: DF.Data | None
		direction: DF.Literal["Positive", "Negative"]
		impact: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		strategic_objective: DF.Link | None
		strength: DF.Literal["Low", "Medium", "High"]
	# end: auto-generated types
