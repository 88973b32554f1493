"""FOCUS's own validator as an outside judge: found, or installed into an environment of its own, or not there.

Version 2.2.1 needs Python 3.12 or later, pyarrow below 21, and the folder that holds its package as working folder: it
looks for its list of currencies there. Without the network it judges by the rules that it ships.
"""

import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

VALIDATOR, RULES = "focus-validator==2.2.1", "1.2.0.1"
PYTHONS = ("python3.12", "python3.13")
# What a company that charges its IT services supports; the other criteria are of cloud providers.
CRITERIA = (
	"ACCOUNT_NAMING_SUPPORTED",
	"USAGE_MEASUREMENT_SUPPORTED",
	"SUB_ACCOUNT_SUPPORTED",
	"PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
)
FAILED = re.compile(r"❌ (\S+): FAIL")
TOTAL = re.compile(r"Total: (\d+) \| Pass: (\d+) \| Fail: (\d+)")


@cache
def find_validator() -> Path | None:
	"""The Python of an environment with the validator: ITIL_FOCUS_VALIDATOR, or one that is made once."""
	named = os.environ.get("ITIL_FOCUS_VALIDATOR")
	if named:
		return Path(named)
	home = Path(tempfile.gettempdir()) / f"itil-focus-validator-{os.getuid()}"
	python = home / "bin" / "python"
	if _has_validator(python):
		return python
	base = _find_python()
	if not base:
		return None
	shutil.rmtree(home, ignore_errors=True)
	install = [python, "-m", "pip", "install", "--quiet", VALIDATOR, "pyarrow<21"]
	for command in ([base, "-m", "venv", home], install):
		if _run(command, timeout=600).returncode:
			return None
	return python if _has_validator(python) else None


def failed_rules(path: Path) -> set[str]:
	"""Identifiers of the rules that the file breaks. Raises AssertionError when nothing was judged."""
	python = find_validator()
	package = _run([python, "-c", "import focus_validator as v; print(v.__path__[0])"]).stdout.strip()
	judged = _run(
		[
			*(python, "-m", "focus_validator.main", "--block-download", "--validate-version", RULES),
			*("--applicability-criteria", ",".join(CRITERIA), "--data-file", path),
		],
		cwd=Path(package).parent,
		timeout=300,
	)
	total = TOTAL.search(judged.stdout)
	assert total and int(total[2]) > 0, judged.stdout[-2000:] + judged.stderr[-2000:]
	failed = set(FAILED.findall(judged.stdout))
	assert len(failed) == int(total[3]), judged.stdout[:2000]
	return failed


def _find_python() -> str | None:
	"""A Python that is new enough, also one that pyenv keeps and does not show."""
	kept = Path.home().glob(".pyenv/versions/3.1[23].*/bin/python")
	for candidate in (*map(shutil.which, PYTHONS), *sorted(map(str, kept))):
		if candidate and _run([candidate, "-c", "import venv"]).returncode == 0:
			return candidate
	return None


def _has_validator(python: Path) -> bool:
	return python.exists() and _run([python, "-c", "import focus_validator"]).returncode == 0


def _run(command: list, cwd: Path | None = None, timeout: int = 60) -> subprocess.CompletedProcess:
	return subprocess.run(
		list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False
	)
