"""Every whitelisted function of the portfolio, by everybody who may not and who may."""

import importlib
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import frappe
from frappe.handler import run_doc_method

import itil_strategy
from itil_strategy.tests.factories import make_user
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY
from tests.site.portfolio_doors import as_json, as_user, form, is_allowed, request
from tests.site.portfolio_matrix import (
	CREATOR,
	FINANCE,
	OWNER,
	PORTFOLIO,
	RELATIONSHIP,
	STRANGER,
	SYSTEM,
	VIEWERS,
)
from tests.site.portfolio_world import World, limit

PACKAGE = "itil_strategy.service_portfolio"
DECISION = f"{PACKAGE}.doctype.portfolio_decision.portfolio_decision"
SETTINGS = "itil_strategy.it_finance.doctype.service_strategy_settings.service_strategy_settings"
READERS = {PORTFOLIO, RELATIONSHIP, FINANCE, SYSTEM}


@dataclass(frozen=True)
class Function:
	"""Who may call it, and with what."""

	allowed: set[str]
	arguments: Callable[[World], dict]
	post: bool = False


def service(world: World) -> dict:
	return {"it_service": world.owned.drafted}


def analysed(world: World) -> dict:
	return {"company": COMPANY, "service": world.owned.drafted}


def weights(_world: World) -> dict:
	"""All the weight on the first active objective."""
	names = frappe.get_all("Strategic Objective", {"is_active": 1}, pluck="name", order_by="name")
	return {"weights": json.dumps({name: 100 * (name == names[0]) for name in names})}


def nothing(_world: World) -> dict:
	return {}


ALL = READERS | {OWNER, STRANGER, CREATOR}
FUNCTIONS = {
	# A service is read by all roles of the app, its figures by those who read charges and by its owner.
	f"{DECISION}.get_choices": Function(ALL, service),
	f"{PACKAGE}.retirement.evidence.get_evidence": Function(READERS | {OWNER}, analysed),
	f"{PACKAGE}.retirement.evidence.draft_decision": Function({PORTFOLIO, SYSTEM, OWNER}, analysed),
	f"{PACKAGE}.decision_desk.get_gate": Function(ALL, lambda world: {**service(world), "outcome": "Retire"}),
	f"{PACKAGE}.dashboard_chart_source.portfolio_by_phase_and_value.portfolio_by_phase_and_value.get_portfolio": Function(
		ALL, nothing
	),
	f"{PACKAGE}.decision_desk.get_indicators": Function(ALL, nothing),
	f"{PACKAGE}.decision_desk.get_checks": Function(ALL, nothing),
	f"{PACKAGE}.dependency_picture.get_picture": Function(ALL, service),
	f"{PACKAGE}.page.service_board.service_board.get_board": Function(ALL, nothing),
	f"{PACKAGE}.planned_dates.get_events": Function(
		ALL, lambda world: {"start": "2026-01-01", "end": "2026-12-31"}
	),
	f"{PACKAGE}.report.pipeline_gates.pipeline_gates.get_checks": Function(ALL, nothing),
	f"{PACKAGE}.takeover.take_over_services": Function(
		{PORTFOLIO, SYSTEM},
		lambda world: {
			"services": json.dumps([world.owned.drafted]),
			"to_stage": "Operational",
			"rationale": "In use",
		},
		post=True,
	),
	f"{PACKAGE}.doctype.strategic_objective.strategic_objective.set_weights": Function(
		{PORTFOLIO, SYSTEM}, weights, post=True
	),
	f"{PACKAGE}.retirement.notify.notify_owners": Function(
		{PORTFOLIO, SYSTEM}, lambda world: {"company": COMPANY}, post=True
	),
}
METHODS = {
	f"{DECISION}.PortfolioDecision.compare_with_now": READERS | {OWNER},
	# Of the settings; their callers are tested with them.
	f"{SETTINGS}.ServiceStrategySettings.get_ledger_readiness": READERS,
	f"{SETTINGS}.ServiceStrategySettings.set_up_accounts": {FINANCE, SYSTEM},
	f"{SETTINGS}.ServiceStrategySettings.set_up_service_level": {SYSTEM},
	f"{SETTINGS}.ServiceStrategySettings.get_sample_state": {SYSTEM},
	f"{SETTINGS}.ServiceStrategySettings.load_sample_organisation": {SYSTEM},
	f"{SETTINGS}.ServiceStrategySettings.remove_sample_organisation": {SYSTEM},
}
# Answers what a list of the doctype would: tested as doors to every record.
SEARCH = "itil_strategy.utils.search.search_permitted"
# Customers answer a response or a survey without an account, by the secret in its link.
FOR_GUESTS = {
	"itil_strategy.business_relationship.feedback.answers.answer_by_link",
	"itil_strategy.business_relationship.surveys.answers.submit",
}


def whitelisted() -> set[str]:
	for module in pkgutil.walk_packages(itil_strategy.__path__, "itil_strategy."):
		if ".test" not in module.name and not module.name.endswith("__main__"):
			importlib.import_module(module.name)
	return {
		f"{function.__module__}.{function.__qualname__}"
		for function in frappe.whitelisted
		if function.__module__.startswith("itil_strategy.")
	}


