"""Rows of a record go with it, and a share gives no more than its giver has."""

import pytest

import frappe
import frappe.share
from frappe.desk import reportview
from frappe.utils import add_days, today

from itil_strategy.hooks import BUDGET_ROWS, CASE_ROWS, OTHER_ROWS, PORTFOLIO_ROWS, RELATIONSHIP_ROWS
from itil_strategy.tests.factories import make_service
from itil_strategy.tests.portfolio import decide
from tests.site.portfolio_doors import as_user, call_desk, is_allowed, request
from tests.site.portfolio_matrix import DESK, FINANCE, OWNER, PORTFOLIO, RELATIONSHIP, STRANGER, SYSTEM
from tests.site.portfolio_world import LAST_DAY_IN

PARENTS = {"Portfolio Waiver": "Portfolio Decision", "Retirement Task": "Service Retirement"}


@pytest.fixture
def rows(world):
	"""A row of each kind in records about a service of the owner."""
	service = make_service(
		stage="In Design",
		service_owner=world.users[OWNER],
		dependencies=[{"depends_on": world.owned.bare}],
		stage_plan=[{"stage": "In Transition", "planned_date": "2026-01-01"}],
	)
	decide(service, "Hold")
	waiver = {
		"gate_check": "Priced offering",
		"reason": "Later",
		"expires_on": add_days(today(), LAST_DAY_IN),
	}
	draft = decide(frappe.get_doc("IT Service", service.name), "Proceed", submit=False, waivers=[waiver])
	service = frappe.get_doc("IT Service", service.name)
	plan = frappe.get_doc("Service Retirement", world.owned.names["Service Retirement"])
	plan.append("contracts", {"contract": "Licences"})
	plan.save()
	return [
		*service.stage_log,
		*service.stage_plan,
		*service.dependencies,
		*service.companies,
		*draft.waivers,
		*draft.gate_results,
		plan.checklist[0],
		*plan.contracts,
	]


def test_every_table_of_the_app_is_guarded():
	tables = frappe.get_all(
		"DocType",
		{"istable": 1, "module": ("in", frappe.get_module_list("itil_strategy"))},
		pluck="name",
	)
	assert set(tables) == {*PORTFOLIO_ROWS, *RELATIONSHIP_ROWS, *BUDGET_ROWS, *CASE_ROWS, *OTHER_ROWS}


@pytest.mark.parametrize("viewer", [OWNER, STRANGER, PORTFOLIO, SYSTEM])
def test_a_row_is_not_written_past_its_record(world, rows, viewer):
	as_user(world.users[viewer])
	for row in rows:
		place = {field: row.get(field) for field in ("parent", "parenttype", "parentfield")}
		for door in (
			lambda row: request("PUT", f"/api/resource/{row.doctype}/{row.name}", idx=row.idx),
			lambda row: request("PATCH", f"/api/v2/document/{row.doctype}/{row.name}", idx=row.idx),
			lambda row: request("DELETE", f"/api/resource/{row.doctype}/{row.name}"),
			lambda row, place=place: request(
				"POST", f"/api/resource/{row.doctype}", **values_of(row), **place
			),
			lambda row: frappe.client.save(row.as_dict(convert_dates_to_str=True)),
		):
			assert not is_allowed(door, row), row.doctype


def values_of(row) -> dict:
	return {
		field: value
		for field, value in row.as_dict(convert_dates_to_str=True, no_default_fields=True).items()
		if value is not None and field not in ("parent", "parenttype", "parentfield", "idx")
	}


def test_a_row_is_written_with_its_record(world, rows):
	"""Frappe's client API saves the record when a row is given, so its checks apply."""
	plan = world.owned.names["Service Retirement"]
	task = next(row for row in rows if row.doctype == "Retirement Task")
	as_user(world.users[OWNER])
	frappe.client.set_value("Retirement Task", task.name, "is_done", 1)
	assert str(frappe.db.get_value("Retirement Task", task.name, "done_on")) == today()
	frappe.client.delete("Retirement Task", task.name)
	as_user(world.users[STRANGER])
	place = {"parent": plan, "parenttype": "Service Retirement", "parentfield": "checklist"}
	with pytest.raises(frappe.PermissionError):
		frappe.client.insert({"doctype": "Retirement Task", "task": "Mine", **place})


@pytest.mark.parametrize("doctype", PARENTS)
def test_rows_of_a_hidden_record_are_hidden(world, rows, doctype):
	parent = PARENTS[doctype]
	mine = {row.name for row in rows if row.doctype == doctype}

	def seen() -> list[bool]:
		everything = {"fields": ["name"], "limit_page_length": 100_000, "parent": parent}
		lists = (
			frappe.get_list(doctype, parent_doctype=parent, pluck="name", limit=0),
			[row["name"] for row in frappe.client.get_list(doctype, **everything)],
			[
				row["name"]
				for row in request(
					"GET", f"/api/resource/{doctype}", parent=parent, limit_page_length=100_000
				)
			],
			str(
				call_desk(
					reportview.get,
					doctype=doctype,
					parent_doctype=parent,
					fields='["name"]',
					page_length=100_000,
				)
			),
			[frappe.client.get_value(doctype, "name", name, parent=parent).get("name") for name in mine],
		)
		return [all(name in names for name in mine) for names in lists]

	for viewer in (OWNER, PORTFOLIO, RELATIONSHIP):
		as_user(world.users[viewer])
		assert set(seen()) == {True}, viewer
	as_user(world.users[STRANGER])
	assert set(seen()) == {False}
	as_user(world.users[DESK])
	with pytest.raises(frappe.PermissionError):
		seen()


# Shares


@pytest.mark.parametrize("doctype", ["IT Service", "Portfolio Decision", "Service Retirement"])
@pytest.mark.parametrize(
	("viewer", "given"),
	[
		(RELATIONSHIP, {"share"}),
		(FINANCE, {"share"}),
		(OWNER, {"write", "share"}),
		(PORTFOLIO, {"write", "share", "submit"}),
	],
)
def test_a_share_gives_no_more_than_its_giver_has(world, doctype, viewer, given):
	name, user = world.owned.names[doctype], world.users[viewer]
	rights = {"write", "share", "submit"} - ({"submit"} if doctype == "IT Service" else set())
	as_user(user)
	for receiver in (world.users[DESK], user):
		for door in (
			lambda right, to: frappe.share.add(doctype, name, to, **{right: 1}),
			lambda right, to: frappe.share.set_permission(doctype, name, to, right),
			lambda right, to: frappe.share.add(doctype, name, everyone=1, **{right: 1}),
		):
			assert {right for right in rights if is_allowed(door, right, receiver)} == given & rights


def test_a_share_to_read_does_not_grow(world):
	name = world.owned.names["Portfolio Decision"]
	as_user(world.users[RELATIONSHIP])
	frappe.share.add("Portfolio Decision", name, world.users[DESK])
	as_user(world.users[DESK])
	assert frappe.has_permission("Portfolio Decision", "read", doc=name)
	for right in ("write", "submit", "share"):
		assert not is_allowed(
			frappe.share.set_permission, "Portfolio Decision", name, world.users[DESK], right
		)


def test_a_stranger_does_not_share_what_is_hidden(world):
	as_user(world.users[STRANGER])
	for doctype in ("Portfolio Decision", "Service Retirement"):
		assert not is_allowed(frappe.share.add, doctype, world.owned.names[doctype], world.users[STRANGER])
	assert not is_allowed(
		lambda: frappe.share.add("IT Service", world.owned.bare, world.users[STRANGER], write=1)
	)
