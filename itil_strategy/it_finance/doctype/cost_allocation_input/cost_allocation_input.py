import frappe
from frappe.model.document import Document


class CostAllocationInput(Document):
	"""What a month of a run was calculated from. Written by its run."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		allocation_run: DF.Link | None
		inputs: DF.LongText | None
		month: DF.Date | None
		name: DF.Int | None
	# end: auto-generated types


def on_doctype_update():
	frappe.db.add_unique("Cost Allocation Input", ["allocation_run", "month"], "once_per_month")
