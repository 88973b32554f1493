from datetime import date
from decimal import Decimal

import frappe

from itil_strategy.it_finance.allocation.calculation import calculate_run
from itil_strategy.service_portfolio.report.retirement_analysis.retirement_analysis import execute
from itil_strategy.service_portfolio.retirement.evidence import get_evidence
from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	charges_of,
	import_usage,
	make_offering,
	make_policy,
	make_service,
	published_run,
)
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY
from itil_strategy.utils.service_cost import (
	final_cost_by_month,
	is_fully_allocated,
	latest_runs,
	stranded_cost_per_year,
)

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
WINDOW = {"company": COMPANY, "last_month": "2026-02-28", "months": 2}


class TestServiceCost(SiteTestCase):
	"""NET costs 1,000 a month and gives FILES 50 %, MAIL 30 %; MAIL costs 200; a building of 300 in equal shares.

	By hand, a month: NET 1,100 in all, of which it keeps 220; MAIL 200 + 100 + 330; FILES 100 + 550.
	"""

	def setUp(self):
		super().setUp()
		self.net = make_service(service_name="NET").name
		self.mail, self.files = (
			make_service(
				service_name=name, dependencies=[{"depends_on": self.net, "share": share, "is_critical": 0}]
			).name
			for name, share in (("MAIL", 30), ("FILES", 50))
		)
		for day in ("2026-01-10", "2026-02-10"):
			book(1000, self.net, day)
			book(200, self.mail, day)
			book(300, None, day)
		self.pool = make_pool(
			receivers_are="Only Listed", receivers=receivers(self.net, self.mail, self.files)
		)

	def final(self, *months: date) -> dict:
		return final_cost_by_month(COMPANY, [self.net, self.mail, self.files], months)

	def test_final_cost_of_covered_months_only(self):
		self.assertEqual(self.final(JANUARY), {})
		submitted_allocation("2026-01-01")
		expected = {self.net: 220, self.mail: 630, self.files: 650}
		self.assertEqual(
			self.final(JANUARY, FEBRUARY), {(name, JANUARY): cost for name, cost in expected.items()}
		)
		self.assertEqual(latest_runs(OTHER_COMPANY, [JANUARY]), {})

	def test_the_run_submitted_last_counts_and_a_cancelled_one_does_not(self):
		first = submitted_allocation("2026-01-01")
		second = submitted_allocation("2026-01-01", "2026-02-01", method="Direct")
		self.assertEqual(
			latest_runs(COMPANY, [JANUARY, FEBRUARY]), {JANUARY: second.name, FEBRUARY: second.name}
		)
		second.cancel()
		self.assertEqual(latest_runs(COMPANY, [JANUARY, FEBRUARY]), {JANUARY: first.name})
		self.assertEqual(self.final(JANUARY)[(self.files, JANUARY)], 650)

	def test_a_window_is_allocated_when_every_month_with_cost_is(self):
		run = submitted_allocation("2026-01-01")
		runs = {JANUARY: run.name}
		self.assertTrue(is_fully_allocated(COMPANY, [JANUARY], runs))
		self.assertFalse(is_fully_allocated(COMPANY, [JANUARY, FEBRUARY], runs))
		empty = date(2024, 3, 1)
		self.assertTrue(is_fully_allocated(COMPANY, [empty, JANUARY], runs))
		self.assertFalse(is_fully_allocated(COMPANY, [JANUARY], {}))

	def test_stranded_cost_scaled_to_a_year(self):
		submitted_allocation("2026-01-01", "2026-02-01")
		found = stranded_cost_per_year(COMPANY, [self.files, self.mail], [JANUARY, FEBRUARY])
		# FILES: 650 a month falls on others; MAIL: 630 less its own 200.
		self.assertEqual(found, {self.files: Decimal(7800), self.mail: Decimal(5160)})

	def test_what_was_submitted_stays_when_records_change(self):
		submitted_allocation("2026-01-01")
		frappe.db.set_value("Service Dependency", {"parent": self.files}, "share", 1)
		self.pool.disabled = 1
		self.pool.save()
		self.assertEqual(stranded_cost_per_year(COMPANY, [self.files], [JANUARY]), {self.files: 7800})

	def test_the_retirement_analysis_counts_full_and_stranded_cost(self):
		columns, data, message = execute(WINDOW)[:3]
		self.assertNotIn("stranded_cost", [column["fieldname"] for column in columns])
		submitted_allocation("2026-01-01", "2026-02-01")
		columns, data, message = execute(WINDOW)[:3]
		labels = {column["fieldname"]: column["label"] for column in columns}
		self.assertEqual((labels["full_cost"], labels["net_saving"]), ("Full Cost", "Saving per Year"))
		self.assertIn("full cost of submitted allocation runs", message)
		row = next(row for row in data if row.get("it_service") == self.files)
		# 1,300 in two months, all of which would fall on others: nothing is saved.
		self.assertEqual((row["full_cost"], row["stranded_cost"], row["net_saving"]), (1300.0, 7800.0, 0.0))
		row = next(row for row in data if row.get("it_service") == self.mail)
		self.assertEqual(
			(row["full_cost"], row["stranded_cost"], row["net_saving"]), (1260.0, 5160.0, 2400.0)
		)

	def test_the_evidence_names_who_would_pay(self):
		submitted_allocation("2026-01-01", "2026-02-01")
		evidence = get_evidence(COMPANY, self.files, "2026-02-28", 2)
		# By hand a month: NET keeps 805 instead of 220, MAIL has 695 instead of 630.
		expected = {self.net: 7020.0, self.mail: 780.0}
		self.assertEqual({row["service"]: row["amount"] for row in evidence["falls_on"]}, expected)
		self.assertEqual(evidence["money"]["stranded_cost"], "7800")

	def test_charging_at_cost_takes_full_cost_where_a_run_covers_the_month(self):
		offering = make_offering(frappe.get_doc("IT Service", self.files))
		make_policy(offering, method="Cost")
		import_usage(
			[
				(offering.name, customer, day, "Nos", quantity)
				for day in ("2026-01-05", "2026-02-05")
				for customer, quantity in (("Sales Unit", 3), ("Harbour GmbH", 1))
			]
		)
		submitted_allocation("2026-01-01")
		run = published_run("2026-01-01")
		charges = charges_of(run)
		self.assertEqual([charge.amount for charge in charges], [162.5, 487.5])
		self.assertIn("share of full cost 650", charges[0].price_detail)
		# A later version changes nothing that is charged.
		frappe.db.set_value("Service Dependency", {"parent": self.files}, "share", 1)
		submitted_allocation("2026-01-01")
		self.assertEqual([charge.amount for charge in charges_of(run)], [162.5, 487.5])
		# February has no run: FILES has no direct cost.
		(first, _second) = charges_of(calculated_run("2026-02-01"))
		self.assertEqual(first.amount, 0)
		self.assertIn("no direct cost booked", first.price_detail)

	def test_query_count_does_not_grow(self):
		run = submitted_allocation("2026-01-01")
		services = [self.net, self.mail, self.files]
		few = count_queries(lambda: stranded_cost_per_year(COMPANY, services[:1], [JANUARY]))
		run.cancel()
		services += [make_service().name for _number in range(3)]
		for service in services[3:]:
			book(1, service, "2026-01-11")
		run = submitted_allocation("2026-01-01")
		calls = count_queries(lambda: stranded_cost_per_year(COMPANY, services, [JANUARY]))
		self.assertEqual(calls, few)
		with self.assertRaises(frappe.ValidationError):
			calculate_run(run)
