import frappe
from frappe.model.document import Document

CHARGED_ONCE = ("charging_run", "customer", "service_offering", "usage_month", "charging_policy", "kind")


class ServiceCharge(Document):
	"""What one customer pays, or is shown, for one offering and month in one run. Written in bulk."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		batch_no: DF.Int
		charging_policy: DF.Link
		charging_run: DF.Link
		company: DF.Link
		cost_center: DF.Link | None
		currency: DF.Link | None
		customer: DF.Link
		exchange_rate: DF.Float
		is_late: DF.Check
		it_service: DF.Link
		kind: DF.Literal["Usage", "Commitment", "Fixed", "Correction"]
		mode: DF.Literal["Chargeback", "Showback"]
		name: DF.Int | None
		price_amount: DF.Currency
		price_detail: DF.JSON | None
		provider_cost_center: DF.Link | None
		quantity: DF.Float
		service_offering: DF.Link
		status: DF.Literal["Calculated", "Published", "Held", "Posted", "Reversed"]
		uom: DF.Link | None
		usage_month: DF.Date
		voucher_no: DF.DynamicLink | None
		voucher_type: DF.Link | None
	# end: auto-generated types


def on_doctype_update():
	frappe.db.add_unique("Service Charge", list(CHARGED_ONCE), "charge_once")
	frappe.db.add_index("Service Charge", ["company", "usage_month", "customer"], "charged_month")
	frappe.db.add_index("Service Charge", ["charging_run", "batch_no"], "posting_batch")
