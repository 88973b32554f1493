from frappe.model.document import Document


class ServiceStageLog(Document):
	"""One change in the life of a service: who decided what, when and why (SP-1)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		changed_at: DF.Datetime | None
		decided_by: DF.Link | None
		decision_state: DF.Data | None
		from_stage: DF.Link | None
		outcome: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		portfolio_decision: DF.Link | None
		reason: DF.SmallText | None
		to_stage: DF.Link | None
	# end: auto-generated types
