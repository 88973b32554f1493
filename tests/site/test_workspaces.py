"""Workspaces: who sees them, and only links that lead somewhere for the one who looks."""

import json

import pytest

import frappe
from frappe.desk.desktop import get_desktop_page, get_workspace_sidebar_items

from itil_strategy.setup.roles import ROLES
from itil_strategy.tests.factories import make_user

WORKSPACES = ("Service Strategy", "Service Portfolio", "Business Relationship", "IT Finance")


def sidebar(user: str) -> set[str]:
	"""Return the workspaces of ours in a user's sidebar."""
	frappe.set_user(user)
	return {page["name"] for page in get_workspace_sidebar_items()["pages"]} & set(WORKSPACES)


def links(workspace: str) -> list[dict]:
	"""Return what the cards of a workspace offer to the session's user."""
	page = get_desktop_page(json.dumps({"name": workspace, "title": workspace, "public": 1}))
	return [link for card in page["cards"]["items"] for link in card["links"]]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_all_of_them(frappe_site, role):
	assert sidebar(make_user(role)) == set(WORKSPACES)


def test_users_without_a_role_of_the_app_see_none(frappe_site):
	assert sidebar(make_user("Sales User", "Accounts User")) == set()


@pytest.mark.parametrize("role", ROLES)
def test_records_are_offered_to_those_who_may_read_them(frappe_site, role):
	frappe.set_user(make_user(role))
	for workspace in WORKSPACES:
		offered = {link["link_to"] for link in links(workspace) if link["link_type"] == "DocType"}
		held = frappe.get_all(
			"Workspace Link",
			{"parent": workspace, "type": "Link", "link_type": "DocType"},
			pluck="link_to",
			ignore_permissions=True,
		)
		assert offered == {doctype for doctype in held if frappe.has_permission(doctype, "read")}


@pytest.mark.parametrize("role", ROLES)
def test_reports_are_offered_to_those_who_may_run_them(frappe_site, role):
	frappe.set_user(make_user(role))
	for workspace in WORKSPACES:
		offered = {link["link_to"] for link in links(workspace) if link["link_type"] == "Report"}
		held = frappe.get_all(
			"Workspace Link",
			{"parent": workspace, "type": "Link", "link_type": "Report"},
			pluck="link_to",
			ignore_permissions=True,
		)
		assert offered == {report for report in held if frappe.get_doc("Report", report).is_permitted()}
