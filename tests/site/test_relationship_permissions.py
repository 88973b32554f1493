"""Who may see and do what with needs, mediations, changes and reviews."""

import json

import pytest

import frappe
from frappe.client import get as client_get
from frappe.client import set_value
from frappe.desk.search import search_link
from frappe.utils import add_days, get_first_day, today

from itil_strategy.business_relationship.commitment_desk import get_months_ahead
from itil_strategy.exceptions import NeedServiceError, NeedStateError
from itil_strategy.tests.factories import make_offering, make_service, make_user
from itil_strategy.tests.relationship import (
	CUSTOMER,
	SCORE,
	make_contact,
	make_need,
	make_portal_user,
	make_topic,
	mediations_of,
)

RELATIONSHIP, PORTFOLIO = "Business Relationship Manager", "Service Portfolio Manager"
FINANCE, OWNER, SYSTEM = "IT Financial Manager", "Service Owner", "System Manager"
OTHER = "Meadow AG"
INTERNAL = (
	"value",
	"time_criticality",
	"risk_reduction",
	"size",
	"wsjf_score",
	"assessment",
	"decline_notes",
)
DOCTYPES = (
	"Customer Need",
	"Requirement Mediation",
	"Environment Change",
	"Relationship Review",
	"Service Commitment",
)


@pytest.fixture
def related(frappe_site):
	"""Two services, one owned by a service owner, each with needs of two customers in a mediation and a change."""
	owner = make_user(OWNER)
	found = frappe._dict(owner=owner, needs={}, mediations={}, changes={}, commitments={})
	for key, values in (("own", {"service_owner": owner}), ("other", {})):
		service, topic = make_service(**values), make_topic()
		found[key] = service
		needs = [
			make_need(service, "Assessed", wishes=[(topic, "Must")]),
			make_need(service, "Assessed", wishes=[(topic, "Won't")], customer=OTHER),
		]
		found.needs[key] = needs
		found.mediations[key] = mediations_of(*needs)[0]
		found.changes[key] = frappe.get_doc(
			{
				"doctype": "Environment Change",
				"change_title": f"Change {key}",
				"kind": "Technology",
				"watch_date": "2027-01-01",
				"impacts": [{"customer_need": needs[0].name, "effect_on_cost": "Rises"}],
			}
		).insert()
		found.commitments[key] = frappe.get_doc(
			{
				"doctype": "Service Commitment",
				"customer": CUSTOMER,
				"service_offering": make_offering(service, practical_capacity=100).name,
				"units_per_month": 40,
				"valid_from": get_first_day(today()),
			}
		).insert()
	found.review = frappe.get_doc(
		{"doctype": "Relationship Review", "customer": CUSTOMER, "review_date": "2027-01-01"}
	).insert()
	return found


def as_user(user: str) -> None:
	frappe.set_user(user)
	frappe.clear_cache(user=user)


def listed(doctype: str) -> set:
	return set(frappe.get_list(doctype, pluck="name", limit=0))


def records(related, key: str) -> dict[str, set]:
	return {
		"Customer Need": {need.name for need in related.needs[key]},
		"Requirement Mediation": {related.mediations[key].name},
		"Environment Change": {related.changes[key].name},
		"Service Commitment": {related.commitments[key].name},
	}


@pytest.mark.parametrize("role", [RELATIONSHIP, PORTFOLIO, FINANCE, SYSTEM])
def test_process_owners_see_everything_and_only_relationship_managers_write(related, role):
	user = make_user(role)
	as_user(user)
	writes = role in (RELATIONSHIP, SYSTEM)
	for key in ("own", "other"):
		for doctype, names in records(related, key).items():
			assert names <= listed(doctype)
			for name in names:
				doc = frappe.get_doc(doctype, name)
				assert doc.has_permission("read")
				assert doc.has_permission("write") is writes
	for doctype in DOCTYPES:
		assert frappe.has_permission(doctype, "read")
		assert frappe.has_permission(doctype, "create") is writes


def test_a_service_owner_sees_what_is_about_the_own_services(related):
	as_user(related.owner)
	for doctype, names in records(related, "own").items():
		assert names <= listed(doctype)
		assert not records(related, "other")[doctype] & listed(doctype)
	for key, seen in (("own", True), ("other", False)):
		for doctype, names in records(related, key).items():
			for name in names:
				doc = frappe.get_doc(doctype, name)
				assert doc.has_permission("read") is seen
				assert not doc.has_permission("write")
	assert not frappe.has_permission("Relationship Review", "read")
	assert not frappe.has_permission("Customer Need", "create")


