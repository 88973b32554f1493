"""BR-10: a customer in the portal reaches the own records and nothing of another customer, by no way."""

import json
from contextlib import contextmanager

import pytest
from werkzeug.exceptions import Forbidden
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import frappe
from frappe.desk.query_report import run as run_report
from frappe.utils import add_days, today
from frappe.utils.response import download_private_file
from frappe.website.serve import get_response
from frappe.website.utils import get_portal_sidebar_items
from frappe.www.printview import get_html_and_style

from itil_strategy.exceptions import (
	CustomerNotChosenError,
	DisputeError,
	DisputeWindowError,
	DoubleDisputeError,
	NeedStateError,
	PortalFormError,
)
from itil_strategy.portal import catalogue, charges, customer, feedback, needs
from itil_strategy.tests.charging import charge_of, set_dispute_window
from itil_strategy.tests.factories import (
	import_usage,
	make_offering,
	make_policy,
	make_service,
	published_run,
	unique,
)
from itil_strategy.tests.relationship import CUSTOMER, make_need, make_portal_user
from tests.site.portfolio_doors import as_user, call_desk, request

OTHER = "Meadow AG"
PACKAGE = "itil_strategy.portal."
MARKUP = "<script>alert(1)</script> & <b>bold</b>"


@pytest.fixture
def portal(frappe_site):
	"""Records of two customers; the words "mine" and "theirs" are in whatever belongs to one."""
	frappe.set_user("Administrator")
	found = frappe._dict(user=make_portal_user(CUSTOMER), nobody=make_portal_user())
	found.service = make_service(service_name=f"Shared {MARKUP}")
	found.offering = make_offering(found.service, practical_capacity=1000)
	make_policy(found.offering, unit_price=2)
	for key, owner in (("mine", CUSTOMER), ("theirs", OTHER)):
		service = make_service(service_name=f"Service {key}", entitled_customers=[{"customer": owner}])
		offering = make_offering(service, practical_capacity=1000)
		make_policy(offering, unit_price=3)
		commitment = frappe.get_doc(
			{
				"doctype": "Service Commitment",
				"customer": owner,
				"service_offering": offering.name,
				"valid_from": "2026-01-01",
				"units_per_month": 10,
				"notes": "internal note",
			}
		).insert()
		complaint = frappe.get_doc(
			{
				"doctype": "Service Feedback",
				"customer": owner,
				"nature": "Complaint",
				"severity": "Medium",
				"subject": f"Slow {key}",
				"what_happened": "Mornings",
			}
		).insert()
		need = make_need(service, "Delivered", customer=owner, need_title=f"Need {key}")
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{unique(key)}.txt",
				"content": key,
				"is_private": 1,
				"attached_to_doctype": "Customer Need",
				"attached_to_name": need.name,
			}
		).insert()
		found[key] = frappe._dict(
			service=service,
			offering=offering,
			commitment=commitment,
			feedback=complaint,
			need=need,
			file=file,
		)
	import_usage(
		[
			(found[key].offering.name, owner, "2026-03-10", "Nos", "7")
			for key, owner in (("mine", CUSTOMER), ("theirs", OTHER))
		]
	)
	found.run = published_run("2026-03-01")
	return found


@contextmanager
def visit(path: str, method: str = "GET", **values):
	"""What the web server answers for a page, in the transaction of the test."""
	before = {
		key: getattr(frappe.local, key, None) for key in ("form_dict", "response", "request", "path", "jenv")
	}
	frappe.local.request = Request(EnvironBuilder(method=method, path=path).get_environ())
	frappe.local.form_dict, frappe.local.response = frappe._dict(values), frappe._dict(docs=[])
	frappe.local.path = path.strip("/")
	frappe.session.data.csrf_token = frappe.session.data.csrf_token or "token"
	try:
		yield get_response(path.strip("/"))
	finally:
		for key, value in before.items():
			setattr(frappe.local, key, value)


def page(path: str, method: str = "GET", **values) -> tuple[int, str]:
	with visit(path, method, **values) as answer:
		return answer.status_code, answer.headers.get("Location") or answer.get_data(as_text=True)


