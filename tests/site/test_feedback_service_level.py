"""The bridge to ERPNext's Service Level Agreement: ERPNext's own due times beside ours, and what it cannot keep (BR-5)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

import frappe
from frappe.utils import get_system_timezone

from erpnext.support.doctype.service_level_agreement.service_level_agreement import (
	get_service_level_agreement_fields,
	set_documents_with_active_service_level_agreement,
)

from itil_strategy.business_relationship.feedback.service_level import (
	AGREEMENT,
	FEEDBACK,
	LEVEL,
	delete_service_levels,
	set_up_service_level,
)
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.tests.factories import make_user, unique
from itil_strategy.tests.feedback import (
	forget_accounts,
	make_customer_user,
	make_email_account,
	make_feedback,
)

SETTINGS = "Service Strategy Settings"
NAMES = [field["fieldname"] for field in get_service_level_agreement_fields()]


@pytest.fixture(scope="module")
def holidays(frappe_site) -> str:
	"""Committed, because new columns commit; 3 March 2026, a Tuesday, is free."""
	name = unique("Holidays")
	frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": name,
			"from_date": "2026-01-01",
			"to_date": "2026-12-31",
			"holidays": [{"holiday_date": "2026-03-03", "description": "Free"}],
		}
	).insert()
	before = frappe.db.get_single_value(SETTINGS, "holiday_list")
	tracked = frappe.db.get_single_value("Support Settings", "track_service_level_agreement")
	frappe.db.set_single_value(SETTINGS, "holiday_list", name)
	frappe.db.set_single_value("Support Settings", "track_service_level_agreement", 1)
	frappe.db.commit()
	yield name
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.db.set_single_value(SETTINGS, "holiday_list", before)
	frappe.db.set_single_value("Support Settings", "track_service_level_agreement", tracked)
	frappe.delete_doc("Holiday List", name, force=True)
	frappe.db.commit()


@pytest.fixture(scope="module")
def agreement(holidays):
	name = set_up_service_level()
	frappe.db.commit()
	yield name
	frappe.db.rollback()
	frappe.set_user("Administrator")
	delete_service_levels()
	frappe.db.commit()


@pytest.fixture(autouse=True)
def account(isolated):
	"""To send from: who is assigned is told."""
	make_email_account()
	yield
	forget_accounts()


def at(moment: str):
	"""A moment in the site's time zone."""
	zone = ZoneInfo(get_system_timezone())
	return freeze_time(datetime.fromisoformat(f"{moment}.250000").replace(tzinfo=zone))


def complaint(moment: str, **values):
	with at(moment):
		return make_feedback(severity="High", **values)


def test_what_it_holds(agreement, holidays):
	doc = frappe.get_doc(AGREEMENT, agreement)
	assert (doc.name, doc.enabled, doc.holiday_list) == (f"SLA-{FEEDBACK}-{LEVEL}", 1, holidays)
	assert [(row.priority, row.response_time / 3600, row.default_priority) for row in doc.priorities] == [
		("Critical", 4, 0),
		("High", 8, 0),
		("Medium", 16, 1),
		("Low", 40, 0),
	]
	assert [(row.workday, str(row.start_time), str(row.end_time)) for row in doc.support_and_resolution] == [
		(day, "9:00:00", "17:00:00") for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
	]


def test_setting_up_again_brings_it_up_to_date(agreement):
	frappe.db.set_value(AGREEMENT, agreement, "enabled", 0)
	assert set_up_service_level() == agreement
	assert frappe.get_all(AGREEMENT, {"document_type": FEEDBACK}, ["name", "enabled"], as_list=True) == (
		(agreement, 1),
	)
	assert len(frappe.get_doc(AGREEMENT, agreement).priorities) == 4


@pytest.mark.parametrize(
	("received", "due"),
	[
		# 8 working hours with Tuesday free: 7 on Monday and one on Wednesday; all of Monday; 1 on Friday, 7 on Monday.
		("2026-03-02 10:00:00", "2026-03-04 10:00:00"),
		("2026-03-02 09:00:00", "2026-03-02 17:00:00"),
		("2026-03-06 16:00:00", "2026-03-09 16:00:00"),
		("2026-03-07 12:00:00", "2026-03-09 17:00:00"),
	],
)
def test_both_clocks_agree(agreement, received, due):
	doc = complaint(received)
	assert (str(doc.due_by), str(doc.response_by), doc.priority) == (due, due, "High")
	assert doc.agreement_status == "First Response Due"


