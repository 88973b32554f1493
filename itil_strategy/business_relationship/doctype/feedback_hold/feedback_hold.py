# Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class FeedbackHold(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		held_by: DF.Link | None
		held_from: DF.Datetime
		held_until: DF.Datetime | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		reason: DF.SmallText
	# end: auto-generated types
	pass
