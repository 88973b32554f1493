"""The short form of `python -m tests.trust`: rights, kills, a crowd, patches and hostile input, on servers of our own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from itil_strategy.utils.health.registry import CHECKS
from tests.faults.private import find_program

ROOT = Path(__file__).parents[2]
KILLS = 6


def has_servers() -> bool:
	"""A site may use a database server on another machine; then there is none here to be killed."""
	try:
		return all(map(find_program, ("mariadbd", "mariadb-install-db", "mariadb-dump", "redis-server")))
	except FileNotFoundError:
		return False


@pytest.fixture(scope="module")
def result(frappe_site) -> subprocess.CompletedProcess:
	"""The command in a process of its own."""
	if not has_servers():
		pytest.skip("MariaDB's or Redis' server is not installed on this machine")
	return subprocess.run(
		[sys.executable, "-m", "tests.trust", "--short"],
		cwd=ROOT,
		env={**os.environ, "PYTHONPATH": str(ROOT)},
		capture_output=True,
		text=True,
		timeout=1800,
	)


def figure(result: subprocess.CompletedProcess, title: str) -> int:
	"""The number of a row of the table."""
	found = re.findall(rf"^{title} +([\d,]+)", result.stdout, re.MULTILINE)
	assert found, result.stdout + result.stderr
	return int(found[-1].replace(",", ""))


def test_nothing_is_lost_doubled_or_wrong(result):
	assert result.returncode == 0, result.stdout + result.stderr
	assert figure(result, "lost, doubled, wrong or broken") == 0


def test_rights(result):
	# Two kinds of records and every function, by each viewer.
	assert figure(result, "rights checked") > 700


def test_work_that_is_killed_resumes_and_every_invariant_holds(result):
	assert figure(result, "kills survived") == KILLS
	# Before and after the resume of each killed step, all of them.
	assert figure(result, "invariants verified on what was left") >= 2 * KILLS * len(CHECKS)


def test_a_crowd_gets_answers_that_say_why(result):
	"""Four persons for a minute. How many answers depends on the machine; that each pressed some buttons does not."""
	assert figure(result, "answers in a crowd, each with its reason") > 40


def test_patches_that_run_twice_move_no_figure(result):
	patches = (ROOT / "itil_strategy/patches.txt").read_text().count("itil_strategy.patches.")
	assert figure(result, "patches run twice") == patches


def test_hostile_cases(result):
	assert figure(result, "hostile cases answered or refused") == 2000
