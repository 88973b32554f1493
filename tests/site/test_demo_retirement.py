"""The retirement analysis of the sample organisation on the site: the hand-made table, and the preview's figures."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import frappe

from itil_strategy.domain.retirement import COMMITMENTS
from itil_strategy.preview.command import preview_sample
from itil_strategy.preview.retirement import analyse_sample
from itil_strategy.preview.sample import load_sample
from itil_strategy.service_portfolio.report.retirement_analysis.retirement_analysis import (
	execute as report,
)
from itil_strategy.service_portfolio.retirement.analysis import analyse_services
from itil_strategy.setup.demo.files import SampleFiles

from ..retirement_table import INDICATORS, TABLE

COMPANY = SampleFiles().company["company"]
MARCH = "2026-03-31"
# column of the report: cell of the table
REPORT_CELLS = {
	"value_score": "value",
	"value_coverage": "value_coverage",
	"fitness_score": "fitness",
	"fitness_coverage": "fitness_coverage",
	"full_cost": "full_cost",
	"charged": "charged",
	"unit_cost": "unit_cost",
	"net_saving": "net_saving",
}


def test_the_site_and_the_preview_judge_alike(sample):
	"""The preview knows of no promises: on the site they stand in the way as well."""
	site = [
		replace(
			row, commitments=(), blockers=tuple(found for found in row.blockers if found.check != COMMITMENTS)
		)
		for row in analyse_services(COMPANY, MARCH, 3)
	]
	assert site == analyse_sample(preview_sample(), load_sample()[1])


def promised() -> dict[str, int]:
	"""Commitments per service in the files that have no end."""
	services = {row["offering"]: row["service"] for row in SampleFiles().table("offerings")}
	lasting = [row for row in SampleFiles().table("commitments") if not row["valid_to"]]
	return Counter(services[row["offering"]] for row in lasting)


def test_every_service_against_the_table(sample):
	for analysis in analyse_services(COMPANY, MARCH, 3):
		expected = TABLE[analysis.service]
		assert tuple(row.key for row in analysis.indicators) == INDICATORS
		for row, raw, score in zip(analysis.indicators, expected["raw"], expected["scores"], strict=True):
			assert (row.value, row.score) == (_number(raw), _number(score)), (analysis.service, row.key)
		assert analysis.service_class == expected["class"]


def test_every_cell_of_the_report(sample):
	_columns, data, _message, _chart, summary, _skip = report(
		{"company": COMPANY, "last_month": MARCH, "months": 3}
	)
	rows = {row["it_service"]: row for row in data if row.get("it_service")}
	assert rows.keys() == TABLE.keys()
	for service, expected in TABLE.items():
		row, raw = rows[service], dict(zip(INDICATORS, expected["raw"], strict=True))
		assert {key: row[key] for key in INDICATORS} == {
			key: None if text is None else float(text) for key, text in raw.items()
		}
		assert (row["service_class"], row["recommended"]) == (expected["class"], expected["recommended"])
		for column, cell in REPORT_CELLS.items():
			text = expected[cell]
			assert row[column] == (None if text is None else float(text)), (service, column)
		assert (row["unit"], row["dependents"]) == (expected["unit"], len(expected["dependents"]))
		needed, _semicolon, lasting = row["blockers"].partition("Promised for longer: ")
		assert needed.rstrip("; \n") == (
			f"Needed by {', '.join(expected['dependents'])}" if expected["dependents"] else ""
		)
		assert len(lasting.split(", ")) * bool(lasting) == promised()[service]
		assert (row["exit_cost"], row["payback"]) == (None, None)
	# 15,540.00 + 19,740.00 + 20,333.36, and all that was charged
	assert (data[-1]["full_cost"], data[-1]["charged"]) == (55613.36, 37367.80)
	assert {card["label"]: card["value"] for card in summary} == {
		"Invest": 3,
		"Migrate": 1,
		"Tolerate": 2,
		"Eliminate": 1,
		"No Class": 2,
	}


def test_the_sample_is_a_whole_portfolio(sample):
	weights = frappe.get_all("Strategic Objective", {"is_active": 1}, pluck="weight")
	assert sum(weights) == 100
	for table in ("outcomes", "dependencies", "fits"):
		doctype = {"outcomes": "Service Outcome", "dependencies": "Service Dependency"}.get(
			table, "Service Fit Assessment"
		)
		services = [row["service"] for row in SampleFiles().table("services")]
		assert frappe.db.count(doctype, {"parent": ("in", services)}) == len(SampleFiles().table(table))
	assert frappe.db.get_value("IT Service", "HOSTING", "successor") == "CLOUD"


def _number(text: str | None) -> Decimal | None:
	return None if text is None else Decimal(text)
