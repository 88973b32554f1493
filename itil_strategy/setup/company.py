"""A company to work with on a site that has none: what ERPNext's setup wizard does."""

import frappe
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete


def complete_setup_wizard(
	company: str, abbr: str, currency: str, country: str, year_start: str, year_end: str, timezone: str = ""
) -> None:
	"""Finish the setup wizard with one company and the standard chart of accounts."""
	setup_complete(
		{
			"currency": currency,
			"full_name": "Administrator",
			"company_name": company,
			"timezone": timezone or frappe.utils.get_system_timezone(),
			"company_abbr": abbr,
			"industry": "Services",
			"country": country,
			"fy_start_date": year_start,
			"fy_end_date": year_end,
			"language": "English",
			"company_tagline": company,
			"chart_of_accounts": "Standard",
		}
	)
