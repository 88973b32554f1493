"""Without a login the web server itself refuses, before and after the app is asked."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

import frappe
from frappe.utils import get_test_client

from tests.site.portfolio_matrix import MATRIX
from tests.site.test_portfolio_whitelisted import FUNCTIONS, METHODS, SEARCH

SETTINGS = "Service Strategy Settings"
PATHS = (
	*(f"/api/resource/{doctype}" for doctype in MATRIX),
	*(f"/api/v2/document/{doctype}" for doctype in MATRIX),
	f"/api/resource/{SETTINGS}/{SETTINGS}",
	"/api/resource/Portfolio Waiver?parent=Portfolio Decision",
	*(f"/api/method/{name}" for name in (*FUNCTIONS, SEARCH)),
	*(f"/api/v2/method/{name}" for name in (*FUNCTIONS, SEARCH)),
	*(f"/api/method/run_doc_method?dt={SETTINGS}&method={name.rpartition('.')[2]}" for name in METHODS),
	"/api/method/frappe.desk.query_report.run?report_name=Retirement Analysis",
	"/api/method/frappe.desk.search.search_link?doctype=IT Service&txt=",
	"/printview?doctype=IT Service&name=MAIL",
)


def status(site: str, method: str, path: str) -> int:
	client = get_test_client()
	return client.open(
		quote(path, safe="/?=&"), method=method, headers={"X-Frappe-Site-Name": site}
	).status_code


@pytest.mark.parametrize("path", PATHS)
def test_a_guest_is_refused(frappe_site, path):
	site = frappe.local.site
	methods = ("GET",) if "printview" in path or path.endswith(SETTINGS) else ("GET", "POST")
	# A request has its own connection, so it runs in its own thread.
	with ThreadPoolExecutor(max_workers=1) as pool:
		answers = {method: pool.submit(status, site, method, path).result() for method in methods}
	assert set(answers.values()) <= {401, 403}, answers
