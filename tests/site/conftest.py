import pytest


@pytest.fixture(scope="module")
def world(frappe_site):
	"""Portfolio records and users for all tests of a file; each test undoes its own changes only."""
	import frappe

	from tests.site.portfolio_world import make_world

	yield make_world()
	frappe.set_user("Administrator")
	frappe.db.rollback()
