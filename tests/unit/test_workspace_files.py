"""Exported workspaces: they lead to every record, report, page and the settings, and show all that they hold."""

import json
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "itil_strategy"
WORKSPACES = {path.stem: json.loads(path.read_text()) for path in sorted(APP.glob("*/workspace/*/*.json"))}
PROCESSES = ("service_portfolio", "business_relationship", "it_finance")
# Rows that jobs keep to find what they have done; nobody looks for them.
MACHINERY = {"Usage Claim", "Cost Allocation Input"}


def exported(kind: str, module: str) -> dict[str, dict]:
	"""Return the exported records of a kind in a module, by name."""
	records = (json.loads(path.read_text()) for path in APP.glob(f"{module}/{kind}/*/*.json"))
	return {record["name"]: record for record in records}


def linked(workspace: dict, link_type: str) -> set[str]:
	"""Return what the cards of a workspace link to."""
	return {
		link["link_to"]
		for link in workspace["links"]
		if link["type"] == "Link" and link["link_type"] == link_type
	}


def test_there_is_one_per_process_and_one_for_the_whole():
	assert set(WORKSPACES) == {*PROCESSES, "service_strategy"}
	assert {WORKSPACES[name]["parent_page"] for name in PROCESSES} == {"Service Strategy"}


@pytest.mark.parametrize("module", PROCESSES)
def test_every_record_report_and_page_of_a_process_is_linked(module):
	workspace = WORKSPACES[module]
	records = {name for name, doctype in exported("doctype", module).items() if not doctype.get("istable")}
	assert records - MACHINERY - linked(workspace, "DocType") == set()
	assert set(exported("report", module)) - linked(workspace, "Report") == set()
	assert set(exported("page", module)) - linked(workspace, "Page") == set()


@pytest.mark.parametrize("name", WORKSPACES)
def test_settings_are_linked_and_the_first_step_stands_on_top(name):
	assert "Service Strategy Settings" in linked(WORKSPACES[name], "DocType")
	first = json.loads(WORKSPACES[name]["content"])[0]
	assert first["type"] == "paragraph"
	assert "First step" in first["data"]["text"]


@pytest.mark.parametrize("name", WORKSPACES)
def test_only_the_roles_of_the_app_see_it(name):
	assert {row["role"] for row in WORKSPACES[name]["roles"]} == {
		"Service Portfolio Manager",
		"Business Relationship Manager",
		"IT Financial Manager",
		"Service Owner",
		"System Manager",
	}


@pytest.mark.parametrize("name", WORKSPACES)
def test_all_that_is_held_is_shown(name):
	"""A block finds its row by label; one without the other is not shown."""
	workspace = WORKSPACES[name]
	blocks = json.loads(workspace["content"])

	def shown(kind: str, key: str) -> list[str]:
		return [block["data"][key] for block in blocks if block["type"] == kind]

	cards = [link["label"] for link in workspace["links"] if link["type"] == "Card Break"]
	assert shown("card", "card_name") == cards
	assert shown("shortcut", "shortcut_name") == [row["label"] for row in workspace["shortcuts"]]
	assert shown("quick_list", "quick_list_name") == [row["label"] for row in workspace["quick_lists"]]


@pytest.mark.parametrize("name", WORKSPACES)
def test_filters_ask_for_fields_and_values_that_exist(name):
	doctypes = {
		name: doctype for module in PROCESSES for name, doctype in exported("doctype", module).items()
	}

	def check(doctype: str, fieldname: str, value: object) -> None:
		if fieldname == "docstatus":
			return
		[field] = [field for field in doctypes[doctype]["fields"] if field["fieldname"] == fieldname]
		values = value if isinstance(value, list) else [value]
		assert set(values) <= set(field["options"].split("\n"))

	for row in WORKSPACES[name]["shortcuts"]:
		for fieldname, value in json.loads(row.get("stats_filter") or "{}").items():
			check(row["link_to"], fieldname, value[1] if isinstance(value, list) else value)
	for row in WORKSPACES[name]["quick_lists"]:
		for doctype, fieldname, _operator, value in json.loads(row["quick_list_filter"]):
			check(doctype, fieldname, value)
