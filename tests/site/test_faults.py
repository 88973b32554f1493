"""Kills and patches, short forms on servers of our own, and how answers to a crowd are judged; docs/crash-injection.md, docs/concurrency.md."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.crowd import ASKED, DONE, REFUSED, UNEXPLAINED, judge
from tests.faults.private import find_program

ROOT = Path(__file__).parents[2]
KILLS = 6


def has_servers() -> bool:
	"""A site may use a database server on another machine; then there is none here to be killed."""
	try:
		return all(map(find_program, ("mariadbd", "mariadb-install-db", "mariadb-dump", "redis-server")))
	except FileNotFoundError:
		return False


needs_servers = pytest.mark.skipif(
	not has_servers(), reason="MariaDB's or Redis' server is not installed on this machine"
)


def run_faults(*arguments: str) -> subprocess.CompletedProcess:
	"""The command in a process of its own."""
	return subprocess.run(
		[sys.executable, "-m", "tests.faults", *arguments],
		cwd=ROOT,
		env={**os.environ, "PYTHONPATH": str(ROOT)},
		capture_output=True,
		text=True,
		timeout=600,
	)


@needs_servers
def test_work_that_is_killed_resumes_and_every_invariant_holds():
	result = run_faults("kills", "--count", str(KILLS), "--seed", "3")
	assert result.returncode == 0, result.stdout + result.stderr
	assert re.search(rf"kills survived: {KILLS} ", result.stdout), result.stdout
	assert re.search(r"^broken: 0$", result.stdout, re.MULTILINE), result.stdout
	(checked,) = re.findall(r"invariants verified: (\d+)", result.stdout)
	# Before and after the resume of each killed step, all of them.
	assert int(checked) >= 2 * KILLS * 21


@needs_servers
def test_a_crowd_gets_answers_that_say_why_and_every_invariant_holds():
	"""Four persons for a minute; an answer, a background job or a logged error without a sentence fails it."""
	result = run_faults("crowd", "--processes", "4", "--minutes", "1", "--seed", "3")
	assert result.returncode == 0, result.stdout + result.stderr
	assert re.search(
		r"broken: 0; unexplained: 0; failed jobs and logged errors: 0$", result.stdout, re.MULTILINE
	), result.stdout
	answers = int(re.search(r": (\d+) answers$", result.stdout, re.MULTILINE)[1])
	# How many depends on the machine; that each person pressed some buttons does not.
	assert answers > 40, result.stdout


@needs_servers
def test_patches_that_run_twice_move_no_figure():
	result = run_faults("patches")
	assert result.returncode == 0, result.stdout + result.stderr
	patches = (ROOT / "itil_strategy/patches.txt").read_text().count("itil_strategy.patches.")
	assert f"patches run 2 times: {patches};" in result.stdout, result.stdout
	assert "problems: 0" in result.stdout, result.stdout


@pytest.mark.parametrize(
	("status", "answer", "kind"),
	[
		(200, {"message": "CR-1"}, DONE),
		(417, {"exc_type": "RunStateError", "_server_messages": '["{\\"message\\": \\"Wait.\\"}"]'}, REFUSED),
		(500, {"exception": "frappe.exceptions.QueryDeadlockError: (1213, 'Deadlock found')"}, ASKED),
		(417, {"exc_type": "ValidationError"}, UNEXPLAINED),
		(
			417,
			{
				"exc_type": "UniqueValidationError",
				"_server_messages": '["{\\"message\\": \\"Live Key must be unique\\"}"]',
			},
			UNEXPLAINED,
		),
		(500, {"exception": "KeyError: 'a'", "exc_type": "KeyError"}, UNEXPLAINED),
	],
)
def test_an_answer_without_a_sentence_for_people_is_unexplained(status, answer, kind):
	assert judge(status, json.dumps(answer))[0] == kind


def test_a_page_instead_of_an_answer_is_unexplained():
	assert judge(502, "<html>Bad Gateway</html>")[0] == judge(0, "connection refused")[0] == UNEXPLAINED
