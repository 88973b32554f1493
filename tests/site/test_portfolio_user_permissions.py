"""User permissions on services, companies and customers: lists and documents hide the same records."""

import pytest

import frappe
from frappe.utils import add_days, today

from itil_strategy.tests.factories import center, make_offering, make_service, make_user
from itil_strategy.tests.portfolio import decide, make_retirement
from itil_strategy.tests.setup import COMPANY, OTHER_ABBR, OTHER_COMPANY
from tests.site.portfolio_doors import DOORS, LISTS, WRITE, as_user, is_allowed
from tests.site.portfolio_world import limit

PORTFOLIO = "Service Portfolio Manager"
HERE = {"company": COMPANY, "provider_cost_center": center("Data Centre"), "active": 1}
ELSEWHERE = {"company": OTHER_COMPANY, "provider_cost_center": f"Main - {OTHER_ABBR}", "active": 1}
HARBOUR, MEADOW = {"customer": "Harbour GmbH"}, {"customer": "Meadow AG"}

SERVICES = {
	"here": {"companies": [HERE]},
	"elsewhere": {"companies": [ELSEWHERE]},
	"here and elsewhere": {"companies": [HERE, ELSEWHERE]},
	"nowhere yet": {"companies": []},
	"for harbour": {"companies": [HERE], "entitled_customers": [HARBOUR]},
	"for meadow": {"companies": [HERE], "entitled_customers": [MEADOW]},
	"for both": {"companies": [HERE], "entitled_customers": [HARBOUR, MEADOW]},
}
ALL = set(SERVICES)
VISIBLE = {
	"Company": (COMPANY, ALL - {"elsewhere"}),
	"Customer": ("Harbour GmbH", ALL - {"for meadow"}),
	"IT Service": ("here", {"here"}),
}
DOCTYPES = ("IT Service", "Service Offering", "Portfolio Decision", "Service Retirement")


@pytest.fixture(scope="module")
def records(frappe_site):
	"""Per doctype the record of each service."""
	found: dict[str, dict[str, str]] = {doctype: {} for doctype in DOCTYPES}
	for label, values in SERVICES.items():
		service = make_service(**values)
		for doc in (
			service,
			make_offering(service),
			decide(service, "Retain", submit=False),
			make_retirement(service, last_day=add_days(today(), 30)),
		):
			found[doc.doctype][label] = doc.name
	yield found
	frappe.set_user("Administrator")
	frappe.db.rollback()


def limited(records, doctype: str, role: str = PORTFOLIO) -> set[str]:
	"""Log in with one user permission; answers which services it leaves."""
	value, visible = VISIBLE[doctype]
	user = make_user(role)
	limit(user, doctype, records["IT Service"].get(value, value))
	as_user(user)
	return visible


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("permission", VISIBLE)
@pytest.mark.parametrize("role", [PORTFOLIO, "IT Financial Manager"])
def test_lists_and_documents_hide_the_same(records, permission, doctype, role):
	visible = limited(records, permission, role)
	doors = {**LISTS, **DOORS["read"]}
	wrong = {}
	for label, name in records[doctype].items():
		closed = [
			door for door, enter in doors.items() if is_allowed(enter, doctype, name) != (label in visible)
		]
		if closed:
			wrong[label] = closed
	assert not wrong


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("permission", VISIBLE)
def test_what_is_hidden_is_not_written(records, permission, doctype):
	field = {"Portfolio Decision": "rationale", "Service Retirement": "loss_reason"}.get(
		doctype, "description"
	)
	visible = limited(records, permission)
	for label, name in records[doctype].items():
		open_doors = [door for door, write in WRITE.items() if is_allowed(write, doctype, name, {field: "x"})]
		assert open_doors == (list(WRITE) if label in visible else []), label


@pytest.mark.parametrize("permission", VISIBLE)
def test_no_record_is_made_or_moved_about_what_is_hidden(records, permission):
	visible = limited(records, permission)
	for label, service in records["IT Service"].items():
		new = {"doctype": "Portfolio Decision", "it_service": service, "outcome": "Retain", "rationale": "x"}
		assert is_allowed(frappe.client.insert, new) is (label in visible)
	hidden = next(records["IT Service"][label] for label in SERVICES if label not in visible)
	for doctype in DOCTYPES[1:]:
		doors = WRITE.items()
		moved = [
			door
			for door, write in doors
			if is_allowed(write, doctype, records[doctype]["here"], {"it_service": hidden})
		]
		assert moved == [], doctype


def test_a_new_service_is_within_the_limits(records):
	limited(records, "Company")
	for companies, allowed in (([ELSEWHERE], False), ([HERE, ELSEWHERE], True), ([], True)):
		new = {
			"doctype": "IT Service",
			"service_code": frappe.generate_hash(),
			"service_name": "New",
			"service_type": "Supporting",
			"companies": companies,
		}
		assert is_allowed(frappe.client.insert, new) is allowed


@pytest.mark.parametrize("permission", VISIBLE)
def test_rows_of_hidden_services_are_hidden(records, permission):
	visible = limited(records, permission)
	found = frappe.get_list("Service Company", parent_doctype="IT Service", pluck="parent", limit=0)
	labels = {label for label, name in records["IT Service"].items() if name in found}
	assert labels == visible - {"nowhere yet"}


def test_a_hidden_neighbour_hides_no_service(frappe_site):
	"""A service is seen with its dependencies and successor, whatever those are."""
	neighbour = make_service()
	service = make_service(dependencies=[{"depends_on": neighbour.name}], successor=neighbour.name)
	plan = make_retirement(service, last_day=add_days(today(), 30), successor=neighbour.name)
	decision = decide(service, "Retain", submit=False, successor=neighbour.name)
	limit(user := make_user(PORTFOLIO), "IT Service", service.name)
	as_user(user)
	for doc in (service, plan, decision):
		for door, enter in {**LISTS, **DOORS["read"]}.items():
			assert is_allowed(enter, doc.doctype, doc.name), (doc.doctype, door)
	assert not frappe.has_permission("IT Service", "read", doc=neighbour.name)


def test_figures_of_another_company_are_hidden_with_their_record(frappe_site):
	"""Of a service that both deliver: a decision by the figures of the other company, and its plan."""
	service = make_service(companies=[ELSEWHERE, HERE])
	decision = decide(service, "Retain", submit=False, analysis_company=OTHER_COMPANY)
	assert decision.analysis_company == OTHER_COMPANY and decision.analysis_evidence
	plan = make_retirement(service, last_day=add_days(today(), 30), company=OTHER_COMPANY, exit_cost=7)
	limit(user := make_user(PORTFOLIO), "Company", COMPANY)
	as_user(user)
	assert frappe.has_permission("IT Service", "read", doc=service.name)
	for doc in (decision, plan):
		for door, enter in {**LISTS, **DOORS["read"]}.items():
			assert not is_allowed(enter, doc.doctype, doc.name), (doc.doctype, door)
	mine = frappe.client.insert(
		{"doctype": "Portfolio Decision", "it_service": service.name, "outcome": "Retain", "rationale": "x"}
	)
	assert mine["analysis_company"] == COMPANY
