import frappe
from frappe.model.document import Document


class ServiceCharge(Document):
	"""What one customer pays, or is shown, for one offering and month in one run. Written in bulk."""


def on_doctype_update():
	frappe.db.add_unique(
		"Service Charge",
		["charging_run", "customer", "service_offering", "usage_month", "charging_policy", "kind"],
		"charge_once",
	)
	frappe.db.add_index("Service Charge", ["company", "usage_month", "customer"], "charged_month")
	frappe.db.add_index("Service Charge", ["charging_run", "batch_no"], "posting_batch")
