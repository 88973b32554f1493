"""What the own customer is charged and promised."""

import json
from collections import defaultdict
from datetime import date

from pypika import Order

import frappe
from frappe import _
from frappe.utils import fmt_money, getdate

from itil_strategy.portal.customer import require_customer
from itil_strategy.portal.words import day, number, typed
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.money import company_currency, exact, to_decimal
from itil_strategy.utils.prices import money

PROMISED = ("Active", "Ended")


@frappe.whitelist()
def get_charges(year: int | None = None) -> dict:
	"""Published charges of a year, the latest one unless told: per month, with totals per company and mode."""
	customer = require_customer()
	years = _years(customer)
	year = year if year in years else (years[0] if years else None)
	months: dict[date, list] = defaultdict(list)
	for row in _rows(customer, year) if year else ():
		months[getdate(row.usage_month)].append(row)
	return {
		"years": years,
		"year": year,
		"months": [
			{
				"month": f"{month:%Y-%m}",
				"lines": [_line(row) for row in rows],
				"totals": _totals(rows),
			}
			for month, rows in months.items()
		],
	}


@frappe.whitelist()
def get_commitments() -> list[dict]:
	"""What the own customer is promised per month, from when to when; drafts are no promise."""
	commitment, offering, service = (
		frappe.qb.DocType("Service Commitment"),
		frappe.qb.DocType("Service Offering"),
		frappe.qb.DocType("IT Service"),
	)
	rows = (
		frappe.qb.from_(commitment)
		.inner_join(offering)
		.on(offering.name == commitment.service_offering)
		.inner_join(service)
		.on(service.name == offering.it_service)
		.select(
			commitment.name,
			commitment.status,
			commitment.units_per_month,
			commitment.valid_from,
			commitment.valid_to,
			commitment.service_level,
			commitment.price_basis,
			commitment.currency,
			exact(commitment.unit_price).as_("unit_price"),
			offering.offering_name,
			offering.uom,
			service.service_name,
		)
		.where((commitment.customer == require_customer()) & commitment.status.isin(list(PROMISED)))
		.orderby(commitment.status)
		.orderby(commitment.valid_from, order=Order.desc)
		.orderby(commitment.name)
	).run(as_dict=True)
	return [
		{
			"name": row.name,
			"service_name": typed(row.service_name),
			"offering_name": typed(row.offering_name),
			"status": row.status,
			"units_per_month": number(row.units_per_month),
			"uom": row.uom,
			"valid_from": day(row.valid_from),
			"valid_to": day(row.valid_to),
			"service_level": typed(row.service_level),
			"unit_price": money(to_decimal(row.unit_price), row.currency)
			if row.price_basis == "Agreed"
			else "",
		}
		for row in rows
	]


def _years(customer: str) -> list[int]:
	charge = frappe.qb.DocType("Service Charge")
	months = (
		frappe.qb.from_(charge)
		.select(charge.usage_month)
		.distinct()
		.where((charge.customer == customer) & charge.status.isin(list(PUBLISHED)))
	).run(pluck=True)
	return sorted({getdate(month).year for month in months}, reverse=True)


def _rows(customer: str, year: int) -> list[frappe._dict]:
	charge, offering, service = (
		frappe.qb.DocType("Service Charge"),
		frappe.qb.DocType("Service Offering"),
		frappe.qb.DocType("IT Service"),
	)
	return (
		frappe.qb.from_(charge)
		.inner_join(offering)
		.on(offering.name == charge.service_offering)
		.inner_join(service)
		.on(service.name == charge.it_service)
		.select(
			charge.company,
			charge.usage_month,
			charge.is_late,
			charge.kind,
			charge.mode,
			charge.status,
			charge.uom,
			charge.currency,
			charge.price_detail,
			exact(charge.quantity).as_("quantity"),
			exact(charge.price_amount).as_("price_amount"),
			exact(charge.amount).as_("amount"),
			offering.offering_name,
			service.service_name,
		)
		.where(
			(charge.customer == customer)
			& charge.status.isin(list(PUBLISHED))
			& (charge.usage_month >= date(year, 1, 1))
			& (charge.usage_month <= date(year, 12, 31))
		)
		.orderby(charge.usage_month, order=Order.desc)
		.orderby(service.service_name)
		.orderby(offering.offering_name)
		.orderby(charge.name)
	).run(as_dict=True)


def _line(row: frappe._dict) -> dict:
	currency = company_currency(row.company)
	return {
		"service_name": typed(row.service_name),
		"offering_name": typed(row.offering_name),
		"company": row.company,
		"quantity": number(row.quantity),
		"uom": row.uom,
		"amount": fmt_money(to_decimal(row.amount), currency=currency),
		"price_amount": fmt_money(to_decimal(row.price_amount), currency=row.currency)
		if row.currency != currency
		else "",
		"is_showback": row.mode == "Showback",
		"is_held": row.status == "Held",
		"is_late": bool(row.is_late),
		"is_correction": row.kind == "Correction",
		"detail": [_step(step, row.currency) for step in json.loads(row.price_detail or "[]")],
	}


def _step(step: dict, currency: str) -> str:
	return _("{0}: {1} × {2} = {3}").format(
		_(step["label"]),
		number(step["quantity"]),
		money(to_decimal(step["unit_price"]), currency),
		money(to_decimal(step["amount"]), currency),
	)


def _totals(rows: list[frappe._dict]) -> list[dict]:
	"""What is charged and what is only shown are never added up, nor are companies with own invoices."""
	sums = defaultdict(lambda: to_decimal(0))
	for row in rows:
		sums[row.company, row.mode == "Showback"] += to_decimal(row.amount)
	return [
		{
			"company": company,
			"is_showback": is_showback,
			"amount": fmt_money(amount, currency=company_currency(company)),
		}
		for (company, is_showback), amount in sorted(sums.items())
	]
