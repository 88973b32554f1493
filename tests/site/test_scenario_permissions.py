"""Who sees and writes Strategy Scenarios: list, document, rows, report and every whitelisted function (design: roles)."""

import pytest

import frappe

from itil_strategy.it_finance.report.scenario_comparison.scenario_comparison import execute
from itil_strategy.it_finance.scenario.effect import get_effect
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.scenarios import RETIRE, change, make_scenario
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY
from tests.site.portfolio_doors import as_user, is_allowed, request

FINANCE, PORTFOLIO, RELATIONSHIP, OWNER, SYSTEM, DESK = (
	"IT Financial Manager",
	"Service Portfolio Manager",
	"Business Relationship Manager",
	"Service Owner",
	"System Manager",
	"Accounts User",
)
ROLES = (FINANCE, PORTFOLIO, RELATIONSHIP, OWNER, SYSTEM, DESK)
READERS, WRITERS = {FINANCE, PORTFOLIO, SYSTEM}, {FINANCE, SYSTEM}
DOCTYPE = "Strategy Scenario"


@pytest.fixture
def scene(frappe_site):
	"""A scenario that retires a service of the service owner: even that shows cost of all others."""
	frappe.set_user("Administrator")
	users = {role: make_user(role) for role in ROLES}
	own = make_service(service_owner=users[OWNER]).name
	return frappe._dict(users=users, doc=make_scenario(change(RETIRE, own)))


@pytest.mark.parametrize("role", ROLES)
def test_list_document_rows_and_rest_agree(scene, role):
	as_user(scene.users[role])
	may, name = role in READERS, scene.doc.name
	assert is_allowed(lambda: frappe.get_list(DOCTYPE, {"name": name}, pluck="name") == [name]) == may
	assert bool(frappe.has_permission(DOCTYPE, "read", doc=name)) == may
	rows: list = []
	try:
		rows = frappe.get_list("Scenario Change", {"parent": name}, pluck="name", parent_doctype=DOCTYPE)
	except frappe.PermissionError:
		pass
	assert bool(rows) == may
	for path in (f"/api/resource/{DOCTYPE}/{name}", f"/api/v2/document/{DOCTYPE}/{name}"):
		assert is_allowed(lambda path=path: request("GET", path)) == may, path


@pytest.mark.parametrize("role", ROLES)
def test_who_writes(scene, role):
	as_user(scene.users[role])
	may, path = role in WRITERS, f"/api/resource/{DOCTYPE}"
	values = {"scenario_title": "New", "company": COMPANY, "base_until": "2026-02-28", "years": 1}
	assert is_allowed(lambda: request("POST", path, **values)) == may
	assert is_allowed(lambda: request("PUT", f"{path}/{scene.doc.name}", scenario_title="Changed")) == may
	assert is_allowed(lambda: request("DELETE", f"{path}/{scene.doc.name}")) == may


@pytest.mark.parametrize("role", ROLES)
def test_effect_and_report_follow_the_record(scene, role):
	as_user(scene.users[role])
	name = scene.doc.name
	assert is_allowed(lambda: get_effect(name)) == (role in READERS)
	assert is_allowed(lambda: execute({"company": COMPANY, "scenarios": [name]})) == (role in READERS)
	shown = bool(frappe.get_doc("Report", "Scenario Comparison").is_permitted())
	assert shown == (role in READERS)


def test_a_reader_of_one_company_sees_no_other(scene):
	foreign = make_scenario(company=OTHER_COMPANY)
	user = scene.users[FINANCE]
	frappe.permissions.add_user_permission("Company", OTHER_COMPANY, user, ignore_permissions=True)
	as_user(user)
	assert frappe.get_list(DOCTYPE, pluck="name") == [foreign.name]
	for name, may in ((scene.doc.name, False), (foreign.name, True)):
		assert is_allowed(lambda name=name: get_effect(name)) == may


def test_a_row_is_written_with_its_scenario_only(scene):
	as_user(scene.users[FINANCE])
	row = scene.doc.changes[0].name
	assert not is_allowed(lambda: request("PUT", f"/api/resource/Scenario Change/{row}", percent=5))


def test_guests_reach_nothing(scene):
	frappe.set_user("Guest")
	for doctype in (DOCTYPE, "Scenario Change"):
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)
	with pytest.raises(frappe.PermissionError):
		get_effect(scene.doc.name)


def test_reading_the_effect_writes_nothing_so_it_takes_get():
	assert "GET" in frappe.allowed_http_methods_for_whitelisted_func[get_effect]
