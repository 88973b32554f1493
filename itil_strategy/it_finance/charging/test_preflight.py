import frappe
from frappe.utils import formatdate

from itil_strategy.exceptions import PreflightError
from itil_strategy.it_finance.charging import calculation, posting, preflight
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	import_usage,
	make_customer,
	make_offering,
	make_policy,
	make_run,
	published_run,
	require_dimension,
	unique,
)


class TestUnmappedUsage(SiteTestCase):
	def test_rows_after_the_period_do_not_wait(self):
		"""One file of two months: its later rows are the next run's matter."""
		offering = make_offering()
		make_policy(offering, unit_price=1)
		usage = import_usage(
			[
				(offering.name, "Sales Unit", "2026-01-31", "Nos", 1),
				(offering.name, "Nobody", "2026-02-01", "Nos", 1),
			]
		)
		self.assertEqual(calculated_run().charge_count, 1)
		february = make_run("2026-02-01")
		self.assertEqual(
			preflight.find_obstacles(february, "calculate"),
			[
				f"Usage import <strong>{usage.name}</strong> has 1 unmapped rows up to {formatdate(february.period_end)}."
				" Map them, or ignore them with a reason."
			],
		)

	def test_rows_of_the_period_and_before_are_counted_per_import(self):
		offering = make_offering().name
		days = ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01")
		first = import_usage([(offering, "Nobody", day, "Nos", 1) for day in days])
		second = import_usage([(offering, "Nobody", "2026-01-15", "Nos", 1)])
		mapped = import_usage([(offering, "Sales Unit", "2026-01-15", "Nos", 1)])
		obstacles = preflight.find_obstacles(make_run(), "calculate")
		self.assertEqual(len(obstacles), 2)
		self.assertIn(f"{first.name}</strong> has 3 unmapped rows", obstacles[0])
		self.assertIn(f"{second.name}</strong> has 1 unmapped rows", obstacles[1])
		self.assertNotIn(mapped.name, " ".join(obstacles))

	def test_query_count_does_not_grow_with_imports(self):
		offering, run = make_offering().name, make_run()
		for _number in range(6):
			import_usage([(offering, "Nobody", "2026-01-15", "Nos", 1)])
		preflight.find_obstacles(run, "calculate")
		with self.assertQueryCount(20):
			self.assertEqual(len(preflight.find_obstacles(run, "calculate")), 6)


class TestNamesInObstacles(SiteTestCase):
	"""Obstacles are HTML, what the run keeps of them is plain text."""

	def test_calculating(self):
		customer = make_customer(unique("A & B")).name
		offering = make_offering().name
		require_dimension("A & B <i>")
		import_usage([(offering, customer, "2026-01-10", "Nos", 1)])
		run = make_run()
		with self.assertRaises(PreflightError) as caught:
			calculation.calculate_run(run)
		html = str(caught.exception)
		self.assertIn("The dimension <strong>A &amp; B &lt;i&gt;</strong> is mandatory", html)
		self.assertIn(f"covers {offering} for {customer.replace('&', '&amp;')} from", html)
		calculation.record_failure(run.name, caught.exception)
		text = frappe.db.get_value("Charging Run", run.name, "obstacles")
		self.assertIn("The dimension A & B <i> is mandatory", text)
		self.assertIn(f"covers {offering} for {customer} from", text)
		self.assertEqual(len(text.splitlines()), 2)

	def test_posting(self):
		customer = make_customer(unique("A & B"))
		offering = make_offering()
		make_policy(offering, unit_price=1)
		import_usage([(offering.name, customer.name, "2026-01-10", "Nos", 1)])
		run = published_run()
		require_dimension("A & B <i>")
		customer.db_set("disabled", 1)
		obstacles = preflight.find_obstacles(run, "post")
		self.assertEqual(
			[text for text in obstacles if "is disabled" in text],
			[
				f"Customer <strong>{customer.name.replace('&', '&amp;')}</strong> is disabled and cannot be invoiced."
				" Enable the customer."
			],
		)
		with self.assertRaises(PreflightError) as caught:
			posting.raise_obstacles(obstacles)
		posting.record_failure(run.name, caught.exception)
		text = frappe.db.get_value("Charging Run", run.name, "error_message")
		self.assertIn("The dimension A & B <i> is mandatory", text)
		self.assertIn(f"Customer {customer.name} is disabled", text)

	def test_a_run_that_is_saved_again_keeps_the_text(self):
		run = make_run()
		run.db_set({"status": "Failed", "obstacles": "A & B <i>", "error_message": "A & B <i>"})
		run.reload()
		run.posting_date = "2026-02-02"
		run.save()
		run.reload()
		self.assertEqual((run.obstacles, run.error_message), ("A & B <i>", "A & B <i>"))
