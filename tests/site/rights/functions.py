"""Every function that a client can call, found in the code, called by those who may not."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import frappe
from frappe.handler import run_doc_method
from frappe.model.base_document import get_controller

import itil_strategy
from itil_strategy.tests.relationship import CUSTOMER, make_portal_user
from itil_strategy.tests.setup import COMPANY
from tests.site.portfolio_doors import as_user, form, request
from tests.site.rights.matrix import DESK, GUEST, MATRIX, OTHER_CONTACT, STRANGER
from tests.site.rights.measure import CLOSED, Tally, try_door
from tests.site.rights.world import Everything

SETTINGS = "Service Strategy Settings"
# Who has the link may answer, without an account; the link is the permission, and it is tested on its own.
FOR_GUESTS = {
	"itil_strategy.business_relationship.feedback.answers.answer_by_link": "the signed link in a response, good once",
	"itil_strategy.business_relationship.surveys.answers.submit": "the secret in the link of an invitation",
}
# Open to every user who is logged in, because they tell nothing that is anybody's.
FOR_USERS = {
	"itil_strategy.portal.customer.get_customers": "the customers whose contact one is; an empty list for others",
	"itil_strategy.utils.search.search_permitted": "what a list of the doctype answers; refused where the list is",
}
READS = ("get_", "compare", "preview_", "download", "search_", "draft_decision")


@dataclass(frozen=True)
class Function:
	"""A whitelisted function; `doctype` is set for the method of a record."""

	path: str
	function: Callable
	doctype: str | None = None

	@property
	def name(self) -> str:
		return self.function.__name__

	@property
	def is_post_only(self) -> bool:
		return frappe.allowed_http_methods_for_whitelisted_func[self.function] == ["POST"]


def scan() -> list[Function]:
	"""All of them, by importing every module of the package."""
	for module in pkgutil.walk_packages(itil_strategy.__path__, "itil_strategy."):
		if ".test" not in module.name and not module.name.endswith("__main__"):
			importlib.import_module(module.name)
	methods = dict(_methods())
	found = []
	for function in frappe.whitelisted:
		if function.__module__.startswith("itil_strategy.") and ".tests" not in function.__module__:
			path = f"{function.__module__}.{function.__qualname__}"
			is_method = "." in function.__qualname__
			found.append(Function(path, function, methods[path] if is_method else None))
	return sorted(found, key=lambda found: found.path)


def _methods() -> Iterator[tuple[str, str]]:
	for doctype in (*MATRIX, SETTINGS):
		for _name, method in inspect.getmembers(get_controller(doctype), inspect.isfunction):
			yield f"{method.__module__}.{method.__qualname__}", doctype


def arguments(function: Function, everything: Everything) -> dict:
	"""Values that a user who may call it could send."""
	names, values = everything.names, {}
	known = {
		"service_offering": names["Service Offering"],
		"it_service": names["IT Service"],
		"service": names["IT Service"],
		"services": [names["IT Service"]],
		"customer": CUSTOMER,
		"company": COMPANY,
		"mediation": names["Requirement Mediation"],
		"customer_need": names["Customer Need"],
		"business_case": names["Business Case"],
		"charging_run": everything.submitted["Charging Run"],
		"charge": names["Service Charge"],
		"scenario": names["Strategy Scenario"],
		"investment_round": names["Investment Round"],
		"name": names["Service Feedback" if "feedback" in function.path else "Customer Need"],
		"answer": "Accepted",
		"mode": "Showback",
		"nature": "Complaint",
		"outcome": "Retain" if "portfolio" in function.path else "Rejected",
		"step": "post",
		"fiscal_year": "2027",
		"method": "Manual",
		"template": "None",
		"to_stage": "Operational",
		"start": "2026-01-01",
		"end": "2026-12-31",
		"expires_on": "2030-01-01",
		"weights": "{}",
		"tiers": [],
		"doctype": "Customer Need",
		"txt": "",
		"searchfield": "name",
		"page_length": 20,
		"filters": None,
	}
	numbers = {int: 1, float: 1.0, bool: False}
	for parameter in inspect.signature(function.function).parameters.values():
		if parameter.name == "self" or (
			parameter.default is not parameter.empty and parameter.name not in known
		):
			continue
		if parameter.name == "start" and parameter.annotation is int:
			values["start"] = 0
		else:
			values[parameter.name] = known.get(parameter.name, numbers.get(parameter.annotation, "Because"))
	return {name: value for name, value in values.items() if value is not None}


def call(function: Function, everything: Everything) -> Callable[[], object]:
	"""The call as a client makes it, through Frappe's dispatcher."""
	values = arguments(function, everything)
	if function.doctype:
		name = everything.names.get(function.doctype, function.doctype)

		def run_method():
			with form({}, Request(EnvironBuilder(method="POST").get_environ())):
				run_doc_method(function.name, dt=function.doctype, dn=name, args=json.dumps(values))

		return run_method
	method = "POST" if function.is_post_only else "GET"
	return lambda: request(method, f"/api/method/{function.path}", **values)


def measure_functions(everything: Everything, tally: Tally) -> int:
	"""By a guest, a desk user without our roles, a portal user of no customer, and those whose records these are not."""
	functions = scan()
	nobody = make_portal_user()
	outsiders = {GUEST: "Guest", DESK: everything.users[DESK], "portal user of no customer": nobody}
	foreigners = {STRANGER: everything.users[STRANGER], OTHER_CONTACT: everything.users[OTHER_CONTACT]}
	for viewer, user in (outsiders | foreigners).items():
		as_user(user)
		for function in functions:
			if not _must_be_shut(function, viewer):
				continue
			tally.rights += 1
			answer = try_door(call(function, everything))
			tally.doors[answer] += 1
			if answer != CLOSED:
				tally.wrong.append(f"{viewer} calls {function.path}: {answer}")
		as_user("Administrator")
	return len(functions)


def _must_be_shut(function: Function, viewer: str) -> bool:
	if viewer == GUEST:
		return function.path not in FOR_GUESTS
	if viewer in (STRANGER, OTHER_CONTACT):
		return function.doctype is not None and "read" not in MATRIX.get(function.doctype, {}).get(viewer, ())
	return function.path not in FOR_GUESTS and function.path not in FOR_USERS
