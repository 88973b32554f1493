"""FM-17: assets that carry a service, those that carry none, and their depreciation as cost."""

from datetime import date
from decimal import Decimal

import frappe

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.report.service_assets.service_assets import execute
from itil_strategy.it_finance.report.service_cost_analysis.service_cost_analysis import (
	execute as cost_analysis,
)
from itil_strategy.it_finance.stewardship import get_service_assets
from itil_strategy.setup.cost_elements import ELEMENT, ensure_depreciation_element
from itil_strategy.tests.assets import DEPRECIATION, depreciate, make_asset
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.assets import load_assets
from itil_strategy.utils.costing import direct_cost_by_month

QUARTER = [date(2026, month, 1) for month in (1, 2, 3)]


def run(**filters):
	return execute({"company": COMPANY, **filters})


class TestServiceAssets(SiteTestCase):
	"""A server of 3,600 for three years carries MAIL; a quarter of its first year is booked."""

	def setUp(self):
		super().setUp()
		frappe.db.set_value("Asset", {"docstatus": 1}, "status", "Scrapped")
		self.owner = make_user("Service Owner")
		self.mail = make_service(service_name="MAIL", service_owner=self.owner).name
		self.server = make_asset(self.mail)
		depreciate(self.server, "2026-03-31")

	def row(self, asset, **filters) -> dict:
		return next(row for row in run(**filters)[1] if row.get("asset") == asset.name)

	def test_figures_are_those_of_erpnext(self):
		((_row, figures),) = load_assets([COMPANY], [self.mail], date(2026, 6, 30))
		self.assertEqual(float(figures.book_value), self.server.get_value_after_depreciation())
		self.assertEqual(figures.book_value, 3300)
		# January to March are booked; April 2026 to June 2027 are to come
		self.assertEqual((figures.booked, figures.coming), (300, 1500))
		self.assertEqual(figures.end_of_life, date(2028, 12, 31))

	def test_depreciation_is_direct_cost_of_the_service(self):
		cost = direct_cost_by_month(COMPANY, [self.mail], QUARTER)
		self.assertEqual([cost[self.mail, month] for month in QUARTER], [Decimal(100)] * 3)

	def test_depreciation_is_a_cost_element(self):
		frappe.db.delete("Cost Element Account", {"account": DEPRECIATION})
		ensure_depreciation_element(COMPANY)
		ensure_depreciation_element(COMPANY)
		rows = cost_analysis(
			{
				"company": COMPANY,
				"from_date": "2026-01-01",
				"to_date": "2026-03-31",
				"it_service": self.mail,
				"breakdown": "Cost Element",
			}
		)[1]
		found = [row for row in rows if row.get("cost_element") == ELEMENT]
		self.assertEqual(len(found), 1)
		self.assertIn(300, found[0].values())

	def test_an_element_of_the_users_own_stays(self):
		frappe.db.delete("Cost Element Account", {"account": DEPRECIATION})
		group = frappe.db.get_value("Account", DEPRECIATION, "parent_account")
		own = frappe.get_doc(
			{"doctype": "Cost Element", "element_name": "Everything", "accounts": [{"account": group}]}
		).insert()
		ensure_depreciation_element(COMPANY)
		holders = frappe.get_all("Cost Element Account", {"account": DEPRECIATION}, pluck="parent")
		self.assertEqual((holders, own.accounts[0].account), ([], group))

	def test_assets_without_a_service_come_first(self):
		lost = make_asset(amount=1200, months=12)
		_columns, data, _message, chart, summary, skip_total = run()
		self.assertEqual([row.get("asset") for row in data], [lost.name, self.server.name, None])
		self.assertEqual((data[-1]["cost"], data[-1]["book_value"]), (4800, 4500))
		self.assertEqual(chart["data"]["labels"], ["MAIL", "Without a service"])
		self.assertEqual([card["value"] for card in summary[:3]], [2, 1, 4500])
		self.assertTrue(skip_total)
		self.assertEqual([row.get("asset") for row in run(shown="Without Service")[1]], [lost.name, None])
		self.assertEqual([row.get("asset") for row in run(shown="With Service")[1]], [self.server.name, None])
		self.assertEqual([row.get("asset") for row in run(it_service=self.mail)[1]], [self.server.name, None])

	def test_states(self):
		land = make_asset(self.mail, months=0)
		old = make_asset(
			self.mail,
			months=2,
			purchase_date="2025-01-01",
			available_for_use_date="2025-01-01",
			finance_books=[
				{
					"depreciation_method": "Straight Line",
					"frequency_of_depreciation": 1,
					"total_number_of_depreciations": 2,
					"depreciation_start_date": "2025-01-31",
				}
			],
		)
		self.assertEqual(self.row(land)["state"], "Not Depreciated")
		self.assertEqual((self.row(land)["worn_percent"], self.row(land)["end_of_life"]), (0, None))
		self.assertEqual((self.row(old)["state"], self.row(old)["coming"]), ("Past Its End", 3600))
		self.assertEqual(run()[4][-1]["value"], 1)

	def test_what_was_sold_or_not_submitted_is_left_out(self):
		make_asset(self.mail).db_set("status", "Sold")
		draft = frappe.copy_doc(self.server)
		draft.docstatus = 0
		draft.insert()
		self.assertEqual([row.get("asset") for row in run()[1]], [self.server.name, None])

	def test_the_form_of_the_service(self):
		make_asset()
		(row,) = get_service_assets(self.mail)
		self.assertEqual((row["asset"], row["book_value"], row["cost"]), (self.server.name, 3300, 3600))
		self.assertEqual(get_service_assets(make_service().name), [])

	def test_who_sees_what_a_service_has(self):
		make_asset()
		for role, may in (
			("IT Financial Manager", True),
			("Service Portfolio Manager", True),
			("Business Relationship Manager", False),
			("Service Owner", False),
		):
			frappe.set_user(make_user(role))
			if may:
				self.assertEqual(len(get_service_assets(self.mail)), 1, role)
			else:
				self.assertRaises(frappe.PermissionError, get_service_assets, self.mail)
		frappe.set_user(self.owner)
		self.assertEqual(len(get_service_assets(self.mail)), 1)
		data, message = run()[1:3]
		self.assertEqual([row.get("asset") for row in data], [self.server.name, None])
		self.assertIn("services that you own", message)

	def test_totals_do_not_depend_on_who_looks(self):
		make_asset(make_service().name)
		everything = run()[1][-1]
		manager = make_user("IT Financial Manager")
		frappe.permissions.add_user_permission("IT Service", self.mail, manager, ignore_permissions=True)
		frappe.set_user(manager)
		data = run()[1]
		self.assertEqual([row.get("asset") for row in data], [self.server.name, None, None])
		self.assertEqual((data[1]["asset_name"], data[1].get("book_value")), ("Not shown (1 records)", None))
		self.assertEqual(data[-1]["book_value"], everything["book_value"])

	def test_refusals(self):
		self.assertRaisesRegex(ServiceStrategyError, "Choose a company", execute, {})
		self.assertRaisesRegex(ServiceStrategyError, "is not known here", run, shown="<b>")

	def test_queries_do_not_grow_with_assets(self):
		few = count_queries(run)
		for _number in range(3):
			make_asset(make_service().name)
		self.assertEqual(count_queries(run), few)
