"""Two people at once, and the ways past the form (BR-2, BR-3)."""

import json
import time

import pytest

import frappe
from frappe.desk.form.save import savedocs
from frappe.handler import run_doc_method

from itil_strategy.exceptions import MediationError, NeedStateError
from itil_strategy.tests.factories import make_service
from itil_strategy.tests.relationship import make_need, make_topic, mediations_of
from tests.site import processes

OTHER = "Meadow AG"


@pytest.fixture
def stored(frappe_site):
	"""A service and needs that other processes see; deleted afterwards."""
	service, topic = make_service(), make_topic()
	frappe.db.commit()
	made = []

	def make(moscow: str, **values):
		made.append(make_need(service, wishes=[(topic, moscow)], **values))
		frappe.db.commit()
		return made[-1]

	yield make
	frappe.db.rollback()
	names = [need.name for need in made]
	mediations = frappe.get_all("Mediation Party", {"customer_need": ("in", names)}, pluck="parent")
	frappe.db.delete("Notification Log", {"document_name": ("in", [*names, *mediations])})
	frappe.db.delete("Comment", {"reference_name": ("in", [*names, *mediations])})
	for doctype, table, parents in (
		("Requirement Mediation", "Mediation Party", mediations),
		("Customer Need", "Need Requirement", names),
	):
		frappe.db.delete(table, {"parent": ("in", parents)})
		frappe.db.delete(doctype, {"name": ("in", parents)})
	frappe.delete_doc("IT Service", service.name, force=True)
	frappe.delete_doc("Requirement Topic", topic, force=True)
	frappe.db.commit()


CALL = """
import time
frappe.flags.mute_emails = True
doc = frappe.get_doc("{doctype}", "{name}")
while time.time() < {start}: time.sleep(0.001)
try:
	doc.{call}
	frappe.db.commit()
	print("done")
except Exception as error:
	frappe.db.rollback()
	print(type(error).__name__)
"""


def at_once(*calls: tuple) -> list[str]:
	"""The last word of each process: (doctype, name, call)."""
	start = time.time() + 4
	started = [
		processes.start(CALL.format(doctype=doctype, name=name, call=call, start=start))
		for doctype, name, call in calls
	]
	return sorted(process.communicate(timeout=120)[0].strip().splitlines()[-1] for process in started)


@pytest.mark.parametrize("attempt", range(3))
def test_two_submissions_at_once_open_one_mediation(stored, attempt):
	first, second = stored("Must"), stored("Won't", customer=OTHER)
	answers = at_once(
		("Customer Need", first.name, "submit_need()"), ("Customer Need", second.name, "submit_need()")
	)
	assert answers == ["done", "done"]
	frappe.db.rollback()
	assert len(mediations_of(first, second)) == 1
	assert frappe.db.count("Mediation Party", {"customer_need": ("in", [first.name, second.name])}) == 2


def test_of_two_steps_at_once_one_is_refused(stored):
	need = stored("Must")
	answers = at_once(*[("Customer Need", need.name, "submit_need()")] * 2)
	assert answers == ["NeedStateError", "done"]


def test_closing_and_withdrawing_at_once(stored):
	first, second = stored("Must"), stored("Won't", customer=OTHER)
	for need in (first, second):
		need.submit_need()
	(mediation,) = mediations_of(first, second)
	mediation.decision = "Both"
	for row in mediation.parties:
		row.answer = "Accepted"
	mediation.save()
	for need in (first, second):
		frappe.db.set_value("Customer Need", need.name, "raised_by", "Guest")
	frappe.db.commit()
	answers = at_once(
		("Requirement Mediation", mediation.name, "close_mediation()"),
		("Requirement Mediation", mediation.name, "withdraw('x')"),
	)
	assert answers == ["MediationError", "done"]


def test_form_save_refuses_a_changed_state(stored):
	need = stored("Must")
	doc = {**need.as_dict(convert_dates_to_str=True), "status": "Accepted"}
	with pytest.raises(NeedStateError):
		savedocs(json.dumps(doc, default=str), "Save")
	need.submit_need()
	second = stored("Won't", customer=OTHER)
	second.submit_need()
	frappe.db.commit()
	(mediation,) = mediations_of(need, second)
	doc = {**mediation.as_dict(convert_dates_to_str=True), "status": "Closed"}
	with pytest.raises(MediationError):
		savedocs(json.dumps(doc, default=str), "Save")


def test_a_step_over_the_desk_takes_stored_values_only(stored):
	need = stored("Must")
	sent = {**need.as_dict(convert_dates_to_str=True), "status": "Accepted", "need_title": "Forged"}
	frappe.local.request = frappe._dict(method="POST")
	try:
		run_doc_method("submit_need", docs=json.dumps(sent, default=str))
	finally:
		del frappe.local.request
	need.reload()
	assert (need.status, need.need_title != "Forged") == ("Submitted", True)


def test_a_step_cannot_be_taken_by_get(stored):
	need = stored("Must")
	frappe.local.request = frappe._dict(method="GET")
	try:
		with pytest.raises(frappe.PermissionError):
			run_doc_method("submit_need", docs=json.dumps(need.as_dict(), default=str))
	finally:
		del frappe.local.request
	assert frappe.db.get_value("Customer Need", need.name, "status") == "Draft"
