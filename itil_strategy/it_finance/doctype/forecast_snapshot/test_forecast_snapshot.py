from freezegun import freeze_time

import frappe
from frappe.utils import getdate

from itil_strategy.exceptions import ForecastError
from itil_strategy.it_finance.doctype.forecast_snapshot.forecast_snapshot import make_snapshots
from itil_strategy.tests.budgets import MONTHS, YEAR
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_service, make_user
from itil_strategy.tests.setup import COMPANY


def make_forecast(service, method: str, months: dict | None = None, **values):
	"""A snapshot of 2026; months by date with an amount, or units for the method Driver."""
	field = "units" if method == "Driver" else "amount"
	return frappe.get_doc(
		{
			"doctype": "Forecast Snapshot",
			"it_service": service.name,
			"company": COMPANY,
			"fiscal_year": YEAR,
			"method": method,
			"months": [{"month": month, field: value} for month, value in (months or {}).items()],
			**values,
		}
	).insert()


@freeze_time("2026-04-10 10:00:00.123456", tick=True)
class TestForecastSnapshot(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()
		for month, amount in zip(MONTHS, (100, 120, 140), strict=False):
			book_expense(self.service.name, amount, month.isoformat())

	def amounts(self, doc) -> list[tuple]:
		return [(row.kind, row.amount) for row in doc.months]

	def test_run_rate_goes_on_with_the_mean(self):
		"""100 + 120 + 140 booked, nine months of 120 expected."""
		doc = make_forecast(self.service, "Run Rate")
		self.assertEqual(
			self.amounts(doc), [("Actual", 100), ("Actual", 120), ("Actual", 140)] + [("Forecast", 120)] * 9
		)
		self.assertEqual((doc.year_end_amount, doc.actual_amount, doc.model), (1440, 360, "mean of 3 months"))
		self.assertEqual((getdate(doc.made_on), doc.made_by), (getdate("2026-04-10"), "Administrator"))

	def test_this_month_is_expected_until_it_is_over(self):
		book_expense(self.service.name, 30, "2026-04-05")
		self.assertEqual(self.amounts(make_forecast(self.service, "Run Rate"))[3], ("Forecast", 120))
		book_expense(self.service.name, 300, "2026-04-06")
		self.assertEqual(self.amounts(make_forecast(self.service, "Run Rate"))[3], ("Forecast", 330))

	def test_trend_and_season_finds_last_year_again(self):
		service = make_service()
		pattern = [100, 120, 90, 80, 200, 150, 60, 70, 110, 130, 300, 40]
		for year in (2024, 2025):
			for number, amount in enumerate(pattern, start=1):
				book_expense(service.name, amount, f"{year}-{number:02}-15")
		for number in (1, 2, 3):
			book_expense(service.name, pattern[number - 1], f"2026-{number:02}-15")
		doc = make_forecast(service, "Trend and Season")
		self.assertEqual(doc.year_end_amount, sum(pattern))
		self.assertIn("season", doc.model)

	def test_a_driver_times_unit_cost(self):
		doc = make_forecast(
			self.service, "Driver", {MONTHS[3]: 10, MONTHS[4]: 12.5}, unit_cost=3.333, driver="mailboxes"
		)
		self.assertEqual(self.amounts(doc)[3:6], [("Forecast", 33.33), ("Forecast", 41.66), ("Forecast", 0)])
		self.assertEqual((doc.months[4].units, doc.model), (12.5, "mailboxes x unit cost"))
		self.assertEqual(doc.year_end_amount, 360 + 74.99)

	def test_manual_amounts_and_booked_months(self):
		"""What is entered for a month that is over gives way to what it cost."""
		doc = make_forecast(self.service, "Manual", {MONTHS[0]: 9999, MONTHS[3]: 500, MONTHS[11]: 700})
		self.assertEqual(doc.year_end_amount, 360 + 1200)

	def test_refusals(self):
		for method, months, values, words in (
			("Manual", {}, {}, "at least one month from 2026-04"),
			("Manual", {MONTHS[0]: 5}, {}, "at least one month from 2026-04"),
			("Manual", {MONTHS[3]: 5, "2026-04-20": 6}, {}, "Row #2: 2026-04 is there twice"),
			("Manual", {"2027-01-01": 5}, {}, "Row #1: 2027-01 .*not in fiscal year 2026"),
			("Driver", {MONTHS[3]: 5}, {"unit_cost": 0}, "Unit Cost above 0"),
			("Run Rate", {}, {"fiscal_year": "2025"}, "2025.* is over"),
		):
			with self.subTest(words=words), self.assertRaisesRegex(ForecastError, words):
				make_forecast(self.service, method, months, **values)
		with self.assertRaisesRegex(
			ForecastError, "has no cost in a complete month before.*Driver or Manual"
		):
			make_forecast(make_service(), "Trend and Season")

	def test_it_stays_as_it_was_made(self):
		doc = make_forecast(self.service, "Run Rate")
		doc.notes = "Looks low"
		doc.save()
		for change in (
			lambda doc: doc.months[5].update({"amount": 1}),
			lambda doc: doc.update({"year_end_amount": 1}),
			lambda doc: doc.append("months", {"month": "2026-12-01", "amount": 1}),
			lambda doc: doc.update({"made_on": "2026-01-01"}),
		):
			changed = frappe.get_doc("Forecast Snapshot", doc.name)
			change(changed)
			with self.assertRaisesRegex(ForecastError, "stays as it was made. Make a new one"):
				changed.save()

	def test_the_error_against_later_actuals_beside_the_naive_forecast(self):
		"""History 100, 120, 140 steps by 20. Expected 120, it was 130: error 10, MASE 0.5; naive says 140: 0.5."""
		doc = make_forecast(self.service, "Run Rate")
		book_expense(self.service.name, 130, "2026-04-20")
		book_expense(self.service.name, 160, "2026-05-20")
		self.assertEqual(doc.get_accuracy()["months"], [])
		with freeze_time("2026-05-02 10:00:00.123456"):
			found = doc.get_accuracy()
		self.assertEqual(found["months"], [{"month": "2026-04-01", "expected": 120, "actual": 130}])
		self.assertEqual((found["error"], found["naive_error"]), (0.5, 0.5))
		with freeze_time("2026-06-02 10:00:00.123456"):
			found = doc.get_accuracy()
		# Errors 10 and 40 against 10 and 20, each over 2 months and steps of 20.
		self.assertEqual((found["error"], found["naive_error"]), (1.25, 0.75))

	def test_all_services_at_once_or_none(self):
		other = make_service()
		with self.assertRaisesRegex(ForecastError, "has no cost"):
			make_snapshots(COMPANY, YEAR, [self.service.name, other.name], "Run Rate")
		book_expense(other.name, 60, "2026-03-01")
		names = make_snapshots(COMPANY, YEAR, [self.service.name, other.name], "Run Rate")
		self.assertEqual(len(names), 2)
		for services, method in (([], "Run Rate"), ([other.name], "Manual")):
			with self.assertRaisesRegex(ForecastError, "Choose 1 to 500 services"):
				make_snapshots(COMPANY, YEAR, services, method)
		frappe.set_user(make_user("Service Portfolio Manager"))
		with self.assertRaises(frappe.PermissionError):
			make_snapshots(COMPANY, YEAR, [other.name], "Run Rate")
