"""ERPNext assets for tests."""

import frappe

from erpnext.assets.doctype.asset.depreciation import make_depreciation_entry

from itil_strategy.tests.factories import center, unique
from itil_strategy.tests.setup import ABBR, COMPANY

DEPRECIATION = f"Depreciation - {ABBR}"
CATEGORY, LOCATION, ITEM = "Test Servers", "Test Rack", "Test Server"


def make_asset(service: str | None = None, amount: float = 3600, months: int = 36, **values):
	"""A submitted asset in use from 2026 on that wears off evenly by the month; `months` 0: not at all."""
	_ensure_masters()
	books = [
		{
			"depreciation_method": "Straight Line",
			"frequency_of_depreciation": 1,
			"total_number_of_depreciations": months,
			"depreciation_start_date": "2026-01-31",
		}
	]
	asset = frappe.get_doc(
		{
			"doctype": "Asset",
			"asset_name": unique("Server"),
			"item_code": ITEM,
			"asset_category": CATEGORY,
			"company": COMPANY,
			"location": LOCATION,
			"cost_center": center("Data Centre"),
			"it_service": service,
			"is_existing_asset": 1,
			"purchase_date": "2026-01-01",
			"available_for_use_date": "2026-01-01",
			"gross_purchase_amount": amount,
			"purchase_amount": amount,
			"calculate_depreciation": int(bool(months)),
			"finance_books": books if months else [],
			**values,
		}
	).insert()
	asset.submit()
	return asset


def depreciate(asset, until: str) -> None:
	"""Book what is due."""
	for schedule in frappe.get_all(
		"Asset Depreciation Schedule", {"asset": asset.name, "status": "Active"}, pluck="name"
	):
		make_depreciation_entry(schedule, until)
	asset.reload()


def _ensure_masters() -> None:
	_ensure("Location", LOCATION, location_name=LOCATION)
	_ensure(
		"Asset Category",
		CATEGORY,
		asset_category_name=CATEGORY,
		accounts=[
			{
				"company_name": COMPANY,
				"fixed_asset_account": f"Electronic Equipments - {ABBR}",
				"accumulated_depreciation_account": f"Accumulated Depreciation - {ABBR}",
				"depreciation_expense_account": DEPRECIATION,
			}
		],
	)
	_ensure(
		"Item",
		ITEM,
		item_code=ITEM,
		item_group="All Item Groups",
		stock_uom="Nos",
		is_stock_item=0,
		is_fixed_asset=1,
		asset_category=CATEGORY,
	)


def _ensure(doctype: str, name: str, **values) -> None:
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert()
