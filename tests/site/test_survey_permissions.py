"""Who may see and do what with surveys, invitations and responses: lists and documents agree."""

import pytest

import frappe
from frappe.utils import today

from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.surveys import make_customer, make_invitation, make_survey, respond

PORTFOLIO, RELATIONSHIP = "Service Portfolio Manager", "Business Relationship Manager"
FINANCE, OWNER = "IT Financial Manager", "Service Owner"
DOCTYPES = ("Satisfaction Survey", "Survey Invitation", "Survey Response")
READ, WRITE, CREATE, DELETE = "read", "write", "create", "delete"


@pytest.fixture
def asked(frappe_site):
	"""Three surveys, each with a response: of an owner's service, of another, and of no service."""
	user = make_user(OWNER)
	own, other = make_service(service_owner=user).name, make_service().name
	customer = make_customer()
	records = {}
	for key, service in (("own", own), ("other", other), ("none", None)):
		survey = make_survey(customers=[customer], services=[service] if service else [])
		response = respond(survey, 9, 4, customer, service)
		records[key] = {
			"Satisfaction Survey": survey.name,
			"Survey Invitation": response.invitation,
			"Survey Response": response.name,
		}
	return frappe._dict(user=user, own=own, other=other, customer=customer, records=records)


def as_user(user: str) -> None:
	frappe.set_user(user)
	frappe.clear_cache(user=user)


def visible(asked, doctype: str) -> set[str]:
	"""Which of the three records the list shows; the documents must say the same."""
	names = {key: records[doctype] for key, records in asked.records.items()}
	listed = set(frappe.get_list(doctype, pluck="name", limit=0))
	by_list = {key for key, name in names.items() if name in listed}
	by_document = {key for key, name in names.items() if frappe.has_permission(doctype, READ, doc=name)}
	assert by_list == by_document
	return by_list


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("role", [PORTFOLIO, RELATIONSHIP, "System Manager"])
def test_process_owners_see_everything(asked, doctype, role):
	as_user(make_user(role))
	assert visible(asked, doctype) == {"own", "other", "none"}


@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_service_owner_sees_what_is_about_own_services(asked, doctype):
	as_user(asked.user)
	assert visible(asked, doctype) == {"own"}


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("user", [FINANCE, "Customer", "Guest"])
def test_others_see_nothing(asked, doctype, user):
	as_user("Guest" if user == "Guest" else make_user(user))
	with pytest.raises(frappe.PermissionError):
		frappe.get_list(doctype)
	assert not frappe.has_permission(doctype, READ, doc=asked.records["own"][doctype])


@pytest.mark.parametrize(
	("role", "doctype", "rights"),
	[
		(RELATIONSHIP, "Satisfaction Survey", {WRITE, CREATE, DELETE}),
		(RELATIONSHIP, "Survey Response", {WRITE}),
		(RELATIONSHIP, "Survey Invitation", set()),
		(PORTFOLIO, "Satisfaction Survey", set()),
		(PORTFOLIO, "Survey Response", set()),
		(PORTFOLIO, "Survey Invitation", set()),
		(OWNER, "Satisfaction Survey", {WRITE, CREATE}),
		(OWNER, "Survey Response", {WRITE}),
		(OWNER, "Survey Invitation", set()),
	],
)
def test_rights_by_role(role, doctype, rights):
	as_user(make_user(role))
	assert {right for right in (WRITE, CREATE, DELETE) if frappe.has_permission(doctype, right)} == rights


def test_a_service_owner_surveys_the_own_services_only(asked):
	as_user(asked.user)
	survey = make_survey(services=[asked.own], customers=[asked.customer])
	survey.close()
	for services in ([asked.other], [asked.own, asked.other], []):
		with pytest.raises(frappe.PermissionError):
			make_survey(services=services, customers=[asked.customer], activate=False)
	draft = make_survey(services=[asked.own], customers=[asked.customer], activate=False)
	draft.services[0].it_service = asked.other
	with pytest.raises(frappe.PermissionError):
		draft.save()
	# A foreign survey cannot be taken over by writing the own service into it.
	foreign = frappe.get_doc("Satisfaction Survey", asked.records["other"]["Satisfaction Survey"])
	foreign.services[0].it_service = asked.own
	with pytest.raises(frappe.PermissionError):
		foreign.save()


@pytest.mark.parametrize("role", [PORTFOLIO, FINANCE])
def test_readers_neither_send_nor_move_a_survey(asked, role):
	survey = frappe.get_doc("Satisfaction Survey", asked.records["own"]["Satisfaction Survey"])
	as_user(make_user(role))
	for call in (
		survey.send_now,
		survey.close,
		survey.activate,
		survey.preview_wave,
		survey.make_new_version,
	):
		with pytest.raises(frappe.PermissionError):
			call()


def test_a_service_owner_follows_up_own_responses_only(asked):
	as_user(asked.user)
	frappe.client.set_value("Survey Response", asked.records["own"]["Survey Response"], "follow_up", "Called")
	for key in ("other", "none"):
		with pytest.raises(frappe.PermissionError):
			frappe.client.set_value(
				"Survey Response", asked.records[key]["Survey Response"], "follow_up", "Called"
			)


@pytest.mark.parametrize("role", [RELATIONSHIP, OWNER])
def test_nobody_writes_scores_or_invitations_by_hand(asked, role):
	user = asked.user if role == OWNER else make_user(role)
	as_user(user)
	for field, value in (("score", 100), ("nps", 10), ("nps_group", "Detractor"), ("responded_on", today())):
		with pytest.raises(frappe.ValidationError):
			frappe.client.set_value("Survey Response", asked.records["own"]["Survey Response"], field, value)
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value(
			"Survey Invitation", asked.records["own"]["Survey Invitation"], "status", "Sent"
		)
	assert frappe.db.get_value("Survey Response", asked.records["own"]["Survey Response"], "nps") == 9


@pytest.mark.parametrize("role", [RELATIONSHIP, PORTFOLIO, "System Manager"])
def test_nobody_reads_the_hash_of_a_link(asked, role):
	as_user(make_user(role))
	name = asked.records["own"]["Survey Invitation"]
	doc = frappe.get_doc("Survey Invitation", name)
	doc.apply_fieldlevel_read_permissions()
	assert not doc.get("token_hash")
	rows = frappe.get_list("Survey Invitation", filters={"name": name}, fields=["name", "token_hash"])
	assert not rows[0].get("token_hash")


def test_guests_get_nothing_of_an_invitation_but_its_questions(asked):
	from itil_strategy.business_relationship.surveys.links import make_token
	from itil_strategy.business_relationship.surveys.page import build_page

	survey = frappe.get_doc("Satisfaction Survey", asked.records["own"]["Satisfaction Survey"])
	invitation = make_invitation(survey, asked.customer, asked.own)
	as_user("Guest")
	page = build_page({"invitation": invitation.name, "token": make_token(invitation.name)}, False)
	assert set(page) == {
		"invitation",
		"token",
		"title",
		"introduction",
		"service_name",
		"expires_on",
		"questions",
		"problems",
	}
	assert asked.customer not in str(page)
	assert invitation.email not in str(page)