def everything() -> str:
	"""All that the functions tell."""
	return json.dumps(
		[
			customer.get_customers(),
			catalogue.get_catalogue(),
			catalogue.get_choices(),
			needs.get_needs(),
			charges.get_charges(),
			charges.get_commitments(),
			feedback.get_feedbacks(),
		],
		default=str,
	)


def test_the_functions_tell_the_own_records_only(portal):
	as_user(portal.user)
	told = everything()
	for record in ("need", "feedback", "commitment", "service", "offering"):
		assert portal.mine[record].name in told, record
		assert portal.theirs[record].name not in told, record
	assert "theirs" not in told and OTHER not in told and "internal note" not in told
	month = next(row for row in charges.get_charges(2026)["months"] if row["month"] == "2026-03")
	assert [line["quantity"] for line in month["lines"]] == ["7"]
	assert needs.get_need(portal.mine.need.name)["need_title"] == "Need mine"
	assert feedback.get_feedback(portal.mine.feedback.name)["subject"] == "Slow mine"


def test_nothing_is_reached_by_name(portal):
	as_user(portal.user)
	theirs = portal.theirs
	for call in (
		lambda: needs.get_need(theirs.need.name),
		lambda: needs.save_need("Mine", "x", name=theirs.need.name),
		lambda: needs.submit_need(theirs.need.name),
		lambda: needs.confirm_delivery(theirs.need.name),
		lambda: needs.reject_delivery(theirs.need.name, "x"),
		lambda: feedback.get_feedback(theirs.feedback.name),
		lambda: feedback.accept_response(theirs.feedback.name),
		lambda: feedback.reopen_feedback(theirs.feedback.name, "x"),
	):
		with pytest.raises(frappe.DoesNotExistError, match=r"yours|your needs"):
			call()
	with pytest.raises(frappe.PermissionError):
		customer.choose_customer(OTHER)
	for call in (
		lambda: needs.save_need("T", "x", it_service=theirs.service.name),
		lambda: needs.save_need("T", "x", service_offering=theirs.offering.name),
		lambda: feedback.give_feedback("Complaint", "T", "x", it_service=theirs.service.name),
	):
		with pytest.raises(PortalFormError, match=r"not in your catalogue|no offering"):
			call()


@pytest.mark.parametrize("record", ["need", "feedback"])
def test_lists_rest_and_print_keep_to_the_own_customer(portal, record):
	as_user(portal.user)
	mine, theirs = portal.mine[record], portal.theirs[record]
	doctype = mine.doctype
	assert mine.name in frappe.get_list(doctype, pluck="name", limit=0)
	assert theirs.name not in frappe.get_list(doctype, pluck="name", limit=0)
	for path in (f"/api/resource/{doctype}", f"/api/v2/document/{doctype}"):
		assert theirs.name not in json.dumps(request("GET", path, limit=1000))
		assert request("GET", f"{path}/{mine.name}")["name"] == mine.name
		with pytest.raises(frappe.PermissionError):
			request("GET", f"{path}/{theirs.name}")
		with pytest.raises(frappe.PermissionError):
			request("PUT" if "resource" in path else "PATCH", f"{path}/{theirs.name}", customer=CUSTOMER)
	with pytest.raises(frappe.PermissionError):
		call_desk(lambda: get_html_and_style(theirs.as_json()))
	frappe.local.form_dict = frappe._dict(doctype=doctype, name=theirs.name)
	status, body = page("/printview", doctype=doctype, name=theirs.name)
	assert status == 403 and "theirs" not in body


@pytest.mark.parametrize(
	"doctype",
	[
		"IT Service",
		"Service Offering",
		"Service Commitment",
		"Service Charge",
		"Charge Dispute",
		"Charge Correction",
		"Charging Run",
		"Charging Policy",
		"Service Usage",
		"Service Cost",
		"Cost Pool",
		"Cost Allocation Run",
		"Requirement Mediation",
		"Relationship Review",
	],
)
def test_the_other_records_are_reached_through_the_functions_only(portal, doctype):
	as_user(portal.user)
	assert not frappe.has_permission(doctype, "read")
	for path in (f"/api/resource/{doctype}", f"/api/v2/document/{doctype}"):
		with pytest.raises(frappe.PermissionError):
			request("GET", path)