def test_a_customer_sees_the_own_needs_and_nothing_else(related):
	user = make_portal_user(CUSTOMER)
	own, foreign = related.needs["own"]
	as_user(user)
	assert {own.name, related.needs["other"][0].name} <= listed("Customer Need")
	assert not {foreign.name} & listed("Customer Need")
	assert frappe.get_doc("Customer Need", own.name).has_permission("read")
	assert not frappe.get_doc("Customer Need", foreign.name).has_permission("read")
	with pytest.raises(frappe.PermissionError):
		client_get("Customer Need", foreign.name)
	for doctype in (
		"Requirement Mediation",
		"Environment Change",
		"Relationship Review",
		"Requirement Topic",
		"Service Commitment",
	):
		assert not frappe.has_permission(doctype, "read")
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)


def test_a_contact_of_several_customers_and_of_none(related):
	several, nobody = make_portal_user(CUSTOMER, OTHER), make_portal_user()
	names = {need.name for need in related.needs["own"]}
	as_user(several)
	assert names <= listed("Customer Need")
	as_user(nobody)
	assert listed("Customer Need") == set()
	assert not frappe.get_doc("Customer Need", related.needs["own"][0].name).has_permission("read")
	with pytest.raises(frappe.PermissionError):
		make_need()


def test_a_former_contact_sees_nothing_any_more(related):
	user = make_portal_user(CUSTOMER)
	as_user(user)
	need = make_need()
	as_user("Administrator")
	for name in frappe.get_all("Contact", {"user": user}, pluck="name"):
		frappe.delete_doc("Contact", name, force=True)
	as_user(user)
	assert listed("Customer Need") == set()
	assert not frappe.get_doc("Customer Need", need.name).has_permission("write")


def test_internal_fields_are_hidden_from_the_customer(related):
	need = related.needs["own"][0]
	need.db_set({"assessment": "They complain a lot", "decline_notes": "Not worth it"})
	as_user(make_portal_user(CUSTOMER))
	sent = client_get("Customer Need", need.name)
	assert sent["need_title"] == need.need_title
	for fieldname in INTERNAL:
		assert not sent.get(fieldname), fieldname
	assert not set(INTERNAL) & set(frappe.get_list("Customer Need", {"name": need.name}, ["*"])[0])
	for role in (PORTFOLIO, FINANCE):
		as_user(make_user(role))
		assert client_get("Customer Need", need.name)["assessment"] == "They complain a lot"


@pytest.mark.parametrize(
	"request_args",
	[
		{"fields": json.dumps(["name", *INTERNAL])},
		{"fields": ["name", "size"]},
		{"fields": json.dumps(["max(`tabCustomer Need`.`size`) as largest"])},
		{"filters": json.dumps([["wsjf_score", ">", 10]])},
		{"filters": json.dumps([["Customer Need", "size", "=", 10]])},
		{"filters": json.dumps({"value": 80})},
		{"or_filters": [["assessment", "like", "%complain%"]]},
		{"order_by": "wsjf_score desc"},
		{"fieldname": "assessment"},
	],
)
def test_lists_tell_a_customer_nothing_internal(related, request_args):
	as_user(make_portal_user(CUSTOMER))
	before = frappe.local.form_dict
	try:
		frappe.local.form_dict = frappe._dict(doctype="Customer Need", **request_args)
		with pytest.raises(frappe.PermissionError, match="Leave it out"):
			frappe.client.get_list("Customer Need", fields=["name"])
		for harmless in (
			{"fields": '["name", "need_title"]'},
			{"filters": [["need_title", "like", "%size%"]]},
		):
			frappe.local.form_dict = frappe._dict(doctype="Customer Need", **harmless)
			assert frappe.client.get_list("Customer Need", fields=["name"])
	finally:
		frappe.local.form_dict = before


def test_a_customer_cannot_write_internal_fields(related):
	as_user(make_portal_user(CUSTOMER))
	need = make_need(value=100, time_criticality=100, risk_reduction=100, size=1, assessment="Do it")
	need.reload()
	assert (need.value, need.size, need.wsjf_score, need.assessment) == (0, 0, 0, None)
	set_value("Customer Need", need.name, json.dumps({"size": 5, "need_title": "Renamed"}))
	need.reload()
	assert (need.size, need.need_title) == (0, "Renamed")


def test_a_customer_writes_own_drafts_only(related):
	user = make_portal_user(CUSTOMER)
	foreign_draft = make_need(customer=OTHER)
	as_user(user)
	with pytest.raises(frappe.PermissionError):
		make_need(customer=OTHER)
	need = make_need(raised_by="Administrator")
	assert (need.raised_by, need.contact) == (user, frappe.db.get_value("Contact", {"user": user}))
	for change in ({"customer": CUSTOMER}, {"need_title": "Mine now"}):
		with pytest.raises(frappe.PermissionError):
			set_value("Customer Need", foreign_draft.name, json.dumps(change))
	with pytest.raises(frappe.PermissionError):
		set_value("Customer Need", need.name, "customer", OTHER)
	need.submit_need()
	with pytest.raises(NeedStateError, match="cannot be changed any more"):
		set_value("Customer Need", need.name, "need_title", "Later")
	with pytest.raises(frappe.PermissionError):
		need.delete()


