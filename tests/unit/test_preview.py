"""The preview as a user calls it: the sample, an own export, and what is written."""

import csv
import re
import subprocess
import sys
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from itil_strategy.preview.render import CSV_COLUMNS

from .preview_files import FOCUS_HEADER, POLICY, USAGE
from .usage_files import focus_sample

CLOUD = "offering,method,currency,unit_price\nCloud,Per Unit,USD,1.0\n"
VOID = {"meta", "br"}


class Page(HTMLParser):
	"""Collects tags and text; refuses tags that are not closed in order."""

	def __init__(self, text: str):
		super().__init__()
		self.open, self.tags, self.text = [], [], ""
		self.feed(text)
		self.close()
		assert self.open == []

	def handle_starttag(self, tag, attrs):
		self.tags.append(tag)
		if tag not in VOID:
			self.open.append(tag)

	def handle_endtag(self, tag):
		assert self.open.pop() == tag

	def handle_data(self, data):
		self.text += data


def read_csv(path: Path) -> list[dict]:
	with path.open(encoding="utf-8", newline="") as file:
		return list(csv.DictReader(file))


def test_the_sample_from_any_folder_and_without_frappe(tmp_path):
	root = Path(__file__).resolve().parents[2]
	code = (
		"import sys; sys.modules['frappe'] = None; sys.path.insert(0, sys.argv.pop(1));"
		"import runpy; runpy.run_module('itil_strategy', run_name='__main__')"
	)
	done = subprocess.run(
		[sys.executable, "-c", code, str(root), "preview"],
		cwd=tmp_path,
		capture_output=True,
		text=True,
		encoding="utf-8",
	)
	assert (done.returncode, done.stderr) == (0, "")
	lines = done.stdout.splitlines()
	assert lines[0] == "Northwind IT Services: charging statement 2026-01 to 2026-03"
	assert "  cloud-focus-2026-03.csv: 11 rows, 2026-03-05 to 2026-03-31, 661.265 USD" in lines
	assert "Northwind Logistics (business unit, cost center Logistics, chargeback from 2026-02)" in lines
	assert ["Total", "37,367.80", "18,070.79", "55,438.59"] in [line.split() for line in lines]
	assert "Late usage: 1 charge for earlier months, 15.00 EUR" in lines
	assert "Retirement analysis 2026-01 to 2026-03 (cost: direct cost)" in lines
	late = [line for line in lines if line.endswith("  late")]
	assert [line.split()[:2] for line in late] == [["2026-01", "EDI-MESSAGE"]]
	assert max(map(len, lines)) <= 120


def test_one_month_of_the_sample(preview):
	answer = preview.run("--month", "2026-02")
	assert answer.code == 0
	assert "  Blue Orchard  240.00  0.00  240.00" in re.sub(" {3,}", "  ", answer.out)
	assert "2026-03" not in answer.out
	both = preview.run("--from", "2026-02", "--to", "2026-02")
	assert both.out == answer.out


def test_the_simplest_policies_on_a_cloud_bill(preview):
	rows = [
		'1.005,USD,2026-01-05T00:00:00Z,Usage,,Disk,Storage,A,"{""team"": ""blue""}"',
		"2,USD,2026-01-31T23:00:00Z,Usage,,Server,Compute,A,",
		'0.5,USD,2026-02-01T00:00:00Z,Usage,,Server,Compute,B,"{""team"": ""red""}"',
		"-0.25,USD,2026-02-01T00:00:00Z,Credit,,Goodwill,Compute,B,",
	]
	bill = FOCUS_HEADER + "\n".join(rows)
	answer = preview.charge("--csv", str(preview.folder / "out.csv"), usage=bill, policies=CLOUD)
	assert (answer.code, answer.err) == (0, "")
	# A: 3.005 goes up to 3.01; B: 0.50 - 0.25
	rows = read_csv(preview.folder / "out.csv")
	assert [
		(row["customer"], row["month"], row["offering"], row["quantity"], row["amount"]) for row in rows
	] == [
		("A", "2026-01", "Cloud", "3.005", "3.01"),
		("B", "2026-02", "Cloud", "0.25", "0.25"),
	]
	by_service = preview.charge(
		"--offering-column", "ServiceName", usage=bill, policies=CLOUD.replace("Cloud", "Compute")
	)
	assert by_service.code == 1
	assert "No charging policy covers Storage for A from 2026-01-01 to 2026-01-31." in by_service.out
	by_team = preview.charge("--customer-tag", "team", usage=bill, policies=CLOUD)
	assert "usage.csv: 2 rows (1.75 USD) without customer or offering." in by_team.out
	assert by_team.code == 1


