"""Customers whose credit limit an invoice of the run would exceed."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money

from erpnext.selling.doctype.customer.customer import get_customer_outstanding

from itil_strategy.it_finance.charging.invoice_preflight import open_invoices
from itil_strategy.it_finance.charging.vouchers import build_invoice, load_batch
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.text import as_html, bold


def credit_limit_obstacles(run: Document, with_tax: bool) -> Iterator[str]:
	"""Customers that an invoice takes over their limit; ERPNext lets the credit controller's role pass.

	`with_tax` works an invoice out where its tax may decide, which needs a ledger that is set up.
	"""
	controller = frappe.db.get_single_value("Accounts Settings", "credit_controller")
	if controller and controller in frappe.get_roles():
		return
	invoices = open_invoices(run)
	limits = _credit_limits(run.company, [row.customer for row in invoices]) if invoices else {}
	currency = company_currency(run.company)
	for row in invoices:
		if row.total <= 0 or row.customer not in limits:
			continue
		limit, bypass_orders = limits[row.customer]
		owed = flt(get_customer_outstanding(row.customer, run.company, bypass_orders))
		total = float(row.total)
		if with_tax and _tax_may_decide(total, limit - owed):
			total = _gross_total(run, row.batch_no)
		if flt(owed + total, 6) > limit:
			yield _(
				"The invoice of {0} over {1} would raise what the customer owes to {2}; the credit limit is {3}. Raise the limit, or book the payments that have come in."
			).format(
				bold(row.customer),
				*(as_html(fmt_money(amount, currency=currency)) for amount in (total, owed + total, limit)),
			)


def _credit_limits(company: str, customers: list[str]) -> dict[str, tuple[float, bool]]:
	"""(limit, orders are left out) per customer that has one: its own, else its group's, else the company's.

	As ERPNext has it: a bypass on the customer is for orders, its invoices are held to the limit all the
	same; a bypass on the group takes the group's limit away.
	"""
	limit, customer = frappe.qb.DocType("Customer Credit Limit"), frappe.qb.DocType("Customer")
	of_company = flt(frappe.get_cached_value("Company", company, "credit_limit"))
	of_group = dict(
		frappe.qb.from_(customer)
		.inner_join(limit)
		.on((limit.parent == customer.customer_group) & (limit.parenttype == "Customer Group"))
		.select(customer.name, limit.credit_limit)
		.where(
			customer.name.isin(customers)
			& (limit.company == company)
			& (limit.bypass_credit_limit_check == 0)
		)
		.run()
	)
	own = {
		name: (amount, bool(bypass))
		for name, amount, bypass in frappe.qb.from_(limit)
		.select(limit.parent, limit.credit_limit, limit.bypass_credit_limit_check)
		.where((limit.parenttype == "Customer") & limit.parent.isin(customers) & (limit.company == company))
		.run()
	}
	limits = {}
	for name in customers:
		amount, bypass = own.get(name, (0, False))
		amount = flt(amount) or flt(of_group.get(name)) or of_company
		if amount > 0:
			limits[name] = (amount, bypass)
	return limits


def _tax_may_decide(net: float, headroom: float) -> bool:
	"""False where the net total alone is too much, or where even a tax of 100 % would fit."""
	return net <= headroom < 2 * net


def _gross_total(run: Document, batch_no: int) -> float:
	invoice = build_invoice(run, batch_no, load_batch(run.name, batch_no))
	invoice.calculate_taxes_and_totals()
	return flt(invoice.base_grand_total)
