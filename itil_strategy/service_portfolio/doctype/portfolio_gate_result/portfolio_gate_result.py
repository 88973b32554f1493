from frappe.model.document import Document


class PortfolioGateResult(Document):
	"""What a check found on the day of the decision: its evidence and the way out."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		evidence: DF.SmallText | None
		gate_check: DF.Data | None
		level: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		remedy: DF.SmallText | None
		result: DF.Literal["Passed", "Failed", "Waived"]
	# end: auto-generated types
