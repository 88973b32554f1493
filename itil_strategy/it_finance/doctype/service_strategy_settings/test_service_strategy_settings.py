import frappe

from itil_strategy.exceptions import ServiceStrategyError, WeightTotalError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import unique


class TestServiceStrategySettings(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.settings = frappe.get_doc("Service Strategy Settings")

	def test_defaults_can_score(self):
		totals = {"Value": 0, "Fitness": 0}
		for row in self.settings.indicators:
			totals[row.axis] += row.weight
		self.assertEqual(totals, {"Value": 100, "Fitness": 100})
		self.assertEqual(
			(self.settings.analysis_months, self.settings.class_cutoff, self.settings.minimum_coverage),
			(12, 5.5, 50),
		)
		self.settings.save()

	def test_weights_of_an_axis_total_100(self):
		self.settings.indicators[0].weight += 0.5
		with self.assertRaisesRegex(WeightTotalError, "Value.* 100.5"):
			self.settings.save()

	def test_an_indicator_needs_two_ends(self):
		row = self.settings.indicators[0]
		row.target = row.worst
		with self.assertRaisesRegex(ServiceStrategyError, f"{row.indicator}"):
			self.settings.save()

	def test_the_target_mix_totals_100(self):
		self.settings.target_run = 59
		with self.assertRaisesRegex(WeightTotalError, "Run, Grow and Transform totals 99.0 %"):
			self.settings.save()

	def test_the_window_is_between_a_quarter_and_five_years(self):
		for months in (0, 2, 61):
			self.settings.reload()
			self.settings.analysis_months = months
			with self.subTest(months), self.assertRaisesRegex(ServiceStrategyError, "between 3 and 60"):
				self.settings.save()

	def test_the_correction_item_moves_no_stock(self):
		item = frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": unique("ITEM"),
				"item_group": "Services",
				"stock_uom": "Nos",
				"is_stock_item": 1,
			}
		).insert()
		self.settings.correction_item = item.name
		with self.assertRaisesRegex(ServiceStrategyError, "Correction Item.*stock item"):
			self.settings.save()
