"""A site of the first version that charged, with the sample's data, becomes one of this version: every figure stays.

The code of that version lies in the folder ITIL_FIRST_VERSION, taken from the history by `make test`. Runs after
`test_install`, on the same site, which is without the app again by then.
"""

import json
import os
import re
from decimal import Decimal

import pytest

from tests.install.site import APP, bench, on_site

OLD = os.environ.get("ITIL_FIRST_VERSION")
FIGURES = """
import json
from tests.figures import read_figures
print("FIGURES" + json.dumps(read_figures(), default=str))
"""
# Rows that migrating adds to masters: checks of the gates that a later version brought.
SEEDED = {"Stage Requirement"}


def figures(tree: str | None = None) -> dict[str, dict[str, Decimal]]:
	"""In a process with the code of the tree."""
	found = json.loads(on_site(FIGURES, tree).split("FIGURES")[1])
	return {doctype: {name: Decimal(value) for name, value in row.items()} for doctype, row in found.items()}


@pytest.fixture(scope="module")
def old() -> dict[str, dict[str, Decimal]]:
	"""The first version with three months of charges; answers the figures."""
	if OLD == "none":
		pytest.skip("This clone has no history. Get it by: git fetch --unshallow")
	assert OLD, "The first version is not there: ITIL_FIRST_VERSION names the folder with its code."
	if APP in bench("list-apps").stdout:
		assert bench("uninstall-app", APP, "--yes", "--no-backup").returncode == 0
	done = bench("install-app", APP, tree=OLD)
	assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
	on_site("from itil_strategy.setup.demo import run\nrun()\nfrappe.db.commit()", OLD)
	return figures(OLD)


@pytest.fixture(scope="module")
def migrated(old) -> str:
	done = bench("migrate")
	assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
	return done.stdout


def differences(before: dict, after: dict) -> list[str]:
	"""Figures of before that are others now; columns that are new do not count."""
	return [
		f"{doctype}.{name}: {value} became {after.get(doctype, {}).get(name)}"
		for doctype, values in before.items()
		if doctype not in SEEDED
		for name, value in values.items()
		if after.get(doctype, {}).get(name) != value
	]


def test_the_old_version_has_data(old):
	"""As the sample's files say: 83 charges of 235 rows of usage in three runs."""
	rows = {doctype: values["rows"] for doctype, values in old.items()}
	assert (rows["Charging Run"], rows["Service Charge"], rows["Service Usage"]) == (3, 83, 235)
	assert "Portfolio Decision" not in rows
	assert old["Service Charge"]["amount"] and rows["GL Entry"] > 100


def test_no_figure_moves(old, migrated):
	after = figures()
	assert differences(old, after) == []
	assert len(after) > len(old) + 20


def test_reports_say_what_was_charged(migrated):
	out = on_site(
		"""
from itil_strategy.it_finance.report.charging_statement.charging_statement import execute
data = execute({"company": "Northwind IT Services", "from_date": "2026-01-01", "to_date": "2026-03-31"})[1]
print("TOTAL", data[-1]["chargeback"], data[-1]["showback"])
"""
	)
	assert "TOTAL 37367.8 18070.79" in out


def test_every_invariant_holds(migrated):
	out = on_site(
		"""
from itil_strategy.utils.health.registry import run_checks
results = run_checks()
print("CHECKS", len(results), [(result.title, finding.record) for result in results for finding in result.findings])
"""
	)
	assert re.search(r"CHECKS \d+ \[\]$", out.strip()), out


def test_migrating_again_changes_nothing(migrated):
	before = figures()
	assert bench("migrate").returncode == 0
	assert figures() == before


def test_work_goes_on(migrated):
	"""The rest of today's sample is loaded on top of the old one: nothing is charged twice."""
	on_site("from itil_strategy.setup.demo import run\nrun()\nfrappe.db.commit()")
	after = figures()
	assert (after["Charging Run"]["rows"], after["Service Charge"]["rows"]) == (3, 83)
	assert after["Business Case"]["rows"] == 4


def test_a_backup_is_restored_whole(migrated):
	"""By Frappe's own commands, into the same database; every figure is there again."""
	user, password = os.environ.get("ITIL_DB_ROOT_USER"), os.environ.get("ITIL_DB_ROOT_PASSWORD")
	if not (user and password):
		pytest.skip("Restoring needs ITIL_DB_ROOT_USER and ITIL_DB_ROOT_PASSWORD")
	before = figures()
	done = bench("backup")
	assert done.returncode == 0, done.stdout + done.stderr
	(path,) = re.findall(r"\S+-database\.sql\.gz", done.stdout)
	on_site("frappe.db.delete('Service Charge')\nfrappe.db.delete('IT Service')\nfrappe.db.commit()")
	assert figures() != before
	done = bench(
		*("restore", os.path.normpath(path), "--force"),
		*("--db-root-username", user, "--db-root-password", password),
	)
	assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
	assert figures() == before
