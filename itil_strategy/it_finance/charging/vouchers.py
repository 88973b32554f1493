"""The vouchers of a batch: a Journal Entry for business units of our own, a Sales Invoice for others."""

import json
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money, formatdate

from itil_strategy.domain.posting import InternalCharge, journal_batches
from itil_strategy.exceptions import RunStateError
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.setup.price_list import ensure_price_list
from itil_strategy.utils.ledger import forget_cached_dimensions
from itil_strategy.utils.money import company_currency, exact, to_decimal
from itil_strategy.utils.text import as_html, bold

JOURNAL_SERIES = "IT-CHG-.YYYY.-.#####"
SETTINGS = "Service Strategy Settings"


def post_batch(run: Document, batch_no: int) -> None:
	"""Write the voucher of the batch, its Charge Posting and the state of its charges; does not commit."""
	charges = load_batch(run.name, batch_no)
	if not charges:
		return
	internal = bool(charges[0].cost_center)
	total = sum((charge.amount for charge in charges), Decimal(0))
	voucher = make_journal_entry(run, batch_no, charges) if internal else make_invoice(run, batch_no, charges)
	_record_posting(run.name, batch_no, charges, voucher, total)


def load_batch(run: str, batch_no: int) -> list[frappe._dict]:
	"""The published charges of a batch with exact amounts, in the order of their names."""
	charge = frappe.qb.DocType("Service Charge")
	offering = frappe.qb.DocType("Service Offering")
	rows = (
		frappe.qb.from_(charge)
		.inner_join(offering)
		.on(offering.name == charge.service_offering)
		.select(
			charge.name,
			charge.customer,
			charge.it_service,
			charge.service_offering,
			charge.usage_month,
			charge.quantity,
			charge.uom,
			charge.currency,
			charge.price_amount,
			charge.price_detail,
			charge.cost_center,
			charge.provider_cost_center,
			exact(charge.amount).as_("amount"),
			offering.offering_name,
			offering.item,
		)
		.where((charge.posting_run == run) & (charge.batch_no == batch_no) & (charge.status == "Published"))
		.orderby(charge.name)
		# Nobody disputes a charge between this and the voucher.
		.for_update()
	).run(as_dict=True)
	for row in rows:
		row.amount = to_decimal(row.amount)
	return rows


def make_journal_entry(run: Document, batch_no: int, charges: list[frappe._dict]) -> Document | None:
	"""Debit IT Charges at the payers, credit IT Recovery at the providers; both rows carry the service."""
	accounts = get_company_accounts(run.company)
	(batch,) = journal_batches(
		[
			InternalCharge(row.name, row.cost_center, row.provider_cost_center, row.it_service, row.amount)
			for row in charges
		],
		max_lines=2 * len(charges),
	)
	if not batch.lines:
		return None
	account = {"charges": accounts.charges_account, "recovery": accounts.recovery_account}
	entry = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Journal Entry",
			"naming_series": JOURNAL_SERIES,
			"company": run.company,
			"posting_date": run.posting_date,
			"user_remark": _("IT charges {0} to {1}, batch {2}").format(
				formatdate(run.period_start), formatdate(run.period_end), batch_no
			),
			"it_charging_run": run.name,
			"it_charge_key": charge_key(run.name, batch_no),
			"accounts": [
				{
					"account": account[line.account],
					"cost_center": line.cost_center,
					"it_service": line.service,
					"debit_in_account_currency": float(line.debit),
					"credit_in_account_currency": float(line.credit),
				}
				for line in batch.lines
			],
		}
	)
	_insert_and_submit(entry)
	return entry


def make_invoice(run: Document, batch_no: int, charges: list[frappe._dict]) -> Document | None:
	"""One invoice per customer: each line is one charge with quantity 1, so that no rate is rounded.

	A net credit becomes a credit note. The net total equals the sum of the charges, or nothing is posted.
	"""
	if not any(row.amount for row in charges):
		return None
	invoice = build_invoice(run, batch_no, charges)
	_insert_and_submit(invoice)
	_assert_net_total(invoice, sum((row.amount for row in charges), Decimal(0)))
	return invoice


