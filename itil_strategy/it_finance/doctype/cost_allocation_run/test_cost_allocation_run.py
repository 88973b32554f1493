import frappe

from itil_strategy.exceptions import (
	AllocationRunError,
	DateOrderError,
	LedgerSetupError,
	RunStateError,
	UnallocatedCostError,
)
from itil_strategy.it_finance.allocation import gather
from itil_strategy.it_finance.allocation.calculation import calculate_run, record_failure
from itil_strategy.tests.allocation import (
	RENT,
	TELEPHONE,
	book,
	calculated_allocation,
	costs_of,
	count_units,
	make_allocation,
	make_driver,
	make_pool,
	receivers,
	submitted_allocation,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import center, import_usage, make_offering, make_policy, make_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import ABBR, COMPANY


class TestCostAllocationRun(SiteTestCase):
	"""Figures of the design's allocation table, and hand calculations."""

	def setUp(self):
		super().setUp()
		self.it, self.hr = make_service(service_name="IT").name, make_service(service_name="HR").name
		self.a, self.b = make_service(service_name="A").name, make_service(service_name="B").name
		for service, rows in {
			self.hr: [(self.it, 20)],
			self.it: [(self.hr, 10)],
			self.a: [(self.it, 50), (self.hr, 40)],
			self.b: [(self.it, 30), (self.hr, 50)],
		}.items():
			doc = frappe.get_doc("IT Service", service)
			for provider, share in rows:
				doc.append("dependencies", {"depends_on": provider, "share": share, "is_critical": 0})
			doc.save()
		book(120_000, self.it)
		book(60_000, self.hr)

	def test_table_of_the_design(self):
		for method, order, a, b in (
			("Direct", None, 101_666.67, 78_333.33),
			("Step-Down", [self.it, self.hr], 97_333.33, 82_666.67),
			("Step-Down", [self.hr, self.it], 102_750.00, 77_250.00),
			("Reciprocal", None, 98_571.43, 81_428.57),
		):
			with self.subTest(method=method):
				run = calculated_allocation(method=method, step_down_order="\n".join(order or []))
				self.assertEqual(costs_of(run, "Final"), {self.a: a, self.b: b})
				self.assertEqual(
					(run.status, run.final_cost, run.ledger_expense), ("Calculated", 180_000, 180_000)
				)
				methods = frappe.get_all(
					"Service Cost", {"allocation_run": run.name}, pluck="method", distinct=1
				)
				self.assertEqual(methods, [method])

	def test_who_passes_how_much_to_whom(self):
		run = calculated_allocation()
		received = {
			row.partner_service: row.amount
			for row in frappe.get_all(
				"Service Cost",
				{"allocation_run": run.name, "kind": "Received", "it_service": self.a},
				["partner_service", "amount"],
			)
		}
		# 50 % of 128,571.43 and 40 % of 85,714.29
		self.assertEqual(sorted(received), sorted([self.it, self.hr]))
		self.assertAlmostEqual(received[self.it], 64_285.71, delta=0.011)
		self.assertAlmostEqual(received[self.hr], 34_285.71, delta=0.011)
		self.assertEqual(costs_of(run, "Passed On"), {self.it: -128_571.43, self.hr: -85_714.29})

	def test_a_step_down_order_is_worked_out_and_kept(self):
		run = calculated_allocation(method="Step-Down")
		# IT waits for 10 % of HR, HR for 20 % of IT: IT goes first.
		self.assertEqual(run.step_down_order.split(), [self.it, self.hr])

	def test_every_cent_of_the_ledger_has_its_place(self):
		book(100.01, account=TELEPHONE)
		book(999.99)
		entry = book(50.55)
		pool = make_pool(receivers_are="Only Listed", receivers=receivers(self.a, self.b))
		run = calculated_allocation()
		self.assertEqual((run.direct_cost, run.pool_cost, run.unassigned_cost), (180_000, 1050.54, 100.01))
		self.assertEqual(run.ledger_expense, 181_150.55)
		self.assertEqual(round(run.final_cost + run.idle_cost + run.unallocated_cost, 2), 181_050.54)
		self.assertEqual(costs_of(run, "Pool"), {self.a: 525.27, self.b: 525.27})
		self.assertEqual(costs_of(run, "Unassigned"), {None: 100.01})
		entry.cancel()
		pool.reload()
		calculate_run(run)
		first, second = sorted((self.a, self.b))
		self.assertEqual((run.pool_cost, costs_of(run, "Pool")), (999.99, {first: 500.0, second: 499.99}))

	def test_a_pool_of_groups_takes_all_below_and_the_lowest_order_wins(self):
		book(10, account=TELEPHONE)
		book(20, cost_center=center("Sales"))
		make_pool(
			pool_order=2,
			accounts=[{"account": f"Indirect Expenses - {ABBR}"}],
			receivers_are="Only Listed",
			receivers=receivers(self.a),
		)
		make_pool(
			pool_order=1,
			cost_centers=[{"cost_center": center("Sales")}],
			accounts=[],
			receivers_are="Only Listed",
			receivers=receivers(self.b),
		)
		self.assertEqual(costs_of(calculated_allocation(), "Pool"), {self.a: 10.0, self.b: 20.0})

	def test_two_pools_of_equal_order_are_refused_both_named(self):
		book(20)
		first, second = (
			make_pool(),
			make_pool(cost_centers=[{"cost_center": center("Data Centre")}], accounts=[]),
		)
		run = make_allocation()
		with self.assertRaisesRegex(
			AllocationRunError, f"Pools {first.name} and {second.name} have the same order"
		):
			calculate_run(run)
		second.pool_order = 20
		second.save()
		calculate_run(run)
		self.assertEqual(run.pool_cost, 20)

	def test_counted_values_and_idle_capacity_of_the_design(self):
		book(1000)
		driver = make_driver()
		count_units(driver, self.a, 25)
		count_units(driver, self.b, 25, "2027-05-31")
		pool = make_pool(
			basis="Driver", cost_driver=driver.name, idle_capacity="Own Line", practical_capacity=100
		)
		run = calculated_allocation()
		self.assertEqual(costs_of(run, "Pool"), {self.a: 250.0, self.b: 250.0})
		self.assertEqual(run.idle_cost, 500)
		pool.idle_capacity = "Spread"
		pool.save()
		calculate_run(run)
		self.assertEqual(costs_of(run, "Pool"), {self.a: 500.0, self.b: 500.0})

	def test_drivers_that_are_worked_out(self):
		offering = make_offering(frappe.get_doc("IT Service", self.a), uom="Mailbox", practical_capacity=0)
		other = make_offering(frappe.get_doc("IT Service", self.b), uom="Mailbox")
		make_policy(offering, unit_price=1)
		import_usage(
			[
				(offering.name, "Sales Unit", "2027-05-05", "Mailbox", 30),
				(other.name, "Sales Unit", "2027-05-05", "Mailbox", 10),
			]
		)
		book(400)
		pool = make_pool(basis="Usage", usage_unit="Mailbox")
		run = calculated_allocation()
		self.assertEqual(costs_of(run, "Pool"), {self.a: 300.0, self.b: 100.0})
		for source, expected in (
			("Usage", {self.a: 300.0, self.b: 100.0}),
			("Direct Cost", {self.it: 266.67, self.hr: 133.33}),
		):
			pool.update({"basis": "Driver", "cost_driver": make_driver(source, unit="Mailbox").name})
			pool.save()
			calculate_run(run)
			self.assertEqual(costs_of(run, "Pool"), expected)

	def test_elements_follow_the_account_and_its_narrowest_group(self):
		name = frappe.generate_hash(length=6)
		for element, account in (("Facilities", RENT), ("Other", f"Indirect Expenses - {ABBR}")):
			frappe.get_doc(
				{
					"doctype": "Cost Element",
					"element_name": f"{element} {name}",
					"accounts": [{"account": account}],
				}
			).insert()
		book(7, self.a, account=TELEPHONE)
		run = calculated_allocation()
		elements = {
			(row.it_service, row.cost_element): row.amount
			for row in frappe.get_all(
				"Service Cost",
				{"allocation_run": run.name, "kind": "Direct"},
				["it_service", "cost_element", "amount"],
			)
		}
		self.assertEqual(
			elements,
			{
				(self.it, f"Facilities {name}"): 120_000,
				(self.hr, f"Facilities {name}"): 60_000,
				(self.a, f"Other {name}"): 7,
			},
		)

	def test_cost_without_a_driver_is_mended_or_accepted_with_a_reason(self):
		book(300)
		driver = make_driver()
		pool = make_pool(basis="Driver", cost_driver=driver.name)
		run = calculated_allocation()
		self.assertEqual(run.unallocated_cost, 300)
		self.assertIn(f"pool {pool.name} in 2027-05: no driver", run.unallocated_note)
		with self.assertRaisesRegex(
			UnallocatedCostError, "Enter the missing drivers and calculate again, or accept"
		):
			run.submit()
		run.reload()
		with self.assertRaisesRegex(UnallocatedCostError, "Say why"):
			run.accept_unallocated("  ")
		run.accept_unallocated("Nobody used it")
		run.submit()
		self.assertEqual((run.status, run.accepted_by), ("Submitted", "Administrator"))
		later = calculated_allocation()
		count_units(driver, self.b, 1)
		calculate_run(later)
		self.assertEqual((later.unallocated_note, costs_of(later, "Pool")), (None, {self.b: 300.0}))
		with self.assertRaisesRegex(UnallocatedCostError, "no unallocated cost to accept"):
			later.accept_unallocated("because")

	def test_all_zero_and_negative_drivers(self):
		book(300)
		driver = make_driver()
		value = count_units(driver, self.a, 0)
		make_pool(basis="Driver", cost_driver=driver.name)
		run = calculated_allocation()
		self.assertEqual(run.unallocated_cost, 300)
		# The form refuses it; what an import of other software wrote is met here.
		frappe.db.set_value("Cost Driver Value", value.name, "value", -2)
		with self.assertRaisesRegex(
			AllocationRunError, f"the value of {self.a} is -2. Values to share by must be 0"
		):
			calculate_run(run)

	def test_a_closed_loop_is_named(self):
		first, second = make_service(), make_service()
		for service, provider in ((first, second), (second, first)):
			service.append("dependencies", {"depends_on": provider.name, "share": 100, "is_critical": 0})
			service.save()
		run = make_allocation()
		with self.assertRaisesRegex(AllocationRunError, "serve only each other") as raised:
			calculate_run(run)
		self.assertIn(first.name, str(raised.exception))
		self.assertIn(second.name, str(raised.exception))
		record_failure(run.name, raised.exception)
		run.reload()
		self.assertEqual(run.status, "Failed")
		self.assertIn("Lower one of their shares below 100 %", run.obstacles)

	def test_shares_over_one_hundred_are_refused(self):
		# Past the document, which refuses it too.
		frappe.db.set_value("Service Dependency", {"parent": self.b, "depends_on": self.it}, "share", 30.5)
		with self.assertRaisesRegex(AllocationRunError, f"The shares of {self.it} total 100.5 %"):
			calculated_allocation()

	def test_periods_are_whole_months_of_a_fiscal_year(self):
		with self.assertRaisesRegex(
			LedgerSetupError, "in no active fiscal year of Test IT Services. Create one"
		):
			make_allocation("2031-01-01")
		with self.assertRaisesRegex(DateOrderError, "To is before From"):
			make_allocation("2027-05-01", "2027-04-01")
		run = make_allocation()
		run.period_end = "2027-05-30"
		with self.assertRaisesRegex(AllocationRunError, "whole months"):
			run.save()

	def test_a_wrong_step_down_order_is_refused(self):
		for order, words in (("GONE", "there is no service"), (f"{self.it}\n{self.it}", "is named twice")):
			with self.assertRaisesRegex(AllocationRunError, words):
				make_allocation(method="Step-Down", step_down_order=order)

	def test_submitted_figures_are_frozen(self):
		run = submitted_allocation()
		with self.assertRaisesRegex(RunStateError, "figures are frozen"):
			calculate_run(run)
		with self.assertRaises(frappe.ValidationError):
			run.method = "Direct"
			run.save()
		run.reload()
		run.cancel()
		self.assertEqual(run.status, "Cancelled")
		self.assertTrue(frappe.db.exists("Service Cost", {"allocation_run": run.name}))

	def test_a_ledger_that_changed_is_calculated_again(self):
		run = calculated_allocation()
		book(1, self.a)
		with self.assertRaisesRegex(RunStateError, "The ledger changed after calculating"):
			run.submit()

	def test_another_method_makes_it_a_draft_again(self):
		run = calculated_allocation()
		run.method = "Direct"
		run.save()
		self.assertEqual((run.status, run.line_count, run.final_cost), ("Draft", 0, 0))
		self.assertFalse(frappe.db.exists("Service Cost", {"allocation_run": run.name}))
		with self.assertRaisesRegex(RunStateError, "Calculate it before submitting"):
			run.submit()

	def test_states_and_versions_are_not_written_by_hand(self):
		run = calculated_allocation()
		self.assertEqual((run.version, make_allocation().version), (1, 2))
		for field, value in (("status", "Submitted"), ("final_cost", 1), ("version", 9)):
			with self.assertRaisesRegex(RunStateError, "cannot be changed by hand"):
				frappe.client.set_value(run.doctype, run.name, field, value)

	def test_a_deleted_draft_leaves_nothing(self):
		run = calculated_allocation()
		run.delete()
		for doctype in ("Service Cost", "Cost Allocation Input"):
			self.assertFalse(frappe.db.exists(doctype, {"allocation_run": run.name}))

	def test_services_count_while_they_are_in_operation(self):
		gone, coming = make_service(), make_service(operational_from="2027-06-01")
		frappe.db.set_value("IT Service", gone.name, "last_day", "2027-04-30")
		last = make_service()
		frappe.db.set_value("IT Service", last.name, "last_day", "2027-05-01")
		found = gather.services_in_operation(COMPANY, gather.months_of(make_allocation()))
		(names,) = found.values()
		self.assertEqual({gone.name, coming.name, last.name} & set(names), {last.name})

	def test_query_count_does_not_grow(self):
		run = make_allocation(until="2027-06-01")
		make_pool(pool_order=0)
		few = count_queries(lambda: gather.build_requests(run))
		for _number in range(3):
			service = make_service(dependencies=[{"depends_on": self.a, "share": 1, "is_critical": 0}])
			book(1, service.name, "2027-06-15")
			make_pool(pool_order=1 + frappe.db.count("Cost Pool"))
		self.assertEqual(count_queries(lambda: gather.build_requests(run)), few)
