"""Make test documents: keyword data over sensible defaults, one function per record."""

import csv
import io
from collections.abc import Iterable
from itertools import count

import frappe
from frappe.utils import get_last_day

from itil_strategy.it_finance.charging.calculation import calculate_run
from itil_strategy.it_finance.charging.posting import open_batches
from itil_strategy.it_finance.charging.vouchers import post_batch
from itil_strategy.it_finance.usage.importer import import_file
from itil_strategy.tests.setup import ABBR, COMPANY, CURRENCY, ITEM

_numbers = count(1)
OWN_HEADER = ("offering", "customer", "date", "unit", "quantity", "reference")


def unique(prefix: str) -> str:
	"""A name that no other test uses."""
	return f"{prefix}-{next(_numbers)}-{frappe.generate_hash(length=6)}"


def center(name: str) -> str:
	"""The cost center's full name."""
	return f"{name} - {ABBR}"


def make_service(**values):
	"""An operational service of the test company."""
	stage = values.pop("stage", "Operational")
	code = values.pop("service_code", None) or unique("SVC")
	doc = frappe.get_doc(
		{
			"doctype": "IT Service",
			"service_code": code,
			"service_name": f"Service {code}",
			"service_type": "Customer-facing",
			"stage": stage,
			"operational_from": "2025-01-01" if stage == "Operational" else None,
			"companies": [{"company": COMPANY, "provider_cost_center": center("Data Centre")}],
			**values,
		}
	)
	doc.flags.stage_set_by = "tests"
	return doc.insert()


def make_offering(service=None, **values):
	"""An offering with an item, counted in Nos."""
	service = service or make_service()
	code = values.pop("offering_code", None) or unique("OFF")
	return frappe.get_doc(
		{
			"doctype": "Service Offering",
			"offering_code": code,
			"offering_name": f"Offering {code}",
			"it_service": service.name,
			"uom": "Nos",
			"item": ITEM,
			**values,
		}
	).insert()


def make_policy(offering, tiers: Iterable[tuple] = (), **values):
	"""A policy for the offering from 2025 on; tiers are (from, to, price)."""
	doc = frappe.get_doc(
		{
			"doctype": "Charging Policy",
			"policy_name": values.pop("policy_name", None) or unique("POL"),
			"service_offering": offering.name,
			"it_service": offering.it_service,
			"valid_from": "2025-01-01",
			"method": "Per Unit",
			"currency": CURRENCY,
			**values,
		}
	).insert()
	if tiers:
		doc.replace_tiers(
			[{"from_quantity": low, "to_quantity": high, "unit_price": price} for low, high, price in tiers]
		)
	return doc


def make_file(content: str | bytes, name: str = "usage.csv") -> str:
	"""A private file; answers its URL."""
	return (
		frappe.get_doc(
			{"doctype": "File", "file_name": f"{unique('f')}-{name}", "content": content, "is_private": 1}
		)
		.insert()
		.file_url
	)


def own_csv(rows: Iterable[tuple]) -> str:
	"""A usage file in the own layout from (offering, customer, date, unit, quantity[, reference])."""
	buffer = io.StringIO()
	writer = csv.writer(buffer)
	writer.writerow(OWN_HEADER)
	for row in rows:
		writer.writerow(row if len(row) == len(OWN_HEADER) else (*row, unique("ref")))
	return buffer.getvalue()


def make_import(content: str | bytes, name: str = "usage.csv", **values):
	"""A draft Usage Import of the content."""
	return frappe.get_doc(
		{
			"doctype": "Usage Import",
			"company": COMPANY,
			"usage_file": make_file(content, name),
			**values,
		}
	).insert()


def import_usage(rows: Iterable[tuple], **values):
	"""Import rows of the own layout, in the test's transaction."""
	doc = make_import(own_csv(rows), **values)
	import_file(doc)
	doc.reload()
	return doc


def make_customer(name: str, **values):
	"""An external customer, unless `it_charging` says otherwise."""
	return frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": name,
			"customer_type": "Company",
			"customer_group": "Commercial",
			"territory": "All Territories",
			**values,
		}
	).insert()


