from collections import defaultdict
from datetime import date
from decimal import Decimal

import frappe

from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_offering,
	make_policy,
	make_service,
	published_run,
)
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY
from itil_strategy.utils.money import join_quantity
from itil_strategy.utils.usage import find_uncharged_usage, imports_with_open_groups, measure_usage

MONTHS = [date(2026, month, 1) for month in (1, 2, 3)]
JANUARY, FEBRUARY, MARCH = MONTHS


class TestMeasuredUsage(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()
		self.mail, self.chat = (make_offering(self.service).name for _number in range(2))
		for offering in (self.mail, self.chat):
			make_policy(frappe.get_doc("Service Offering", offering), unit_price=2)

	def import_rows(self, *rows: tuple) -> str:
		"""Rows of (offering, customer, day, quantity)."""
		return import_usage(
			[(offering, customer, day, "Nos", quantity) for offering, customer, day, quantity in rows]
		).name

	def measure(self, **values):
		return measure_usage(COMPANY, MONTHS, [self.mail, self.chat], **values)

	def sum_rows(self) -> dict:
		"""The same quantities from every row, one after the other."""
		found: dict = defaultdict(dict)
		for offering, month, *columns in frappe.db.sql(
			"""SELECT service_offering, usage_month, CAST(quantity AS CHAR), CAST(quantity_remainder AS CHAR)
			FROM `tabService Usage` WHERE mapping_status = 'Mapped' AND service_offering IN %s""",
			[(self.mail, self.chat)],
		):
			found[offering][month] = found[offering].get(month, Decimal(0)) + join_quantity(*columns)
		return found

	def test_charged_partly_charged_and_open_imports(self):
		charged = self.import_rows(
			(self.mail, "Sales Unit", "2026-01-05", "10.000000000000000001"),
			(self.mail, "Sales Unit", "2026-01-06", "1"),
			(self.chat, "Harbour GmbH", "2026-01-07", "3"),
		)
		partly = self.import_rows(
			(self.mail, "Sales Unit", "2026-01-08", "5"), (self.mail, "Harbour GmbH", "2026-02-08", "6")
		)
		published_run("2026-01-01")
		opened = self.import_rows((self.mail, "Sales Unit", "2026-02-09", "0.000000000000000003"))
		self.assertTrue({partly, opened} <= set(imports_with_open_groups(COMPANY)))
		self.assertNotIn(charged, imports_with_open_groups(COMPANY))
		usage = self.measure()
		self.assertEqual(
			usage.quantities,
			{
				self.mail: {
					JANUARY: Decimal("16.000000000000000001"),
					FEBRUARY: Decimal("6.000000000000000003"),
				},
				self.chat: {JANUARY: Decimal(3)},
			},
		)
		self.assertEqual(usage.quantities, self.sum_rows())
		self.assertEqual(
			usage.customers, {self.mail: {"Sales Unit", "Harbour GmbH"}, self.chat: {"Harbour GmbH"}}
		)

	def test_months_company_and_offerings_limit_it(self):
		self.import_rows(
			(self.mail, "Sales Unit", "2026-01-05", "1"),
			(self.mail, "Sales Unit", "2026-03-31", "2"),
			(self.chat, "Sales Unit", "2026-03-31", "4"),
		)
		published_run("2026-01-01")
		for months, offerings, expected in (
			([JANUARY], [self.mail], {self.mail: {JANUARY: 1}}),
			([FEBRUARY, MARCH], [self.mail], {self.mail: {MARCH: 2}}),
			([FEBRUARY], [self.mail, self.chat], {}),
			(MONTHS, [], {}),
		):
			with self.subTest(months=months, offerings=offerings):
				usage = measure_usage(COMPANY, months, offerings)
				self.assertEqual(usage.quantities, expected)
				self.assertEqual(usage.customers.keys(), expected.keys())
		self.assertEqual(measure_usage(OTHER_COMPANY, MONTHS, [self.mail]).quantities, {})
		everything = measure_usage(COMPANY, MONTHS)
		self.assertEqual(everything.quantities[self.mail], {JANUARY: 1, MARCH: 2})

	def test_freed_usage_is_summed_over_its_rows(self):
		name = self.import_rows((self.mail, "Sales Unit", "2026-01-05", "4"))
		run = published_run("2026-01-01")
		self.assertEqual(self.measure().quantities, {self.mail: {JANUARY: 4}})
		run.cancel()
		self.assertIn(name, imports_with_open_groups(COMPANY))
		self.assertEqual(self.measure().quantities, {self.mail: {JANUARY: 4}})

	def test_a_claim_that_holds_less_than_its_group_does_not_count(self):
		"""Two customers of an import became one after the usage of the first was charged."""
		self.import_rows(
			(self.mail, "Sales Unit", "2026-01-05", "4"), (self.mail, "Harbour GmbH", "2026-01-06", "5")
		)
		published_run("2026-01-01")
		frappe.db.delete("Usage Claim", {"customer": "Harbour GmbH", "service_offering": self.mail})
		frappe.db.set_value(
			"Service Usage", {"service_offering": self.mail}, "customer", "Sales Unit", update_modified=False
		)
		usage = self.measure()
		self.assertEqual(
			(usage.quantities, usage.customers), ({self.mail: {JANUARY: 9}}, {self.mail: {"Sales Unit"}})
		)

	def test_uncharged_usage_of_all_services_and_of_one(self):
		other = make_offering()
		self.import_rows(
			(self.mail, "Sales Unit", "2026-01-05", "4"), (other.name, "Sales Unit", "2026-01-05", "1")
		)
		phrase = f"{self.mail} in 2026-01 (1 customers)"
		self.assertEqual(find_uncharged_usage([self.service.name]), {self.service.name: (phrase,)})
		everything = find_uncharged_usage(None)
		self.assertEqual(everything[self.service.name], (phrase,))
		self.assertIn(other.it_service, everything)
		self.assertEqual(find_uncharged_usage([]), {})

	def test_query_count_does_not_grow(self):
		self.import_rows((self.mail, "Sales Unit", "2026-01-05", "4"))
		few = count_queries(self.measure)
		for day in range(6, 16):
			self.import_rows(
				(self.mail, "Sales Unit", f"2026-01-{day:02}", "4"),
				(self.chat, "Harbour GmbH", "2026-02-05", "1"),
			)
		self.assertEqual(count_queries(self.measure), few)
		self.assertLessEqual(few, 5)
