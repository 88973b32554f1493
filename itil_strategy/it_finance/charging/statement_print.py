"""The statement of a run as each customer gets it, for the print format and the e-mail."""

import json
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cstr, fmt_money, formatdate

from itil_strategy.domain.statement import make_statement
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.money import company_currency, exact, to_decimal
from itil_strategy.utils.prices import money, quantity
from itil_strategy.utils.report_scope import permitted_rows

PRINT_FORMAT = "IT Charging Statement"
LINKS = {"customer": "Customer", "service": "IT Service", "cost_center": "Cost Center"}
AMOUNTS = ("quantity", "price_amount", "amount")


def get_charging_statements(charging_run: str, customer: str | None = None) -> list[dict]:
	"""Per customer of the run, or for the one named: lines with how their prices came about, and totals.

	Templates call it. Raises PermissionError for who may not read the run, or not all of the charges: half a
	statement is none.
	"""
	run = frappe.get_doc("Charging Run", charging_run)
	run.check_permission("read")
	rows = _charges(run.name, customer)
	if not frappe.flags.mails_charging_statements:
		refuse_hidden(rows)
	statement = make_statement(rows)
	currency = company_currency(run.company)
	lines: dict[str, list] = {}
	for row, source in zip(statement.rows, statement.sources, strict=True):
		lines.setdefault(row.customer, []).append(_line(source, currency))
	return [
		{
			"customer": name,
			"customer_name": lines[name][0]["customer_name"],
			"company": run.company,
			"run": run.name,
			"period": f"{formatdate(run.period_start)} – {formatdate(run.period_end)}",
			"dispute_until": formatdate(run.dispute_until) if run.dispute_until else "",
			"lines": lines[name],
			"charged": fmt_money(sums["Chargeback"], currency=currency),
			"shown": fmt_money(sums["Showback"], currency=currency),
			"has_charged": any(line["mode"] == "Chargeback" for line in lines[name]),
			"has_shown": any(line["mode"] == "Showback" for line in lines[name]),
		}
		for name, sums in sorted(statement.by_customer.items())
	]


def refuse_hidden(rows: list[frappe._dict]) -> None:
	"""Raise when user permissions hide one of the rows."""
	if len(permitted_rows(rows, LINKS, "Service Charge")) < len(rows):
		frappe.throw(
			_(
				"The statement has charges that you are not permitted to see. Ask somebody who sees all of them."
			),
			frappe.PermissionError,
			title=_("Not All Charges Permitted"),
		)


def _charges(run: str, customer: str | None) -> list[frappe._dict]:
	"""One query, whatever their number."""
	charge, offering, service, payer = (
		frappe.qb.DocType(doctype)
		for doctype in ("Service Charge", "Service Offering", "IT Service", "Customer")
	)
	query = (
		frappe.qb.from_(charge)
		.inner_join(offering)
		.on(offering.name == charge.service_offering)
		.inner_join(service)
		.on(service.name == charge.it_service)
		.inner_join(payer)
		.on(payer.name == charge.customer)
		.select(
			charge.name,
			charge.customer,
			payer.customer_name,
			charge.it_service.as_("service"),
			service.service_name,
			charge.service_offering.as_("offering"),
			offering.offering_name,
			charge.usage_month.as_("month"),
			charge.charging_policy.as_("policy"),
			charge.cost_center,
			charge.kind,
			charge.mode,
			charge.status,
			charge.uom,
			charge.currency,
			charge.price_detail,
			charge.is_late,
			*[exact(charge[field]).as_(field) for field in AMOUNTS],
		)
		.where((charge.charging_run == run) & charge.status.isin(list(PUBLISHED)))
	)
	if customer:
		query = query.where(charge.customer == customer)
	rows = query.orderby(charge.name).run(as_dict=True)
	for row in rows:
		row.update({field: to_decimal(row[field]) for field in AMOUNTS})
	return rows


def _line(row: frappe._dict, currency: str) -> dict:
	return {
		"customer_name": row.customer_name,
		"service": row.service_name,
		"offering": row.offering_name,
		"month": f"{row.month:%Y-%m}",
		"quantity": f"{quantity(row.quantity)} {_(row.uom or '')}".strip() if row.quantity else "",
		"mode": row.mode,
		"amount": fmt_money(row.amount, currency=currency),
		"price": money(row.price_amount, row.currency) if row.currency != currency else "",
		"notes": [_(note) for note in _notes(row)],
		"steps": [_step(step, row.currency) for step in json.loads(row.price_detail or "[]")],
	}


def _notes(row: frappe._dict) -> list[str]:
	notes = {
		"Shown, not charged": row.mode == "Showback",
		"Late usage": row.is_late and row.kind != "Correction",
		"Correction": row.kind == "Correction",
		"Disputed": row.status == "Held",
	}
	return [note for note, applies in notes.items() if applies]


def _step(step: dict, currency: str) -> str:
	amount, units = to_decimal(step["amount"]), to_decimal(step["quantity"])
	if units == Decimal(1):
		return _("{0}: {1}").format(cstr(_(step["label"])), money(amount, currency))
	return _("{0}: {1} × {2} = {3}").format(
		cstr(_(step["label"])),
		quantity(units),
		money(to_decimal(step["unit_price"]), currency),
		money(amount, currency),
	)
