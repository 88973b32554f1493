"""Number cards, charts, dashboards and onboarding: who meets what, and figures as counted by hand."""

import json

import pytest

import frappe
from frappe.desk.desktop import get_desktop_page
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.desk.query_report import run as run_report

from itil_strategy.service_portfolio.dashboard_chart_source.portfolio_by_phase_and_value import (
	portfolio_by_phase_and_value as portfolio,
)
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.queries import count_queries
from tests.site.exported import exported

WORKSPACES = [record["name"] for record in exported("workspace")]
OWNERS = {
	"Service Portfolio": "Service Portfolio Manager",
	"Business Relationship": "Business Relationship Manager",
	"IT Finance": "IT Financial Manager",
}
# What the browser puts in for the dynamic filters of the charts.
FILTERS = {
	"company": SampleFiles().company["company"],
	"fiscal_year": "2026",
	"as_of": "2026-06-30",
	"from_date": "2026-01-01",
	"to_date": "2026-12-31",
	"from_month": "2026-01-01",
	"to_month": "2026-06-01",
}


def page(workspace: str) -> dict:
	return get_desktop_page(json.dumps({"name": workspace, "title": workspace, "public": 1}))


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_everybody_meets_what_they_may_read(sample, workspace):
	"""A card or chart is there for whoever may read what it counts, and for nobody else."""
	content = json.loads(frappe.get_doc("Workspace", workspace).content)
	cards = {block["data"]["number_card_name"] for block in content if block["type"] == "number_card"}
	charts = {block["data"]["chart_name"] for block in content if block["type"] == "chart"}
	assert len(cards) == 4 and len(charts) >= 2
	for role in [*OWNERS.values(), "Service Owner"]:
		frappe.set_user(make_user(role))
		shown = page(workspace)
		counted = {name: frappe.get_doc("Number Card", name).document_type for name in cards}
		assert {card.number_card_name for card in shown["number_cards"]["items"]} == {
			name for name, doctype in counted.items() if frappe.has_permission(doctype, "read")
		}
		drawn = {chart.chart_name for chart in shown["charts"]["items"]}
		for name in charts:
			chart = frappe.get_doc("Dashboard Chart", name)
			may = chart.chart_type != "Report" or frappe.get_doc("Report", chart.report_name).is_permitted()
			assert (name in drawn) == bool(may), (role, name)
		frappe.set_user("Administrator")


@pytest.mark.parametrize(("workspace", "role"), OWNERS.items())
def test_the_owner_of_a_process_meets_all_of_it(sample, workspace, role):
	frappe.set_user(make_user(role))
	content = json.loads(frappe.get_doc("Workspace", workspace).content)
	shown = page(workspace)
	assert len(shown["number_cards"]["items"]) == sum(block["type"] == "number_card" for block in content)
	assert len(shown["charts"]["items"]) == sum(block["type"] == "chart" for block in content)


def count(card: str) -> float:
	doc = frappe.get_doc("Number Card", card)
	return get_result(doc.as_json(), json.loads(doc.filters_json))


def test_cards_count_what_the_files_say(sample):
	files = SampleFiles()
	in_catalogue = count("Services in the Catalogue")
	service = make_service()
	frappe.db.set_value("IT Service", service.name, {"stage": "Operational", "phase": "Catalogue"})
	assert count("Services in the Catalogue") == in_catalogue + 1
	assert in_catalogue >= len({row["service"] for row in files.table("direct_costs")}) - 1
	assert count("Cases in Review") == 3
	assert count("Failed Imports") == frappe.db.count("Usage Import", {"status": "Failed"})


def test_a_service_owner_counts_what_they_may_see(sample):
	owner = make_user("Service Owner")
	make_service(service_owner=owner, stage="Proposed")
	frappe.set_user(owner)
	seen = len(
		frappe.get_list("IT Service", {"phase": "Pipeline", "decision_state": ("!=", "Rejected")}, limit=0)
	)
	assert count("Services in the Pipeline") == seen >= 1


@pytest.mark.parametrize(
	"chart", [c["name"] for c in exported("dashboard_chart") if c["chart_type"] == "Report"]
)
def test_a_chart_has_something_to_draw(sample, chart):
	"""By the very call of the desk, with the filters that its record names."""
	doc = frappe.get_doc("Dashboard Chart", chart)
	named = json.loads(doc.dynamic_filters_json)
	assert set(named) <= set(FILTERS)
	filters = json.loads(doc.filters_json) | {name: FILTERS[name] for name in named}
	answer = run_report(doc.report_name, filters, ignore_prepared_report=True)
	data = answer["chart"]["data"]
	assert data["labels"] and all(len(line["values"]) == len(data["labels"]) for line in data["datasets"])
	# No offering of the sample is short within these months.
	if chart != "Offerings Short of Capacity":
		assert any(value for line in data["datasets"] for value in line["values"])


