"""Each right of each viewer on every record of the app, through every door (`rights.matrix`)."""

import pytest

import frappe
from frappe.desk.doctype.global_search_settings.global_search_settings import get_doctypes_for_global_search
from frappe.www.printview import get_html_and_style

from tests.site.exported import own_doctypes
from tests.site.portfolio_doors import as_user
from tests.site.rights.matrix import CASES, CONTACT, MATRIX
from tests.site.rights.measure import Tally, measure


def records() -> dict[str, dict]:
	"""Every doctype that has records."""
	return {name: doc for name, doc in own_doctypes().items() if not doc.get("issingle")}


@pytest.mark.parametrize(("doctype", "viewer"), CASES)
def test_matrix(everything, doctype, viewer):
	tally = Tally()
	measure(everything, doctype, viewer, tally)
	assert not tally.wrong, "\n".join(tally.wrong)
	assert tally.rights >= 7


def test_the_table_has_every_doctype_of_the_app():
	assert set(MATRIX) == set(records())


def test_no_role_has_a_right_that_the_table_does_not_name():
	"""Also roles that no viewer has: whoever is added to a doctype must be added to the table."""
	known = {
		"Service Portfolio Manager",
		"Business Relationship Manager",
		"IT Financial Manager",
		"Service Owner",
		"System Manager",
		"Customer",
	}
	for name, doc in records().items():
		assert {row["role"] for row in doc["permissions"]} <= known, name


def test_what_is_submitted_is_deleted_by_nobody(everything):
	for doctype, name in everything.submitted.items():
		for user in everything.users.values():
			as_user(user)
			with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
				frappe.delete_doc(doctype, name)


def test_the_search_over_everything_knows_no_record_of_ours():
	"""Frappe's global search asks for the right on the kind of record only, not on the record."""
	assert not set(MATRIX) & set(get_doctypes_for_global_search())
	assert not frappe.get_hooks("global_search_doctypes", app_name="itil_strategy")
	for name, doc in records().items():
		assert not [field["fieldname"] for field in doc["fields"] if field.get("in_global_search")], name


@pytest.mark.parametrize(
	("doctype", "fieldname"), [("Customer Need", "assessment"), ("Service Feedback", "internal_notes")]
)
def test_what_is_internal_is_not_printed_for_the_customer(everything, doctype, fieldname):
	meta = frappe.get_meta(doctype)
	field = meta.get_field(fieldname) or next(
		row for row in meta.fields if row.permlevel and row.fieldtype in ("Small Text", "Text", "Text Editor")
	)
	name, secret = everything.names[doctype], "Not for their eyes"
	frappe.db.set_value(doctype, name, field.fieldname, secret)
	as_user(everything.users[CONTACT])
	assert secret not in get_html_and_style(doctype, name)["html"]
	as_user("Administrator")
	assert secret in get_html_and_style(doctype, name)["html"]
