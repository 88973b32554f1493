from decimal import Decimal

import frappe
from frappe.utils import getdate

from itil_strategy.exceptions import RunStateError, UsageImportError
from itil_strategy.it_finance.charging.calculation import calculate_run
from itil_strategy.it_finance.usage.moving import move_rows
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	charges_of,
	import_usage,
	make_import,
	make_offering,
	make_policy,
	make_service,
	make_user,
	own_csv,
	published_run,
)


def correct_dates(service, **dates) -> None:
	"""What a decision does."""
	service.reload()
	service.update(dates)
	service.flags.stage_set_by = "tests"
	service.save()


def rows_of(usage_import: str) -> list[tuple]:
	return frappe.get_all(
		"Service Usage",
		{"usage_import": usage_import},
		["usage_date", "mapping_status"],
		order_by="usage_date",
		as_list=True,
	)


class TestNotChargeable(SiteTestCase):
	def make_usage(self, *days: str, **dates):
		"""A service operational from 15 January, and an import of one unit a day."""
		self.service = make_service(**{"operational_from": "2026-01-15", **dates})
		self.offering = make_offering(self.service)
		make_policy(self.offering, unit_price=1)
		return import_usage([(self.offering.name, "Sales Unit", day, "Nos", 1) for day in days])

	def test_rows_are_taken_up_after_the_date_was_corrected(self):
		doc = self.make_usage("2026-01-04", "2026-01-12", "2026-01-14", "2026-01-15")
		correct_dates(self.service, operational_from="2026-01-12")
		moved = frappe.get_doc("Usage Import", doc.recheck_not_chargeable())
		doc.reload()
		self.assertEqual(
			rows_of(moved.name),
			((getdate("2026-01-12"), "Mapped"), (getdate("2026-01-14"), "Mapped")),
		)
		self.assertEqual(
			rows_of(doc.name),
			((getdate("2026-01-04"), "Not Chargeable"), (getdate("2026-01-15"), "Mapped")),
		)
		self.assertEqual(
			(moved.status, moved.rows_imported, moved.group_count, moved.rows_not_chargeable, moved.remap_of),
			("Completed", 2, 1, 0, doc.name),
		)
		self.assertEqual((moved.first_date, moved.last_date), (getdate("2026-01-12"), getdate("2026-01-14")))
		self.assertEqual((doc.rows_imported, doc.rows_not_chargeable, doc.group_count), (2, 1, 1))

	def test_they_are_charged_late_and_once(self):
		doc = self.make_usage("2026-01-10", "2026-01-20")
		self.assertEqual([row.quantity for row in charges_of(published_run())], [1])
		correct_dates(self.service, operational_from="2026-01-01")
		run = calculated_run("2026-02-01")
		self.assertEqual(charges_of(run), [])
		doc.recheck_not_chargeable()
		calculate_run(run)
		(late,) = charges_of(run)
		self.assertEqual(
			(late.quantity, late.amount, late.is_late, late.usage_month), (1, 1.00, 1, getdate("2026-01-01"))
		)
		self.assertEqual(charges_of(calculated_run("2026-03-01")), [])

	def test_nothing_is_taken_up_while_the_date_stands(self):
		doc = self.make_usage("2026-01-10", "2026-01-20")
		before = frappe.db.count("Usage Import")
		self.assertIsNone(doc.recheck_not_chargeable())
		self.assertEqual(frappe.db.count("Usage Import"), before)
		self.assertEqual(rows_of(doc.name)[0][1], "Not Chargeable")

	def test_a_service_that_became_operational(self):
		doc = self.make_usage("2026-01-10", stage="Proposed", operational_from=None)
		self.assertIsNone(doc.recheck_not_chargeable())
		correct_dates(self.service, stage="Operational", operational_from="2026-01-01")
		self.assertEqual(len(rows_of(doc.recheck_not_chargeable())), 1)

	def test_usage_after_the_last_day_stays(self):
		doc = self.make_usage("2026-01-04", "2026-01-05")
		correct_dates(self.service, operational_from="2026-01-01", last_day="2026-01-04")
		self.assertEqual(rows_of(doc.recheck_not_chargeable()), ((getdate("2026-01-04"), "Mapped"),))

	def test_mapped_unmapped_and_ignored_rows_never_change(self):
		self.make_usage("2026-01-20")
		doc = import_usage(
			[
				(self.offering.name, customer, day, "Nos", 1)
				for customer in ("Sales Unit", "Nobody")
				for day in ("2026-01-04", "2026-01-20")
			]
		)
		doc.ignore_unmapped("left the group")
		later = import_usage([(self.offering.name, "Nobody", "2026-01-04", "Nos", 1)])
		# a correction to a later day takes nothing back
		correct_dates(self.service, operational_from="2026-01-25")
		for usage in (doc, later):
			usage.reload()
			self.assertIsNone(usage.recheck_not_chargeable())
		correct_dates(self.service, operational_from="2026-01-01")
		self.assertEqual(len(rows_of(doc.recheck_not_chargeable())), 1)
		self.assertIsNone(later.recheck_not_chargeable())
		self.assertEqual(sorted(row[1] for row in rows_of(doc.name)), ["Ignored", "Ignored", "Mapped"])
		self.assertEqual([row[1] for row in rows_of(later.name)], ["Unmapped"])

	def test_exact_quantities_and_differences_move_along(self):
		self.make_usage("2026-01-20")
		row = (self.offering.name, "Sales Unit", "2026-01-04", "Nos")
		first = import_usage([(*row, "1.000000000000000001", "ref-not-chargeable")])
		second = import_usage([(*row, "3", "ref-not-chargeable")], restates_month=1)
		correct_dates(self.service, operational_from="2026-01-01")
		first.recheck_not_chargeable()
		second.recheck_not_chargeable()
		(charge,) = charges_of(calculated_run())
		self.assertEqual(Decimal(str(charge.quantity)), Decimal(4))

	def test_an_import_that_is_not_done_is_refused(self):
		doc = make_import(own_csv([("X", "Y", "2026-01-05", "Nos", "1")]))
		with self.assertRaisesRegex(UsageImportError, "needs a completed one"):
			doc.recheck_not_chargeable()

	def test_who_may_not_write_may_not_take_up(self):
		doc = self.make_usage("2026-01-10")
		correct_dates(self.service, operational_from="2026-01-01")
		frappe.set_user(make_user("Service Portfolio Manager"))
		with self.assertRaises(frappe.PermissionError):
			doc.recheck_not_chargeable()

	def test_rows_that_somebody_else_moved_meanwhile_refuse_the_move(self):
		doc = self.make_usage("2026-01-04", "2026-01-05")
		usage = frappe.qb.DocType("Service Usage")
		days = iter(["2026-01-05", "2026-01-04"])

		def narrow(query):
			"""Fewer rows at the second look."""
			return query.where((usage.usage_import == doc.name) & (usage.usage_date <= next(days)))

		with self.assertRaisesRegex(RunStateError, "Reload and try again"):
			move_rows(doc, narrow)

	def test_query_count_does_not_grow_with_rows(self):
		days = [f"2026-01-{day:02}" for day in range(1, 15)]
		doc = self.make_usage(*days)
		correct_dates(self.service, operational_from="2026-01-01")
		with self.assertQueryCount(35):
			doc.recheck_not_chargeable()