def test_complaints_and_their_deadlines_by_hand(sample):
	doc = frappe.get_doc("Dashboard Chart", "Complaints and Their Deadlines")
	filters = json.loads(doc.filters_json) | {"from_date": "2026-01-01", "to_date": "2026-12-31"}
	data = run_report(doc.report_name, filters)["chart"]["data"]
	received = frappe.get_all(
		"Service Feedback",
		{"nature": "Complaint", "received_on": ("between", ["2026-01-01", "2026-12-31"])},
		["in_time", "responded_on"],
		limit=0,
	)
	expected = [
		sum(1 for row in received if row.in_time),
		sum(1 for row in received if row.responded_on and not row.in_time),
		sum(1 for row in received if not row.responded_on),
	]
	assert [sum(line["values"]) for line in data["datasets"]] == expected and sum(expected) > 0


def test_portfolio_by_phase_and_value_by_hand(frappe_site):
	"""Two services that give 40 % and 10 % of an objective with weight 50: 20 and 5 points; a rejected one nothing."""
	category = frappe.get_doc({"doctype": "IT Service Category", "category_name": "Charted"}).insert().name
	frappe.db.set_value("Strategic Objective", {"name": ("is", "set")}, "is_active", 0)
	objective = frappe.get_doc(
		{"doctype": "Strategic Objective", "objective_name": "Chart well", "weight": 50, "is_active": 1}
	).insert()
	made = []
	for percent in (40, 10, 30):
		service = make_service(category=category, stage="Proposed")
		service.append(
			"outcomes",
			{"outcome": "Drawn", "strategic_objective": objective.name, "contribution": percent},
		)
		service.save()
		made.append(service.name)
	frappe.db.set_value("IT Service", made[1], {"stage": "Operational", "phase": "Catalogue"})
	frappe.db.set_value("IT Service", made[2], "decision_state", "Rejected")
	answer = portfolio.get_portfolio(filters=json.dumps({"category": category}))
	assert [line["values"] for line in answer["datasets"]] == [[1, 1, 0], [20.0, 5.0, 0.0]]
	few = count_queries(lambda: portfolio.get_portfolio(filters={"category": category}))
	for _number in range(10):
		make_service(category=category)
	assert count_queries(lambda: portfolio.get_portfolio(filters={"category": category})) == few


def test_the_picture_of_the_portfolio_is_for_those_who_may_read_services(frappe_site):
	frappe.set_user(make_user("Sales User"))
	with pytest.raises(frappe.PermissionError):
		portfolio.get_portfolio()


def test_dashboards_show_records_that_there_are(frappe_site):
	boards = exported("*_dashboard")
	assert len(boards) == 3
	for board in boards:
		assert frappe.db.exists("Dashboard", board["name"])
		for chart in board["charts"]:
			assert frappe.db.exists("Dashboard Chart", chart["chart"])
		for card in board["cards"]:
			assert frappe.db.exists("Number Card", card["card"])


def test_onboarding_leads_where_there_is_something(sample):
	"""Each step opens a record, a report or a page that whoever is shown it may open."""
	frappe.db.set_single_value("System Settings", "enable_onboarding", 1)
	for name in WORKSPACES:
		doc = frappe.get_doc("Module Onboarding", name)
		roles = [row.role for row in doc.allow_roles]
		for role in roles:
			frappe.set_user(make_user(role))
			(shown,) = page(name)["onboardings"]["items"]
			assert len(shown["items"]) == len(doc.steps)
			frappe.set_user("Administrator")
		for row in doc.steps:
			step = frappe.get_doc("Onboarding Step", row.step)
			assert step.description and step.action_label
			if step.action == "View Report":
				assert frappe.db.exists("Report", step.reference_report)
			elif step.action == "Create Entry":
				assert frappe.db.exists("DocType", step.reference_document)
			else:
				assert step.path


@pytest.mark.parametrize("tour", exported("form_tour"), ids=lambda tour: tour["name"])
def test_tours_point_at_fields_that_there_are(frappe_site, tour):
	meta = frappe.get_meta(tour["reference_doctype"])
	fields = [meta.get_field(step["fieldname"]) for step in tour["steps"]]
	assert all(field and not field.hidden for field in fields)
	required = {field.fieldname for field in meta.fields if field.reqd and not field.default}
	assert required - {"naming_series"} <= {field.fieldname for field in fields} | {
		field.fieldname for field in meta.fields if field.default or field.fieldtype == "Select"
	}, "A tour that ends before what must be filled leaves its user alone"
