"""Retirement Analysis through the desk: who runs and exports it, and what a limited viewer sees of it."""

import json

import pytest

import frappe
from frappe.desk import query_report

from itil_strategy.service_portfolio.retirement.evidence import get_evidence
from itil_strategy.tests.factories import book_expense, make_service, make_user
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY
from tests.site.portfolio_doors import as_user, call_desk, is_allowed, request
from tests.site.portfolio_matrix import (
	CREATOR,
	FINANCE,
	OWNER,
	PORTFOLIO,
	RELATIONSHIP,
	STRANGER,
	SYSTEM,
	VIEWERS,
)
from tests.site.portfolio_world import limit

REPORT = "Retirement Analysis"
FILTERS = {"company": COMPANY, "last_month": "2026-03-31", "months": 3}
RUNNERS = {PORTFOLIO, RELATIONSHIP, FINANCE, SYSTEM, OWNER, STRANGER, CREATOR}
COSTS = (100, 200, 400, 800, 1600)
MEASURES = ("full_cost", "charged", "net_saving", "exit_cost")


def run(**arguments) -> dict:
	return query_report.run(REPORT, {**FILTERS}, **arguments)


def export() -> str:
	answer = call_desk(
		query_report.export_query,
		report_name=REPORT,
		filters=json.dumps(FILTERS),
		file_format_type="CSV",
		visible_idx="[]",
	)
	return frappe.safe_decode(answer.filecontent)


def named(result: list[dict]) -> set[str]:
	return {row["it_service"] for row in result if row.get("it_service")}


@pytest.fixture(scope="module")
def services(frappe_site):
	"""Services with a cost: one for a customer, in a category; others that need it, for another one in another."""
	mine, theirs = (
		frappe.get_doc({"doctype": "IT Service Category", "category_name": frappe.generate_hash()})
		.insert()
		.name
		for _number in range(2)
	)
	needed = make_service(category=mine, entitled_customers=[{"customer": "Harbour GmbH"}])
	others = [
		make_service(category=theirs, entitled_customers=[{"customer": "Meadow AG"}]) for _cost in COSTS[1:]
	]
	for other in others:
		other.append("dependencies", {"depends_on": needed.name})
		other.save()
	for service, cost in zip([needed, *others], COSTS, strict=True):
		book_expense(service.name, cost)
	yield frappe._dict(shown=needed.name, hidden={other.name for other in others}, category=theirs)
	frappe.set_user("Administrator")
	frappe.db.rollback()


@pytest.mark.parametrize("viewer", VIEWERS)
def test_who_runs_and_exports_it(world, viewer):
	as_user(world.users[viewer])
	path = "/api/method/frappe.desk.query_report.run"
	doors = {
		"run": run,
		"run as somebody else": lambda: run(user="Administrator"),
		"REST": lambda: request("POST", path, report_name=REPORT, filters=FILTERS),
		"export": export,
	}
	assert {door: is_allowed(enter) for door, enter in doors.items()} == dict.fromkeys(
		doors, viewer in RUNNERS
	)


def test_an_owner_sees_and_exports_the_own_services_only(world):
	own = set(frappe.get_all("IT Service", {"service_owner": world.users[OWNER]}, pluck="name"))
	as_user(world.users[OWNER])
	for answer in (run(), run(user="Administrator")):
		assert named(answer["result"]) == own
		assert "services that you own" in answer["message"]
	text = export()
	assert all(name in text for name in own)
	as_user(world.users[STRANGER])
	text = export()
	assert not any(name in text for name in own)


@pytest.mark.parametrize(
	("permission", "value"),
	[
		("IT Service", lambda services: services.shown),
		("Customer", lambda services: "Harbour GmbH"),
		("IT Service Category", lambda services: services.category),
	],
)
def test_totals_are_those_of_everybody_and_hidden_rows_are_said_so(services, permission, value):
	everything = run()
	visible_of = {"IT Service Category": services.hidden}.get(permission, {services.shown})
	user = make_user("Service Portfolio Manager")
	limit(user, permission, value(services))
	as_user(user)
	for answer in (run(), run(user="Administrator")):
		rows = answer["result"]
		assert [rows[-1][field] for field in MEASURES] == [
			everything["result"][-1][field] for field in MEASURES
		]
		assert answer["report_summary"] == everything["report_summary"]
		listed = set(frappe.get_list("IT Service", pluck="name", limit=0))
		assert named(rows) == named(everything["result"]) & listed
		assert visible_of <= named(rows)
		assert named(rows) & (services.hidden | {services.shown}) == visible_of
		folded = rows[-2]
		hidden = [
			row for row in everything["result"] if row.get("it_service") and row["it_service"] not in listed
		]
		assert folded["service_name"] == f"Not shown ({len(hidden)} records)"
		if len(hidden) >= 3:
			assert folded["full_cost"] == sum(row["full_cost"] for row in hidden)
		else:
			assert folded.get("full_cost") is None
	text = export()
	assert "Not shown" in text
	assert not any(name in text for name in (services.hidden | {services.shown}) - visible_of)


def test_hidden_neighbours_are_counted_not_named(services):
	user = make_user("Service Portfolio Manager")
	limit(user, "IT Service", services.shown)
	as_user(user)
	evidence = get_evidence(COMPANY, services.shown, "2026-03-31", 3)
	assert evidence["dependents"] == [f"{len(services.hidden)} not shown"]
	(row,) = [row for row in run()["result"] if row.get("it_service") == services.shown]
	assert row["blockers"] == f"Needed by {len(services.hidden)} not shown"
	with pytest.raises(frappe.PermissionError):
		get_evidence(COMPANY, min(services.hidden), "2026-03-31", 3)


@pytest.mark.parametrize("role", ["Service Portfolio Manager", "Service Owner", "IT Financial Manager"])
def test_no_figures_of_another_company(services, role):
	user = make_user(role)
	limit(user, "Company", OTHER_COMPANY)
	as_user(user)
	for door in (run, lambda: run(user="Administrator"), export):
		assert not is_allowed(door)