def test_every_function_is_in_the_table():
	found = whitelisted()
	others = ("itil_strategy.it_finance", "itil_strategy.business_relationship", "itil_strategy.portal")
	portfolio = {name for name in found if not name.startswith(others)}
	settings = {name for name in found if name.startswith(SETTINGS)}
	assert portfolio | settings == {*FUNCTIONS, *METHODS, SEARCH}


def test_no_other_function_is_open_to_guests_and_all_are_annotated():
	whitelisted()
	for function in frappe.whitelisted:
		if function.__module__.startswith("itil_strategy."):
			name = f"{function.__module__}.{function.__qualname__}"
			assert (function in frappe.guest_methods) is (name in FOR_GUESTS), name
			assert set(function.__code__.co_varnames[: function.__code__.co_argcount]) - {"self"} <= set(
				function.__annotations__
			)


def ways_in(name: str, function: Function, world: World) -> dict[str, Callable[[], object]]:
	arguments = function.arguments(world)
	method = "POST" if function.post else "GET"
	return {
		"call": lambda: frappe.get_attr(name)(**arguments),
		"REST 1": lambda: request(method, f"/api/method/{name}", **arguments),
		"REST 2": lambda: request(method, f"/api/v2/method/{name}", **arguments),
	}


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_who_calls_what(world, name, viewer):
	as_user(world.users[viewer])
	function = FUNCTIONS[name]
	open_ways = {way: is_allowed(enter) for way, enter in ways_in(name, function, world).items()}
	assert set(open_ways.values()) == {viewer in function.allowed}, open_ways


@pytest.mark.parametrize("name", [name for name, function in FUNCTIONS.items() if function.post])
def test_what_writes_is_not_reached_by_a_link(world, name):
	as_user(world.users[PORTFOLIO])
	for path in (f"/api/method/{name}", f"/api/v2/method/{name}"):
		assert not is_allowed(lambda path=path: request("GET", path))


@pytest.mark.parametrize("viewer", VIEWERS)
def test_who_compares_a_decision_with_now(world, viewer):
	decision = frappe.get_doc("Portfolio Decision", world.owned.submitted["Portfolio Decision"])
	as_user(world.users[viewer])
	path = f"Portfolio Decision/{decision.name}"
	ways = {
		"call": decision.compare_with_now,
		"REST 1": lambda: request("GET", f"/api/resource/{path}", run_method="compare_with_now"),
		"REST 2": lambda: request("GET", f"/api/v2/document/{path}/method/compare_with_now"),
		"form": lambda: run_method("compare_with_now", dt=decision.doctype, dn=decision.name),
	}
	expected = viewer in METHODS[f"{DECISION}.PortfolioDecision.compare_with_now"]
	assert {way: is_allowed(enter) for way, enter in ways.items()} == dict.fromkeys(ways, expected)
	# A submitted record that is sent along counts for Frappe as changed, which only submitters may do.
	assert is_allowed(run_method, "compare_with_now", as_json(decision)) is (viewer in (PORTFOLIO, SYSTEM))


def run_method(method: str, docs: str | None = None, **values):
	"""As the form calls it: with a record that need not be the stored one, or by name."""
	with form({}, Request(EnvironBuilder(method="POST").get_environ())):
		run_doc_method(method, docs, **values)
		return frappe.response.message


def test_a_record_made_up_by_the_client_opens_no_figures(world):
	doc = json.loads(as_json(frappe.get_doc("Portfolio Decision", world.owned.names["Portfolio Decision"])))
	mine = frappe.db.get_value("IT Service", {"service_owner": world.users[STRANGER]})
	as_user(world.users[STRANGER])
	for lie in (
		{"owner": world.users[STRANGER]},
		{"it_service": mine},
		{"it_service": mine, "owner": world.users[STRANGER]},
		{"name": "new-portfolio-decision-1", "__islocal": 1, "owner": world.users[STRANGER]},
	):
		assert not is_allowed(lambda lie=lie: run_method("compare_with_now", docs=json.dumps({**doc, **lie})))


def test_an_owner_of_another_service_is_told_so(world):
	as_user(world.users[STRANGER])
	with pytest.raises(frappe.PermissionError, match="not permitted to see the analysis"):
		frappe.get_attr(f"{PACKAGE}.retirement.evidence.get_evidence")(COMPANY, world.owned.drafted)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if "evidence" in name])
def test_figures_of_another_company_stay_there(world, name):
	limit(user := make_user("Service Portfolio Manager"), "Company", OTHER_COMPANY)
	as_user(user)
	with pytest.raises(frappe.PermissionError):
		frappe.get_attr(name)(**analysed(world))


def test_owners_are_notified_about_companies_of_the_sender_only(world):
	"""Also when the sender names none."""
	notify = frappe.get_attr(f"{PACKAGE}.retirement.notify.notify_owners")
	limit(user := make_user("Service Portfolio Manager"), "Company", OTHER_COMPANY)
	as_user(user)
	with patch(f"{PACKAGE}.retirement.notify.analyse_services", return_value=[]) as analyse:
		notify()
		assert {call.args[0] for call in analyse.call_args_list} <= {OTHER_COMPANY}
	with pytest.raises(frappe.PermissionError, match="Choose a company of yours"):
		notify(COMPANY)
