"""What the customers of the sample organisation said, in the reports: every figure by hand from the files."""

import pytest
from freezegun import freeze_time

import frappe

from itil_strategy.business_relationship.report.feedback_performance.feedback_performance import (
	execute as performance,
)
from itil_strategy.business_relationship.report.satisfaction.satisfaction import execute as satisfaction
from itil_strategy.setup.demo import run
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.relationship import load_feedback, load_survey
from itil_strategy.utils.customers import customers_of

# After the last row of the files, whatever the day is.
LOADED_ON = "2026-08-03 12:00:00.250000"
WINDOW = {"from_date": "2026-04-01", "to_date": "2026-07-31"}
FIGURES = ("received", "complaints", "compliments", "suggestions", "in_time", "breached", "reopened")


@pytest.fixture(scope="module")
def sample(frappe_site):
	"""Loaded once; it commits, and stays on the test site."""
	with freeze_time(LOADED_ON):
		run()


def rows(**filters) -> dict[str, tuple]:
	data = performance({**WINDOW, **filters})[1]
	return {row["label"]: (*(row[name] for name in FIGURES), round(row["average_hours"], 4)) for row in data}


def test_feedback_performance(sample):
	"""Working hours from receipt to response, Monday to Friday from nine to five, e.g. 14 April 10:00 to 15:00 = 5."""
	assert rows() == {
		"2026-04": (2, 1, 1, 0, 2, 0, 0, 3.5),  # 5 and 2
		"2026-05": (3, 2, 1, 0, 2, 1, 1, 9.3333),  # 10, 10 and 8
		"2026-06": (3, 2, 0, 1, 2, 1, 0, 16.0),  # 20, 12 and 16
		"2026-07": (3, 1, 1, 1, 3, 0, 1, 9.6667),  # 10, 5 and 14
		"Total": (11, 6, 3, 2, 9, 2, 2, 10.1818),  # 112 / 11
	}
	# 5, 10, 12 and 14
	assert rows(group_by="Service")["Server Hosting"] == (4, 4, 0, 0, 2, 2, 2, 10.25)


def test_satisfaction(sample):
	"""Score: 40 % of ten times the recommendation and 60 % of 25 x (mark - 1)."""
	survey = frappe.db.get_value("Satisfaction Survey", {"survey_title": "Service satisfaction 2026"})
	data = satisfaction(
		{"from_date": "2026-04-01", "to_date": "2026-09-30", "period": "Quarter", "survey": survey}
	)[1]
	servers = [row for row in data if row.get("service_name") == "Server Hosting"]
	# (31 + 27 + 54) / 3 and (54 + 50 + 73) / 3
	assert [(round(row["csat"], 4), round(row["nps"], 4)) for row in servers] == [
		(37.3333, -100),
		(59, -66.6667),
	]
	total = data[-1]
	# 2 of 17; (605 + 574) / 17; 17 of 20
	assert (round(total["nps"], 4), round(total["csat"], 4), total["response_rate"]) == (11.7647, 69.3529, 85)
	assert (total["promoters"], total["passives"], total["detractors"]) == (7, 5, 5)


def test_it_stands_as_on_the_day(sample):
	doc = frappe.get_doc("Service Feedback", {"subject": "Machine data could not be stored"})
	assert (doc.status, doc.customer_answer, str(doc.due_by)) == ("Closed", "Accepted", "2026-05-05 13:00:00")
	assert (doc.breach_count, doc.in_time, doc.hours_to_response, doc.reopen_count) == (1, 0, 10, 1)
	assert frappe.db.get_value("Service Feedback", {"subject": ("like", "%open tours%")}, "status") == "New"
	assert set(frappe.get_all("Satisfaction Survey", {"cadence": "Quarterly"}, pluck="state")) == {"Closed"}
	survey = frappe.db.get_value("Satisfaction Survey", {"survey_title": "Service satisfaction 2026"})
	statuses = frappe.get_all("Survey Invitation", {"survey": survey}, pluck="status")
	assert (statuses.count("Answered"), statuses.count("Expired")) == (17, 3)


def test_the_contacts_of_the_portal(sample):
	for row in SampleFiles().table("contacts"):
		assert customers_of(row["email"]) == ([row["customer"]] if row["portal"] == "yes" else [])


def test_loading_again_changes_nothing(sample):
	doctypes = ("Contact", "User", "Service Feedback", "Survey Invitation", "Survey Response")
	before = [frappe.db.count(doctype) for doctype in doctypes]
	run()
	assert [frappe.db.count(doctype) for doctype in doctypes] == before


def test_days_to_come_are_left_out(sample):
	files = SampleFiles()
	for doctype in ("Service Feedback", "Satisfaction Survey"):
		frappe.db.delete(doctype)
	contacts = {row["email"]: _contact(row) for row in files.table("contacts")}
	with freeze_time("2026-05-11 12:00:00.250000"):
		load_feedback(files, contacts)
		load_survey(files, files.company["surveys"][0], contacts)
	# Closed in April: two; the one of 5 May closes on the 12th; the one without a day is of the day.
	assert frappe.db.count("Service Feedback") == 3
	assert not frappe.db.count("Satisfaction Survey")


def _contact(row: dict):
	return frappe.get_doc(
		"Contact", frappe.db.get_value("Contact Email", {"email_id": row["email"]}, "parent")
	)
