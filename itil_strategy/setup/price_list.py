"""A price list of our own, per currency, for invoices that a charging run makes.

ERPNext needs a price list on an invoice and, by its own default, stores an unknown item's rate in it. A charge is no
price: in the list that people sell by it would be offered on the next ordinary invoice.
"""

import frappe

PREFIX = "IT Charges "


def ensure_price_list(currency: str) -> str:
	"""The name of the list for the currency; it is made when it is missing."""
	name = f"{PREFIX}{currency}"
	if not frappe.db.exists("Price List", name):
		frappe.get_doc(
			{
				"doctype": "Price List",
				"price_list_name": name,
				"currency": currency,
				"selling": 1,
				"enabled": 1,
			}
		).insert(ignore_permissions=True)
	return name


def delete_unused_price_lists() -> None:
	"""Delete our lists and what ERPNext stored in them, unless an invoice names the list."""
	currencies = frappe.get_all("Currency", pluck="name", limit=0)
	names = [f"{PREFIX}{currency}" for currency in currencies]
	for name in frappe.get_all("Price List", {"name": ("in", names)}, pluck="name"):
		if not frappe.db.exists("Sales Invoice", {"selling_price_list": name}):
			frappe.db.delete("Item Price", {"price_list": name})
			frappe.delete_doc("Price List", name, ignore_permissions=True, force=True)