def test_no_report_and_no_file_of_others(portal):
	as_user(portal.user)
	for report in frappe.get_all(
		"Report",
		{"module": ("in", ["Service Portfolio", "Business Relationship", "IT Finance"])},
		pluck="name",
	):
		with pytest.raises(frappe.PermissionError):
			run_report(report, filters={})
	for key, allowed in (("mine", True), ("theirs", False)):
		file = frappe.get_doc("File", portal[key].file.name)
		assert file.is_downloadable() is allowed
	frappe.local.request = Request(EnvironBuilder(path=portal.theirs.file.file_url).get_environ())
	with pytest.raises(Forbidden):
		download_private_file(portal.theirs.file.file_url)


# Every whitelisted function of the portal, with arguments to call it by.
FUNCTIONS = {
	customer.get_customers: {},
	customer.choose_customer: {"customer": CUSTOMER},
	catalogue.get_catalogue: {},
	catalogue.get_choices: {},
	needs.get_needs: {},
	needs.get_need: {"name": "x"},
	needs.save_need: {"need_title": "T", "wanted_outcome": "x"},
	needs.submit_need: {"name": "x"},
	needs.confirm_delivery: {"name": "x"},
	needs.reject_delivery: {"name": "x", "reason": "y"},
	charges.get_charges: {},
	charges.get_commitments: {},
	charges.get_charge: {"charge": "1"},
	charges.dispute_charge: {"charge": "1", "reason": "x"},
	charges.withdraw_dispute: {"charge": "1"},
	feedback.get_feedbacks: {},
	feedback.get_feedback: {"name": "x"},
	feedback.give_feedback: {"nature": "Complaint", "subject": "T", "what_happened": "x"},
	feedback.accept_response: {"name": "x"},
	feedback.reopen_feedback: {"name": "x", "comment": "y"},
}
READING = ("get_customers", "get_catalogue", "get_choices", "get_needs", "get_need", "get_charges")
READING += ("get_charge", "get_commitments", "get_feedbacks", "get_feedback")
PAGES = (
	"/it-services",
	"/it-services/customer",
	"/it-services/needs",
	"/it-services/need",
	"/it-services/raise-need",
	"/it-services/charges",
	"/it-services/dispute-charge",
	"/it-services/feedback",
	"/it-services/feedback-item",
	"/it-services/give-feedback",
)


def test_every_function_is_in_the_table_and_writes_by_post_only():
	names = {f"{function.__module__}.{function.__name__}" for function in FUNCTIONS}
	found = [function for function in frappe.whitelisted if function.__module__.startswith(PACKAGE)]
	assert {f"{function.__module__}.{function.__name__}" for function in found} == names
	for function in found:
		methods = frappe.allowed_http_methods_for_whitelisted_func[function]
		assert (methods == ["POST"]) is (function.__name__ not in READING), function.__name__


def test_who_belongs_to_no_customer_is_refused(portal):
	for user in (portal.nobody, "Guest"):
		as_user(user)
		for function, arguments in FUNCTIONS.items():
			with pytest.raises(frappe.PermissionError):
				function(**arguments)
	as_user(portal.nobody)
	for path in PAGES:
		status, body = page(path)
		assert status == 403 and "belongs to no customer" in body, path
	as_user("Guest")
	for path in PAGES:
		status, address = page(path)
		assert (status, address.split("?")[0]) == (303, "/login"), path


def test_a_contact_without_the_role_is_refused(portal):
	user = make_portal_user(CUSTOMER)
	frappe.get_doc("User", user).remove_roles("Customer")
	as_user(user)
	with pytest.raises(frappe.PermissionError):
		needs.get_needs()


