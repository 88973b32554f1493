from itil_strategy.exceptions import CostDriverError
from itil_strategy.tests.allocation import count_units, make_driver
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service


class TestCostDriverValue(SiteTestCase):
	def test_a_value_is_of_a_month_and_counted_once(self):
		driver, service = make_driver(), make_service().name
		self.assertEqual(str(count_units(driver, service, 3, "2027-05-31").month), "2027-05-01")
		with self.assertRaisesRegex(
			CostDriverError, "has a value of .* for 2027-05 already. Change that one"
		):
			count_units(driver, service, 4, "2027-05-02")

	def test_negative_values_and_worked_out_drivers_are_refused(self):
		service = make_service().name
		with self.assertRaisesRegex(CostDriverError, "Value -1 of .* is negative. Enter 0 or more"):
			count_units(make_driver(), service, -1)
		with self.assertRaisesRegex(CostDriverError, "is worked out from Charges"):
			count_units(make_driver("Charges"), service, 1)
