"""Service Strategy Settings: the accounts are finance's, the analysis the portfolio's, feedback and surveys the relationship's."""

import pytest

import frappe

from itil_strategy.tests.factories import make_user, unique
from itil_strategy.tests.setup import COMPANY, ITEM
from tests.site.portfolio_doors import as_user, call_desk, changed, is_allowed, request, save

SETTINGS = "Service Strategy Settings"
PORTFOLIO, RELATIONSHIP, OWNER = (
	"Service Portfolio Manager",
	"Business Relationship Manager",
	"Service Owner",
)
FINANCE, SYSTEM, DESK = "IT Financial Manager", "System Manager", "Accounts User"

FINANCE_VALUES = {"dispute_window_days": 77, "posting_batch_lines": 99, "correction_item": ITEM}
PORTFOLIO_VALUES = {
	"analysis_months": 24,
	"class_cutoff": 6,
	"minimum_coverage": 40,
	"target_run": 50,
	"target_grow": 30,
	"target_transform": 20,
}
RELATIONSHIP_VALUES = {"escalate_at": 120, "reopen_days": 7, "survey_throttle_days": 14}
WRITE = {
	"client.set_value": lambda values: frappe.client.set_value(SETTINGS, SETTINGS, values),
	"form": lambda values: call_desk(lambda: save.savedocs(changed(SETTINGS, SETTINGS, values), "Save")),
	"REST 1": lambda values: request("PUT", f"/api/resource/{SETTINGS}/{SETTINGS}", **values),
	"REST 2": lambda values: request("PATCH", f"/api/v2/document/{SETTINGS}/{SETTINGS}", **values),
}
READ = {
	"document": lambda: bool(frappe.has_permission(SETTINGS, "read", doc=SETTINGS)),
	"client.get": lambda: frappe.client.get(SETTINGS, SETTINGS),
	"client.get_single_value": lambda: frappe.client.get_single_value(SETTINGS, "class_cutoff"),
	"client.get_value": lambda: frappe.client.get_value(SETTINGS, "class_cutoff"),
	"REST 1": lambda: request("GET", f"/api/resource/{SETTINGS}/{SETTINGS}"),
	"REST 2": lambda: request("GET", f"/api/v2/document/{SETTINGS}/{SETTINGS}"),
}


@pytest.fixture
def login(frappe_site):
	def as_role(*roles: str) -> str:
		user = make_user(*roles) if roles else "Guest"
		as_user(user)
		return user

	return as_role


def written(values: dict) -> list[str]:
	"""Doors after which the settings hold the values."""
	found = []
	for door, write in WRITE.items():
		frappe.db.savepoint("settings")
		try:
			write(dict(values))
			held = frappe.get_doc(SETTINGS)
			if all(held.get(field) == value for field, value in values.items()):
				found.append(door)
		except frappe.PermissionError:
			pass
		frappe.db.rollback(save_point="settings")
		frappe.clear_document_cache(SETTINGS, SETTINGS)
		frappe.db.value_cache.clear()
	return found


@pytest.mark.parametrize("role", [PORTFOLIO, FINANCE, RELATIONSHIP, SYSTEM])
def test_who_reads(login, role):
	login(role)
	assert [door for door, read in READ.items() if not is_allowed(read)] == []
	assert frappe.client.get(SETTINGS, SETTINGS)["companies"]


@pytest.mark.parametrize("roles", [(OWNER,), (DESK,), ()])
def test_who_does_not_read_or_write(login, roles):
	login(*roles)
	assert [door for door, read in READ.items() if is_allowed(read)] == []
	assert written({"class_cutoff": 6}) == []


@pytest.mark.parametrize("role", [PORTFOLIO, FINANCE, SYSTEM])
def test_the_analysis_is_written_by_portfolio_managers_too(login, role):
	login(role)
	assert written(PORTFOLIO_VALUES) == list(WRITE)
	settings = frappe.get_doc(SETTINGS)
	settings.indicators[0].target = 42
	settings.save()
	assert frappe.get_doc(SETTINGS).indicators[0].target == 42


def test_a_portfolio_manager_writes_nothing_of_finance(login):
	login(PORTFOLIO)
	for field, value in FINANCE_VALUES.items():
		assert written({field: value}) == [], field
	before = frappe.get_doc(SETTINGS).as_dict()["companies"]
	assert before
	settings = frappe.get_doc(SETTINGS)
	settings.companies = []
	settings.save()
	settings = frappe.get_doc(SETTINGS)
	settings.companies[0].charges_account = settings.companies[0].recovery_account
	settings.save()
	after = frappe.get_doc(SETTINGS).companies
	assert [(row.name, row.charges_account) for row in after] == [
		(row["name"], row["charges_account"]) for row in before
	]


@pytest.mark.parametrize("role", [RELATIONSHIP, SYSTEM])
def test_relationships_are_written_by_their_managers(login, role):
	login(role)
	assert written(RELATIONSHIP_VALUES) == list(WRITE)
	settings = frappe.get_doc(SETTINGS)
	settings.feedback_targets[0].response_hours = 3
	settings.save()
	assert frappe.get_doc(SETTINGS).feedback_targets[0].response_hours == 3


@pytest.mark.parametrize("role", [PORTFOLIO, FINANCE])
def test_others_write_nothing_of_relationships(login, role):
	login(role)
	for field, value in RELATIONSHIP_VALUES.items():
		assert written({field: value}) == [], field
	before = frappe.get_doc(SETTINGS).feedback_targets[0].response_hours
	settings = frappe.get_doc(SETTINGS)
	settings.feedback_targets[0].response_hours = before + 1
	settings.save()
	assert frappe.get_doc(SETTINGS).feedback_targets[0].response_hours == before


def test_a_relationship_manager_writes_nothing_of_others(login):
	login(RELATIONSHIP)
	for field, value in {**FINANCE_VALUES, **PORTFOLIO_VALUES}.items():
		assert written({field: value}) == [], field


@pytest.mark.parametrize("role", [FINANCE, SYSTEM])
def test_finance_writes_its_part(login, role):
	login(role)
	for field, value in FINANCE_VALUES.items():
		assert written({field: value}) == list(WRITE), field


def test_a_portfolio_manager_sets_up_no_accounts(login):
	"""Also one who may read companies."""
	login(PORTFOLIO, DESK)
	settings = frappe.get_doc(SETTINGS)
	assert settings.get_ledger_readiness()
	with pytest.raises(frappe.PermissionError, match="Only an IT Financial Manager"):
		settings.set_up_accounts(COMPANY)
	login(FINANCE, DESK)
	assert frappe.get_doc(SETTINGS).set_up_accounts(COMPANY)


def test_a_row_of_accounts_is_not_added_past_the_settings(login):
	login(PORTFOLIO)
	row = frappe.get_doc(SETTINGS).companies[0]
	place = {"parent": SETTINGS, "parenttype": SETTINGS, "parentfield": "companies"}
	for door in (
		lambda: request("PUT", f"/api/resource/{row.doctype}/{row.name}", income_account=unique("X")),
		lambda: request("POST", f"/api/resource/{row.doctype}", company=COMPANY, **place),
		lambda: request("DELETE", f"/api/resource/{row.doctype}/{row.name}"),
	):
		assert not is_allowed(door)
