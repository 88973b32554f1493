"""Who sees and does what with service feedback: lists and documents in pairs, fields, steps."""

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import frappe
import frappe.client
from frappe.handler import run_doc_method

from itil_strategy.exceptions import FeedbackStateError
from itil_strategy.tests.factories import make_customer, make_user, unique
from itil_strategy.tests.feedback import (
	forget_accounts,
	make_case,
	make_contact,
	make_customer_user,
	make_email_account,
	make_feedback,
)

FEEDBACK = "Service Feedback"
FINANCE, PORTFOLIO = "IT Financial Manager", "Service Portfolio Manager"
RELATIONSHIP, OWNER = "Business Relationship Manager", "Service Owner"
INTERNAL = (
	"findings",
	"root_cause",
	"assigned_to",
	"escalated_to",
	"remedy",
	"credit_amount",
	"breached_on",
	"actions",
	"holds",
)


@pytest.fixture
def case(frappe_site):
	make_email_account()
	case = make_case(actions=[{"action": "Add a disk"}])
	case.other = make_feedback()
	case.user = make_customer_user(case.customer)
	case.doc.reload()
	case.doc.findings = "A secret"
	case.doc.save()
	yield case
	forget_accounts()


def as_user(user: str) -> None:
	frappe.set_user(user)
	frappe.clear_cache(user=user)


def listed() -> set[str]:
	return set(frappe.get_list(FEEDBACK, pluck="name", limit=0))


def readable(*docs) -> list[bool]:
	return [frappe.get_doc(FEEDBACK, doc.name).has_permission("read") for doc in docs]


@pytest.mark.parametrize("role", [RELATIONSHIP, PORTFOLIO, FINANCE])
def test_process_owners_see_all(case, role):
	as_user(make_user(role))
	assert {case.doc.name, case.other.name} <= listed()
	assert readable(case.doc, case.other) == [True, True]


@pytest.mark.parametrize("role", [PORTFOLIO, FINANCE])
def test_some_only_read(case, role):
	as_user(make_user(role))
	doc = frappe.get_doc(FEEDBACK, case.doc.name)
	assert [doc.has_permission(right) for right in ("write", "create", "delete")] == [False] * 3
	for step in (doc.start_work, doc.close, lambda: doc.hold("x"), lambda: doc.respond("x", "Phone")):
		with pytest.raises(frappe.PermissionError):
			step()


def test_a_service_owner_works_on_the_own_services(case):
	as_user(case.owner)
	assert listed() == {case.doc.name}
	assert readable(case.doc, case.other) == [True, False]
	doc = frappe.get_doc(FEEDBACK, case.doc.name)
	doc.root_cause = "A job"
	doc.save()
	doc.start_work()
	doc.respond("Done", "Phone")
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(FEEDBACK, case.other.name).respond("Done", "Phone")
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value(FEEDBACK, case.other.name, "root_cause", "Mine")
	with pytest.raises(frappe.PermissionError):
		make_feedback(customer=case.customer, it_service=case.other.it_service)
	assert make_feedback(customer=case.customer, it_service=case.service).name


def test_another_service_written_into_a_copy_opens_nothing(case):
	"""A method call brings the client's copy of the record; what is stored decides."""
	as_user(case.owner)
	copy = frappe.get_doc(FEEDBACK, case.other.name)
	copy.it_service = case.service
	with pytest.raises(frappe.PermissionError):
		copy.respond("Done", "Phone")
	with pytest.raises(frappe.PermissionError):
		copy.save()


def test_a_customer_sees_the_own_feedback_only(case):
	as_user(case.user)
	assert listed() == {case.doc.name}
	assert readable(case.doc, case.other) == [True, False]
	assert not frappe.has_permission(FEEDBACK, "delete")
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value(FEEDBACK, case.other.name, "subject", "Mine")


def test_internal_fields_stay_inside(case):
	as_user(case.user)
	doc = frappe.get_doc(FEEDBACK, case.doc.name)
	doc.apply_fieldlevel_read_permissions()
	assert {field: doc.get(field) for field in INTERNAL if doc.get(field)} == {}
	assert doc.subject
	frappe.set_user("Administrator")
	as_user(case.manager)
	doc = frappe.get_doc(FEEDBACK, case.doc.name)
	doc.apply_fieldlevel_read_permissions()
	assert (doc.findings, len(doc.actions)) == ("A secret", 1)


