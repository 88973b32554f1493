"""Download the charges of a run as a FOCUS 1.2 file (FM-13)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.domain.focus_export import Bill, FocusCharge, focus_rows, to_csv
from itil_strategy.domain.periods import Period
from itil_strategy.exceptions import RunStateError
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.money import as_number, company_currency, exact, to_decimal
from itil_strategy.utils.report_scope import permitted_rows
from itil_strategy.utils.text import bold

DOCTYPE = "Charging Run"
LINKS = {
	"customer": "Customer",
	"it_service": "IT Service",
	"cost_center": "Cost Center",
	"company": "Company",
}
AMOUNTS = ("quantity", "price_amount", "amount")


@frappe.whitelist()
def download(charging_run: str) -> None:
	"""A CSV file with one row per published charge of the run; the viewer's user permissions hold."""
	run = frappe.get_doc(DOCTYPE, charging_run)
	run.check_permission("read")
	frappe.has_permission("Service Charge", "export", throw=True)
	refuse_unpublished(run)
	frappe.response["result"] = export_run(run)
	frappe.response["doctype"] = f"focus-1.2-{run.name}"
	frappe.response["type"] = "csv"


def refuse_unpublished(run: Document) -> None:
	if run.docstatus != 1:
		frappe.throw(
			_("{0} is {1}. Publish it first: until then its charges can change.").format(
				bold(run.name), _(run.status)
			),
			RunStateError,
			title=_("Not Published"),
		)


def export_run(run: Document) -> str:
	"""The file as text: charges in the order of their names, in two queries and one per restricted doctype."""
	bill = Bill(
		run=run.name,
		company=run.company,
		currency=company_currency(run.company),
		period=Period(getdate(run.period_start), getdate(run.period_end) + timedelta(days=1)),
	)
	return to_csv(
		focus_rows(bill, map(_focus_charge, permitted_rows(_charges(run.name), LINKS, "Service Charge")))
	)


def _charges(run: str) -> list[frappe._dict]:
	charge, offering, service, customer, correction = (
		frappe.qb.DocType(doctype)
		for doctype in ("Service Charge", "Service Offering", "IT Service", "Customer", "Charge Correction")
	)
	corrected = frappe.qb.DocType("Service Charge").as_("corrected")
	names = (
		*("name", "company", "customer", "it_service", "service_offering", "usage_month", "kind", "mode"),
		*("uom", "currency", "charging_policy", "cost_center", "voucher_no", "reason", "corrects"),
		"price_detail",
	)
	return (
		frappe.qb.from_(charge)
		.inner_join(offering)
		.on(offering.name == charge.service_offering)
		.inner_join(service)
		.on(service.name == charge.it_service)
		.inner_join(customer)
		.on(customer.name == charge.customer)
		.left_join(correction)
		.on(correction.name == charge.charge_correction)
		.left_join(corrected)
		.on(corrected.name == as_number(charge.corrects))
		.select(
			*[charge[name] for name in names],
			*[exact(charge[name]).as_(name) for name in AMOUNTS],
			offering.offering_name,
			service.service_name,
			customer.customer_name,
			correction.source,
			corrected.kind.as_("corrected_kind"),
		)
		.where((charge.charging_run == run) & charge.status.isin(list(PUBLISHED)))
		.orderby(charge.name)
	).run(as_dict=True)


def _focus_charge(row: frappe._dict) -> FocusCharge:
	return FocusCharge(
		name=str(row.name),
		customer=row.customer,
		customer_name=row.customer_name,
		service=row.it_service,
		service_name=row.service_name,
		offering=row.service_offering,
		offering_name=row.offering_name,
		month=getdate(row.usage_month),
		kind=row.kind,
		mode=row.mode,
		quantity=to_decimal(row.quantity),
		uom=row.uom or "",
		currency=row.currency,
		price_amount=to_decimal(row.price_amount),
		amount=to_decimal(row.amount),
		policy=row.charging_policy,
		cost_center=row.cost_center,
		voucher=row.voucher_no,
		reason=row.reason,
		corrects=row.corrects,
		corrected_kind=row.corrected_kind,
		is_promised_credit=row.source == "Feedback",
		price_detail=row.price_detail,
	)
