import frappe
from frappe.model.document import Document

CLAIMED_ONCE = ("usage_import", "company", "customer", "service_offering", "usage_month")


class UsageClaim(Document):
	"""Says that a charging run has taken the usage of one import, customer, offering and month.

	Unique in the database: a unit of usage is charged once (FM-10).
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		charging_run: DF.Link
		company: DF.Link
		customer: DF.Link
		name: DF.Int | None
		quantity: DF.Float
		quantity_remainder: DF.Float
		service_offering: DF.Link
		usage_import: DF.Link
		usage_month: DF.Date
	# end: auto-generated types


def on_doctype_update():
	frappe.db.add_unique("Usage Claim", list(CLAIMED_ONCE), "usage_once")
	frappe.db.add_index("Usage Claim", ["company", "usage_month"], "claimed_month")