def build_invoice(run: Document, batch_no: int, charges: list[frappe._dict]) -> Document:
	"""The invoice as it will be inserted, with the default taxes, not stored."""
	total = sum((row.amount for row in charges), Decimal(0))
	lines = [row for row in charges if row.amount]
	accounts = get_company_accounts(run.company)
	sign = -1 if total < 0 else 1
	services = {row.it_service for row in lines}
	currency = company_currency(run.company)
	invoice = frappe.get_doc(
		{
			"doctype": "Sales Invoice",
			"company": run.company,
			"customer": charges[0].customer,
			"posting_date": run.posting_date,
			"set_posting_time": 1,
			"due_date": run.posting_date,
			"currency": currency,
			"conversion_rate": 1,
			"is_return": int(sign < 0),
			"update_stock": 0,
			"ignore_pricing_rule": 1,
			"selling_price_list": ensure_price_list(currency),
			"disable_rounded_total": 1,
			"it_service": services.pop() if len(services) == 1 else None,
			"it_charging_run": run.name,
			"it_charge_key": charge_key(run.name, batch_no),
			"remarks": _("IT services {0} to {1}, charging run {2}").format(
				formatdate(run.period_start), formatdate(run.period_end), run.name
			),
			"items": [_invoice_line(row, sign, accounts.income_account) for row in lines],
		}
	)
	# The run is the authority, not ERPNext roles of whoever pressed the button.
	invoice.flags.ignore_permissions = True
	invoice.set_missing_values()
	# The company's default taxes, which ERPNext gives to invoices marked as new only.
	invoice.set("__islocal", True)
	invoice.set_taxes()
	_keep_rates(invoice, lines, sign)
	return invoice


def charge_key(run: str, batch_no: int, suffix: str = "") -> str:
	"""Unique per voucher: a batch can be in the ledger once."""
	return f"{run}|b{batch_no}{suffix}"


def describe_charge(row: frappe._dict) -> str:
	"""What is charged, for the invoice line: offering, month, true quantity, and the price steps."""
	quantity = f"{flt(row.quantity):g} {row.uom}"
	lines = [_("{0}, {1}: {2}").format(row.offering_name, f"{row.usage_month:%Y-%m}", quantity)]
	for step in json.loads(row.price_detail or "[]"):
		lines.append(
			_("{0}: {1} × {2} = {3}").format(
				step["label"],
				step["quantity"],
				step["unit_price"],
				fmt_money(step["amount"], currency=row.currency),
			)
		)
	return "<br>".join(as_html(line) for line in lines)


def get_sold_item(item: str) -> str:
	"""The offering's item, or the Correction Item of the settings once that is disabled (SP-6)."""
	if not frappe.get_cached_value("Item", item, "disabled"):
		return item
	return frappe.get_cached_value(SETTINGS, SETTINGS, "correction_item") or item


def _invoice_line(row: frappe._dict, sign: int, income_account: str) -> dict:
	item_code = get_sold_item(row.item)
	item = frappe.get_cached_value("Item", item_code, ["item_name", "stock_uom"], as_dict=True)
	return {
		"item_code": item_code,
		"item_name": item.item_name,
		"description": describe_charge(row),
		"qty": sign,
		"uom": item.stock_uom,
		"conversion_factor": 1,
		"rate": float(row.amount * sign),
		"income_account": income_account,
		"cost_center": row.provider_cost_center,
		"it_service": row.it_service,
		"it_service_charge": str(row.name),
		"it_quantity": row.quantity,
		"it_uom": row.uom,
	}


def _keep_rates(invoice: Document, lines: list[frappe._dict], sign: int) -> None:
	"""Price lists and defaults must not touch what was charged."""
	for item, row in zip(invoice.items, lines, strict=True):
		item.rate = float(row.amount * sign)
		item.price_list_rate = 0
		item.discount_percentage = item.discount_amount = item.margin_rate_or_amount = 0
		item.description = describe_charge(row)


def _assert_net_total(invoice: Document, total: Decimal) -> None:
	if to_decimal(invoice.base_net_total) != total:
		frappe.throw(
			_(
				"The invoice for {0} would total {1}, but the charges total {2}. A tax included in the price or a discount changes it; remove it for IT services."
			).format(bold(invoice.customer), invoice.base_net_total, total),
			RunStateError,
			title=_("Invoice Differs From Charges"),
		)


def _insert_and_submit(voucher: Document) -> None:
	"""`_submit`, because a Journal Entry of more than 100 rows would only queue itself on `submit`."""
	voucher.flags.ignore_permissions = True
	voucher.insert()
	forget_cached_dimensions()
	voucher._submit()


def _record_posting(
	run: str, batch_no: int, charges: list[frappe._dict], voucher: Document | None, total: Decimal
) -> None:
	voucher_type, voucher_no = (voucher.doctype, voucher.name) if voucher else (None, None)
	frappe.get_doc(
		{
			"doctype": "Charge Posting",
			"charging_run": run,
			"batch_no": batch_no,
			"customer": charges[0].customer if not charges[0].cost_center else None,
			"voucher_type": voucher_type,
			"voucher_no": voucher_no,
			"amount": float(total),
			"charge_count": len(charges),
		}
	).insert(ignore_permissions=True)
	charge = frappe.qb.DocType("Service Charge")
	(
		frappe.qb.update(charge)
		.set(charge.status, "Posted")
		.set(charge.voucher_type, voucher_type)
		.set(charge.voucher_no, voucher_no)
		.where((charge.posting_run == run) & (charge.batch_no == batch_no) & (charge.status == "Published"))
	).run()
