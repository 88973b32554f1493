"""Stored answers of reports: two viewers with different scopes never read one stored result."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import frappe
from frappe.core.doctype.prepared_report.prepared_report import (
	download_attachment,
	generate_report,
	get_completed_prepared_report,
	make_prepared_report,
	process_filters_for_prepared_report,
)
from frappe.desk import query_report

from itil_strategy.tests.factories import book_expense, make_service, make_user
from itil_strategy.tests.setup import COMPANY

OTHERS = "YouTube Interactions"  # of ERPNext, for everybody
REPORT = "Service Cost Analysis"
FILTERS = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-03-31", "breakdown": "Service"}


@contextmanager
def as_user(user: str) -> Iterator[None]:
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user("Administrator")


@pytest.fixture
def viewers(frappe_site, monkeypatch):
	"""Finance sees both services, the owner of one sees that one; both may open stored answers.

	Frappe's job commits; here everything is undone with the test.
	"""
	monkeypatch.setattr(frappe.local.db, "commit", lambda: None)
	frappe.db.set_value("Report", REPORT, "prepared_report", 1)
	finance = make_user("IT Financial Manager", "Prepared Report User")
	owner = make_user("Service Owner", "Prepared Report User")
	own = make_service(service_owner=owner).name
	foreign = make_service().name
	for service, amount in ((own, 100), (foreign, 200)):
		book_expense(service, amount, "2026-02-10")
	return finance, owner, own, foreign


def store(user: str) -> str:
	"""What the viewer asks for is worked out in the background and stored."""
	with as_user(user):
		name = make_prepared_report(REPORT, json.dumps(FILTERS))["name"]
		generate_report(name)
	assert frappe.db.get_value("Prepared Report", name, "status") == "Completed"
	return name


def shown(user: str) -> set[str]:
	"""Services that the desk shows the viewer from what is stored."""
	with as_user(user):
		answer = query_report.run(REPORT, {**FILTERS})
	assert answer["prepared_report"]
	return {row.get("it_service") for row in answer.get("result", [])} - {None, ""}


def test_each_is_answered_from_the_own_result(viewers):
	finance, owner, own, foreign = viewers
	of_finance, of_owner = store(finance), store(owner)
	filters = process_filters_for_prepared_report(FILTERS)
	for user, name in ((finance, of_finance), (owner, of_owner)):
		assert get_completed_prepared_report(filters, user, REPORT) == name
	assert {own, foreign} <= shown(finance)
	assert own in shown(owner)
	assert foreign not in shown(owner)


def test_no_way_leads_to_the_result_of_another(viewers):
	finance, owner, _own, foreign = viewers
	of_finance = store(finance)
	kept = frappe.get_all("File", {"attached_to_name": of_finance}, pluck="name")
	assert foreign.encode() in gzip.decompress(frappe.get_doc("File", kept[0]).get_content())
	with as_user(owner):
		assert of_finance not in frappe.get_list("Prepared Report", pluck="name")
		assert not frappe.has_permission("Prepared Report", "read", of_finance)
		assert not frappe.has_permission("File", "read", kept[0])
		with pytest.raises(frappe.ValidationError):
			download_attachment(of_finance)


def test_ones_own_result_and_those_of_other_apps_stay_readable(viewers):
	finance, owner, *_services = viewers
	of_owner = store(owner)
	with as_user(finance):
		others = frappe.get_doc({"doctype": "Prepared Report", "report_name": OTHERS, "filters": "{}"})
		others.insert(ignore_permissions=True)
	with as_user(owner):
		assert of_owner in frappe.get_list("Prepared Report", pluck="name")
		assert frappe.has_permission("Prepared Report", "read", of_owner)
		assert others.name in frappe.get_list("Prepared Report", pluck="name")
		assert frappe.has_permission("Prepared Report", "read", others.name)
	with as_user("Administrator"):
		assert of_owner in frappe.get_list("Prepared Report", pluck="name")
