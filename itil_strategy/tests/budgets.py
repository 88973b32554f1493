"""Make budgets, orders and invoices of services for tests."""

from contextlib import contextmanager

import frappe
from frappe.utils import getdate

from itil_strategy.tests.factories import center
from itil_strategy.tests.setup import ABBR, COMPANY, ITEM

OFFICE, TRAVEL = f"Administrative Expenses - {ABBR}", f"Travel Expenses - {ABBR}"
YEAR = "2026"
MONTHS = [getdate(f"2026-{month:02}-01") for month in range(1, 13)]


def make_budget(service, amounts: dict | None = None, submit: bool = True, **values):
	"""A service budget of 2026; amounts by account are spread evenly, or given by (account, month)."""
	doc = frappe.get_doc(
		{
			"doctype": "Service Budget",
			"it_service": service.name,
			"company": COMPANY,
			"fiscal_year": YEAR,
			"annual_action": "Stop",
			**values,
		}
	)
	for key, amount in (amounts or {OFFICE: 1200}).items():
		if isinstance(key, tuple):
			doc.append("lines", {"account": key[0], "month": key[1], "amount": amount})
		else:
			doc.spread_amount(key, amount)
	doc.insert()
	if submit:
		doc.submit()
	return doc


def make_ceiling(amount: float, **values):
	"""A ceiling of 2026 on `it_service`, `category` or `cost_center`."""
	kinds = {"it_service": "IT Service", "category": "IT Service Category", "cost_center": "Cost Center"}
	kind = next(label for field, label in kinds.items() if field in values)
	return frappe.get_doc(
		{
			"doctype": "Budget Ceiling",
			"company": COMPANY,
			"fiscal_year": YEAR,
			"ceiling_for": kind,
			"amount": amount,
			**values,
		}
	).insert()


def item_row(service, rate: float, quantity: float = 1, **values) -> dict:
	return {
		"item_code": ITEM,
		"qty": quantity,
		"rate": rate,
		"schedule_date": "2026-12-31",
		"cost_center": center("Data Centre"),
		"expense_account": OFFICE,
		"it_service": service and service.name,
		**values,
	}


def make_order(
	service,
	rate: float,
	quantity: float = 1,
	day: str = "2026-03-01",
	more: list[dict] | None = None,
	**values,
):
	"""A submitted purchase order; `more` rows come after the first."""
	doc = frappe.get_doc(
		{
			"doctype": "Purchase Order",
			"supplier": supplier(),
			"company": COMPANY,
			"transaction_date": day,
			"schedule_date": "2026-12-31",
			"items": [item_row(service, rate, quantity, **values), *(more or [])],
		}
	).insert()
	doc.submit()
	return doc


def make_request(service, rate: float, quantity: float = 1, day: str = "2026-03-01", **values):
	"""A submitted request to purchase."""
	row = item_row(service, rate, quantity, **values)
	doc = frappe.get_doc(
		{
			"doctype": "Material Request",
			"material_request_type": "Purchase",
			"company": COMPANY,
			"transaction_date": day,
			"schedule_date": "2026-12-31",
			"items": [row],
		}
	).insert()
	doc.submit()
	return doc


def make_invoice(service, rate: float, quantity: float = 1, day: str = "2026-03-15", **values):
	"""A submitted purchase invoice."""
	row = item_row(service, rate, quantity, **values)
	row.pop("schedule_date")
	doc = frappe.get_doc(
		{
			"doctype": "Purchase Invoice",
			"supplier": supplier(),
			"company": COMPANY,
			"posting_date": day,
			"set_posting_time": 1,
			"due_date": "2026-12-31",
			"bill_no": frappe.generate_hash(length=8),
			"items": [row],
		}
	).insert()
	doc.submit()
	return doc


def supplier() -> str:
	name = "Test Supplies Ltd"
	if not frappe.db.exists("Supplier", name):
		frappe.get_doc(
			{"doctype": "Supplier", "supplier_name": name, "supplier_group": "All Supplier Groups"}
		).insert()
	return name


@contextmanager
def rolled_back():
	"""Undo what a refused document has written, as the end of its request would; may be nested."""
	name = f"refused_{frappe.generate_hash(length=8)}"
	frappe.db.savepoint(name)
	yield
	frappe.db.rollback(save_point=name)


def messages() -> list[str]:
	"""What was shown to the user so far; forgets it."""
	shown = [
		str(message.get("message")) for message in map(frappe._dict, map(_parsed, frappe.local.message_log))
	]
	frappe.local.message_log = []
	return shown


def _parsed(message) -> dict:
	return frappe.parse_json(message) if isinstance(message, str) else message