def test_a_customer_asks_for_services_of_the_own_catalogue_only(related):
	pipeline = make_service(stage="Proposed")
	closed = make_service(entitled_customers=[{"customer": OTHER}])
	entitled = make_service(entitled_customers=[{"customer": CUSTOMER}])
	as_user(make_portal_user(CUSTOMER))
	for service in (pipeline, closed):
		with pytest.raises(NeedServiceError, match="not in your catalogue"):
			make_need(service)
	make_need(entitled)


@pytest.mark.parametrize("role", [PORTFOLIO, FINANCE, OWNER, "Customer"])
def test_only_relationship_managers_take_the_steps(related, role):
	need = related.needs["own"][0]
	user = {OWNER: related.owner, "Customer": make_portal_user(CUSTOMER)}.get(role) or make_user(role)
	as_user(user)
	doc = frappe.get_doc("Customer Need", need.name)
	for call in (
		lambda: doc.assess(**SCORE),
		doc.accept,
		lambda: doc.decline("No"),
		doc.start_delivery,
		doc.deliver,
		related.mediations["own"].close_mediation,
		lambda: related.mediations["own"].withdraw("x"),
	):
		with pytest.raises(frappe.PermissionError):
			call()


def test_a_forged_document_grants_no_step(related):
	foreign = make_need(customer=OTHER)
	user = make_portal_user(CUSTOMER)
	forged = {**foreign.as_dict(), "customer": CUSTOMER}
	as_user(user)
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(forged).submit_need()


def test_a_manager_restricted_to_a_customer_sees_its_needs_only(related):
	user = make_user(RELATIONSHIP)
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": CUSTOMER}
	).insert()
	as_user(user)
	own, foreign = related.needs["own"]
	assert own.name in listed("Customer Need") and foreign.name not in listed("Customer Need")


def test_a_user_who_is_owner_and_contact_sees_both(related):
	frappe.get_doc("User", related.owner).add_roles("Customer")
	make_contact(OTHER, related.owner)
	as_user(related.owner)
	seen = listed("Customer Need")
	assert {need.name for need in related.needs["own"]} <= seen
	assert related.needs["other"][1].name in seen and related.needs["other"][0].name not in seen


def test_the_search_for_commitments_keeps_to_the_own_services(related):
	as_user(related.owner)
	own, other = related.commitments["own"].name, related.commitments["other"].name
	with_conditions = search_link("Service Commitment", "SC-", page_length=10000)
	without = search_link("Service Commitment", "SC-", page_length=10000, ignore_user_permissions=True)
	for found in (with_conditions, without):
		names = {row["value"] for row in found}
		assert own in names and other not in names
	for forged in ({"it_service": related.own.name}, {"customer": OTHER}):
		doc = frappe.get_doc({**related.commitments["other"].as_dict(), **forged})
		assert not doc.has_permission("read")


def test_months_ahead_are_shown_to_readers_of_the_commitments(related):
	own, other = (related.commitments[key].service_offering for key in ("own", "other"))
	for user, offerings in (
		(make_user(RELATIONSHIP), (own, other)),
		(make_user(FINANCE), (own, other)),
		(related.owner, (own,)),
	):
		as_user(user)
		for offering in offerings:
			months = get_months_ahead(offering)["months"]
			assert len(months) == 12
			assert (months[0]["capacity"], months[0]["promised"], months[0]["free"]) == (100, 40, 60)
	for user, offering in ((related.owner, other), (make_portal_user(CUSTOMER), own), ("Guest", own)):
		as_user("Administrator")
		as_user(user)
		with pytest.raises(frappe.PermissionError):
			get_months_ahead(offering)


def test_a_waiver_stores_nothing_else_of_what_was_sent(related):
	commitment = related.commitments["own"]
	as_user(make_user(PORTFOLIO))
	forged = frappe.get_doc(
		{**commitment.as_dict(), "units_per_month": 1, "notes": "Mine", "customer": OTHER, "status": "Ended"}
	)
	forged.waive_capacity("New servers", add_days(today(), 9))
	commitment.reload()
	assert (commitment.units_per_month, commitment.notes, commitment.customer) == (40, None, CUSTOMER)
	assert (commitment.status, commitment.waiver_reason) == ("Active", "New servers")


def test_guests_reach_nothing(related):
	as_user("Guest")
	for doctype in DOCTYPES:
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)
