import pytest


@pytest.fixture(scope="module")
def sample(frappe_site):
	"""The sample organisation, loaded once; it commits, and stays on the test site."""
	from itil_strategy.setup.demo import run

	run()


@pytest.fixture(scope="module")
def world(frappe_site):
	"""Portfolio records and users for all tests of a file; each test undoes its own changes only."""
	import frappe

	from tests.site.portfolio_world import make_world

	yield make_world()
	frappe.set_user("Administrator")
	frappe.db.rollback()


@pytest.fixture(scope="module")
def everything(frappe_site):
	"""A record of every kind of the app and a user per viewer, for all tests of a file."""
	import frappe

	from itil_strategy.tests.feedback import forget_accounts
	from tests.site.rights.world import make_everything

	yield make_everything()
	frappe.set_user("Administrator")
	frappe.db.rollback()
	forget_accounts()
