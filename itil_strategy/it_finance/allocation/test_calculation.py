"""The background job of an allocation run: states, locks, and what a failure leaves."""

from unittest.mock import patch

import frappe

from itil_strategy.exceptions import RunStateError
from itil_strategy.it_finance.allocation import calculation
from itil_strategy.tests.allocation import book, make_allocation, make_pool
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import center, make_service
from itil_strategy.utils import jobs
from itil_strategy.utils.locks import named_lock


class TestCalculation(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service().name
		book(100, self.service)
		self.run_doc = make_allocation()
		# The job commits and rolls back as it must; the test's own transaction is what is undone here.
		for method in ("commit", "rollback"):
			patcher = patch.object(frappe.db, method, side_effect=lambda *args, **kwargs: None)
			patcher.start()
			self.addCleanup(patcher.stop)

	def work(self) -> None:
		calculation.run_calculation(self.run_doc.name, "Administrator")
		self.run_doc.reload()

	def test_the_job_calculates_what_was_started(self):
		with patch.object(frappe, "enqueue") as enqueue:
			self.run_doc.calculate()
		self.assertEqual(
			enqueue.call_args.kwargs["job_id"], jobs.job_key("Cost Allocation Run", self.run_doc.name)
		)
		self.run_doc.reload()
		self.assertEqual(self.run_doc.status, "Calculating")
		self.work()
		self.assertEqual((self.run_doc.status, self.run_doc.final_cost), ("Calculated", 100))
		lines = frappe.db.count("Service Cost", {"allocation_run": self.run_doc.name})
		# The same job a second time finds nothing to do.
		self.work()
		self.assertEqual(frappe.db.count("Service Cost", {"allocation_run": self.run_doc.name}), lines)

	def test_of_two_who_start_it_one_is_told(self):
		second = frappe.get_doc("Cost Allocation Run", self.run_doc.name)
		with patch.object(frappe, "enqueue"):
			self.run_doc.calculate()
			with self.assertRaisesRegex(RunStateError, "Somebody else may have started it"):
				second.calculate()

	def test_a_job_that_died_can_be_started_again(self):
		frappe.db.set_value("Cost Allocation Run", self.run_doc.name, "status", "Calculating")
		jobs.mark_stalled_runs()
		self.run_doc.reload()
		self.assertEqual(self.run_doc.status, "Failed")
		self.assertIn(
			"The background job stopped while Calculating. Start it again", self.run_doc.error_message
		)
		with patch.object(frappe, "enqueue"):
			self.run_doc.calculate()
		self.work()
		self.assertEqual((self.run_doc.status, self.run_doc.error_message), ("Calculated", None))

	def test_a_refusal_is_kept_and_nothing_else(self):
		book(20)
		make_pool()
		make_pool(cost_centers=[{"cost_center": center("Data Centre")}], accounts=[])
		frappe.db.set_value("Cost Allocation Run", self.run_doc.name, "status", "Calculating")
		self.work()
		self.assertEqual((self.run_doc.status, self.run_doc.line_count), ("Failed", 0))
		self.assertIn("have the same order and both match", self.run_doc.obstacles)
		self.assertFalse(frappe.db.exists("Service Cost", {"allocation_run": self.run_doc.name}))

	def test_a_run_under_way_is_not_deleted(self):
		with named_lock(jobs.job_key("Cost Allocation Run", self.run_doc.name)):
			with self.assertRaisesRegex(RunStateError, "Wait for it to end"):
				self.run_doc.delete()
