"""Every other way to the stage is closed, and two people at once meet each other (SP-1, SP-5)."""

import json

import pytest

import frappe
from frappe.core.doctype.data_import.importer import Importer
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs
from frappe.desk.form.save import savedocs

from itil_strategy.exceptions import StageChangeError
from itil_strategy.tests.factories import make_file, make_offering
from itil_strategy.tests.portfolio import decide, make_objective, propose_service
from tests.site import processes


@pytest.fixture
def stored(frappe_site):
	"""Proposed services in the database, seen by other processes; deleted afterwards."""
	made = []

	def make(**values):
		made.append(propose_service(with_need=False, **values))
		frappe.db.commit()
		return made[-1]

	yield make
	frappe.db.rollback()
	names = [service.name for service in made]
	for doctype in ("Portfolio Decision", "Service Retirement"):
		for name in frappe.get_all(doctype, {"it_service": ("in", names)}, pluck="name"):
			frappe.db.set_value(doctype, name, "docstatus", 2)
			frappe.delete_doc(doctype, name, force=True)
	for table in ("Service Dependency", "Service Outcome"):
		frappe.db.delete(table, {"parent": ("in", names)})
	for name in names:
		frappe.delete_doc("IT Service", name, force=True)
	frappe.db.commit()


def stage_of(service) -> str:
	frappe.db.rollback()
	return frappe.db.get_value("IT Service", service.name, "stage")


def test_form_save_refuses_a_changed_stage(stored):
	service = stored()
	doc = {**service.as_dict(convert_dates_to_str=True), "stage": "Operational"}
	with pytest.raises(StageChangeError):
		savedocs(json.dumps(doc, default=str), "Save")
	assert stage_of(service) == "Proposed"


def test_form_save_refuses_an_invented_history(stored):
	service = stored()
	doc = service.as_dict(convert_dates_to_str=True)
	doc["stage_log"] = [{"doctype": "Service Stage Log", "to_stage": "Operational", "reason": "Trust me"}]
	with pytest.raises(StageChangeError, match="stage log"):
		savedocs(json.dumps(doc, default=str), "Save")
	doc["stage_log"] = []
	doc["stage_plan"] = [{"doctype": "Service Stage Plan", "stage": "Defined", "actual_date": "2026-01-01"}]
	with pytest.raises(StageChangeError, match="actual date"):
		savedocs(json.dumps(doc, default=str), "Save")


def test_bulk_edit_refuses_a_changed_stage(stored):
	service = stored()
	failed = submit_cancel_or_update_docs(
		"IT Service", json.dumps([service.name]), "update", json.dumps({"stage": "Operational"})
	)
	assert failed == [service.name]
	assert stage_of(service) == "Proposed"


def test_data_import_refuses_a_changed_stage(stored):
	service = stored()
	url = make_file(f"Service Code,Stage\n{service.name},Operational\n", "services.csv")
	document = frappe.get_doc(
		{
			"doctype": "Data Import",
			"reference_doctype": "IT Service",
			"import_type": "Update Existing Records",
			"mute_emails": 1,
		}
	)
	document.import_file = url
	document.insert()
	frappe.db.commit()
	try:
		importer = Importer("IT Service", data_import=document)
		importer.import_data()
		log = frappe.get_all(
			"Data Import Log", {"data_import": document.name}, ["success", "messages", "exception"]
		)
		assert [row.success for row in log] == [0]
		assert "Portfolio Decision" in f"{log[0].messages}{log[0].exception}"
		assert stage_of(service) == "Proposed"
	finally:
		frappe.db.delete("Data Import Log", {"data_import": document.name})
		frappe.delete_doc("Data Import", document.name, force=True)
		frappe.delete_doc("File", frappe.db.get_value("File", {"file_url": url}), force=True)
		frappe.db.commit()


SUBMIT = """
import time
decision = frappe.get_doc("Portfolio Decision", "{name}")
while time.time() < {start}: time.sleep(0.001)
try:
	decision.submit()
	frappe.db.commit()
	print("done")
except Exception as error:
	frappe.db.rollback()
	print(type(error).__name__)
"""


def at_once(codes: list[str]) -> list[str]:
	"""The last word of each process."""
	started = [processes.start(code) for code in codes]
	return sorted(process.communicate(timeout=120)[0].strip().splitlines()[-1] for process in started)


def soon() -> float:
	import time

	return time.time() + 4


def test_of_two_decisions_at_once_one_is_refused(stored):
	service = stored()
	drafts = [decide(service, outcome, submit=False) for outcome in ("Proceed", "Hold")]
	frappe.db.commit()
	start = soon()
	answers = at_once([SUBMIT.format(name=draft.name, start=start) for draft in drafts])
	assert answers == ["StaleDecisionError", "done"]
	frappe.db.rollback()
	log = frappe.get_all("Service Stage Log", {"parent": service.name}, pluck="portfolio_decision")
	submitted = frappe.get_all(
		"Portfolio Decision", {"it_service": service.name, "docstatus": 1}, pluck="name"
	)
	assert log == submitted and len(log) == 1


DEPEND = """
import time
service = frappe.get_doc("IT Service", "{service}")
service.append("dependencies", {{"depends_on": "{provider}", "is_critical": 1}})
while time.time() < {start}: time.sleep(0.001)
try:
	service.save()
	frappe.db.commit()
	print("done")
except Exception as error:
	frappe.db.rollback()
	print(type(error).__name__)
"""


def test_two_saves_at_once_close_no_circle(stored):
	objective = [{"strategic_objective": make_objective(), "contribution": 1}]
	first, second = stored(outcomes=objective), stored(outcomes=objective)
	start = soon()
	answers = at_once(
		[
			DEPEND.format(service=first.name, provider=second.name, start=start),
			DEPEND.format(service=second.name, provider=first.name, start=start),
		]
	)
	assert answers == ["DependencyError", "done"]
	frappe.db.rollback()
	assert frappe.db.count("Service Dependency", {"parent": ("in", [first.name, second.name])}) == 1


PROMISE = """
import time
doc = frappe.get_doc(dict(
	doctype="Service Commitment", customer="{customer}", service_offering="{offering}",
	units_per_month=60, valid_from="2030-01-01", valid_to="2030-12-31",
))
while time.time() < {start}: time.sleep(0.001)
try:
	doc.insert()
	frappe.db.commit()
	print("done")
except Exception as error:
	frappe.db.rollback()
	print(type(error).__name__)
"""


def test_of_two_promises_at_once_one_is_refused(stored):
	"""BR-9: each fits alone, both do not."""
	offering = make_offering(stored(), practical_capacity=100)
	frappe.db.commit()
	try:
		start = soon()
		answers = at_once(
			[
				PROMISE.format(customer=customer, offering=offering.name, start=start)
				for customer in ("Harbour GmbH", "Meadow AG")
			]
		)
		assert answers == ["CapacityError", "done"]
	finally:
		frappe.db.rollback()
		frappe.db.delete("Service Commitment", {"service_offering": offering.name})
		frappe.delete_doc("Service Offering", offering.name, force=True)
		frappe.db.commit()