@pytest.fixture
def over_the_wire(frappe_site):
	"""A list as the REST interface asks for it."""

	def ask(doctype: str = FEEDBACK, **arguments):
		frappe.local.request = Request(EnvironBuilder(method="GET").get_environ())
		frappe.local.form_dict = frappe._dict(doctype=doctype, **arguments)
		return frappe.call(frappe.client.get_list, **frappe.local.form_dict)

	yield ask
	frappe.local.request, frappe.local.form_dict = None, frappe._dict()


@pytest.mark.parametrize(
	"arguments",
	[
		{"fields": '["name", "findings", "assigned_to"]'},
		{"fields": '["findings"]'},
		{"fields": '["`tabService Feedback`.`root_cause` as subject"]'},
		{"fields": '["actions.action"]'},
		{"fields": '["`tabFeedback Action`.`action`"]'},
		{"fields": '["name"]', "filters": '{"findings": ["like", "%secret%"]}'},
		{"fields": '["name"]', "filters": '[["Service Feedback", "assigned_to", "is", "set"]]'},
		{"fields": '["name"]', "order_by": "credit_amount desc"},
		{"fields": '["name"]', "filters": '[["Feedback Action", "action", "like", "%disk%"]]'},
		{"fields": '["name"]', "group_by": "root_cause"},
	],
)
def test_a_list_tells_a_customer_nothing_internal(case, over_the_wire, arguments):
	as_user(case.user)
	with pytest.raises(frappe.PermissionError):
		over_the_wire(**arguments)


def test_a_customer_lists_what_is_not_internal(case, over_the_wire):
	as_user(case.user)
	(row,) = over_the_wire(
		fields='["name", "subject", "status", "due_by"]', filters='{"status": ["!=", "Closed"]}'
	)
	assert (row.name, row.subject) == (case.doc.name, "Mail is slow")
	(row,) = over_the_wire(fields='["*"]')
	assert not {"findings", "assigned_to", "credit_amount", "breached_on"} & set(row)


@pytest.mark.parametrize("child", ["Feedback Action", "Feedback Hold"])
def test_rows_by_themselves_show_no_more(case, over_the_wire, child):
	case.doc.reload().hold("Waiting for the log")
	asked = {"parent": FEEDBACK, "fields": '["name", "parent", "idx"]'}
	as_user(case.user)
	assert over_the_wire(child, **asked) == []
	as_user(case.owner)
	assert [row.parent for row in over_the_wire(child, **asked)] == [case.doc.name]
	as_user(make_user(OWNER))
	assert over_the_wire(child, **asked) == []
	as_user(case.manager)
	assert case.doc.name in [row.parent for row in over_the_wire(child, **asked)]


def test_a_customer_raises_a_complaint(case):
	as_user(case.user)
	doc = frappe.get_doc(
		{
			"doctype": FEEDBACK,
			"subject": "No mail at all",
			"what_happened": "Since eight",
			"it_service": case.service,
			"severity": "Critical",
			"received_on": "2020-01-01 00:00:00",
			"channel": "Phone",
			"findings": "Your fault",
			"remedy": "Credit",
			"credit_amount": 1000,
			"assigned_to": case.user,
		}
	).insert()
	frappe.set_user("Administrator")
	doc = frappe.get_doc(FEEDBACK, doc.name)
	assert (doc.customer, doc.channel, doc.raised_by) == (case.customer, "Portal", case.user)
	assert str(doc.received_on) > "2026"
	assert (doc.findings, doc.remedy, doc.credit_amount) == (None, "None", 0)
	assert (doc.status, doc.assigned_to) == ("Acknowledged", case.owner)


