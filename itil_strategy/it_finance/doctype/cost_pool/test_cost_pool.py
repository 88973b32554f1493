import frappe

from itil_strategy.exceptions import CostPoolError
from itil_strategy.tests.allocation import RENT, make_driver, make_pool, receivers
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service
from itil_strategy.tests.setup import OTHER_ABBR


class TestCostPool(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.a, self.b = make_service().name, make_service().name

	def assert_refused(self, words: str, **values):
		with self.assertRaisesRegex(CostPoolError, words):
			make_pool(**values)

	def test_a_pool_needs_a_source_and_receivers(self):
		self.assert_refused("List accounts, cost centers or both", accounts=[])
		self.assert_refused("List the services", receivers_are="All But Listed")

	def test_rows_belong_to_the_company_and_are_named_once(self):
		foreign = f"Office Rent - {OTHER_ABBR}"
		self.assert_refused("Row #1: .*does not belong to Test IT Services", accounts=[{"account": foreign}])
		self.assert_refused("Row #2: .*is listed twice", accounts=[{"account": RENT}, {"account": RENT}])
		self.assert_refused(
			"Row #2: .*is listed twice", receivers_are="Only Listed", receivers=receivers(self.a, self.a)
		)

	def test_fixed_shares_total_one_hundred_after_rounding(self):
		thirds = receivers(**{self.a: 33.333, self.b: 66.667})
		pool = make_pool(basis="Fixed Shares", receivers=thirds, receivers_are="All")
		self.assertEqual(pool.receivers_are, "Only Listed")
		self.assert_refused(
			"The shares total 100.5 %. Correct them so that they total 100 %",
			basis="Fixed Shares",
			receivers=receivers(**{self.a: 50, self.b: 50.5}),
		)
		self.assert_refused(
			"Row #2: the share of .* is negative",
			basis="Fixed Shares",
			receivers=receivers(**{self.a: 101, self.b: -1}),
		)

	def test_a_basis_has_what_it_needs_and_nothing_else(self):
		self.assert_refused("Choose the Cost Driver", basis="Driver")
		self.assert_refused("Choose the Unit of Usage", basis="Usage")
		driver = make_driver().name
		self.assert_refused(
			"Enter the Practical Capacity", basis="Driver", cost_driver=driver, idle_capacity="Own Line"
		)
		pool = make_pool(cost_driver=driver, idle_capacity="Own Line")
		self.assertEqual((pool.cost_driver, pool.idle_capacity), (None, "Spread"))

	def test_rows_are_not_saved_alone(self):
		pool = make_pool()
		with self.assertRaisesRegex(frappe.PermissionError, "is changed in its"):
			frappe.get_doc("Cost Pool Account", pool.accounts[0].name).save()