def test_real_billing_data_by_sub_account(preview):
	"""Total = BilledCost, rounded half up per sub-account (all of it is of one month)."""
	sample = focus_sample()
	expected: dict[str, Decimal] = defaultdict(Decimal)
	for row in read_csv(sample):
		expected[row["SubAccountId"]] += Decimal(row["BilledCost"])
	assert sum(expected.values()) == Decimal("20.52022672899")
	target = preview.folder / "out.csv"
	policies = preview.write("policies.csv", CLOUD)
	options = ("--usage", str(sample), "--policies", policies, "--csv", str(target))
	refused = preview.run(*options)
	assert refused.code == 1
	assert refused.errors[-1].endswith("If they are meant so, add --accept-negative.")
	answer = preview.run(*options, "--accept-negative")
	assert answer.code == 0
	assert "focus_sample.csv: 1,000 rows, 2024-09-01 to 2024-09-30, 20.520226729 USD" in answer.out
	rows = read_csv(target)
	assert {row["customer"].removeprefix("'"): Decimal(row["quantity"]) for row in rows} == expected
	assert {row["customer"]: Decimal(row["amount"]) for row in rows} == {
		customer: cost.quantize(Decimal("0.01"), ROUND_HALF_UP) for customer, cost in expected.items()
	}
	total = sum(Decimal(row["amount"]) for row in rows)
	assert f"{total:.2f}" == answer.total


def test_all_files_of_an_organisation(preview):
	policies = (
		"policy,service,offering,customer,method,currency,valid_from,valid_to,unit_price,markup_percent\n"
		"Boxes,mail,,,Graduated,USD,2026-01-01,,,\n"
		"Team,desk,Desk,,Cost Plus,EUR,,,,10\n"
		"Team of B,desk,Desk,B,Per Unit,EUR,2026-01-01,2026-12-31,7,\n"
	)
	files = {
		"--tiers": "policy,from_quantity,to_quantity,unit_price\nBoxes,0,10,1\nBoxes,10,,0.50\n",
		"--customers": "customer,mode,cost_center,chargeback_from\nA,Chargeback,Sales,2026-02-01\nB,Showback,,\nC,,,\n",
		"--offerings": "offering,service,unit\nBox,mail,Nos\nDesk,desk,Hour\n",
		"--rates": "date,from_currency,to_currency,rate\n2026-02-28,EUR,USD,1.25\n2026-01-31,USD,EUR,0.9\n",
		"--costs": "month,service,amount\n2026-01,desk,60.00\n2026-01,desk,-10.00\n2026-02,desk,30.00\n",
	}
	options = [
		item for flag, text in files.items() for item in (flag, preview.write(f"{flag[2:]}.csv", text))
	]
	usage = (
		"offering,customer,date,unit,quantity\n"
		"Box,A,2026-01-10,Nos,12\nBox,C,2026-02-10,Nos,4\n"
		"Desk,A,2026-01-10,Hour,3\nDesk,B,2026-01-10,Hour,2\n"
	)
	target = preview.folder / "out.csv"
	answer = preview.charge(
		"--currency", "EUR", "--csv", str(target), *options, usage=usage, policies=policies
	)
	assert (answer.code, answer.err) == (0, "")
	rows = [
		(r["customer"], r["offering"], r["mode"], r["price_amount"], r["amount"]) for r in read_csv(target)
	]
	assert rows == [
		("A", "Desk", "Showback", "33.00", "33.00"),  # 50.00 x 1.1 x 3/5
		("A", "Box", "Showback", "11.00", "8.80"),  # (10 + 2 x 0.50) USD / 1.25
		("B", "Desk", "Showback", "14.00", "14.00"),  # 2 x 7
		("C", "Box", "Chargeback", "4.00", "3.20"),
	]
	assert "A (business unit, cost center Sales, chargeback from 2026-02)" in answer.out
	assert "C (external)" in answer.out


