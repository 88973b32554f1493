import frappe
from frappe.model.document import Document


class ServiceCost(Document):
	"""Cost of a service and month by kind, cost element and where it comes from. Written in bulk by its run."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		allocation_run: DF.Link | None
		amount: DF.Currency
		company: DF.Link | None
		cost_element: DF.Link | None
		cost_pool: DF.Link | None
		driver_total: DF.Float
		driver_value: DF.Float
		it_service: DF.Link | None
		kind: DF.Literal[
			"Direct", "Pool", "Received", "Passed On", "Final", "Idle", "Unallocated", "Unassigned"
		]
		method: DF.Data | None
		month: DF.Date | None
		name: DF.Int | None
		partner_service: DF.Link | None
	# end: auto-generated types


def on_doctype_update():
	frappe.db.add_index("Service Cost", ["allocation_run", "month", "kind", "it_service"], "cost_of_run")
	frappe.db.add_index("Service Cost", ["it_service", "allocation_run"], "cost_of_service")
