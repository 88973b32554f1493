import frappe

from itil_strategy.exceptions import RunStateError
from itil_strategy.it_finance.charging import preflight
from itil_strategy.it_finance.charging.included_taxes import NAMES_SHOWN
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_customer,
	make_offering,
	make_policy,
	make_taxes,
	post_all,
	published_run,
	unique,
)


def run_for(*customers: str):
	"""A published run that charges each customer 7.00."""
	offering = make_offering()
	make_policy(offering, unit_price=1)
	import_usage([(offering.name, name, "2026-01-10", "Nos", 7) for name in customers])
	return published_run()


def make_rule(template: str, **values):
	return frappe.get_doc(
		{"doctype": "Tax Rule", "tax_type": "Sales", "sales_tax_template": template, **values}
	).insert()


class TestIncludedTaxes(SiteTestCase):
	def test_a_default_template_with_tax_in_the_price(self):
		template = make_taxes(19, included=True, is_default=1)
		run = run_for("Harbour GmbH", "Meadow AG")
		(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn(
			f"The tax template <strong>{template}</strong> takes tax out of the price, so the invoices of"
			" <strong>Harbour GmbH</strong>, <strong>Meadow AG</strong> would not total what is charged.",
			obstacle,
		)
		with self.assertRaisesRegex(RunStateError, "would total 5.88, but the charges total 7.00"):
			post_all(run)

	def test_no_tax_in_the_price(self):
		make_taxes(0, included=True, is_default=1)
		make_taxes(19, included=True)
		run = run_for("Harbour GmbH")
		self.assertEqual(preflight.find_obstacles(run, "post"), [])
		post_all(run)

	def test_business_units_get_no_invoice(self):
		make_taxes(19, included=True, is_default=1)
		self.assertEqual(preflight.find_obstacles(run_for("Sales Unit"), "post"), [])

	def test_a_template_by_rule_is_for_those_it_fits(self):
		template = make_taxes(19, included=True)
		make_rule(template, customer="Harbour GmbH")
		run = run_for("Harbour GmbH", "Meadow AG")
		(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn("Harbour GmbH", obstacle)
		self.assertNotIn("Meadow AG", obstacle)

	def test_a_rule_spares_from_the_default(self):
		make_taxes(19, included=True, is_default=1)
		make_rule(make_taxes(7), customer="Harbour GmbH")
		run = run_for("Harbour GmbH", "Meadow AG")
		(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn("Meadow AG", obstacle)
		self.assertNotIn("Harbour GmbH", obstacle)

	def test_a_rule_that_is_over_is_no_matter(self):
		make_rule(make_taxes(19, included=True), customer="Harbour GmbH", to_date="2025-12-31")
		run = run_for("Harbour GmbH")
		self.assertEqual(preflight.find_obstacles(run, "post"), [])
		post_all(run)

	def test_many_customers_are_named_in_part_and_asked_for_at_once(self):
		make_taxes(19, included=True, is_default=1)
		customers = [make_customer(unique("C")).name for _number in range(NAMES_SHOWN + 2)]
		run = run_for(*customers)
		with self.assertQueryCount(35):
			(obstacle,) = preflight.find_obstacles(run, "post")
		self.assertIn("and 2 more", obstacle)
