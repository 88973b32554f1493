"""Who may see and do what, through documents, lists, the client API and whitelisted methods."""

import pytest

import frappe

from itil_strategy.tests.charging import make_correction, make_dispute
from itil_strategy.tests.factories import (
	charges_of,
	import_usage,
	make_import,
	make_offering,
	make_policy,
	make_service,
	make_user,
	own_csv,
	published_run,
)

FINANCE, PORTFOLIO = "IT Financial Manager", "Service Portfolio Manager"
RELATIONSHIP, OWNER = "Business Relationship Manager", "Service Owner"


@pytest.fixture
def charged(frappe_site):
	"""Two services, one owned by a service owner, with a published charge each."""
	user = make_user(OWNER)
	own, other = make_service(service_owner=user), make_service()
	offerings = {}
	for service in (own, other):
		offering = make_offering(service)
		offerings[service.name] = offering
		make_policy(offering, unit_price=1)
		import_usage([(offering.name, "Sales Unit", "2026-01-05", "Nos", 10)])
	return frappe._dict(user=user, own=own, other=other, offerings=offerings, run=published_run())


def as_user(user: str) -> None:
	frappe.set_user(user)
	frappe.clear_cache(user=user)


def listed(doctype: str, field: str) -> set:
	return set(frappe.get_list(doctype, pluck=field, limit=0))


def test_a_service_owner_sees_finance_records_of_the_own_services_only(charged):
	own_offering = charged.offerings[charged.own.name].name
	as_user(charged.user)
	assert listed("Service Charge", "it_service") == {charged.own.name}
	assert listed("Charging Policy", "it_service") == {charged.own.name}
	assert listed("Service Usage", "service_offering") == {own_offering}
	frappe.set_user("Administrator")
	for charge in charges_of(charged.run):
		as_user(charged.user)
		doc = frappe.get_doc("Service Charge", charge.name)
		assert doc.has_permission("read") is (doc.it_service == charged.own.name)


def test_a_service_owner_edits_the_own_services_only(charged):
	as_user(charged.user)
	frappe.client.set_value("IT Service", charged.own.name, "service_name", "Renamed")
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value("IT Service", charged.other.name, "service_name", "Mine now")
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value("IT Service", charged.other.name, "service_owner", charged.user)
	with pytest.raises(frappe.PermissionError):
		make_service()


def test_a_service_owner_does_not_see_runs(charged):
	as_user(charged.user)
	with pytest.raises(frappe.PermissionError):
		frappe.get_list("Charging Run")
	assert not frappe.has_permission("Charging Run", "read", doc=charged.run.name)


@pytest.mark.parametrize("role", [PORTFOLIO, RELATIONSHIP, OWNER])
def test_only_finance_runs_the_jobs(charged, role):
	user = make_user(role)
	usage_import = make_import(own_csv([("X", "Y", "2026-01-05", "Nos", 1)]))
	as_user(user)
	run = frappe.get_doc("Charging Run", charged.run.name)
	for call in (
		run.calculate,
		run.post,
		lambda: run.accept("Sales Unit"),
		lambda: run.reverse("because"),
		usage_import.start_import,
		usage_import.map_unmapped,
		lambda: usage_import.ignore_unmapped("because"),
		lambda: frappe.get_single("Service Strategy Settings").set_up_accounts("Test IT Services"),
	):
		with pytest.raises(frappe.PermissionError):
			call()


@pytest.mark.parametrize("doctype", ["Service Charge", "Service Usage", "Usage Claim", "Charge Posting"])
@pytest.mark.parametrize("role", [FINANCE, PORTFOLIO, RELATIONSHIP, OWNER])
def test_nobody_writes_charges_usage_or_claims_by_hand(charged, doctype, role):
	user = make_user(role)
	as_user(user)
	for permission in ("create", "write", "delete"):
		assert not frappe.has_permission(doctype, permission)


def test_states_cannot_be_faked_by_the_client(charged):
	user = make_user(FINANCE)
	as_user(user)
	for field, value in (("status", "Posted"), ("posted_amount", 1), ("charge_count", 1)):
		with pytest.raises(frappe.ValidationError):
			frappe.client.set_value("Charging Run", charged.run.name, field, value)
	assert frappe.db.get_value("Charging Run", charged.run.name, "status") == "Published"


@pytest.mark.parametrize("role", [FINANCE, PORTFOLIO, RELATIONSHIP, OWNER])
def test_the_statement_runs_for_every_role_through_the_desk(charged, role):
	from frappe.desk.query_report import run as run_report

	user = charged.user if role == OWNER else make_user(role)
	as_user(user)
	result = run_report(
		"Charging Statement", filters={"company": "Test IT Services", "charging_run": charged.run.name}
	)
	assert result["result"][-1]["amount"] == (10 if role == OWNER else 20)


@pytest.mark.parametrize(
	"report", ["Charging Statement", "Service Cost Analysis", "Reconciliation to Ledger"]
)
def test_a_report_keeps_to_the_companies_of_the_viewer(charged, report):
	from frappe.desk.query_report import run as run_report

	user = make_user(FINANCE)
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Company", "for_value": "Test Cloud Services"}
	).insert()
	as_user(user)
	period = {"from_date": "2026-01-01", "to_date": "2026-12-31"}
	run_report(report, filters={"company": "Test Cloud Services", **period})
	with pytest.raises(frappe.PermissionError, match="Choose a company of yours"):
		run_report(report, filters={"company": "Test IT Services", **period})


def test_guests_reach_nothing(charged):
	as_user("Guest")
	for doctype in ("IT Service", "Service Charge", "Charging Run", "Usage Import", "Charging Policy"):
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)


def test_disputes_and_corrections_are_seen_with_their_charge(charged):
	"""In lists and by name alike: all who read charges, and a service owner the own services'."""
	charged.run.db_set("dispute_until", frappe.utils.today())
	disputes = {row.it_service: make_dispute(row) for row in charges_of(charged.run)}
	frappe.db.set_value("Service Charge", {"charging_run": charged.run.name}, "status", "Posted")
	corrections = {row.it_service: make_correction(row, -1) for row in charges_of(charged.run)}
	users = {role: make_user(role) for role in (FINANCE, PORTFOLIO, RELATIONSHIP)} | {OWNER: charged.user}
	for role, user in users.items():
		as_user(user)
		seen = {charged.own.name} if role == OWNER else {charged.own.name, charged.other.name}
		for doctype, records in (("Charge Dispute", disputes), ("Charge Correction", corrections)):
			assert listed(doctype, "it_service") & set(disputes) == seen, (role, doctype)
			for service, record in records.items():
				doc = frappe.get_doc(doctype, record.name)
				assert doc.has_permission("read") is (service in seen), (role, doctype)
				assert doc.has_permission("write") is (role == FINANCE), (role, doctype)
				assert not doc.has_permission("delete"), (role, doctype)


@pytest.mark.parametrize("role", [PORTFOLIO, RELATIONSHIP, OWNER])
def test_only_finance_decides_disputes(charged, role):
	charged.run.db_set("dispute_until", frappe.utils.today())
	(charge, _other) = charges_of(charged.run)
	dispute = make_dispute(charge)
	as_user(make_user(role))
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc("Charge Dispute", dispute.name).decide("Upheld in Full", "x")
	with pytest.raises(frappe.PermissionError):
		make_dispute(_other)
