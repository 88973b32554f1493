"""Who sees and does what with budgets, ceilings, transfers, reservations and forecasts."""

from decimal import Decimal

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import frappe
from frappe.desk.search import search_link
from frappe.handler import run_doc_method

from itil_strategy.hooks import BUDGET_RECORDS
from itil_strategy.tests.budgets import OFFICE, YEAR, make_budget, make_ceiling
from itil_strategy.tests.factories import center, make_service, make_user
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.funds import FundingLine, reserve_funds
from tests.site.portfolio_doors import as_json, as_user, form, is_allowed, request
from tests.site.test_portfolio_whitelisted import whitelisted

FINANCE, PORTFOLIO, SYSTEM = "IT Financial Manager", "Service Portfolio Manager", "System Manager"
RELATIONSHIP, OWNER, STRANGER = "Business Relationship Manager", "Service Owner", "another Service Owner"
VIEWERS = (FINANCE, PORTFOLIO, SYSTEM, RELATIONSHIP, OWNER, STRANGER, "Accounts User", "Guest")
READERS = {FINANCE, PORTFOLIO, SYSTEM, OWNER}
EDITORS = {FINANCE, SYSTEM}
SUBMITTABLE = ("Service Budget", "Budget Transfer")
SNAPSHOT = "itil_strategy.it_finance.doctype.forecast_snapshot.forecast_snapshot"
BUDGET = "itil_strategy.it_finance.doctype.service_budget.service_budget"
WRITES = {
	f"{SNAPSHOT}.make_snapshots",
	f"{BUDGET}.ServiceBudget.revise",
	f"{BUDGET}.ServiceBudget.spread_amount",
}
READS = {f"{SNAPSHOT}.ForecastSnapshot.get_accuracy"}


@pytest.fixture(scope="module")
def records(frappe_site):
	"""A record of each kind about a service that one service owner owns."""
	users = {
		viewer: "Guest" if viewer == "Guest" else make_user(OWNER if viewer == STRANGER else viewer)
		for viewer in VIEWERS
	}
	own, other = make_service(service_owner=users[OWNER]), make_service(service_owner=users[STRANGER])
	third = make_service()
	budget = make_budget(own, {OFFICE: 1200})
	make_budget(third, {OFFICE: 1200})
	transfer = frappe.get_doc(
		{
			"doctype": "Budget Transfer",
			"company": COMPANY,
			"fiscal_year": YEAR,
			"amount": 100,
			"from_service": third.name,
			"from_account": OFFICE,
			"to_service": own.name,
			"to_account": OFFICE,
			"reason": "Needed",
		}
	).insert()
	transfer.submit()
	(reservation,) = reserve_funds(
		COMPANY, FundingLine(own.name), {YEAR: Decimal(5)}, ("IT Service", own.name)
	)
	snapshot = frappe.get_doc(
		{
			"doctype": "Forecast Snapshot",
			"it_service": own.name,
			"company": COMPANY,
			"fiscal_year": "2027",
			"method": "Manual",
			"months": [{"month": "2027-12-01", "amount": 5}],
		}
	).insert()
	ceiling = make_ceiling(1000, it_service=own.name)
	general = make_ceiling(1000, cost_center=center("Sales"))
	yield frappe._dict(
		users=users,
		own=own.name,
		other=other.name,
		general=general.name,
		names={
			"Service Budget": budget.name,
			"Budget Transfer": transfer.name,
			"Fund Reservation": reservation,
			"Forecast Snapshot": snapshot.name,
			"Budget Ceiling": ceiling.name,
		},
	)
	frappe.set_user("Administrator")
	frappe.db.rollback()


def listed(doctype: str, name: str) -> bool:
	return name in frappe.get_list(doctype, pluck="name", limit=0)


