# Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class FeedbackTarget(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		nature: DF.Literal["Complaint", "Compliment", "Suggestion"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		response_hours: DF.Float
		severity: DF.Literal["", "Critical", "High", "Medium", "Low"]
	# end: auto-generated types
	pass
