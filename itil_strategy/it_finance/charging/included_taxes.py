"""Taxes inside the price, which would make an invoice total less than its charges."""

from collections import defaultdict
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document

from erpnext.accounts.party import get_party_details

from itil_strategy.utils.ledger import SALES_INVOICE
from itil_strategy.utils.text import bold

TAX_TEMPLATE = "Sales Taxes and Charges Template"
NAMES_SHOWN = 10


def included_tax_obstacles(run: Document, customers: list[str]) -> Iterator[str]:
	"""A tax inside the price leaves less than was charged as net total."""
	included = _included_tax_templates(run.company)
	if not included:
		return
	by_template: dict[str, list[str]] = defaultdict(list)
	for customer, template in _tax_template_of(run, customers, included).items():
		if template in included:
			by_template[template].append(customer)
	for template, names in sorted(by_template.items()):
		yield _(
			"The tax template {0} takes tax out of the price, so the invoices of {1} would not total what is charged. Untick Is this Tax included in Basic Rate? in the template, or give these customers another one."
		).format(bold(template), _name_some(names))


def _included_tax_templates(company: str) -> set[str]:
	template, tax = frappe.qb.DocType(TAX_TEMPLATE), frappe.qb.DocType("Sales Taxes and Charges")
	rows = (
		frappe.qb.from_(template)
		.inner_join(tax)
		.on((tax.parent == template.name) & (tax.parenttype == TAX_TEMPLATE))
		.select(template.name)
		.distinct()
		.where(
			(template.company == company)
			& (tax.included_in_print_rate == 1)
			# 0 % inside the price leaves the price.
			& (tax.rate != 0)
		)
	).run()
	return {row[0] for row in rows}


def _tax_template_of(run: Document, customers: list[str], of_interest: set[str]) -> dict[str, str | None]:
	"""The template that ERPNext takes per customer: by a Tax Rule, else the company's default.

	Rules weigh group, address and dates, so ERPNext is asked; but only if the answer can matter.
	"""
	default = frappe.db.get_value(TAX_TEMPLATE, {"is_default": 1, "company": run.company})
	rule_templates = set(
		frappe.get_all(
			"Tax Rule",
			{"tax_type": "Sales", "company": ("in", ["", run.company])},
			pluck="sales_tax_template",
			limit=0,
		)
	)
	if not rule_templates or not of_interest & {default, *rule_templates}:
		return dict.fromkeys(customers, default)
	return {
		customer: get_party_details(
			party=customer,
			company=run.company,
			posting_date=run.posting_date,
			doctype=SALES_INVOICE,
			ignore_permissions=True,
			fetch_payment_terms_template=False,
		).get("taxes_and_charges")
		or default
		for customer in customers
	}


def _name_some(names: list[str]) -> str:
	"""Names in bold; of many the first ones and how many there are besides."""
	shown = ", ".join(bold(name) for name in names[:NAMES_SHOWN])
	if len(names) <= NAMES_SHOWN:
		return shown
	return _("{0} and {1} more").format(shown, len(names) - NAMES_SHOWN)