@pytest.mark.parametrize("doctype", BUDGET_RECORDS)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_who_reads_by_every_door(records, doctype, viewer):
	name = records.names[doctype]
	as_user(records.users[viewer])
	doors = {
		"document": lambda: frappe.get_doc(doctype, name).check_permission("read"),
		"list": lambda: listed(doctype, name),
		"client": lambda: bool(frappe.client.get(doctype, name)),
		"REST 1": lambda: request("GET", f"/api/resource/{doctype}/{name}"),
		"REST 2": lambda: request("GET", f"/api/v2/document/{doctype}/{name}"),
		"search": lambda: any(row["value"] == name for row in search_link(doctype, name) or []),
	}
	assert {door: is_allowed(enter) for door, enter in doors.items()} == dict.fromkeys(
		doors, viewer in READERS
	)


@pytest.mark.parametrize("doctype", BUDGET_RECORDS)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_who_writes_and_submits(records, doctype, viewer):
	user = records.users[viewer]
	may_edit = viewer in EDITORS and doctype != "Fund Reservation"
	for right in ("write", "create", "delete"):
		assert bool(frappe.has_permission(doctype, right, user=user)) is may_edit, right
	for right in ("submit", "cancel"):
		expected = may_edit and doctype in SUBMITTABLE
		assert bool(frappe.has_permission(doctype, right, user=user)) is expected, right
	assert not frappe.has_permission(doctype, "amend", user=user)


def test_a_ceiling_of_a_cost_center_is_no_service_owners(records):
	as_user(records.users[OWNER])
	assert not listed("Budget Ceiling", records.general)
	assert not frappe.has_permission("Budget Ceiling", "read", doc=records.general)


def test_a_record_made_up_by_the_client_opens_nothing(records):
	"""The budget of another service, sent along as one's own."""
	budget = frappe.get_doc("Service Budget", records.names["Service Budget"])
	as_user(records.users[STRANGER])
	budget.it_service = records.other
	assert not frappe.has_permission("Service Budget", "read", doc=budget)


def test_every_function_is_known():
	found = {
		name
		for name in whitelisted()
		if any(part in name for part in (".budgeting.", "_budget.", "budget_", "forecast_", "fund_"))
	}
	assert found == WRITES | READS


@pytest.mark.parametrize("viewer", VIEWERS)
def test_who_calls_what(records, viewer):
	as_user(records.users[viewer])
	make_snapshots = frappe.get_attr(f"{SNAPSHOT}.make_snapshots")
	path = f"/api/method/{SNAPSHOT}.make_snapshots"
	# The forecast itself is refused: the service has cost nothing so far.
	assert is_reached(lambda: make_snapshots(COMPANY, YEAR, [records.own], "Run Rate")) is (viewer in EDITORS)
	assert not is_reached(lambda: request("GET", path))
	budget, snapshot = records.names["Service Budget"], records.names["Forecast Snapshot"]
	assert is_reached(lambda: call("revise", "Service Budget", budget)) is (viewer in EDITORS)
	spread = {"account": OFFICE, "amount": 5}
	assert is_reached(lambda: call("spread_amount", "Service Budget", budget, spread)) is (viewer in EDITORS)
	assert is_reached(lambda: call("get_accuracy", "Forecast Snapshot", snapshot)) is (viewer in READERS)


def is_reached(enter) -> bool:
	"""Whether the function lets one in, whatever it says then."""
	try:
		return is_allowed(enter)
	except frappe.ValidationError as error:
		return not isinstance(error, frappe.PermissionError)


def call(method: str, doctype: str, name: str, args: dict | None = None):
	with form({}, Request(EnvironBuilder(method="POST").get_environ())):
		run_doc_method(method, dt=doctype, dn=name, args=frappe.as_json(args) if args else None)


def test_a_new_record_of_the_client_is_no_way_around(records):
	"""Frappe runs functions on records as they are sent."""
	doc = frappe.parse_json(as_json(frappe.get_doc("Forecast Snapshot", records.names["Forecast Snapshot"])))
	as_user(records.users[STRANGER])
	for lie in ({"it_service": records.other}, {"name": "new-forecast-snapshot-1", "__islocal": 1}):
		with form({}, Request(EnvironBuilder(method="POST").get_environ())):
			assert not is_allowed(
				lambda lie=lie: run_doc_method("get_accuracy", docs=frappe.as_json({**doc, **lie}))
			)
