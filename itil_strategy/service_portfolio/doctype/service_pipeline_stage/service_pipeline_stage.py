from frappe.model.document import Document


class ServicePipelineStage(Document):
	"""A step in the life of a service; its order is the way a service goes (SP-1)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from itil_strategy.service_portfolio.doctype.stage_requirement.stage_requirement import StageRequirement

		days_allowed: DF.Int
		description: DF.SmallText | None
		phase: DF.Literal["Pipeline", "Catalogue", "Retired"]
		requirements: DF.Table[StageRequirement]
		stage_name: DF.Data
		stage_order: DF.Int
	# end: auto-generated types
