import frappe
from frappe.model.document import Document


class ServiceUsage(Document):
	"""One row of usage as it was delivered. Written by imports in bulk; never edited."""


def on_doctype_update():
	frappe.db.add_unique("Service Usage", ["source_key", "revision"], "usage_source")
	# Covers the aggregation of a charging run: it never touches the rows themselves.
	frappe.db.add_index(
		"Service Usage",
		[
			"mapping_status",
			"usage_import",
			"usage_month",
			"customer",
			"service_offering",
			"quantity",
			"quantity_remainder",
		],
		"usage_groups",
	)
