"""Who changed what stays on record, and nothing is deleted that money or a decision hangs on."""

import json

import pytest

import frappe

from itil_strategy.hooks import BULK_RECORDS
from itil_strategy.tests.budgets import rolled_back
from itil_strategy.tests.factories import make_user
from tests.site.exported import own_doctypes

# Written once and never changed; whoever follows a link in an e-mail has no user whose change could be told.
WRITTEN_ONCE = {*BULK_RECORDS, "Survey Invitation"}
# What the sample has of it hangs on money or a decision.
KEPT = (
	*BULK_RECORDS,
	"Budget Transfer",
	"Charging Policy",
	"Charging Run",
	"Charging Tier",
	"Cost Allocation Run",
	"Cost Pool",
	"Customer Need",
	"Fund Reservation",
	"IT Service",
	"Portfolio Decision",
	"Requirement Mediation",
	"Service Budget",
	"Service Commitment",
	"Service Offering",
	"Strategic Objective",
	"Usage Import",
)


@pytest.fixture
def allocated(sample):
	"""The allocation of the sample, submitted."""
	allocation = frappe.get_last_doc("Cost Allocation Run")
	if allocation.docstatus == 0:
		allocation.submit()


def test_every_record_that_people_change_keeps_its_versions():
	without = {name for name, doc in own_doctypes().items() if not doc.get("track_changes")}
	assert without == WRITTEN_ONCE


@pytest.mark.parametrize("doctype", KEPT)
def test_nothing_is_deleted_that_money_or_a_decision_hangs_on(allocated, doctype):
	"""Not even by the Administrator, who has every right."""
	filters = {"docstatus": 1} if frappe.get_meta(doctype).is_submittable else {}
	names = frappe.get_all(doctype, filters, pluck="name", limit=3)
	assert names
	for name in names:
		before = frappe.db.count(doctype)
		with rolled_back(), pytest.raises((frappe.ValidationError, frappe.PermissionError)):
			frappe.delete_doc(doctype, name)
		assert frappe.db.count(doctype) == before


def test_a_bulk_row_says_what_it_goes_with(sample):
	charge = frappe.get_last_doc("Service Charge")
	with pytest.raises(frappe.PermissionError, match=charge.charging_run):
		charge.delete()
	charge.amount += 1
	with pytest.raises(frappe.PermissionError, match=charge.charging_run):
		charge.save()
	claim = frappe.get_last_doc("Usage Claim")
	with pytest.raises(frappe.PermissionError, match=claim.charging_run):
		claim.delete()


def changes(doctype: str, name: str) -> list[tuple[str, dict]]:
	"""(user, what the Version says) of the last change."""
	rows = frappe.get_all(
		"Version",
		{"ref_doctype": doctype, "docname": name},
		["owner", "data"],
		order_by="creation desc",
		limit=1,
	)
	return [(row.owner, json.loads(row.data)) for row in rows]


def test_settings(sample):
	user = make_user("IT Financial Manager")
	settings = frappe.get_single("Service Strategy Settings")
	before = settings.dispute_window_days
	frappe.set_user(user)
	settings = frappe.get_doc("Service Strategy Settings")
	settings.dispute_window_days = before + 3
	settings.save(ignore_version=False)
	((who, data),) = changes("Service Strategy Settings", "Service Strategy Settings")
	assert who == user
	assert ["dispute_window_days", str(before), str(before + 3)] in [
		[field, str(old), str(new)] for field, old, new in data["changed"]
	]


def test_a_case_tells_each_changed_assumption(sample):
	user = make_user("Service Portfolio Manager")
	copy = frappe.copy_doc(frappe.get_last_doc("Business Case"))
	copy.status = "Draft"
	name = copy.insert().name
	frappe.set_user(user)
	case = frappe.get_doc("Business Case", name)
	case.case_title, case.assumptions[0].base_value = "Another title", case.assumptions[0].base_value + 1
	case.save(ignore_version=False)
	((who, data),) = changes("Business Case", name)
	assert who == user
	assert "case_title" in {row[0] for row in data["changed"]}
	assert "assumptions" in {row[0] for row in data["row_changed"]}


def test_a_price_tells_who_set_it(sample):
	user = make_user("IT Financial Manager")
	name = frappe.get_all("Charging Policy", {"docstatus": 0}, pluck="name", limit=1)[0]
	frappe.set_user(user)
	doc = frappe.get_doc("Charging Policy", name)
	doc.notes = "Changed"
	doc.save(ignore_version=False)
	assert changes("Charging Policy", name)[0][0] == user


def test_a_waiver_names_who_gave_it_why_and_until_when(sample):
	"""Rows of a submitted decision: they can be changed by nobody, so they are their own record."""
	fields = {field.fieldname for field in frappe.get_meta("Portfolio Waiver").fields}
	assert {"reason", "expires_on", "waived_by"} <= fields
	decision = frappe.get_meta("Portfolio Decision")
	assert not decision.get_field("waivers").allow_on_submit
	assert {"decided_by", "decision_date"} <= {field.fieldname for field in decision.fields}
