"""The sample organisation from the settings page: who may, what stands in the way, and how a job ends."""

import pytest

import frappe

from itil_strategy.exceptions import SampleOrganisationError
from itil_strategy.setup.demo import desk
from itil_strategy.setup.demo.inventory import forget_note, read_note, write_note
from itil_strategy.setup.demo.removal import remove
from itil_strategy.setup.demo.wipe import wipe
from itil_strategy.tests.factories import make_user
from itil_strategy.utils.jobs import job_key
from itil_strategy.utils.locks import is_locked
from tests.site.portfolio_doors import as_user

SETTINGS = "Service Strategy Settings"
OBJECTIVE = "Decide on facts"
FUNCTIONS = ("get_sample_state", "load_sample_organisation", "remove_sample_organisation")
ROLES = (
	("System Manager", True),
	("Service Portfolio Manager", False),
	("IT Financial Manager", False),
	("Business Relationship Manager", False),
	("Service Owner", False),
)


@pytest.fixture
def queued(monkeypatch) -> list[dict]:
	"""What would go to the queue; no worker of the test machine takes it."""
	found: list[dict] = []
	enqueue = frappe.enqueue

	def note(method, **values):
		if values.get("job_id") != job_key(SETTINGS, desk.SAMPLE):
			return enqueue(method, **values)
		found.append({"method": method, **values})

	monkeypatch.setattr(frappe, "enqueue", note)
	return found


@pytest.fixture
def without_sample(frappe_site):
	if read_note():
		remove()


@pytest.mark.parametrize(("role", "may"), ROLES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_system_managers(without_sample, queued, function, role, may):
	as_user(make_user(role))
	settings = frappe.get_doc(SETTINGS)
	try:
		getattr(settings, function)()
		assert may
	except frappe.PermissionError:
		assert not may
	except SampleOrganisationError:
		# There is nothing to remove, which only who may is told.
		assert may and function == "remove_sample_organisation"
	assert bool(queued) == (may and function == "load_sample_organisation")


def test_loading_is_queued_in_the_name_of_the_user(without_sample, queued):
	user = make_user("System Manager")
	as_user(user)
	frappe.get_doc(SETTINGS).load_sample_organisation()
	(job,) = queued
	assert (job["user"], job["what"], job["queue"], job["enqueue_after_commit"]) == (
		user,
		"load",
		"long",
		True,
	)
	assert frappe.get_attr(job["method"]) is desk.work


@pytest.mark.parametrize(
	("doctype", "values"),
	[
		(
			"Customer",
			{"customer_name": "Blue Orchard", "customer_group": "Commercial", "territory": "All Territories"},
		),
		("IT Service", {"service_code": "ERP", "service_name": "Our Own", "service_type": "Supporting"}),
	],
)
def test_names_that_are_in_use_stay_out_of_it(without_sample, queued, doctype, values):
	name = frappe.get_doc({"doctype": doctype, **values}).insert().name
	with pytest.raises(SampleOrganisationError, match=name):
		frappe.get_doc(SETTINGS).load_sample_organisation()
	assert not queued and read_note() is None


def test_a_company_of_that_name_is_somebodys(without_sample, queued, monkeypatch):
	"""Its own chart of accounts takes long to make; the row alone is what counts."""
	company = frappe.copy_doc(frappe.get_doc("Company", frappe.get_all("Company", pluck="name", limit=1)[0]))
	company.name, company.company_name, company.abbr = "Northwind IT Services", "Northwind IT Services", "NIT"
	company.db_insert()
	with pytest.raises(SampleOrganisationError, match="Northwind IT Services"):
		frappe.get_doc(SETTINGS).load_sample_organisation()
	assert not queued


def test_there_is_nothing_to_remove(without_sample, queued):
	with pytest.raises(SampleOrganisationError, match="not on this site"):
		frappe.get_doc(SETTINGS).remove_sample_organisation()
	assert not queued
	assert desk.get_state()["state"] is None


def test_a_job_that_fails_says_so_and_frees_the_way(without_sample, monkeypatch):
	def fail(_progress):
		write_note(state="Loading", kept={})
		frappe.db.commit()
		frappe.throw("the disk is full")

	monkeypatch.setitem(desk.WORK, "load", fail)
	desk.work(desk.SAMPLE, "Administrator", "load")
	try:
		state = desk.get_state()
		assert (state["state"], state["error"]) == ("Failed", "the disk is full")
		assert not is_locked(job_key(SETTINGS, desk.SAMPLE))
	finally:
		forget_note()
		frappe.db.delete("Error Log", {"method": "Sample organisation: load"})
		frappe.db.commit()


def test_what_own_records_use_stays(without_sample, monkeypatch):
	"""Loaded and removed as by the buttons; a service of somebody's own serves an objective of it."""
	told = []
	monkeypatch.setattr(
		frappe, "publish_realtime", lambda event, message=None, **_to: told.append((event, message))
	)
	objectives = set(frappe.get_all("Strategic Objective", pluck="name"))
	user = make_user("System Manager")
	desk.work(desk.SAMPLE, user, "load")
	service = frappe.get_doc(
		{
			"doctype": "IT Service",
			"service_code": "OWN-REPORTS",
			"service_name": "Our Own Reports",
			"service_type": "Customer-facing",
			"outcomes": [{"strategic_objective": OBJECTIVE, "contribution": 10}],
		}
	).insert()
	frappe.db.commit()
	try:
		assert desk.get_state()["state"] == "Loaded"
		told_of_loading(told)
		desk.work(desk.SAMPLE, user, "remove")
		event, message = told[-1]
		assert (event, message["indicator"]) == (desk.ENDED, "orange")
		assert OBJECTIVE in message["message"]
		assert frappe.get_doc("IT Service", service.name).outcomes[0].strategic_objective == OBJECTIVE
		assert set(frappe.get_all("Strategic Objective", pluck="name")) - objectives == {OBJECTIVE}
		assert not frappe.db.exists("Company", "Northwind IT Services")
	finally:
		if read_note():
			remove()
		wipe("IT Service", [service.name])
		wipe("Strategic Objective", [OBJECTIVE])
		frappe.db.commit()


def told_of_loading(told: list[tuple]) -> None:
	assert (desk.ENDED, {"message": "The sample organisation is loaded.", "indicator": "green"}) in told
	percents = [
		message["percent"]
		for event, message in told
		if event == "progress" and message["docname"] == SETTINGS
	]
	assert percents == sorted(percents) and percents[-1] == 100
