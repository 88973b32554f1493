import frappe

from itil_strategy.domain.retirement_settings import DEFAULT_SETTINGS
from itil_strategy.exceptions import ServiceStrategyError, WeightTotalError
from itil_strategy.service_portfolio.retirement.settings import load_settings, read_settings, show_defaults
from itil_strategy.setup.defaults import create_defaults
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

	def test_the_indicators_are_seeded_and_stay_as_edited(self):
		self.assertEqual(len(self.settings.indicators), 9)
		self.assertEqual(read_settings(self.settings).indicators, DEFAULT_SETTINGS.indicators)
		self.settings.indicators[0].target = 30
		self.settings.save()
		create_defaults()
		self.assertEqual(load_settings().indicators[0].target, 30)

	def test_nothing_entered_means_the_defaults(self):
		empty = frappe.new_doc("Service Strategy Settings")
		empty.update({"analysis_months": 0, "class_cutoff": 0, "minimum_coverage": 0, "indicators": []})
		self.assertEqual(read_settings(empty), DEFAULT_SETTINGS)
		self.assertTrue(show_defaults(empty))
		self.assertFalse(show_defaults(empty))
		self.assertEqual(read_settings(empty), DEFAULT_SETTINGS)

	def test_other_bad_settings(self):
		for change, message in (
			({"class_cutoff": 11}, "cut-off 11"),
			({"minimum_coverage": 101}, "minimum coverage 101"),
		):
			with self.subTest(message), self.assertRaisesRegex(ServiceStrategyError, message):
				frappe.get_doc("Service Strategy Settings").update(change).save()
		self.settings.indicators[1].indicator = self.settings.indicators[0].indicator
		with self.assertRaisesRegex(ServiceStrategyError, "Row 2: Usage trend is listed twice"):
			self.settings.save()
