"""Masters for the tests: made once per site, committed, never changed by a test."""

import frappe
from frappe.utils import getdate

from itil_strategy.setup.accounts import set_up_company
from itil_strategy.setup.company import complete_setup_wizard

COMPANY, ABBR, CURRENCY = "Test IT Services", "TIS", "EUR"
# A second company for flows that commit: they never meet the months of the other tests.
OTHER_COMPANY, OTHER_ABBR, OTHER_CURRENCY = "Test Cloud Services", "TCS", "USD"
FISCAL_YEARS = (2024, 2025, 2026, 2027)
COST_CENTERS = ("Data Centre", "Service Desk", "Sales", "Production", "Logistics")
BUSINESS_UNITS = {"Sales Unit": "Sales", "Production Unit": "Production", "Logistics Unit": "Logistics"}
EXTERNAL_CUSTOMERS = ("Harbour GmbH", "Meadow AG")
UNITS = ("Gigabyte", "Mailbox", "Ticket", "EUR", "USD", "Core Hour")
ITEM = "IT Service Fee"


def before_tests() -> None:
	"""Finish the setup wizard where there is no company, then ensure the masters."""
	frappe.clear_cache()
	frappe.flags.skip_test_records = True
	frappe.flags.in_test = True
	if not frappe.db.a_row_exists("Company"):
		year = getdate().year
		complete_setup_wizard(
			COMPANY, ABBR, CURRENCY, "Germany", f"{year}-01-01", f"{year}-12-31", "Europe/Berlin"
		)
	ensure_masters()
	frappe.db.commit()  # nosemgrep: masters outlive the tests


def ensure_masters() -> None:
	"""Everything that test documents link to; safe to repeat."""
	_ensure_company(COMPANY, ABBR, CURRENCY)
	_ensure_company(OTHER_COMPANY, OTHER_ABBR, OTHER_CURRENCY)
	for year in FISCAL_YEARS:
		_ensure_fiscal_year(year)
	for name in COST_CENTERS:
		_ensure(
			"Cost Center",
			f"{name} - {ABBR}",
			cost_center_name=name,
			parent_cost_center=f"{COMPANY} - {ABBR}",
			company=COMPANY,
			is_group=0,
		)
	for unit in UNITS:
		_ensure("UOM", unit, uom_name=unit)
	_ensure("Item", ITEM, item_code=ITEM, item_group="Services", stock_uom="Nos", is_stock_item=0)
	for customer, center in BUSINESS_UNITS.items():
		_ensure_customer(
			customer,
			[{"company": COMPANY, "cost_center": f"{center} - {ABBR}", "mode": "Chargeback"}],
		)
	for customer in EXTERNAL_CUSTOMERS:
		_ensure_customer(customer, [])
	set_up_company(COMPANY)
	set_up_company(OTHER_COMPANY)
	frappe.db.set_single_value("Service Strategy Settings", "dispute_window_days", 0)
	frappe.db.set_single_value("Selling Settings", "allow_negative_rates_for_items", 0)


def _ensure(doctype: str, name: str, **values):
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
	return name


def _ensure_company(name: str, abbr: str, currency: str) -> None:
	_ensure(
		"Company",
		name,
		company_name=name,
		abbr=abbr,
		default_currency=currency,
		country="Germany",
		chart_of_accounts="Standard",
	)


def _ensure_fiscal_year(year: int) -> None:
	existing = frappe.db.get_value("Fiscal Year", {"year_start_date": f"{year}-01-01"})
	if not existing:
		_ensure(
			"Fiscal Year",
			str(year),
			year=str(year),
			year_start_date=f"{year}-01-01",
			year_end_date=f"{year}-12-31",
		)


def _ensure_customer(name: str, charging: list[dict]) -> None:
	_ensure(
		"Customer",
		name,
		customer_name=name,
		customer_type="Company",
		customer_group="Commercial",
		territory="All Territories",
		it_charging=charging,
	)
