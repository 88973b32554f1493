import frappe

from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service
from itil_strategy.utils.database import Names


class TestNames(SiteTestCase):
	def find(self, names: list[str]) -> set[str]:
		service = frappe.qb.DocType("IT Service")
		listed = frappe.qb.from_(service).select(service.name).where(service.name.isin(Names(names)))
		return {row[0] for row in frappe.qb.from_(listed).select(listed.name).run()}

	def test_the_named_ones_are_found(self):
		first, second, _other = (make_service().name for _number in range(3))
		self.assertEqual(self.find([first, second]), {first, second})
		self.assertEqual(self.find([second]), {second})

	def test_without_names_nothing_is_found(self):
		make_service()
		self.assertEqual(self.find([]), set())

	def test_a_name_is_a_value_and_no_sql(self):
		make_service()
		self.assertEqual(self.find(["' OR 1=1 -- ", "%s", "50 %(x)s"]), set())
