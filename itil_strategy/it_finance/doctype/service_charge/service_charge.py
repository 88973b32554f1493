import frappe
from frappe.model.document import Document

from itil_strategy.utils.database import drop_index, replace_index

CHARGED_ONCE = (
	*("charging_run", "customer", "service_offering", "usage_month", "charging_policy", "kind"),
	"correction_no",
)


class ServiceCharge(Document):
	"""What one customer pays, or is shown, for one offering and month in one run. Written in bulk."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		amount_revision: DF.Currency
		batch_no: DF.Int
		charge_correction: DF.Link | None
		charging_policy: DF.Link
		charging_run: DF.Link
		company: DF.Link
		correction_no: DF.Int
		corrects: DF.Link | None
		cost_center: DF.Link | None
		currency: DF.Link | None
		customer: DF.Link
		exchange_rate: DF.Float
		is_late: DF.Check
		it_service: DF.Link
		kind: DF.Literal["Usage", "Commitment", "Fixed", "Correction"]
		mode: DF.Literal["Chargeback", "Showback"]
		name: DF.Int | None
		posting_run: DF.Link | None
		price_amount: DF.Currency
		price_detail: DF.JSON | None
		price_revision: DF.Currency
		provider_cost_center: DF.Link | None
		quantity: DF.Float
		reason: DF.SmallText | None
		service_offering: DF.Link
		status: DF.Literal["Calculated", "Published", "Held", "Posted", "Reversed", "Cancelled"]
		uom: DF.Link | None
		usage_month: DF.Date
		voucher_no: DF.DynamicLink | None
		voucher_type: DF.Link | None
	# end: auto-generated types


def on_doctype_update():
	# Corrections are numbered within a run; the number of everything else is 0.
	frappe.db.add_unique("Service Charge", list(CHARGED_ONCE), "one_charge")
	drop_index("Service Charge", "charge_once")
	frappe.db.add_index("Service Charge", ["company", "usage_month", "customer"], "charged_month")
	replace_index("Service Charge", ("posting_run", "batch_no"), "posted_batch", "posting_batch")
	frappe.db.add_index("Service Charge", ["it_service", "company", "usage_month"], "charged_service")
	# Covers the sums of charges over many months.
	frappe.db.add_index(
		"Service Charge",
		["company", "usage_month", "service_offering", "status", "amount"],
		"offering_charges",
	)
