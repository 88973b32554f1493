"""pytest set-up: unit tests run anywhere; tests beside the code and in tests/site need a site.

The site is named by ITIL_SITE, the folder of all sites by ITIL_SITES_PATH. Without them the site tests
are not collected and the report header says so.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of an example; what must be fast is measured in benchmarks/.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

ROOT = Path(__file__).parent
SITE, SITES_PATH = os.environ.get("ITIL_SITE"), os.environ.get("ITIL_SITES_PATH")
NEEDS_SITE = (ROOT / "itil_strategy", ROOT / "tests" / "site", ROOT / "tests" / "browser")


def pytest_report_header() -> str:
	return f"site: {SITE}" if SITE else "site: none (ITIL_SITE is not set), site tests are not collected"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
	if collection_path.is_relative_to(ROOT / "tests" / "install") and not os.environ.get("ITIL_INSTALL_SITE"):
		return True
	if not SITE and any(collection_path.is_relative_to(folder) for folder in NEEDS_SITE):
		return True
	return None


@pytest.fixture(scope="session", autouse=True)
def frappe_site():
	"""Connect once, before any unittest class is set up; masters are made and committed."""
	if not SITE:
		yield
		return
	import frappe

	os.chdir(SITES_PATH)
	frappe.init(site=SITE, sites_path=".")
	frappe.connect()
	frappe.flags.in_test = True
	frappe.flags.mute_emails = True
	from itil_strategy.tests.setup import before_tests

	before_tests()
	frappe.set_user("Administrator")
	yield
	frappe.db.rollback()
	frappe.destroy()


@pytest.fixture(autouse=True)
def isolated(frappe_site):
	"""Undo what a test wrote and whom it logged in; code that commits cleans up after itself."""
	if not SITE:
		yield
		return
	import frappe

	frappe.db.savepoint("isolated")
	yield
	frappe.set_user("Administrator")
	try:
		frappe.db.rollback(save_point="isolated")
	except frappe.db.OperationalError:
		# The test committed, which ends the savepoint; what is left is undone.
		frappe.db.rollback()
	frappe.local.message_log = []
	# A Data Import lets mail out at its end, and sending commits.
	frappe.flags.mute_emails = True
	if hasattr(frappe.local, "request"):
		# A request that is None is not the same as none.
		del frappe.local.request
	frappe.clear_document_cache("Service Strategy Settings", "Service Strategy Settings")
