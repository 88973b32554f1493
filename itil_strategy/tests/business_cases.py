"""Business cases for tests: complete ones, and the steps to their approval."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, today

from itil_strategy.tests.budgets import make_ceiling
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user, unique
from itil_strategy.tests.setup import COMPANY

SECTIONS = {
	"introduction": "Why",
	"methods": "How",
	"impacts": "What",
	"contingencies": "What if",
	"recommendation": "Therefore",
}
BUY, NOTHING = "Buy", "Do nothing"
FINANCE, PORTFOLIO = "IT Financial Manager", "Service Portfolio Manager"


class FigureTestCase(SiteTestCase):
	"""Figures are shown in this number format, whatever the site has."""

	number_format = "#,###.##"

	def setUp(self):
		# Before all else, so that it comes after the rollback.
		self.addCleanup(frappe.clear_cache)
		super().setUp()
		frappe.db.set_default("number_format", self.number_format)


def ensure_fiscal_years(count: int = 4) -> None:
	"""The years from this one on: a case cannot be funded from a year that does not exist."""
	for year in range(int(today()[:4]), int(today()[:4]) + count):
		if not frappe.db.exists("Fiscal Year", {"year_start_date": f"{year}-01-01"}):
			frappe.get_doc(
				{
					"doctype": "Fiscal Year",
					"year": str(year),
					"year_start_date": f"{year}-01-01",
					"year_end_date": f"{year}-12-31",
				}
			).insert(ignore_permissions=True)


def make_case(service=None, insert: bool = True, **values):
	"""Buy: 1,000 now, then 3 years of users × 10 gained and 100 spent, at 10 %. Doing nothing costs 50 a year."""
	ensure_fiscal_years()
	case = frappe.get_doc(
		{
			"doctype": "Business Case",
			"case_title": unique("Case"),
			"it_service": (service or make_service()).name,
			"company": COMPANY,
			"case_owner": "Administrator",
			"valid_until": add_days(today(), 90),
			"start_date": f"{today()[:4]}-01-01",
			"discount_rate": 10,
			"assumptions": [
				{
					"variable": "users",
					"assumption": "Users",
					"low_value": 40,
					"base_value": 60,
					"high_value": 90,
				},
				{"variable": "support", "assumption": "Support", "base_value": 100},
			],
			"options": [
				{"option_title": BUY},
				{"option_title": NOTHING, "is_doing_nothing": 1},
			],
			"flows": [
				flow(item="Licences", kind="CapEx", amount=1000),
				flow(item="Support", kind="OpEx", first_period=1, last_period=3, formula="support"),
				flow(item="Savings", kind="Benefit", first_period=1, last_period=3, formula="users * 10"),
				flow(NOTHING, item="Old system", kind="OpEx", last_period=3, amount=50),
			],
			"recommended_option": BUY,
			**SECTIONS,
			**values,
		}
	)
	return case.insert() if insert else case


def flow(option: str = BUY, **values) -> dict:
	return {"option_title": option, "kind": "OpEx", "first_period": 0, **values}


def fund(case, amount: float = 1_000_000) -> None:
	"""So much per fiscal year for whoever funds the case, without naming accounts."""
	line = {"cost_center": case.funding_cost_center} if case.funding_cost_center else {}
	line = line or {"it_service": case.it_service}
	user = frappe.session.user
	frappe.set_user("Administrator")
	for row in case.spend:
		of_year = {"company": case.company, "fiscal_year": row.fiscal_year, **line}
		if not frappe.db.exists("Budget Ceiling", of_year):
			make_ceiling(amount, **of_year)
	frappe.set_user(user)


def reserved_for(case) -> dict[str, float]:
	"""What is set aside per fiscal year."""
	return dict(
		frappe.get_all(
			"Fund Reservation",
			{"reference_doctype": "Business Case", "reference_name": case.name, "status": "Open"},
			["fiscal_year", "planned"],
			order_by="fiscal_year asc",
			as_list=True,
		)
	)


def take(case, *actions: str, user: str | None = None):
	"""Take steps of the workflow as a user."""
	before = frappe.session.user
	try:
		if user:
			frappe.set_user(user)
		for action in actions:
			apply_workflow(frappe.get_doc("Business Case", case.name).as_json(), action)
	finally:
		frappe.set_user(before)
	return case.reload()


def approve(case, user: str | None = None):
	"""All the way to Approved, with funds, by a Portfolio Manager who did not write it."""
	fund(case)
	take(case, "Submit for Review", "Secure Funds")
	return take(case, "Approve", user=user or make_user(PORTFOLIO))
