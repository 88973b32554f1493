"""What a service owner may not do: reach for others' services, or write what only decisions write."""

import json
from collections.abc import Iterable

import pytest

import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import WaiverError
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.portfolio import decide
from tests.site.portfolio_doors import WRITE, as_user, is_allowed
from tests.site.portfolio_matrix import CREATOR, OWNER, STRANGER
from tests.site.portfolio_world import LAST_DAY_IN

RELATIONSHIP, FINANCE, SERVICE_OWNER = (
	"Business Relationship Manager",
	"IT Financial Manager",
	"Service Owner",
)
UNSEEN = {"modified", "modified_by", "name", "creation", "owner", "idx", "parent"}


def own_service(world, viewer: str) -> str:
	return frappe.db.get_value("IT Service", {"service_owner": world.users[viewer]})


def open_ways(doctype: str, name: str, values: dict) -> list[str]:
	"""Doors through which the user may write the values."""
	return [door for door, write in WRITE.items() if is_allowed(write, doctype, name, values)]


def stored(doctype: str, name: str, fields: Iterable[str]) -> str:
	doc = json.loads(frappe.as_json(frappe.get_doc(doctype, name)))
	rows = {
		field: [{key: cell for key, cell in row.items() if key not in UNSEEN} for row in value]
		if isinstance(value := doc.get(field), list)
		else value
		for field in fields
	}
	return json.dumps(rows, sort_keys=True)


def forged(doctype: str, name: str, values: dict) -> list[str]:
	"""Doors after which the record holds other values than before."""
	before, found = stored(doctype, name, values), []
	assert before != json.dumps(values, sort_keys=True)
	for door, write in WRITE.items():
		frappe.db.savepoint("forge")
		try:
			write(doctype, name, json.loads(json.dumps(values)))
		except (frappe.ValidationError, frappe.PermissionError):
			pass
		if stored(doctype, name, values) != before:
			found.append(door)
		frappe.db.rollback(save_point="forge")
	return found


# Others' services


def test_nobody_becomes_the_owner_by_saying_so(world):
	as_user(world.users[STRANGER])
	for values in (
		{"service_owner": world.users[STRANGER]},
		{"service_owner": world.users[STRANGER], "owner": world.users[STRANGER]},
	):
		assert open_ways("IT Service", world.owned.bare, values) == []


@pytest.mark.parametrize("doctype", ["Service Offering", "Portfolio Decision", "Service Retirement"])
def test_no_record_moves_between_own_and_others_services(world, doctype):
	mine = own_service(world, STRANGER)
	as_user(world.users[OWNER])
	assert open_ways(doctype, world.owned.names[doctype], {"it_service": mine}) == []
	as_user(world.users[STRANGER])
	for values in ({"it_service": mine}, {"it_service": mine, "owner": world.users[STRANGER]}):
		assert open_ways(doctype, world.owned.names[doctype], values) == []


@pytest.mark.parametrize("doctype", ["Portfolio Decision", "Service Retirement"])
def test_the_creator_is_who_created_it(world, doctype):
	as_user(world.users[STRANGER])
	assert open_ways(doctype, world.owned.names[doctype], {"owner": world.users[STRANGER]}) == []
	as_user(world.users[CREATOR])
	assert open_ways(doctype, world.created.names[doctype], {"it_service": world.owned.bare}) == []


@pytest.mark.parametrize("second", [RELATIONSHIP, FINANCE])
@pytest.mark.parametrize("doctype", ["Portfolio Decision", "Service Retirement"])
def test_a_second_role_that_reads_all_writes_no_more(world, doctype, second):
	user = make_user(SERVICE_OWNER, second)
	as_user(user)
	assert frappe.has_permission(doctype, "read", doc=world.owned.names[doctype])
	assert open_ways(doctype, world.owned.names[doctype], {"loss_reason": "x", "rationale": "x"}) == []
	with pytest.raises(frappe.PermissionError):
		frappe.client.insert(world.owned.new(doctype))


def test_links_to_a_service_name_no_foreign_decision(world):
	from frappe.desk.form.linked_with import get

	def linked() -> set[str]:
		found = get("IT Service", world.owned.drafted)
		return {row["name"] for doctype in ("Portfolio Decision",) for row in found.get(doctype) or []}

	as_user(world.users[OWNER])
	assert world.owned.names["Portfolio Decision"] in linked()
	as_user(world.users[STRANGER])
	assert linked() == set()


def test_assigning_opens_no_foreign_record(world):
	from frappe.desk.form.assign_to import add

	as_user(world.users[STRANGER])
	with pytest.raises(frappe.PermissionError):
		add(
			{
				"doctype": "Portfolio Decision",
				"name": world.owned.names["Portfolio Decision"],
				"assign_to": json.dumps([world.users[STRANGER]]),
			}
		)


