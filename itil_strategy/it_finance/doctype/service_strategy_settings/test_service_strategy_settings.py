import frappe

from itil_strategy.domain.retirement_settings import DEFAULT_SETTINGS
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.retirement.settings import load_settings, read_settings, show_defaults
from itil_strategy.setup.defaults import create_defaults
from itil_strategy.tests.compat import SiteTestCase


class TestServiceStrategySettings(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.settings = frappe.get_doc("Service Strategy Settings")

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

	def test_weights_total_100_per_axis(self):
		self.settings.indicators[0].weight += 0.5
		with self.assertRaisesRegex(ServiceStrategyError, "axis Value total 100.5"):
			self.settings.save()

	def test_other_bad_settings(self):
		for change, message in (
			({"class_cutoff": 11}, "cut-off 11"),
			({"minimum_coverage": 101}, "minimum coverage 101"),
			({"analysis_months": -1}, "no month"),
		):
			with self.subTest(message), self.assertRaisesRegex(ServiceStrategyError, message):
				frappe.get_doc("Service Strategy Settings").update(change).save()
		self.settings.indicators[1].indicator = self.settings.indicators[0].indicator
		with self.assertRaisesRegex(ServiceStrategyError, "Row 2: Usage trend is listed twice"):
			self.settings.save()
