"""Who sees and does what with pools, drivers and allocations: lists and documents in pairs (design, section 6)."""

import pytest

import frappe

from itil_strategy.tests.allocation import (
	book,
	calculated_allocation,
	count_units,
	make_driver,
	make_pool,
)
from itil_strategy.tests.factories import make_service, make_user, unique

FINANCE, PORTFOLIO = "IT Financial Manager", "Service Portfolio Manager"
RELATIONSHIP, OWNER = "Business Relationship Manager", "Service Owner"
MASTERS = ("Cost Element", "Cost Driver", "Cost Pool", "Cost Allocation Run")
BY_SERVICE = ("Cost Driver Value", "Service Cost")


@pytest.fixture
def scene(frappe_site):
	"""An owned and another service, each with cost, a counted value and their pool."""
	user = make_user(OWNER)
	own, other = make_service(service_owner=user).name, make_service().name
	book(60, own)
	book(40, other)
	driver = make_driver()
	for service in (own, other):
		count_units(driver, service, 1)
	pool = make_pool(basis="Driver", cost_driver=driver.name)
	element = frappe.get_doc({"doctype": "Cost Element", "element_name": unique("EL")}).insert()
	run = calculated_allocation()
	users = {role: make_user(role) for role in (FINANCE, PORTFOLIO, RELATIONSHIP)} | {OWNER: user}
	records = {"Cost Element": element, "Cost Driver": driver, "Cost Pool": pool, "Cost Allocation Run": run}
	return frappe._dict(users=users, own=own, other=other, records=records, run=run, driver=driver)


def as_role(scene, role: str) -> None:
	frappe.set_user(scene.users[role])
	frappe.clear_cache(user=scene.users[role])


def can(doctype: str, name: str | None = None, *rights: str) -> list[bool]:
	return [bool(frappe.has_permission(doctype, right, doc=name)) for right in rights]


@pytest.mark.parametrize("doctype", MASTERS)
@pytest.mark.parametrize(
	("role", "reads", "writes"),
	[
		(FINANCE, True, True),
		(PORTFOLIO, True, False),
		(RELATIONSHIP, False, False),
		(OWNER, False, False),
	],
)
def test_masters_and_runs(scene, doctype, role, reads, writes):
	name = scene.records[doctype].name
	as_role(scene, role)
	assert can(doctype, name, "read", "write", "create", "delete") == [reads, writes, writes, writes]
	if doctype == "Cost Allocation Run":
		assert can(doctype, name, "submit", "cancel") == [writes, writes]
	if reads:
		assert name in frappe.get_list(doctype, pluck="name", limit=0)
	else:
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)


@pytest.mark.parametrize("doctype", BY_SERVICE)
@pytest.mark.parametrize("role", [FINANCE, PORTFOLIO, OWNER])
def test_rows_of_services_in_list_and_document(scene, doctype, role):
	both = {scene.own, scene.other}
	names = dict(
		frappe.get_all(doctype, {"it_service": ("in", list(both))}, ["name", "it_service"], as_list=True)
	)
	as_role(scene, role)
	expected = {scene.own} if role == OWNER else both
	assert both & set(frappe.get_list(doctype, pluck="it_service", limit=0)) == expected
	for name, service in names.items():
		assert frappe.get_doc(doctype, name).has_permission("read") is (service in expected)
	writes = doctype == "Cost Driver Value" and role == FINANCE
	assert can(doctype, None, "write", "create", "delete") == [writes] * 3


@pytest.mark.parametrize("doctype", [*BY_SERVICE, "Cost Allocation Input"])
def test_the_relationship_manager_has_none(scene, doctype):
	as_role(scene, RELATIONSHIP)
	with pytest.raises(frappe.PermissionError):
		frappe.get_list(doctype)
	assert can(doctype, None, "read", "write", "create") == [False] * 3


@pytest.mark.parametrize("role", [PORTFOLIO, RELATIONSHIP, OWNER])
def test_only_finance_calculates_and_accepts(scene, role):
	as_role(scene, role)
	run = frappe.get_doc("Cost Allocation Run", scene.run.name)
	for call in (run.calculate, lambda: run.accept_unallocated("because")):
		with pytest.raises(frappe.PermissionError):
			call()


def test_what_is_calculated_is_written_by_nobody(scene):
	as_role(scene, FINANCE)
	for doctype in ("Service Cost", "Cost Allocation Input"):
		assert can(doctype, None, "write", "create", "delete") == [False] * 3


def test_guests_reach_nothing(scene):
	frappe.set_user("Guest")
	for doctype in (*MASTERS, *BY_SERVICE, "Cost Allocation Input"):
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)
