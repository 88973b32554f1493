"""What the own customer is charged and promised; a charge that looks wrong can be disputed (section "States")."""

import json
from collections import defaultdict
from datetime import date

from pypika import Order

import frappe
from frappe import _
from frappe.utils import cint, cstr, fmt_money, getdate, today

from itil_strategy.exceptions import DisputeError, PortalFormError
from itil_strategy.portal.customer import require_customer
from itil_strategy.portal.needs import check_text
from itil_strategy.portal.page import MOST_TEXT
from itil_strategy.portal.words import day, number, typed
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.money import company_currency, exact, to_decimal
from itil_strategy.utils.prices import money
from itil_strategy.utils.text import as_stored_text, bold

DISPUTE = "Charge Dispute"
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
def get_charge(charge: str) -> dict:
	"""One published charge of the own customer, as the list tells it."""
	rows = _rows(require_customer(), charge=cint(charge))
	if not rows:
		frappe.throw(
			_("{0} is no charge of yours.").format(bold(cstr(charge))),
			frappe.DoesNotExistError,
			title=_("Not Found"),
		)
	return {"month": f"{getdate(rows[0].usage_month):%Y-%m}", **_line(rows[0])}


@frappe.whitelist(methods=["POST"])
def dispute_charge(charge: str, reason: str) -> str:
	"""Say what is wrong with a charge of the own customer; answers the number of the dispute.

	Raises DisputeWindowError after the window, DoubleDisputeError for one that is disputed already.
	"""
	name = get_charge(charge)["name"]
	problems: dict[str, str] = {}
	reason = check_text(reason, "reason", _("Write down what is wrong with the charge."), MOST_TEXT, problems)
	if problems:
		raise PortalFormError(problems)
	# Customers have no rights on disputes; the charge was checked above.
	return (
		frappe.get_doc({"doctype": DISPUTE, "service_charge": name, "reason": as_stored_text(reason)})
		.insert(ignore_permissions=True)
		.name
	)


@frappe.whitelist(methods=["POST"])
def withdraw_dispute(charge: str, comment: str = "") -> None:
	"""The charge was right after all."""
	name = get_charge(charge)["name"]
	dispute = frappe.db.get_value(DISPUTE, {"service_charge": name, "status": "Open"})
	if not dispute:
		frappe.throw(_("This charge is not disputed any more."), DisputeError, title=_("Decided"))
	comment = as_stored_text(cstr(comment).strip()[:MOST_TEXT])
	frappe.get_doc(DISPUTE, dispute).close("Withdrawn", comment or _("Withdrawn by the customer."))


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


def _rows(customer: str, year: int | None = None, charge: int | None = None) -> list[frappe._dict]:
	"""Published charges of a year, or a single one, with their run's window and their disputes; two queries."""
	query, table = _charges_of(customer)
	if charge is not None:
		query = query.where(table.name == charge)
	if year is not None:
		query = query.where(
			(table.usage_month >= date(year, 1, 1)) & (table.usage_month <= date(year, 12, 31))
		)
	rows = query.run(as_dict=True)
	disputes = _disputes_of(customer)
	for row in rows:
		row.dispute = disputes.get(str(row.name))
	return rows


def _disputes_of(customer: str) -> dict[str, frappe._dict]:
	"""The last dispute per charge."""
	rows = frappe.get_all(
		DISPUTE,
		{"customer": customer},
		["service_charge", "name", "status", "outcome", "note"],
		order_by="creation asc, name asc",
		limit=0,
	)
	return {row.service_charge: row for row in rows}


def _charges_of(customer: str) -> tuple:
	charge, offering, service, run = (
		frappe.qb.DocType("Service Charge"),
		frappe.qb.DocType("Service Offering"),
		frappe.qb.DocType("IT Service"),
		frappe.qb.DocType("Charging Run"),
	)
	query = (
		frappe.qb.from_(charge)
		.inner_join(run)
		.on(run.name == charge.charging_run)
		.inner_join(offering)
		.on(offering.name == charge.service_offering)
		.inner_join(service)
		.on(service.name == charge.it_service)
		.select(
			charge.name,
			charge.company,
			charge.usage_month,
			run.dispute_until,
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
		.where((charge.customer == customer) & charge.status.isin(list(PUBLISHED)))
		.orderby(charge.usage_month, order=Order.desc)
		.orderby(service.service_name)
		.orderby(offering.offering_name)
		.orderby(charge.name)
	)
	return query, charge


def _line(row: frappe._dict) -> dict:
	currency = company_currency(row.company)
	return {
		"name": str(row.name),
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
		"can_dispute": _can_dispute(row),
		"dispute_until": day(row.dispute_until),
		"dispute": _dispute(row.dispute),
	}


def _can_dispute(row: frappe._dict) -> bool:
	if row.status not in ("Published", "Posted") or (row.dispute and row.dispute.outcome != "Withdrawn"):
		return False
	return bool(row.dispute_until) and getdate(row.dispute_until) >= getdate(today())


def _dispute(dispute: frappe._dict | None) -> dict | None:
	if not dispute:
		return None
	return {
		"name": dispute.name,
		"is_open": dispute.status == "Open",
		"outcome": dispute.outcome,
		"note": typed(dispute.note),
	}


def _step(step: dict, currency: str) -> str:
	return _("{0}: {1} × {2} = {3}").format(
		typed(_(step["label"])),
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
