from frappe.model.document import Document


class EnvironmentImpact(Document):
	"""What a change does to a service, a need or a commitment, and what is done about it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.SmallText | None
		action_owner: DF.Link | None
		customer_need: DF.Link | None
		due_on: DF.Date | None
		effect_on_cost: DF.Literal["", "Falls", "Unchanged", "Rises"]
		effect_on_demand: DF.Literal["", "Falls", "Unchanged", "Rises"]
		effect_on_risk: DF.Literal["", "Falls", "Unchanged", "Rises"]
		is_done: DF.Check
		it_service: DF.Link | None
		notified_on: DF.Date | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		service_commitment: DF.Link | None
	# end: auto-generated types