def make_taxes(rate: float, included: bool = False, **values) -> str:
	"""A selling tax template of the test company with one tax; answers its name."""
	account = frappe.db.get_value("Account", {"company": COMPANY, "account_type": "Tax", "is_group": 0})
	tax = {
		"charge_type": "On Net Total",
		"account_head": account,
		"rate": rate,
		"description": "VAT",
		"included_in_print_rate": int(included),
	}
	return (
		frappe.get_doc(
			{
				"doctype": "Sales Taxes and Charges Template",
				"title": unique("VAT"),
				"company": COMPANY,
				"taxes": [tax],
				**values,
			}
		)
		.insert()
		.name
	)


def require_dimension(label: str, fieldname: str = "mandatory_for_pl") -> None:
	"""Make a dimension mandatory for the test company, past the document: its fields would end the transaction."""
	dimension = frappe.get_doc({"doctype": "Accounting Dimension", "document_type": "Department"})
	dimension.name = label
	dimension.label, dimension.fieldname = label, "department"
	dimension.append("dimension_defaults", {"company": COMPANY, fieldname: 1})
	dimension.db_insert()
	for row in dimension.dimension_defaults:
		row.parent = dimension.name
		row.db_insert()


def make_run(month: str = "2026-01-01", **values):
	"""A draft run of one month."""
	return frappe.get_doc(
		{
			"doctype": "Charging Run",
			"company": COMPANY,
			"period_start": month,
			"period_end": get_last_day(month),
			"mode": "Chargeback",
			**values,
		}
	).insert()


def calculated_run(month: str = "2026-01-01", **values):
	"""A calculated run of one month."""
	run = make_run(month, **values)
	calculate_run(run)
	run.reload()
	return run


def published_run(month: str = "2026-01-01", **values):
	"""A published run of one month."""
	run = calculated_run(month, **values)
	run.submit()
	return run


def post_all(run) -> None:
	"""Post every open batch in the test's transaction."""
	for batch_no in open_batches(run.name):
		post_batch(run, batch_no)


def charges_of(run) -> list[frappe._dict]:
	"""The charges of a run in their order."""
	return frappe.get_all(
		"Service Charge",
		{"charging_run": run.name},
		["*"],
		order_by="customer asc, service_offering asc, usage_month asc, charging_policy asc",
		limit=0,
	)


def book_expense(service: str, amount: float, day: str = "2026-01-15", account: str | None = None):
	"""Book a direct cost of the service on an expense account."""
	entry = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Journal Entry",
			"company": COMPANY,
			"posting_date": day,
			"accounts": [
				{
					"account": account or f"Administrative Expenses - {ABBR}",
					"cost_center": center("Data Centre"),
					"it_service": service,
					"debit_in_account_currency": amount,
				},
				{"account": f"Cash - {ABBR}", "credit_in_account_currency": amount},
			],
		}
	)
	entry.insert()
	entry.submit()
	return entry


def ledger_movement(account_field: str, run: str) -> float:
	"""Debit less credit on one of the app's accounts in the live vouchers of a run."""
	from itil_strategy.setup.accounts import get_company_accounts

	account = get_company_accounts(COMPANY)[account_field]
	return round(sum(row.debit - row.credit for row in rows_of_run(run) if row.account == account), 2)


def rows_of_run(run: str) -> list[frappe._dict]:
	"""Live ledger rows of a run's vouchers, counter-vouchers too."""
	vouchers = [
		name
		for doctype in ("Journal Entry", "Sales Invoice")
		for name in frappe.get_all(doctype, {"it_charging_run": run}, pluck="name")
	]
	return frappe.get_all(
		"GL Entry",
		{"voucher_no": ("in", vouchers), "is_cancelled": 0},
		["account", "cost_center", "it_service", "debit", "credit"],
		limit=0,
	)


def make_user(*roles: str) -> str:
	"""A desk user with the roles; answers the name."""
	name = f"{unique('user')}@example.com".lower()
	frappe.get_doc(
		{
			"doctype": "User",
			"email": name,
			"first_name": name.split("@")[0],
			"send_welcome_email": 0,
			"roles": [{"role": role} for role in roles],
		}
	).insert(ignore_permissions=True)
	return name
