"""Assets on the form of the service that they carry (FM-17)."""

import frappe
from frappe import _

from itil_strategy.utils.assets import load_assets
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_scope import allowed_values
from itil_strategy.utils.text import bold


@frappe.whitelist()
def get_service_assets(it_service: str) -> list[dict]:
	"""The assets of a service with their figures; for finance, portfolio and the owner of the service.

	Assets of companies that the user may not see are left out.
	"""
	frappe.has_permission("IT Service", "read", doc=it_service, throw=True)
	own = restricted_to_services(frappe.session.user, UNRESTRICTED)
	if own is not None and it_service not in own:
		frappe.throw(
			_("You are not permitted to see what {0} costs.").format(bold(it_service)),
			frappe.PermissionError,
		)
	companies = allowed_values({"Company"}, "IT Service").get("Company")
	is_linked = frappe.has_permission("Asset", "read")
	return [
		{
			"asset": asset.name,
			"asset_name": asset.asset_name,
			"is_linked": is_linked,
			"company": asset.company,
			"currency": company_currency(asset.company),
			"cost": float(asset.gross_purchase_amount or 0),
			"book_value": float(figures.book_value),
			"booked": float(figures.booked),
			"coming": float(figures.coming),
			"end_of_life": figures.end_of_life,
			"state": figures.state,
		}
		for asset, figures in load_assets(None if companies is None else sorted(companies), [it_service])
	]
