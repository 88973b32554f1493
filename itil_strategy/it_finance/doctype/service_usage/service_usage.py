import frappe
from frappe.model.document import Document


class ServiceUsage(Document):
	"""One row of usage as it was delivered. Written by imports in bulk; never edited."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		customer: DF.Link | None
		customer_value: DF.Data | None
		mapping_status: DF.Literal["Mapped", "Unmapped", "Ignored", "Not Chargeable"]
		name: DF.Int | None
		offering_value: DF.Data | None
		quantity: DF.Float
		quantity_remainder: DF.Float
		revision: DF.Int
		row_number: DF.Int
		service_offering: DF.Link | None
		source_key: DF.Data | None
		uom: DF.Link | None
		usage_date: DF.Date
		usage_import: DF.Link
		usage_month: DF.Date
	# end: auto-generated types


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
