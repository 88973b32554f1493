import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt

FULL_WEIGHT = 100


class StrategicObjective(Document):
	"""What the organisation wants to achieve; the weights of the active ones total 100 %."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.TextEditor | None
		horizon: DF.Literal["", "This year", "One to three years", "Beyond three years"]
		is_active: DF.Check
		objective_name: DF.Data
		objective_owner: DF.Link | None
		weight: DF.Percent
	# end: auto-generated types

	def on_update(self):
		self.warn_about_total_weight()

	def warn_about_total_weight(self):
		"""Weights are entered one by one, so a total other than 100 is said, not refused."""
		table = frappe.qb.DocType("Strategic Objective")
		total = frappe.qb.from_(table).select(Sum(table.weight)).where(table.is_active == 1).run()[0][0]
		if flt(total, 2) != FULL_WEIGHT:
			frappe.msgprint(
				_("The weights of the active objectives total {0} %. They should total 100 %.").format(
					flt(total, 2)
				),
				indicator="orange",
				alert=True,
			)
