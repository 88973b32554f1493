"""What uninstalling takes along, and what it must not."""

import frappe

from itil_strategy.setup.defaults import delete_leftovers
from itil_strategy.tests.compat import SiteTestCase


class TestDefaults(SiteTestCase):
	def test_a_number_series_that_others_count_with_stays(self):
		series = frappe.qb.DocType("Series")
		for name in ("CN-2031-", "RM-2031-", "CN-2031-X"):
			frappe.qb.into(series).columns("name", "current").insert(name, 41).run()
		frappe.make_property_setter(
			{
				"doctype": "Sales Invoice",
				"fieldname": "naming_series",
				"property": "options",
				"value": "SINV-.YY.-\nCN-.YYYY.-.####",
			},
			is_system_generated=False,
		)
		delete_leftovers()
		rows = frappe.qb.from_(series).select(series.name).where(series.name.like("%-2031-%")).run(pluck=True)
		self.assertEqual(set(rows), {"CN-2031-", "CN-2031-X"})
