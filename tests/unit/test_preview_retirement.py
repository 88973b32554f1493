"""The retirement analysis of the sample organisation, cell by cell against the hand-made table."""

import re
import shutil
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from itil_strategy.domain.retirement import CLASSES, Analysis
from itil_strategy.preview.job import run_job
from itil_strategy.preview.retirement import analyse_sample
from itil_strategy.preview.sample import load_sample, sample_folder
from itil_strategy.preview.tables import PreviewError

from ..retirement_table import INDICATORS, TABLE, WINDOW


@cache
def sample() -> dict[str, Analysis]:
	organisation, runs = load_sample()
	return {analysis.service: analysis for analysis in analyse_sample(run_job(organisation, runs), runs)}


def numbers(texts) -> tuple:
	return tuple(None if text is None else Decimal(text) for text in texts)


def test_the_sample_shows_every_class_and_the_lack_of_one():
	assert sample().keys() == TABLE.keys()
	assert {analysis.service_class for analysis in sample().values()} == {*CLASSES, None}


@pytest.mark.parametrize("service", TABLE)
def test_every_cell(service):
	analysis, expected = sample()[service], TABLE[service]
	assert tuple(f"{month:%Y-%m}" for month in analysis.window) == WINDOW
	assert tuple(row.key for row in analysis.indicators) == INDICATORS
	assert tuple(row.value for row in analysis.indicators) == numbers(expected["raw"])
	assert tuple(row.score for row in analysis.indicators) == numbers(expected["scores"])
	axes = [(axis.score, axis.coverage) for axis in (analysis.value, analysis.fitness)]
	assert axes == [
		numbers((expected["value"], expected["value_coverage"])),
		numbers((expected["fitness"], expected["fitness_coverage"])),
	]
	assert (analysis.service_class, analysis.recommended) == (expected["class"], expected["recommended"])
	money = analysis.money
	assert (money.full_cost, money.charged, money.shown, money.external_income) == numbers(
		expected[key] for key in ("full_cost", "charged", "shown", "external_income")
	)
	assert (money.unit_cost, money.unit) == (*numbers((expected["unit_cost"],)), expected["unit"])
	assert money.net_saving == Decimal(expected["net_saving"])
	assert money.recovery == analysis.indicator("recovery").value
	assert analysis.dependents == expected["dependents"]


def test_the_table_adds_up_to_the_statement():
	charged, shown = (sum(Decimal(row[key]) for row in TABLE.values()) for key in ("charged", "shown"))
	assert (charged, shown) == (Decimal("37367.80"), Decimal("18070.79"))
	assert sum(Decimal(row["full_cost"]) for row in TABLE.values()) == Decimal("55613.36")


def test_it_is_printed(preview):
	lines = re.sub(" {2,}", "  ", preview.run().out).splitlines()
	assert "  Server Hosting  4.84  75  4.45  100  Eliminate  Retire  3,180.00  1,141.56  35.9 %" in lines
	assert "  Public Cloud  -  40  -  35  -  -  608.36  493.54  81.1 %" in lines
	text = " ".join(" ".join(lines).split())
	assert (
		"Public Cloud has no class: value covers 40 of 100 and fitness covers 35 of 100, 50 needed. Without a figure:"
		" usage trend, satisfaction, complaint rate, functional fit, technical fit, unit-cost trend." in text
	)
	assert (
		"Server Hosting cannot retire yet: needed by Data Analytics, Business Software, File Storage." in text
	)


def test_it_covers_the_months_that_were_charged(preview):
	assert "Retirement analysis 2026-01 to 2026-02" in preview.run("--month", "2026-02").out
	assert "Retirement analysis" not in preview.charge().out


@pytest.mark.parametrize(
	("file", "old", "new", "message"),
	[
		("objectives.csv", "Decide on facts,15", "Decide on facts,14.5", "the weights total 99.5"),
		("outcomes.csv", "CLOUD,Sell", "CLOUDS,Sell", "row 4, service: CLOUDS is not in services.csv"),
		("outcomes.csv", "on facts,80", "on facts,180", "row 2, contribution: 180 is more than 100 %"),
		("outcomes.csv", "ERP,Decide on facts", "ERP,Guess", "row 6, objective: Guess is not in objectives"),
		("dependencies.csv", "ERP,10,yes", "ERP,10,maybe", 'row 2, critical: "maybe" is not known'),
		("fits.csv", "Functional,4,2026-03", "Functional,5,2026-03", 'row 2, score: "5" is not known'),
		("services.csv", ",CLOUD,", ",CLOUT,", "successor CLOUT of HOSTING is no service"),
	],
)
def test_bad_files_are_refused(tmp_path: Path, file, old, new, message):
	folder = tmp_path / "sample"
	shutil.copytree(sample_folder(), folder)
	text = (folder / file).read_text(encoding="utf-8")
	assert text.count(old) == 1
	(folder / file).write_text(text.replace(old, new), encoding="utf-8")
	with pytest.raises(PreviewError, match=re.escape(message)):
		load_sample(folder)