@pytest.mark.parametrize(("answered", "status"), [("09:59:00", "Fulfilled"), ("10:01:00", "Failed")])
def test_the_response_fulfils_it_or_comes_too_late(agreement, answered, status):
	doc = complaint("2026-03-02 10:00:00")
	with at("2026-03-02 11:00:00"):
		doc.start_work()
	assert doc.first_responded_on is None
	with at(f"2026-03-04 {answered}"):
		doc.respond("Done", "Phone")
	assert (doc.agreement_status, doc.in_time) == (status, int(status == "Fulfilled"))
	with at("2026-03-04 12:00:00"):
		doc.reopen("No")
	assert (doc.status, doc.agreement_status) == ("Reopened", status)


def test_a_hold_moves_our_clock_only(agreement):
	doc = complaint("2026-03-02 10:00:00")
	with at("2026-03-02 11:00:00"):
		doc.hold("Waiting for the log")
	with at("2026-03-02 13:00:00"):
		doc.resume()
	assert (str(doc.due_by), str(doc.response_by)) == ("2026-03-04 12:00:00", "2026-03-04 10:00:00")
	assert doc.first_responded_on is None


def test_only_complaints_have_one(agreement):
	doc = complaint("2026-03-02 10:00:00", nature="Compliment")
	assert (doc.service_level_agreement, doc.response_by) == (None, None)
	assert doc.due_by


def test_a_complaint_entered_later_counts_from_its_receipt(agreement):
	with at("2026-03-05 12:00:00"):
		doc = make_feedback(severity="High", received_on="2026-03-02 10:00:00")
	assert str(doc.response_by) == str(doc.due_by) == "2026-03-04 10:00:00"


def test_customers_do_not_see_it(agreement):
	doc = complaint("2026-03-02 10:00:00")
	user = make_customer_user(doc.customer)
	frappe.set_user(user)
	frappe.clear_cache(user=user)
	shown = frappe.client.get(FEEDBACK, doc.name)
	assert shown["due_by"] and not any(shown.get(name) for name in NAMES)


@pytest.mark.parametrize(
	("change", "words"),
	[
		(
			lambda settings: frappe.db.set_single_value(
				"Support Settings", "track_service_level_agreement", 0
			),
			"does not track service levels",
		),
		(lambda settings: settings.db_set("holiday_list", None), "needs a holiday list"),
		(
			lambda settings: settings.append(
				"working_windows",
				{"name": unique("row"), "weekday": "Friday", "start": "18:00:00", "end": "20:00:00"},
			).db_insert(),
			"Friday has 2 working windows",
		),
		(
			lambda settings: settings.working_windows[0].db_set({"start": "22:00:00", "end": "06:00:00"}),
			"Monday runs over midnight",
		),
		(
			lambda settings: [
				row.db_set("nature", "Suggestion")
				for row in settings.feedback_targets
				if row.nature == "Complaint"
			],
			"No time to respond is set for complaints",
		),
	],
)
def test_what_it_cannot_keep_is_refused_and_nothing_is_made(holidays, change, words):
	count = frappe.db.count(AGREEMENT)
	change(frappe.get_single(SETTINGS))
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	frappe.db.value_cache.clear()
	with pytest.raises(ServiceStrategyError, match=words):
		set_up_service_level()
	assert frappe.db.count(AGREEMENT) == count


def test_only_a_system_manager_sets_it_up(holidays):
	for role in ("Business Relationship Manager", "Service Portfolio Manager", "IT Financial Manager"):
		frappe.set_user(make_user(role))
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc(SETTINGS).set_up_service_level()


def test_nothing_of_it_is_left_behind(holidays):
	frappe.db.rollback()
	set_up_service_level()
	delete_service_levels()
	frappe.db.commit()
	assert not frappe.db.exists(AGREEMENT, {"document_type": FEEDBACK})
	assert not frappe.db.exists("Custom Field", {"dt": FEEDBACK, "fieldname": ("in", NAMES)})
	assert not set(NAMES) & set(frappe.db.get_table_columns(FEEDBACK))
	assert FEEDBACK not in set_documents_with_active_service_level_agreement()
	make_email_account()
	assert complaint("2026-03-02 10:00:00").due_by
