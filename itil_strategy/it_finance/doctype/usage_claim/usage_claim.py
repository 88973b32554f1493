import frappe
from frappe.model.document import Document


class UsageClaim(Document):
	"""Says that a charging run has taken the usage of one import, customer, offering and month.

	Unique in the database: a unit of usage is charged once (FM-10).
	"""


def on_doctype_update():
	frappe.db.add_unique(
		"Usage Claim",
		["usage_import", "company", "customer", "service_offering", "usage_month"],
		"usage_once",
	)
	frappe.db.add_index("Usage Claim", ["company", "usage_month"], "claimed_month")
