# Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class FeedbackAction(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Data
		action_owner: DF.Link | None
		done_on: DF.Date | None
		due_on: DF.Date | None
		is_done: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
	pass
