"""What stands in the way of the invoices of a run: items, settings, customers, taxes."""

from collections.abc import Iterator

from pypika.terms import Criterion

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max, Min
from frappe.utils import cint

from itil_strategy.it_finance.charging.included_taxes import included_tax_obstacles
from itil_strategy.it_finance.charging.vouchers import get_sold_item
from itil_strategy.utils.ledger import mandatory_dimensions
from itil_strategy.utils.money import company_currency, exact_sum, to_decimal
from itil_strategy.utils.text import as_html, bold


def invoice_obstacles(run: Document) -> Iterator[str]:
	"""Obstacles to invoicing the external customers of the run, as HTML."""
	customers = [row.customer for row in open_invoices(run)]
	if not customers:
		return
	yield from _item_obstacles(run)
	yield from _setting_obstacles(run)
	yield from _customer_obstacles(run, customers)
	yield from _mixed_sign_obstacles(run)
	yield from included_tax_obstacles(run, customers)


def _external(run: Document) -> Criterion:
	"""The charges that become lines of an invoice: a charge of nothing becomes none."""
	charge = frappe.qb.DocType("Service Charge")
	return (
		(charge.posting_run == run.name)
		& (charge.mode == "Chargeback")
		& (charge.status == "Published")
		& charge.cost_center.isnull()
		& (charge.amount != 0)
	)


def open_invoices(run: Document) -> list[frappe._dict]:
	"""Customer, batch and exact net total of every invoice that is still to be posted."""
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.customer, charge.batch_no, exact_sum(charge.amount).as_("total"))
		.where(_external(run))
		.groupby(charge.customer, charge.batch_no)
		.orderby(charge.customer, charge.batch_no)
	).run(as_dict=True)
	for row in rows:
		row.total = to_decimal(row.total)
	return rows


def _item_obstacles(run: Document) -> Iterator[str]:
	charge, offering, item = (
		frappe.qb.DocType("Service Charge"),
		frappe.qb.DocType("Service Offering"),
		frappe.qb.DocType("Item"),
	)
	rows = (
		frappe.qb.from_(charge)
		.inner_join(offering)
		.on(offering.name == charge.service_offering)
		.left_join(item)
		.on(item.name == offering.item)
		.select(offering.name, offering.item, item.disabled)
		.where(_external(run))
		.groupby(offering.name, offering.item, item.disabled)
		.orderby(offering.name)
	).run(as_dict=True)
	for row in rows:
		if not row.item:
			yield _(
				"Offering {0} is sold to external customers and has no Item. Choose one on the offering."
			).format(bold(row.name))
		elif row.disabled and get_sold_item(row.item) == row.item:
			yield _(
				"Item {0} of offering {1} is disabled. Choose a Correction Item in Service Strategy Settings, or enable the item until this run is posted."
			).format(bold(row.item), bold(row.name))


def _setting_obstacles(run: Document) -> Iterator[str]:
	for label in mandatory_dimensions(run.company, "mandatory_for_bs"):
		yield _(
			"The dimension {0} is mandatory for balance sheet accounts of {1}, and invoices for IT services do not carry it. Make it optional there."
		).format(bold(label), as_html(run.company))
	if frappe.db.get_single_value("Selling Settings", "so_required") == "Yes":
		yield _(
			"Selling Settings require a Sales Order for every invoice. Switch that off: IT services are invoiced from usage."
		)
	if frappe.db.get_single_value("Selling Settings", "dn_required") == "Yes":
		yield _(
			"Selling Settings require a Delivery Note for every invoice. Switch that off: IT services are invoiced from usage."
		)


def _customer_obstacles(run: Document, customers: list[str]) -> Iterator[str]:
	"""Customers that ERPNext would refuse an invoice in the company's currency, or book no income for."""
	for row in frappe.get_all(
		"Customer",
		{"name": ("in", customers)},
		["name", "disabled", "is_internal_customer", "represents_company"],
		order_by="name",
		limit=0,
	):
		if row.disabled:
			yield _("Customer {0} is disabled and cannot be invoiced. Enable the customer.").format(
				bold(row.name)
			)
		if row.is_internal_customer and row.represents_company == run.company:
			yield _(
				"{0} is the company itself. Add a row under IT Charging on the customer: it pays by Journal Entry."
			).format(bold(row.name))
	party, account = frappe.qb.DocType("Party Account"), frappe.qb.DocType("Account")
	currency = company_currency(run.company)
	rows = (
		frappe.qb.from_(party)
		.inner_join(account)
		.on(account.name == party.account)
		.select(party.parent, account.name, account.account_currency)
		.where(
			(party.parenttype == "Customer")
			& (party.company == run.company)
			& party.parent.isin(customers)
			& (account.account_currency != currency)
		)
		.orderby(party.parent)
	).run()
	for customer, name, other in rows:
		yield _(
			"{0} has the receivable account {1} in {2}, but IT services are invoiced in {3}. Choose an account in {3}."
		).format(bold(customer), bold(name), as_html(other), as_html(currency))


def _mixed_sign_obstacles(run: Document) -> Iterator[str]:
	"""A credit among charges is a line with a negative rate, which ERPNext allows by a setting."""
	if cint(frappe.db.get_single_value("Selling Settings", "allow_negative_rates_for_items")):
		return
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.customer)
		.where(_external(run))
		.groupby(charge.customer)
		.having((Min(charge.amount) < 0) & (Max(charge.amount) > 0))
		.orderby(charge.customer)
	).run()
	for (customer,) in rows:
		yield _(
			"{0} has charges and credits in one invoice. Enable Allow Negative Rates for Items in Selling Settings."
		).format(bold(customer))