def test_a_contact_of_two_customers_sees_one_at_a_time(portal):
	both = make_portal_user(CUSTOMER, OTHER)
	as_user(both)
	assert customer.get_customers()["current"] is None
	with pytest.raises(CustomerNotChosenError):
		needs.get_needs()
	assert page("/it-services/needs") == (303, "/it-services/customer")
	status, body = page("/it-services/customer")
	assert status == 200 and CUSTOMER in body and OTHER in body
	for chosen, seen, hidden in ((CUSTOMER, "mine", "theirs"), (OTHER, "theirs", "mine")):
		assert page("/it-services/customer", "POST", customer=chosen) == (303, "/it-services")
		told = everything()
		assert portal[seen].need.name in told and portal[hidden].need.name not in told
		assert f"Service {hidden}" not in told
		with pytest.raises(frappe.DoesNotExistError):
			needs.get_need(portal[hidden].need.name)
		assert page("/it-services/need", name=portal[hidden].need.name)[0] == 404
	for contact in frappe.get_all("Contact", {"user": both}, pluck="name"):
		if frappe.db.exists("Dynamic Link", {"parent": contact, "link_name": OTHER}):
			frappe.delete_doc("Contact", contact, force=True, ignore_permissions=True)
	assert OTHER not in json.dumps(customer.get_customers())
	assert customer.require_customer() == CUSTOMER


def test_a_user_permission_narrows_the_choice(portal):
	both = make_portal_user(CUSTOMER, OTHER)
	frappe.get_doc(
		{"doctype": "User Permission", "user": both, "allow": "Customer", "for_value": OTHER}
	).insert()
	as_user(both)
	assert customer.require_customer() == OTHER


def test_the_catalogue(portal):
	ended = make_service(last_day=add_days(today(), -1))
	ending = make_service(last_day=today())
	pipeline = make_service(stage="Proposed")
	disabled = make_offering(portal.service, disabled=1)
	over = make_offering(portal.service, valid_to=add_days(today(), -1))
	special = make_offering(portal.service)
	make_policy(special, unit_price=9)
	make_policy(special, unit_price=1, customer=CUSTOMER)
	at_cost = make_offering(portal.service)
	make_policy(at_cost, method="Cost Plus", markup_percent=10)
	as_user(portal.user)
	found = {row["service"]: row for row in catalogue.get_catalogue()}
	assert ending.name in found and not {ended.name, pipeline.name} & set(found)
	offerings = {row["offering"]: row for row in found[portal.service.name]["offerings"]}
	assert not {disabled.name, over.name} & set(offerings)
	(own,) = offerings[special.name]["prices"]
	assert own["method"] == "Per Unit" and "1" in own["lines"][0] and "9" not in own["lines"][0]
	assert offerings[at_cost.name]["prices"][0]["lines"] == ["On request"]
	(mine,) = found[portal.mine.service.name]["offerings"]
	assert mine["committed_units"] == "10"


def test_a_need_from_the_draft_to_the_confirmation(portal):
	as_user(portal.user)
	status, address = page(
		"/it-services/raise-need",
		"POST",
		need_title=f"Fast {MARKUP}",
		wanted_outcome="a < b",
		service_offering=portal.offering.name,
		units_per_month="2.5",
		step="save",
	)
	assert status == 303 and address.endswith("&done=saved")
	name = needs.get_needs()[0]["name"]
	assert (needs.get_need(name)["status"], needs.get_need(name)["units"]) == ("Draft", "2.5")
	status, body = page("/it-services/raise-need", name=name)
	assert 'value="2.5"' in body and "<script>alert" not in body
	status, address = page(
		"/it-services/raise-need", "POST", name=name, need_title="Fast", wanted_outcome="x", step="submit"
	)
	assert address.endswith("&done=submitted")
	need = frappe.get_doc("Customer Need", name)
	assert (need.status, need.customer, need.raised_by) == ("Submitted", CUSTOMER, portal.user)
	with pytest.raises(NeedStateError):
		needs.save_need("T", "x", name=name)
	frappe.set_user("Administrator")
	need.assess(value=1, time_criticality=1, risk_reduction=1, size=1, it_service=portal.service.name)
	for step in (need.accept, need.start_delivery, need.deliver):
		step()
	as_user(portal.user)
	status, body = page("/it-services/need", "POST", name=name, step="reject", reason=" ")
	assert status == 200 and "Write down what is missing" in body and 'role="alert"' in body
	page("/it-services/need", "POST", name=name, step="reject", reason="Slow")
	assert needs.get_need(name)["rejection_reason"] == "Slow"
	frappe.set_user("Administrator")
	frappe.get_doc("Customer Need", name).deliver()
	as_user(portal.user)
	assert page("/it-services/need", "POST", name=name, step="confirm")[1].endswith("&done=confirmed")
	assert needs.get_need(name)["status"] == "Confirmed"


