"""Crash injection, short form: six kills on servers of our own; docs/crash-injection.md has the long form."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.private import find_program

ROOT = Path(__file__).parents[2]
KILLS = 6


def has_servers() -> bool:
	"""A site may use a database server on another machine; then there is none here to be killed."""
	try:
		return all(map(find_program, ("mariadbd", "mariadb-install-db", "mariadb-dump", "redis-server")))
	except FileNotFoundError:
		return False


@pytest.mark.skipif(not has_servers(), reason="MariaDB's or Redis' server is not installed on this machine")
def test_work_that_is_killed_resumes_and_every_invariant_holds():
	result = subprocess.run(
		[sys.executable, "-m", "tests.faults", "kills", "--count", str(KILLS), "--seed", "3"],
		cwd=ROOT,
		env={**os.environ, "PYTHONPATH": str(ROOT)},
		capture_output=True,
		text=True,
		timeout=600,
	)
	assert result.returncode == 0, result.stdout + result.stderr
	assert re.search(rf"kills survived: {KILLS} ", result.stdout), result.stdout
	assert re.search(r"^broken: 0$", result.stdout, re.MULTILINE), result.stdout
	(checked,) = re.findall(r"invariants verified: (\d+)", result.stdout)
	# Before and after the resume of each killed step, all of them.
	assert int(checked) >= 2 * KILLS * 21
