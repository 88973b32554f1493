import frappe
from frappe.utils import fmt_money

from itil_strategy.it_finance.charging import preflight
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_customer,
	make_offering,
	make_policy,
	make_taxes,
	make_user,
	post_all,
	published_run,
	unique,
)
from itil_strategy.tests.setup import COMPANY, CURRENCY, ITEM, OTHER_COMPANY


def limited(amount: float, company: str = COMPANY, **values) -> dict:
	"""A customer's or a group's row of credit limits."""
	return {"credit_limits": [{"company": company, "credit_limit": amount, **values}]}


def euros(amount: float) -> str:
	"""As the site writes it."""
	return fmt_money(amount, currency=CURRENCY)


def run_for(*customers: str, quantity: float = 7):
	"""A published run that charges each customer 1.00 a unit."""
	offering = make_offering()
	make_policy(offering, unit_price=1)
	import_usage([(offering.name, name, "2026-01-10", "Nos", quantity) for name in customers])
	return published_run()


class TestCreditLimits(SiteTestCase):
	"""What ERPNext would refuse while posting is named before, and nothing else is."""

	def assert_refused(self, run, text: str):
		(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn(text, obstacle)
		frappe.db.savepoint("before_posting")
		with self.assertRaisesRegex(frappe.ValidationError, "extend the credit limits for"):
			post_all(run)
		frappe.db.rollback(save_point="before_posting")

	def assert_posted(self, run):
		self.assertEqual(preflight.find_obstacles(run, "post"), [])
		post_all(run)

	def test_an_invoice_above_the_limit(self):
		customer = make_customer(unique("C & D"), **limited(6.99))
		run = run_for(customer.name)
		name = customer.name.replace("&", "&amp;")
		self.assert_refused(
			run,
			f"The invoice of <strong>{name}</strong> over {euros(7)} would raise what the customer owes to {euros(7)}; the credit limit is {euros(6.99)}.",
		)

	def test_an_invoice_up_to_the_limit(self):
		self.assert_posted(run_for(make_customer(unique("C"), **limited(7)).name))

	def test_what_is_owed_already_counts(self):
		customer = make_customer(unique("C"), **limited(10)).name
		self.assert_posted(run_for(customer))
		offering = make_offering()
		make_policy(offering, unit_price=1)
		import_usage([(offering.name, customer, "2026-02-10", "Nos", 4)])
		self.assert_refused(
			published_run("2026-02-01"), f"owes to {euros(11)}; the credit limit is {euros(10)}"
		)

	def test_tax_counts(self):
		"""7.00 and 19 % are 8.33."""
		make_taxes(19, is_default=1)
		below, exact = (make_customer(unique("C"), **limited(amount)).name for amount in (8.32, 8.33))
		run = run_for(below, exact)
		(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn(f"{below}</strong> over {euros(8.33)} would raise", obstacle)
		frappe.db.set_value("Customer Credit Limit", {"parent": below}, "credit_limit", 8.33)
		self.assert_posted(run)

	def test_the_limit_of_the_group_and_of_the_company(self):
		frappe.db.set_value("Company", COMPANY, "credit_limit", 6)
		frappe.clear_document_cache("Company", COMPANY)
		self.addCleanup(frappe.clear_document_cache, "Company", COMPANY)
		group, bypassed = (
			frappe.get_doc(
				{
					"doctype": "Customer Group",
					"customer_group_name": unique("GROUP"),
					"parent_customer_group": "All Customer Groups",
					**limited(amount, bypass_credit_limit_check=bypass),
				}
			)
			.insert()
			.name
			for amount, bypass in ((5, 0), (4, 1))
		)
		names = {
			make_customer(unique("C"), customer_group=group).name: euros(5),
			make_customer(unique("C"), customer_group=bypassed).name: euros(6),
			make_customer(unique("C")).name: euros(6),
			make_customer(unique("C"), customer_group=group, **limited(6.5)).name: euros(6.5),
		}
		make_customer(unique("C"), customer_group=group, **limited(7))
		obstacles = preflight.find_obstacles(run_for(*names), "post")
		for name, amount in names.items():
			(obstacle,) = (text for text in obstacles if f"{name}</strong>" in text)
			self.assertIn(f"the credit limit is {amount}", obstacle)

	def test_a_bypass_on_the_customer_leaves_out_orders_only(self):
		customer = make_customer(unique("C"), **limited(60)).name
		order = frappe.get_doc(
			{
				"doctype": "Sales Order",
				"company": COMPANY,
				"customer": customer,
				"transaction_date": "2026-01-05",
				"delivery_date": "2026-01-31",
				"items": [{"item_code": ITEM, "qty": 1, "rate": 55}],
			}
		).insert()
		order.submit()
		run = run_for(customer)
		self.assert_refused(run, f"owes to {euros(62)}")
		frappe.db.set_value("Customer Credit Limit", {"parent": customer}, "bypass_credit_limit_check", 1)
		self.assertEqual(preflight.find_obstacles(run, "post"), [])
		frappe.db.set_value("Customer Credit Limit", {"parent": customer}, "credit_limit", 6)
		self.assertIn(f"owes to {euros(7)}", preflight.find_obstacles(run, "post")[0])

	def test_other_companies_and_credits_are_no_matter(self):
		elsewhere = make_customer(unique("C"), **limited(1, OTHER_COMPANY)).name
		run = run_for(elsewhere)
		self.assert_posted(run)
		customer = make_customer(unique("C"), **limited(18)).name
		offering = make_offering()
		make_policy(offering, [(0, 10, 2), (10, 0, 0.5)], method="Volume")
		import_usage([(offering.name, customer, "2026-02-10", "Nos", 9)])
		self.assert_posted(published_run("2026-02-01"))
		frappe.db.set_value("Customer Credit Limit", {"parent": customer}, "credit_limit", 1)
		import_usage([(offering.name, customer, "2026-02-11", "Nos", 1)])
		self.assert_posted(published_run("2026-03-01"))

	def test_the_credit_controller_passes(self):
		run = run_for(make_customer(unique("C"), **limited(1)).name)
		frappe.db.set_single_value("Accounts Settings", "credit_controller", "Sales Master Manager")
		self.assertEqual(preflight.find_obstacles(run, "post"), [])
		frappe.set_user(make_user("IT Financial Manager"))
		self.assert_refused(run, f"the credit limit is {euros(1)}")

	def test_other_obstacles_are_named_beside(self):
		"""An invoice that cannot be worked out is judged by its net total."""
		customer = make_customer(unique("C"), **limited(6)).name
		offering = make_offering(item=None)
		make_policy(offering, unit_price=1)
		import_usage([(offering.name, customer, "2026-01-10", "Nos", 7)])
		item, limit = preflight.find_obstacles(published_run(), "post")
		self.assertIn("has no Item", item)
		self.assertIn(f"the credit limit is {euros(6)}", limit)

	def test_query_count_does_not_grow_with_customers_without_a_limit(self):
		customers = [make_customer(unique("C")).name for _number in range(8)]
		run = run_for(*customers)
		preflight.find_obstacles(run, "post")
		with self.assertQueryCount(35):
			preflight.find_obstacles(run, "post")
