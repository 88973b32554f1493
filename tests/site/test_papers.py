"""Papers to print: the decision record, the description of a service, the pack for a review with a customer."""

import re

import pytest

import frappe
from frappe.utils import strip_html

from itil_strategy.business_relationship.customer_page.pack import get_customer_pack
from itil_strategy.service_portfolio.papers import get_decision_evidence, get_service_sheet
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.tests.factories import make_user

FILES = SampleFiles()


def paper(doctype: str, name: str, print_format: str) -> str:
	"""The words of a paper, with single spaces."""
	html = frappe.get_print(doctype, name, print_format=print_format)
	body = re.sub(r"<style.*?</style>", " ", html[html.index('class="paper"') - 5 :], flags=re.DOTALL)
	return " ".join(strip_html(body.replace("<", " <")).split())


def test_a_decision_tells_what_was_decided_why_and_what_the_gate_said(sample):
	decision = next(
		frappe.get_doc("Portfolio Decision", name)
		for name in frappe.get_all("Portfolio Decision", {"docstatus": 1}, pluck="name")
		if frappe.db.count("Portfolio Gate Result", {"parent": name})
	)
	text = paper("Portfolio Decision", decision.name, "Portfolio Decision Record")
	for words in (
		decision.service_name,
		decision.outcome,
		decision.from_stage,
		decision.to_stage,
		decision.rationale,
	):
		assert " ".join(words.split()) in text
	for row in decision.gate_results:
		assert row.gate_check in text and " ".join(row.evidence.split()) in text


def test_the_evidence_is_that_of_the_day(sample):
	decision = frappe.get_last_doc("Portfolio Decision", {"docstatus": 1})
	decision.db_set(
		"analysis_evidence",
		'{"indicators": [{"key": "recovery", "axis": "Fitness", "value": "71.25", "score": "4.8", "weight": "35"},'
		' {"key": "satisfaction", "axis": "Value", "value": null, "score": null, "weight": "15"}]}',
	)
	frappe.db.set_default("number_format", "#,###.##")
	recovery, satisfaction = get_decision_evidence(decision.name)
	assert (recovery["axis"], recovery["score"], recovery["weight"]) == ("Fitness", "4.8", "35")
	assert (satisfaction["value"], satisfaction["score"]) == ("–", "–")
	decision.db_set("analysis_evidence", "[1]")
	assert get_decision_evidence(decision.name) == []


def test_a_service_is_described_with_offerings_and_prices(sample):
	service = next(row for row in FILES.table("services") if row["service"] == "CLOUD")
	text = paper("IT Service", "CLOUD", "Service Description Sheet")
	assert service["name"] in text
	offerings = [row for row in FILES.table("offerings") if row["service"] == "CLOUD"]
	assert offerings
	for row in offerings:
		assert row["name"] in text
	sheet = get_service_sheet("CLOUD")
	assert sheet["shows_prices"] and all(row.prices for row in sheet["offerings"])


def test_prices_are_for_those_who_may_read_them(sample):
	frappe.set_user(make_user("Business Relationship Manager"))
	sheet = get_service_sheet("CLOUD")
	may = bool(frappe.has_permission("Charging Policy", "read"))
	assert sheet["shows_prices"] == may
	assert may or all(row.prices == [] for row in sheet["offerings"])
	frappe.set_user(make_user("Service Owner"))
	others = get_service_sheet("CLOUD") if frappe.has_permission("IT Service", "read", "CLOUD") else None
	assert others is None or not others["shows_prices"]


def test_a_review_has_the_customer_on_paper(sample):
	review = frappe.get_last_doc("Relationship Review", {"status": "Held"})
	text = paper("Relationship Review", review.name, "Customer Review Pack")
	pack = get_customer_pack(review.customer)
	assert review.customer in text
	assert len(pack["sections"]) >= 3
	for section in pack["sections"]:
		assert section["title"] in text
		assert all(len(row["figures"]) == len(section["columns"]) for row in section["rows"])
	charges = next(section for section in pack["sections"] if section["title"].startswith("Charges"))
	assert "Charged" in charges["columns"]


@pytest.mark.parametrize("call", [get_service_sheet, get_decision_evidence, get_customer_pack])
def test_nobody_prints_what_they_may_not_read(sample, call):
	names = {
		get_service_sheet: "CLOUD",
		get_decision_evidence: frappe.get_last_doc("Portfolio Decision").name,
		get_customer_pack: frappe.get_last_doc("Relationship Review").customer,
	}
	frappe.set_user(make_user("Sales User"))
	with pytest.raises(frappe.PermissionError):
		call(names[call])


def test_a_service_owner_takes_along_what_they_own_only(sample):
	customer = frappe.get_last_doc("Relationship Review", {"status": "Held"}).customer
	frappe.set_user(make_user("Service Owner"))
	report = frappe.get_doc("Report", "Customer View")
	if not report.is_permitted():
		pytest.skip("Service owners do not open the report")
	pack = get_customer_pack(customer)
	assert not [
		row for section in pack["sections"] for row in section["rows"] if row["label"].startswith("Cloud")
	]
