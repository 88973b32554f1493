"""The retirement analysis of the sample organisation on the site: the hand-made table, and the preview's figures."""

from decimal import Decimal

import pytest

import frappe

from itil_strategy.preview.command import preview_sample
from itil_strategy.preview.retirement import analyse_sample
from itil_strategy.preview.sample import load_sample
from itil_strategy.service_portfolio.retirement.analysis import analyse_services
from itil_strategy.setup.demo import run
from itil_strategy.setup.demo.files import SampleFiles

from ..retirement_table import INDICATORS, TABLE

COMPANY = SampleFiles().company["company"]
MARCH = "2026-03-31"


@pytest.fixture(scope="module")
def sample(frappe_site):
	"""Loaded once; it commits, and stays on the test site."""
	run()


def test_the_site_and_the_preview_judge_alike(sample):
	site = analyse_services(COMPANY, MARCH, 3)
	assert site == analyse_sample(preview_sample(), load_sample()[1])


def test_every_service_against_the_table(sample):
	for analysis in analyse_services(COMPANY, MARCH, 3):
		expected = TABLE[analysis.service]
		assert tuple(row.key for row in analysis.indicators) == INDICATORS
		for row, raw, score in zip(analysis.indicators, expected["raw"], expected["scores"], strict=True):
			assert (row.value, row.score) == (_number(raw), _number(score)), (analysis.service, row.key)
		assert analysis.service_class == expected["class"]


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
