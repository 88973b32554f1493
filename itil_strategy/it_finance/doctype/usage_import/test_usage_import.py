from decimal import Decimal

import frappe

from itil_strategy.domain.errors import UsageFileError
from itil_strategy.exceptions import RunStateError, UsageImportError
from itil_strategy.it_finance.usage.importer import import_file, record_failure
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_import,
	make_offering,
	make_service,
	own_csv,
	unique,
)
from itil_strategy.tests.setup import OTHER_COMPANY
from itil_strategy.utils.money import exact_sum, join_quantity


def stored_quantity(usage_import: str) -> Decimal:
	usage = frappe.qb.DocType("Service Usage")
	return join_quantity(
		*frappe.qb.from_(usage)
		.select(exact_sum(usage.quantity), exact_sum(usage.quantity_remainder))
		.where(usage.usage_import == usage_import)
		.run()[0]
	)


class TestUsageImport(SiteTestCase):
	def test_rows_are_stored_exactly(self):
		offering = make_offering().name
		doc = import_usage(
			[
				(offering, "Sales Unit", "2026-01-05", "Nos", "1.000000000000000001"),
				(offering, "Sales Unit", "2026-01-06", "Nos", "0.00000080000"),
				(offering, "Harbour GmbH", "2026-02-06", "Nos", "12"),
			]
		)
		self.assertEqual(
			(doc.status, doc.rows_read, doc.rows_imported, doc.rows_unmapped, doc.group_count),
			("Completed", 3, 3, 0, 2),
		)
		self.assertEqual(stored_quantity(doc.name), Decimal("13.000000800000000001"))
		self.assertEqual(doc.totals, "13.000000800000000001 Nos")

	def test_one_bad_row_of_a_thousand_imports_nothing_and_is_named(self):
		offering = make_offering().name
		rows = [(offering, "Sales Unit", "2026-01-05", "Nos", "1")] * 999
		rows.insert(500, (offering, "Sales Unit", "2026-13-05", "Nos", "1"))
		doc = make_import(own_csv(rows))
		with self.assertRaises(UsageFileError) as caught:
			import_file(doc)
		self.assertEqual([(error.row, error.field) for error in caught.exception.errors], [(502, "date")])
		self.assertEqual(frappe.db.count("Service Usage", {"usage_import": doc.name}), 0)

	def test_the_refusal_is_kept_on_the_record(self):
		doc = make_import(own_csv([("X", "Y", "2026-01-05", "Nos", "many")]))
		try:
			import_file(doc)
		except UsageFileError as error:
			record_failure(doc.name, error)
		doc.reload()
		self.assertEqual(doc.status, "Failed")
		self.assertEqual(doc.get_row_errors()[0][:2], [2, "quantity"])

	def test_same_file_again_is_known(self):
		offering = make_offering().name
		content = own_csv([(offering, "Sales Unit", "2026-01-05", "Nos", n) for n in range(1, 1001)])
		first, second = make_import(content), make_import(content)
		import_file(first)
		import_file(second)
		second.reload()
		self.assertEqual(
			(second.status, second.rows_known, second.rows_imported, second.group_count),
			("Completed", 1000, 0, 0),
		)
		self.assertEqual(first.file_hash, second.file_hash)

	def test_a_changed_value_is_refused_unless_the_import_restates(self):
		offering = make_offering().name
		reference = unique("ref")
		row = (offering, "Sales Unit", "2026-01-05", "Nos")
		import_usage([(*row, "10", reference)])
		with self.assertRaises(UsageFileError) as caught:
			import_usage([(*row, "12.5", reference)])
		self.assertIn("known with the value 10 and now has 12.5", str(caught.exception))
		restated = import_usage([(*row, "12.5", reference)], restates_month=1)
		self.assertEqual((restated.rows_restated, stored_quantity(restated.name)), (1, Decimal("2.5")))
		again = import_usage([(*row, "12.5", reference)])
		self.assertEqual((again.rows_known, again.rows_imported), (1, 0))

	def test_a_known_key_for_somebody_else_is_refused(self):
		offering = make_offering().name
		reference = unique("ref")
		import_usage([(offering, "Sales Unit", "2026-01-05", "Nos", "10", reference)])
		with self.assertRaises(UsageFileError) as caught:
			import_usage([(offering, "Production Unit", "2026-01-05", "Nos", "10", reference)])
		self.assertIn("known as offering", str(caught.exception))

	def test_keys_belong_to_a_company(self):
		offering = make_offering().name
		row = (offering, "Sales Unit", "2026-01-05", "Nos", "10", unique("ref"))
		import_usage([row])
		self.assertEqual(import_usage([row], company=OTHER_COMPANY).rows_imported, 1)

	def test_an_import_that_was_restated_is_not_deleted(self):
		offering = make_offering().name
		row = (offering, "Sales Unit", "2026-01-05", "Nos")
		reference = unique("ref")
		first = import_usage([(*row, "10", reference)])
		second = import_usage([(*row, "12", reference)], restates_month=1)
		with self.assertRaisesRegex(frappe.LinkExistsError, second.name):
			first.delete()

	def test_unmapped_rows_are_listed_mapped_later_and_moved(self):
		offering = make_offering().name
		mapping = frappe.get_doc(
			{
				"doctype": "Usage Mapping",
				"mapping_name": unique("map"),
				"file_layout": "Own",
				"offering_source": "Column",
				"offering_column": "offering",
				"customer_source": "Column",
				"customer_column": "customer",
			}
		).insert()
		rows = [
			(offering, "sales-eu", "2026-01-05", "Nos", "2"),
			(offering, "nobody", "2026-01-05", "Nos", "3"),
			(offering, "Sales Unit", "2026-01-05", "Nos", "4"),
		]
		doc = import_usage(rows, usage_mapping=mapping.name)
		self.assertEqual((doc.rows_imported, doc.rows_unmapped), (3, 2))
		self.assertEqual(
			[(row["customer_value"], row["rows"], row["quantity"]) for row in doc.get_unmapped()],
			[("nobody", 1, "3"), ("sales-eu", 1, "2")],
		)
		mapping.append(
			"mapped_values", {"value_for": "Customer", "file_value": "sales-eu", "customer": "Sales Unit"}
		)
		mapping.save()
		remap = frappe.get_doc("Usage Import", doc.map_unmapped())
		doc.reload()
		self.assertEqual(stored_quantity(remap.name), Decimal(2))
		self.assertEqual((remap.group_count, doc.rows_unmapped, doc.rows_imported), (1, 1, 2))
		with self.assertRaisesRegex(UsageImportError, "Say why"):
			doc.ignore_unmapped(" ")
		self.assertEqual(doc.ignore_unmapped("left the group"), 1)
		doc.reload()
		self.assertEqual((doc.rows_unmapped, doc.rows_ignored), (0, 1))

	def test_unknown_unit_is_refused_with_the_way_out(self):
		offering = make_offering().name
		with self.assertRaises(UsageFileError) as caught:
			import_usage([(offering, "Sales Unit", "2026-01-05", "Mailbox", "1")])
		self.assertIn("Correct the unit or add the factor", str(caught.exception))
		self.assertEqual(caught.exception.errors[0].row, 2)

	def test_units_are_converted_by_the_factor_between_them(self):
		"""Only a direct factor: ERPNext's chain over seconds makes an hour 60.00115 minutes."""
		frappe.get_doc(
			{
				"doctype": "UOM Conversion Factor",
				"category": "Time",
				"from_uom": "Hour",
				"to_uom": "Minute",
				"value": 60,
			}
		).insert()
		offering = make_offering(uom="Minute").name
		doc = import_usage([(offering, "Sales Unit", "2026-01-05", "Hour", "1.5")])
		self.assertEqual(stored_quantity(doc.name), Decimal(90))

	def test_usage_after_the_last_day_is_refused(self):
		service = make_service()
		offering = make_offering(service).name
		frappe.db.set_value("IT Service", service.name, "last_day", "2026-01-31")
		rows = [(offering, "Sales Unit", "2026-01-31", "Nos", "1")]
		self.assertEqual(import_usage(rows).rows_imported, 1)
		with self.assertRaises(UsageFileError) as caught:
			import_usage([*rows, (offering, "Sales Unit", "2026-02-01", "Nos", "1")])
		self.assertIn("after the last day", str(caught.exception))

	def test_usage_before_operation_is_stored_and_not_charged(self):
		service = make_service(operational_from="2026-01-15")
		offering = make_offering(service).name
		doc = import_usage(
			[
				(offering, "Sales Unit", "2026-01-14", "Nos", "1"),
				(offering, "Sales Unit", "2026-01-15", "Nos", "1"),
			]
		)
		self.assertEqual((doc.rows_not_chargeable, doc.group_count), (1, 1))

	def test_an_unknown_unit_of_an_unmapped_row_is_refused(self):
		with self.assertRaises(UsageFileError) as caught:
			import_usage([("nobody's", "Sales Unit", "2026-01-05", "zorkmid", "1")])
		self.assertIn("there is no unit zorkmid", str(caught.exception))

	def test_a_value_that_does_not_fit_is_refused(self):
		with self.assertRaises(UsageFileError) as caught:
			import_usage([("X", "y" * 501, "2026-01-05", "Nos", "1")])
		self.assertIn("longer than 500 characters", str(caught.exception))
		self.assertEqual(import_usage([("X", "y" * 500, "2026-01-05", "Nos", "1")]).rows_unmapped, 1)

	def test_usage_of_a_service_that_is_not_operational_is_not_charged(self):
		service = make_service(stage="Proposed")
		doc = import_usage([(make_offering(service).name, "Sales Unit", "2026-01-14", "Nos", "1")])
		self.assertEqual((doc.rows_not_chargeable, doc.group_count), (1, 0))

	def test_other_kinds_of_file_are_refused(self):
		with self.assertRaisesRegex(UsageImportError, "neither CSV nor Parquet"):
			make_import("x", "usage.xlsx")

	def test_the_file_stays_once_started(self):
		doc = make_import(own_csv([("X", "Y", "2026-01-05", "Nos", "1")]))
		import_file(doc)
		doc.reload()
		doc.restates_month = 1
		with self.assertRaisesRegex(RunStateError, "cannot change once the import was started"):
			doc.save()

	def test_starting_twice_queues_once(self):
		doc = make_import(own_csv([("X", "Y", "2026-01-05", "Nos", "1")]))
		doc.start_import()
		doc.db_set("status", "Importing")
		doc.reload()
		from unittest.mock import patch

		with (
			patch("itil_strategy.utils.jobs.is_working", return_value=True),
			self.assertRaisesRegex(RunStateError, "Somebody else may have started it"),
		):
			doc.start_import()

	def test_query_count_does_not_grow_with_rows(self):
		offering = make_offering().name
		import_usage([(offering, "Sales Unit", "2026-01-05", "Nos", "1")])
		small = make_import(own_csv([(offering, "Sales Unit", "2026-01-05", "Nos", "1")] * 5))
		large = make_import(own_csv([(offering, "Sales Unit", "2026-01-05", "Nos", "1")] * 500))
		with self.assertQueryCount(40):
			import_file(small)
		with self.assertQueryCount(40):
			import_file(large)
