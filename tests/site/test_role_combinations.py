"""Which of ERPNext's roles each process role needs beside it, as the README says: everything that its forms link to."""

import pytest

import frappe

from itil_strategy.tests.factories import make_user

RELATIONSHIP, PORTFOLIO, FINANCE = "Business Relationship", "Service Portfolio", "IT Finance"
# roles: modules whose forms they fill in
COMBINATIONS = {
	("Business Relationship Manager", "Sales User"): (RELATIONSHIP,),
	("Service Portfolio Manager", "Accounts User", "Sales User", "Stock User"): (PORTFOLIO,),
	("IT Financial Manager", "Accounts User"): (FINANCE,),
	("Service Owner", "Accounts User", "Sales User", "Stock User"): (PORTFOLIO, RELATIONSHIP),
}
# Rows that jobs write, and settings that others fill in.
WRITTEN_BY_THE_APP = ("Service Charge", "Service Usage", "Charge Posting", "Service Strategy Settings")


@pytest.mark.parametrize("roles", COMBINATIONS, ids=" + ".join)
def test_all_that_the_forms_link_to_can_be_chosen(frappe_site, roles):
	user = make_user(*roles)
	missing = set()
	for doctype in frappe.get_all("DocType", {"module": ("in", COMBINATIONS[roles])}, pluck="name"):
		if doctype in WRITTEN_BY_THE_APP:
			continue
		for df in frappe.get_meta(doctype).get("fields", {"fieldtype": "Link"}):
			if not df.read_only and not any(
				frappe.has_permission(df.options, ptype, user=user) for ptype in ("read", "select")
			):
				missing.add((doctype, df.options))
	assert missing == set()