def test_usage_before_the_month_is_late_and_after_it_is_left(preview):
	usage = USAGE + "Mail,Retail,2026-02-05,Nos,1\nMail,Retail,2026-03-05,Nos,1\n"
	answer = preview.charge("--month", "2026-02", usage=usage)
	assert answer.code == 0
	assert "Late usage: 1 charge for earlier months, 10.00 EUR" in answer.out
	assert "Not in the period: 2026-03 (1 pair of customer and offering)" in answer.out


def test_overlapping_files_count_once(preview):
	first = preview.write("january.csv", USAGE)
	second = preview.write("update.csv", USAGE + "Mail,Retail,2026-01-06,Nos,1\n")
	policies = preview.write("policies.csv", POLICY)
	answer = preview.run("--usage", first, "--usage", second, "--policies", policies)
	assert "update.csv: 2 rows, 2026-01-05 to 2026-01-06, 5 Nos, 1 row known already" in answer.out
	assert answer.total == "12.50"  # 5 x 2.50
	changed = preview.write("changed.csv", USAGE.replace(",4", ",5"))
	answer = preview.run("--usage", first, "--usage", changed, "--policies", policies)
	assert answer.code == 1
	assert answer.errors == [
		"Error: changed.csv, row 2, quantity: The row was 4 in an earlier file and is 5 here. Leave one of them out."
	]


def test_parquet(preview):
	path = preview.folder / "usage.parquet"
	pl.read_csv(USAGE.encode()).write_parquet(path)
	answer = preview.run("--usage", str(path), "--policies", preview.write("policies.csv", POLICY))
	assert "usage.parquet: 1 row, 2026-01-05 to 2026-01-05, 4 Nos" in answer.out
	assert answer.code == 0


def test_one_customer_and_showback(preview):
	answer = preview.charge("--customer", "All of us", "--mode", "Showback")
	assert answer.out.count("All of us") == 2
	assert answer.out.splitlines()[-1].split() == ["Total", "0.00", "10.00", "10.00"]


def test_csv_has_every_charge(preview):
	target = preview.folder / "out.csv"
	assert preview.run("--csv", str(target)).code == 0
	rows = read_csv(target)
	assert tuple(rows[0]) == CSV_COLUMNS
	assert sum(Decimal(row["amount"]) for row in rows) == Decimal("55438.59")
	assert sum(row["late"] == "yes" for row in rows) == 1
	assert {row["currency"] for row in rows} == {"EUR"}


def test_text_that_a_spreadsheet_would_run_is_quoted(preview):
	target = preview.folder / "out.csv"
	usage = USAGE.replace("Retail", "=HYPERLINK(0)")
	assert preview.charge("--csv", str(target), usage=usage).code == 0
	assert read_csv(target)[0]["customer"] == "'=HYPERLINK(0)"


def test_html_is_a_complete_page(preview):
	target = preview.folder / "out.html"
	assert preview.run("--html", str(target)).code == 0
	text = target.read_text(encoding="utf-8")
	page = Page(text)
	assert text.startswith("<!doctype html>")
	assert page.tags.count("table") == 9  # totals, six customers, cost allocation, retirement analysis
	assert {"script", "link", "img"}.isdisjoint(page.tags)
	assert "http" not in text
	for part in (
		"55,438.59",
		"Late usage: 1 charge",
		"charged before: 1 × -180 = -180",
		"of it showback 2,325.35",
	):
		assert part in page.text


@pytest.mark.parametrize("bad", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b"])
def test_html_shows_markup_as_text(preview, bad):
	target = preview.folder / "out.html"
	quoted = '"{}"'.format(bad.replace('"', '""'))
	usage = USAGE.replace("Mail,Retail", f"{quoted},{quoted}").replace("Nos", quoted)
	policies = f"policy,offering,method,currency,unit_price\n{quoted},{quoted},Per Unit,{quoted},1\n"
	assert preview.charge("--html", str(target), usage=usage, policies=policies).code == 0
	page = Page(target.read_text(encoding="utf-8"))
	assert {"script", "img"}.isdisjoint(page.tags)
	assert page.text.count(bad) >= 6


def test_control_characters_do_not_reach_the_terminal(preview):
	answer = preview.charge(usage=USAGE.replace("Retail", "Re\x1b[31mtail"))
	assert "\x1b" not in answer.out
