from itil_strategy.exceptions import (
	ChargingTierError,
	OverlappingPolicyError,
	PriceFormulaError,
	ServiceStrategyError,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	center,
	charges_of,
	import_usage,
	make_offering,
	make_policy,
	make_service,
)
from itil_strategy.tests.setup import COMPANY, OTHER_ABBR, OTHER_COMPANY


class TestChargingPolicy(SiteTestCase):
	def test_overlapping_equal_policies_are_refused_and_named(self):
		offering = make_offering()
		first = make_policy(offering, valid_to="2026-06-30")
		with self.assertRaisesRegex(OverlappingPolicyError, first.name):
			make_policy(offering, valid_from="2026-06-30")

	def test_policy_that_starts_the_day_after_is_accepted(self):
		offering = make_offering()
		make_policy(offering, valid_to="2026-06-30")
		self.assertTrue(make_policy(offering, valid_from="2026-07-01").name)

	def test_a_customers_own_policy_may_overlap_a_general_one(self):
		offering = make_offering()
		make_policy(offering)
		self.assertTrue(make_policy(offering, customer="Sales Unit").name)

	def test_policies_of_two_companies_do_not_overlap(self):
		offering = make_offering()
		make_policy(offering, charging_company=COMPANY)
		self.assertTrue(make_policy(offering, charging_company=OTHER_COMPANY).name)
		with self.assertRaises(OverlappingPolicyError):
			make_policy(offering)

	def test_a_fee_of_a_service_with_two_companies_needs_its_company(self):
		service = make_service(
			companies=[
				{"company": COMPANY, "provider_cost_center": center("Data Centre")},
				{"company": OTHER_COMPANY, "provider_cost_center": f"Main - {OTHER_ABBR}"},
			]
		)
		fee = {"method": "Fixed Fee", "fixed_fee": 10, "customer": "Sales Unit"}
		with self.assertRaisesRegex(ServiceStrategyError, "Choose the Charging Company for this fee"):
			make_policy(make_offering(service), **fee)
		self.assertTrue(make_policy(make_offering(service), charging_company=COMPANY, **fee).name)

	def test_dates_the_wrong_way_round_are_refused(self):
		with self.assertRaisesRegex(ServiceStrategyError, "Valid To is before Valid From"):
			make_policy(make_offering(), valid_from="2026-02-01", valid_to="2026-01-31")

	def test_package_needs_a_size(self):
		with self.assertRaisesRegex(ServiceStrategyError, "Package Size must be above 0"):
			make_policy(make_offering(), method="Package", unit_price=5)

	def test_a_formula_is_plain_arithmetic_over_known_names(self):
		offering = make_offering()
		for formula, words in (
			("", "The formula is empty"),
			("quantity * colour", "Position 12: there is no variable colour"),
			("quantity.real", "the point before real is no arithmetic"),
			("open(1)", "only abs, max, min, round can be called"),
			("'a'", "is no part of a formula"),
		):
			with self.assertRaisesRegex(PriceFormulaError, words):
				make_policy(offering, method="Formula", formula=formula)
		policy = make_policy(offering, method="Formula", formula=" quantity * unit_price ", unit_price=2)
		self.assertEqual(policy.formula, "quantity * unit_price")

	def test_a_formula_prices_usage(self):
		offering = make_offering()
		make_policy(
			offering, method="Formula", formula="100 + max(quantity - 10, 0) * unit_price", unit_price=0.5
		)
		import_usage([(offering.name, "Sales Unit", "2026-01-05", "Nos", 14)])
		(charge,) = charges_of(calculated_run())
		self.assertEqual(charge.amount, 102)
		self.assertIn("quantity = 14", charge.price_detail)

	def test_fixed_fee_needs_an_offering(self):
		offering = make_offering()
		with self.assertRaisesRegex(ServiceStrategyError, "Choose the Service Offering"):
			make_policy(offering, method="Fixed Fee", fixed_fee=5, service_offering=None)

	def test_tiers_are_replaced_as_one_set(self):
		policy = make_policy(make_offering(), [(0, 10, 1), (10, 0, 0.5)], method="Graduated")
		policy.replace_tiers(
			[
				{"from_quantity": 0, "to_quantity": 5, "unit_price": 2},
				{"from_quantity": 5, "to_quantity": 0, "unit_price": 1},
			]
		)
		self.assertEqual(
			[(tier.from_quantity, tier.to_quantity, tier.unit_price) for tier in policy.get_tiers()],
			[(0, 5, 2), (5, 0, 1)],
		)

	def test_a_gap_between_tiers_is_refused_and_nothing_is_stored(self):
		policy = make_policy(make_offering(), [(0, 10, 1), (10, 0, 0.5)], method="Graduated")
		with self.assertRaisesRegex(ChargingTierError, "must start at 10"):
			policy.replace_tiers(
				[
					{"from_quantity": 0, "to_quantity": 10, "unit_price": 1},
					{"from_quantity": 11, "to_quantity": 0, "unit_price": 1},
				]
			)
		self.assertEqual(len(policy.get_tiers()), 2)

	def test_changing_three_tiers_leaves_the_others(self):
		limits = [*range(100), 0]
		policy = make_policy(
			make_offering(), [(low, low + 1 if low < 99 else 0, 1) for low in range(100)], method="Volume"
		)
		import frappe

		for tier in policy.get_tiers()[:3]:
			doc = frappe.get_doc("Charging Tier", tier.name)
			doc.unit_price = 9
			doc.save()
		prices = [tier.unit_price for tier in policy.get_tiers()]
		self.assertEqual((len(limits) - 1, prices.count(9), prices.count(1)), (100, 3, 97))

	def test_one_tier_cannot_break_the_set(self):
		import frappe

		policy = make_policy(make_offering(), [(0, 10, 1), (10, 0, 0.5)], method="Graduated")
		tier = frappe.get_doc("Charging Tier", policy.get_tiers()[0].name)
		tier.to_quantity = 9
		with self.assertRaisesRegex(ChargingTierError, "must start at 9"):
			tier.save()