@pytest.mark.parametrize("doctype", ["IT Service", "Service Offering"])
def test_renaming_is_writing_and_merging_is_deleting(world, doctype):
	rename = frappe.client.rename_doc
	as_user(world.users[OWNER])
	record = world.owned.names[doctype]
	if doctype == "Service Offering":
		second = frappe.client.insert(world.owned.new(doctype))["name"]
	else:
		second = world.owned.drafted
	assert is_allowed(rename, doctype, record, "RENAMED")
	assert not is_allowed(rename, doctype, record, second, True)
	as_user(world.users[STRANGER])
	with pytest.raises(frappe.ValidationError, match="need write permission"):
		rename(doctype, record, "RENAMED")
	frappe.set_user("Administrator")
	assert is_allowed(rename, doctype, record, second, True)


# What only decisions write


def test_a_service_holds_nothing_that_only_decisions_write(world):
	name = world.owned.bare
	as_user(world.users[OWNER])
	for values in (
		{"stage": "Retired"},
		{"phase": "Retired"},
		{"decision_state": "On Hold"},
		{"operational_from": "2020-01-01"},
		{"last_day": "2030-01-01"},
		{"stage_log": [{"to_stage": "Operational", "reason": "Trust me"}]},
		{"stage_plan": [{"stage": "Defined", "actual_date": "2026-01-01"}]},
		{"technical_fit": 4},
	):
		assert forged("IT Service", name, values) == [], values


def test_a_draft_decision_holds_nothing_that_its_submission_writes(world):
	name = world.owned.names["Portfolio Decision"]
	as_user(world.users[OWNER])
	for values in (
		{"decided_by": world.users[OWNER]},
		{"decision_date": "2026-01-01"},
		{"from_stage": "Chartered"},
		{"analysis_class": "Eliminate"},
		{"gate_results": [{"gate_check": "Owner", "level": "Stop", "result": "Passed"}]},
		{"deviations": "None"},
		{"service_name": "Another"},
		{"docstatus": 1},
	):
		assert forged("Portfolio Decision", name, values) == [], values
	draft = frappe.client.insert({**world.owned.new("Portfolio Decision"), "decided_by": "Administrator"})
	assert draft["decided_by"] is None


def test_the_evidence_of_a_decision_is_read_from_the_records(world):
	name = world.owned.names["Portfolio Decision"]
	as_user(world.users[OWNER])
	for write in WRITE.values():
		write("Portfolio Decision", name, {"analysis_evidence": '{"service_class": "Eliminate"}'})
		evidence = json.loads(frappe.db.get_value("Portfolio Decision", name, "analysis_evidence"))
		assert evidence["service"] == world.owned.drafted
		assert evidence["service_class"] is None


def test_the_state_of_a_plan_is_written_by_its_submission(world):
	as_user(world.users[OWNER])
	assert (
		forged("Service Retirement", world.owned.names["Service Retirement"], {"status": "Notice Given"})
		== []
	)


def test_an_owner_does_not_submit_by_inserting(world):
	as_user(world.users[OWNER])
	for doctype in ("Portfolio Decision", "Service Retirement"):
		with pytest.raises(frappe.PermissionError):
			frappe.client.insert({**world.owned.new(doctype), "docstatus": 1})


def test_an_owner_neither_waives_nor_alters_a_waiver(world):
	service = make_service(stage="In Design", service_owner=world.users[OWNER])
	waiver = {"reason": "Later", "expires_on": add_days(today(), LAST_DAY_IN), "waived_by": "Administrator"}
	priced, costed = ({**waiver, "gate_check": check} for check in ("Priced offering", "Cost model"))
	plain = decide(service, "Proceed", submit=False)
	waived = decide(service, "Proceed", submit=False, waivers=[priced])
	known = json.loads(frappe.as_json(waived.waivers[0]))
	as_user(world.users[OWNER])
	assert forged("Portfolio Decision", plain.name, {"waivers": [priced]}) == []
	for values in (
		[known, costed],
		[{**known, "gate_check": "Cost model"}],
		[{**known, "reason": "Never mind"}],
		[{**known, "expires_on": add_days(today(), 999)}],
		[{**known, "waived_by": world.users[OWNER]}],
	):
		assert forged("Portfolio Decision", waived.name, {"waivers": values}) == []
	with pytest.raises(WaiverError, match="only a Service Portfolio Manager may waive"):
		frappe.client.set_value("Portfolio Decision", plain.name, {"waivers": [priced]})


def test_who_assessed_the_fit_is_not_for_the_assessor_to_say(world):
	as_user(world.users[OWNER])
	row = {"kind": "Technical", "score": "3", "assessed_on": "2026-01-01", "assessed_by": "Administrator"}
	doc = frappe.get_doc("IT Service", world.owned.bare)
	doc.append("fit_assessments", row)
	doc.save()
	assert doc.fit_assessments[0].assessed_by == world.users[OWNER]
	doc.fit_assessments[0].assessed_by = "Administrator"
	doc.save()
	assert doc.fit_assessments[0].assessed_by == world.users[OWNER]
