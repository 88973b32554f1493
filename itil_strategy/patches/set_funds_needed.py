import frappe


def execute():
	"""What was reserved for approved cases was their spend of each year; from now on it is kept beside it."""
	spend = frappe.qb.DocType("Business Case Spend")
	(
		frappe.qb.update(spend)
		.set(spend.funds_needed, spend.approved_spend)
		.where((spend.parenttype == "Business Case") & (spend.approved_spend > 0) & (spend.funds_needed == 0))
	).run()
