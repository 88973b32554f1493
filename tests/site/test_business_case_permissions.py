"""Who reads, writes and approves business cases: list, document, REST and every whitelisted function (design: roles)."""

from collections.abc import Callable

import pytest

import frappe
from frappe.utils import today

from itil_strategy.it_finance.business_case import desk
from itil_strategy.it_finance.report.portfolio_selection.test_portfolio_selection import make_round
from itil_strategy.it_finance.selection import take as selection
from itil_strategy.tests.business_cases import approve, make_case, take, with_funds
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.setup import COMPANY
from tests.site.portfolio_doors import as_user, is_allowed, request

FINANCE, PORTFOLIO, RELATIONSHIP, OWNER, SYSTEM, DESK = (
	"IT Financial Manager",
	"Service Portfolio Manager",
	"Business Relationship Manager",
	"Service Owner",
	"System Manager",
	"Accounts User",
)
DOCTYPE = "Business Case"
READ_ALL, WRITE_ALL = {FINANCE, PORTFOLIO, RELATIONSHIP, SYSTEM}, {FINANCE, PORTFOLIO, SYSTEM}
ROLES = (FINANCE, PORTFOLIO, RELATIONSHIP, OWNER, SYSTEM, DESK)


class Scene:
	"""A case of others, one of the service owner's, one it is accountable for; a user per role."""

	def __init__(self):
		self.users = {role: make_user(role) for role in ROLES}
		self.other = make_case()
		self.own = make_case(make_service(service_owner=self.users[OWNER]))
		self.accountable = make_case(case_owner=self.users[OWNER])

	def expected(self, role: str) -> set[str]:
		own = {self.own.name, self.accountable.name}
		return own | {self.other.name} if role in READ_ALL else own if role == OWNER else set()


@pytest.fixture
def scene(frappe_site) -> Scene:
	frappe.set_user("Administrator")
	return Scene()


@pytest.mark.parametrize("role", ROLES)
def test_list_document_and_rest_agree(scene, role):
	as_user(scene.users[role])
	names = [scene.other.name, scene.own.name, scene.accountable.name]
	listed = set()
	try:
		listed = set(frappe.get_list(DOCTYPE, {"name": ("in", names)}, pluck="name"))
	except frappe.PermissionError:
		pass
	assert listed == scene.expected(role)
	for name in names:
		readable = bool(frappe.has_permission(DOCTYPE, "read", doc=name))
		assert readable == (name in listed), name
		for path in (f"/api/resource/{DOCTYPE}/{name}", f"/api/v2/document/{DOCTYPE}/{name}"):
			assert is_allowed(lambda path=path: request("GET", path)) == readable, path
		rows = []
		try:
			rows = frappe.get_list(
				"Business Case Flow", {"parent": name}, pluck="name", parent_doctype=DOCTYPE
			)
		except frappe.PermissionError:
			pass
		assert bool(rows) == readable, name


@pytest.mark.parametrize("role", ROLES)
def test_who_writes(scene, role):
	as_user(scene.users[role])
	for case in (scene.other, scene.own, scene.accountable):
		may = role in WRITE_ALL or (role == OWNER and case is not scene.other)
		door = lambda case=case: request("PUT", f"/api/resource/{DOCTYPE}/{case.name}", case_title="Changed")  # noqa: E731
		assert is_allowed(door) == may, (role, case.case_title)


@pytest.mark.parametrize("role", ROLES)
def test_who_creates_for_which_service(scene, role):
	own, other = scene.own.it_service, scene.other.it_service
	as_user(scene.users[role])
	for service in (own, other):
		may = role in WRITE_ALL or (role == OWNER and service == own)
		values = {
			"case_title": "New",
			"it_service": service,
			"company": COMPANY,
			"valid_until": "2099-01-01",
			"start_date": today(),
		}
		assert (
			is_allowed(lambda values=values: request("POST", f"/api/resource/{DOCTYPE}", **values)) == may
		), service


def test_a_service_owner_takes_a_case_to_no_other_service(scene):
	as_user(scene.users[OWNER])
	path = f"/api/resource/{DOCTYPE}/{scene.own.name}"
	assert not is_allowed(lambda: request("PUT", path, it_service=scene.other.it_service))


@pytest.mark.parametrize("role", ROLES)
def test_rest_submits_no_case_past_the_workflow(scene, role):
	"""Whoever sends docstatus 1, with or without a status: only an approval by the workflow submits."""
	with with_funds():
		take(scene.own, "Submit for Review", "Secure Funds")
		as_user(scene.users[role])
		for values in ({"docstatus": 1}, {"docstatus": 1, "status": "In Review"}):
			for path, method in (
				(f"/api/resource/{DOCTYPE}/{scene.own.name}", "PUT"),
				(f"/api/v2/document/{DOCTYPE}/{scene.own.name}", "PATCH"),
			):
				assert not goes_through(lambda p=path, m=method, v=values: request(m, p, **v)), values
		may = role in (FINANCE, PORTFOLIO)
		path = f"/api/resource/{DOCTYPE}/{scene.own.name}"
		assert goes_through(lambda: request("PUT", path, docstatus=1, status="Approved")) == may


def goes_through(door: Callable) -> bool:
	"""False where it is refused, for lack of rights or by the rules of the workflow."""
	try:
		return is_allowed(door)
	except frappe.ValidationError:
		return False


def call(case, method: str, **values) -> Callable:
	return lambda: getattr(frappe.get_doc(DOCTYPE, case.name), method)(**values)


def test_every_whitelisted_function(scene):
	"""function: (call, roles that may beside those who may write or read the owner's case)."""
	approved = approve(scene.own)
	rejected = make_case(scene_service(scene))
	rejected.db_set("status", "Rejected")
	name = make_round()
	functions = {
		"get_templates": (lambda: desk.get_templates(), WRITE_ALL | {OWNER}),
		"get_template": (lambda: desk.get_template("Replacement"), WRITE_ALL | {OWNER}),
		"renew": (lambda: desk.renew(rejected.name), WRITE_ALL | {OWNER}),
		"compare": (call(approved, "compare", first=1, second=2), READ_ALL | {OWNER}),
		"withdraw_approval": (call(approved, "withdraw_approval", reason="x"), {FINANCE, PORTFOLIO, SYSTEM}),
		"take_selection": (lambda: selection.take_selection(name), {PORTFOLIO, SYSTEM}),
	}
	with with_funds():
		for label, (door, allowed) in functions.items():
			for role in ROLES:
				frappe.db.savepoint("door")
				as_user(scene.users[role])
				try:
					found = is_allowed(door)
				finally:
					frappe.set_user("Administrator")
					frappe.db.rollback(save_point="door")
				assert found == (role in allowed), (label, role)


def scene_service(scene: Scene):
	return frappe.get_doc("IT Service", scene.own.it_service)


def test_what_writes_takes_post_only():
	methods = frappe.allowed_http_methods_for_whitelisted_func
	for function in (desk.renew, selection.take_selection):
		assert methods[function] == ["POST"]
	for function in (desk.get_template, desk.get_templates):
		assert "GET" in methods[function]