def test_a_customer_answers_but_takes_no_other_step(case):
	case.doc.respond("Done", "Phone")
	as_user(case.user)
	doc = frappe.get_doc(FEEDBACK, case.doc.name)
	for step in (
		doc.acknowledge,
		doc.start_work,
		doc.close,
		doc.resume,
		doc.create_quality_action,
		lambda: doc.hold("x"),
		lambda: doc.respond("x", "Phone"),
	):
		with pytest.raises(frappe.PermissionError):
			step()
	doc.reopen("It is <b>still</b> slow")
	assert doc.status == "Reopened"
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(FEEDBACK, case.other.name).accept_response()


def test_an_answer_sends_nothing_internal_back(case, over_the_wire):
	"""A method of a document answers with the document."""
	case.doc.respond("Done", "Phone")
	as_user(case.user)
	frappe.local.request = Request(EnvironBuilder(method="POST").get_environ())
	frappe.local.response = frappe._dict(docs=[])
	run_doc_method("accept_response", dt=FEEDBACK, dn=case.doc.name)
	(sent,) = frappe.parse_json(frappe.as_json(frappe.local.response.docs))
	assert sent["customer_answer"] == "Accepted"
	assert {field: sent[field] for field in INTERNAL if sent.get(field)} == {}


def test_a_customer_corrects_the_own_words_until_work_starts(case):
	as_user(case.user)
	doc = frappe.get_doc(FEEDBACK, case.doc.name)
	doc.what_happened = "Every morning and every evening"
	doc.save()
	for field, value in (("severity", "Critical"), ("nature", "Compliment"), ("is_legal", 1)):
		with pytest.raises(FeedbackStateError, match="cannot be changed any more"):
			frappe.client.set_value(FEEDBACK, doc.name, field, value)
	as_user(case.owner)
	frappe.get_doc(FEEDBACK, doc.name).start_work()
	as_user(case.user)
	with pytest.raises(FeedbackStateError, match="we work on it"):
		frappe.client.set_value(FEEDBACK, doc.name, "subject", "Never mind")


def test_a_contact_of_two_customers_chooses_one(case):
	second, foreign = make_customer(unique("Second")).name, make_customer(unique("Foreign")).name
	make_contact(second, user=case.user)
	as_user(case.user)
	values = {"doctype": FEEDBACK, "subject": "Slow"}
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(values).insert()
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({**values, "customer": foreign}).insert()
	assert frappe.get_doc({**values, "customer": second}).insert().customer == second
	assert len(listed()) == 2


def test_a_contact_of_nobody_is_refused(case):
	as_user(make_user("Customer"))
	assert listed() == set()
	assert readable(case.doc) == [False]
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": FEEDBACK, "subject": "Slow"}).insert()


def test_guests_reach_nothing(case):
	as_user("Guest")
	assert readable(case.doc) == [False]
	with pytest.raises(frappe.PermissionError):
		frappe.get_list(FEEDBACK)
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": FEEDBACK, "subject": "Slow", "customer": case.customer}).insert()
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(FEEDBACK, case.doc.name).accept_response()


def test_whoever_is_assigned_without_a_role_may_work_on_it(case):
	"""A compliment goes to a person who has nothing else to do with the process."""
	person = make_user()
	praise = make_feedback(nature="Compliment", named_person=person)
	as_user(person)
	doc = frappe.get_doc(FEEDBACK, praise.name)
	doc.respond("Thank you, I pass it on", "Phone")
	assert doc.status == "Responded"
	assert readable(case.doc) == [False]
	assert listed() == {praise.name}


def test_steps_are_not_taken_by_get():
	from frappe import allowed_http_methods_for_whitelisted_func as methods

	from itil_strategy.business_relationship.doctype.service_feedback.service_feedback import ServiceFeedback
	from itil_strategy.business_relationship.feedback.answers import answer_by_link

	steps = ("acknowledge", "start_work", "hold", "resume", "respond", "close", "accept_response", "reopen")
	for step in (
		*(getattr(ServiceFeedback, name) for name in (*steps, "create_quality_action")),
		answer_by_link,
	):
		assert methods[step] == ["POST"]


def test_a_service_that_changes_hands_changes_who_sees_it(case):
	successor = make_user(OWNER)
	frappe.db.set_value("IT Service", case.service, "service_owner", successor)
	as_user(successor)
	assert listed() == {case.doc.name}