def test_a_refused_form_stores_nothing_and_keeps_what_was_entered(portal):
	as_user(portal.user)
	before = len(needs.get_needs())
	status, body = page(
		"/it-services/raise-need",
		"POST",
		need_title=MARKUP,
		units_per_month="many",
		needed_from="2026-02-30",
		step="submit",
	)
	assert status == 200 and body.count('class="its-problem"') == 3
	assert "&lt;script&gt;alert(1)" in body and "<script>alert(1)" not in body
	assert len(needs.get_needs()) == before


def test_markup_is_shown_as_text_on_every_page(portal):
	need = make_need(portal.service, "Submitted", need_title=MARKUP, wanted_outcome=MARKUP)
	need.decline(MARKUP)
	as_user(portal.user)
	name = feedback.give_feedback("Complaint", MARKUP, MARKUP, remedy_sought=MARKUP)
	assert feedback.get_feedback(name)["what_happened"] == MARKUP
	for path, values in (
		("/it-services", {}),
		("/it-services/needs", {}),
		("/it-services/need", {"name": need.name}),
		("/it-services/raise-need", {}),
		("/it-services/charges", {}),
		("/it-services/feedback", {}),
		("/it-services/feedback-item", {"name": name}),
		("/it-services/give-feedback", {"subject": MARKUP}),
	):
		status, body = page(path, **values)
		assert status == 200, path
		assert "<script>alert" not in body and "<b>bold" not in body, path


def test_charges_mark_what_is_shown_only(portal):
	import_usage([(portal.mine.offering.name, CUSTOMER, "2026-04-10", "Nos", "5")])
	published_run("2026-04-01", mode="Showback")
	as_user(portal.user)
	months = {row["month"]: row for row in charges.get_charges(2026)["months"]}
	assert [row["is_showback"] for row in months["2026-04"]["totals"]] == [True]
	assert [row["is_showback"] for row in months["2026-03"]["totals"]] == [False]
	assert "7 × " in months["2026-03"]["lines"][0]["detail"][0]
	frappe.set_user("Administrator")
	portal.run.reload()
	portal.run.cancel()
	as_user(portal.user)
	assert "2026-03" not in {row["month"] for row in charges.get_charges(2026)["months"]}


