"""The cost element *Depreciation*: what assets wear off is told apart from the start (FM-17)."""

import frappe
from frappe import _

ELEMENT = "Depreciation"


def ensure_depreciation_element(company: str) -> None:
	"""Put the depreciation accounts of the company that have no cost element into *Depreciation*.

	An element that a user made of an account, or of a group above it, stays what it is.
	"""
	accounts = _accounts_without_element(company)
	if not accounts:
		return
	if frappe.db.exists("Cost Element", ELEMENT):
		element = frappe.get_doc("Cost Element", ELEMENT)
	else:
		element = frappe.get_doc(
			{
				"doctype": "Cost Element",
				"element_name": ELEMENT,
				"description": _("What the assets that carry services lose in value."),
			}
		)
	for account in accounts:
		element.append("accounts", {"account": account})
	element.save(ignore_permissions=True)


def _accounts_without_element(company: str) -> list[str]:
	accounts = frappe.get_all(
		"Account",
		{"company": company, "account_type": "Depreciation", "root_type": "Expense", "is_group": 0},
		["name", "lft", "rgt"],
		order_by="name",
		limit=0,
	)
	element, above = frappe.qb.DocType("Cost Element Account"), frappe.qb.DocType("Account")
	covered = (
		frappe.qb.from_(element)
		.inner_join(above)
		.on(above.name == element.account)
		.select(above.lft, above.rgt)
		.where((element.parenttype == "Cost Element") & (above.company == company))
	).run()
	return [
		row.name
		for row in accounts
		if not any(left <= row.lft and row.rgt <= right for left, right in covered)
	]