def test_a_charge_is_disputed_and_the_dispute_withdrawn(portal):
	set_dispute_window()
	import_usage(
		[
			(portal[key].offering.name, owner, "2026-04-10", "Nos", "5")
			for key, owner in (("mine", CUSTOMER), ("theirs", OTHER))
		]
	)
	run = published_run("2026-04-01")
	mine, theirs = charge_of(run, CUSTOMER), charge_of(run, OTHER)
	as_user(portal.user)
	address = f"/it-services/dispute-charge?charge={mine.name}"
	status, body = page("/it-services/charges", year="2026")
	assert status == 200 and address in body and f"charge={theirs.name}" not in body
	status, body = page("/it-services/dispute-charge", charge=str(mine.name))
	assert status == 200 and "What is wrong with it?" in body and '<label for="reason">' in body
	status, body = page(
		"/it-services/dispute-charge", "POST", charge=str(mine.name), step="dispute", reason=" "
	)
	assert status == 200 and "Write down what is wrong" in body and 'role="alert"' in body
	done = page("/it-services/dispute-charge", "POST", charge=str(mine.name), step="dispute", reason=MARKUP)
	assert done == (303, "/it-services/charges?done=dispute")
	line = charges.get_charge(str(mine.name))
	assert (line["is_held"], line["can_dispute"], line["dispute"]["is_open"]) == (True, False, True)
	with pytest.raises(DoubleDisputeError):
		charges.dispute_charge(str(mine.name), "Again")
	for call in (
		lambda: charges.get_charge(str(theirs.name)),
		lambda: charges.dispute_charge(str(theirs.name), "x"),
		lambda: charges.withdraw_dispute(str(theirs.name)),
		lambda: charges.get_charge("x"),
	):
		with pytest.raises(frappe.DoesNotExistError, match="no charge of yours"):
			call()
	assert page("/it-services/dispute-charge", charge=str(theirs.name))[0] == 404
	frappe.set_user("Administrator")
	dispute = frappe.get_doc("Charge Dispute", {"service_charge": str(mine.name)})
	assert (dispute.raised_by, dispute.customer) == (portal.user, CUSTOMER)
	assert "<script>" not in dispute.reason
	as_user(portal.user)
	status, body = page("/it-services/dispute-charge", charge=str(mine.name))
	assert "Withdraw the dispute" in body and "<script>alert" not in body
	assert page("/it-services/dispute-charge", "POST", charge=str(mine.name), step="withdraw")[0] == 303
	assert charges.get_charge(str(mine.name))["dispute"]["outcome"] == "Withdrawn"
	with pytest.raises(DisputeError, match="not disputed any more"):
		charges.withdraw_dispute(str(mine.name))


def test_a_charge_is_not_disputed_after_the_window(portal):
	portal.run.db_set("dispute_until", add_days(today(), -1))
	as_user(portal.user)
	(line,) = next(row for row in charges.get_charges(2026)["months"] if row["month"] == "2026-03")["lines"]
	assert not line["can_dispute"]
	with pytest.raises(DisputeWindowError):
		charges.dispute_charge(line["name"], "x")
	status, body = page("/it-services/dispute-charge", charge=line["name"])
	assert status == 200 and "cannot be disputed" in body


def test_feedback_is_answered_by_the_customer(portal):
	as_user(portal.user)
	status, _address = page(
		"/it-services/give-feedback", "POST", nature="Complaint", subject="Slow", what_happened="Mornings"
	)
	assert status == 303
	name = feedback.get_feedbacks()[0]["name"]
	frappe.set_user("Administrator")
	frappe.get_doc("Service Feedback", name).respond("We added a disk", "Phone")
	as_user(portal.user)
	told = feedback.get_feedback(name)
	assert (told["response"], told["can_answer"]) == ("We added a disk", True)
	assert not {"findings", "assigned_to", "remedy", "holds"} & set(told)
	assert feedback.reopen_feedback(name, "Still slow") == "Reopened"
	frappe.set_user("Administrator")
	frappe.get_doc("Service Feedback", name).respond("And memory", "Phone")
	as_user(portal.user)
	feedback.accept_response(name)
	assert feedback.get_feedback(name)["customer_answer"] == "Accepted"


def test_a_post_without_a_token_in_the_session_is_refused(portal):
	as_user(portal.user)
	frappe.session.data.csrf_token = None
	frappe.local.request = Request(EnvironBuilder(method="POST", path="/it-services").get_environ())
	from itil_strategy.portal.page import open_page

	with pytest.raises(frappe.CSRFTokenError):
		open_page(frappe._dict(), "/it-services", "x")


def test_the_menu_shows_the_pages_to_customers(portal):
	frappe.get_single("Portal Settings").sync_menu()
	for user, seen in ((portal.user, 4), ("Guest", 0)):
		as_user(user)
		frappe.cache.hdel("portal_menu_items", user)
		routes = [row["route"] for row in get_portal_sidebar_items()]
		assert sum(route.startswith("/it-services") for route in routes) == seen
