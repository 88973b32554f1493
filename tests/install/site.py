"""Commands and code on the site of ITIL_INSTALL_SITE, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

SITE, SITES_PATH = os.environ.get("ITIL_INSTALL_SITE"), os.environ.get("ITIL_SITES_PATH")
APP = "itil_strategy"
ROOT = Path(__file__).parents[2]


def bench(*arguments: str, tree: str | None = None) -> subprocess.CompletedProcess:
	"""Run a bench command on the site; with the app's code from `tree` instead of the bench's."""
	return _run(
		[sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", SITE, *arguments], tree
	)


def on_site(code: str, tree: str | None = None) -> str:
	"""Run code on the site; answers what it printed."""
	prelude = (
		f'import frappe\nfrappe.init(site="{SITE}", sites_path=".")\n'
		'frappe.connect()\nfrappe.set_user("Administrator")\n'
	)
	done = _run([sys.executable, "-c", prelude + code], tree)
	assert done.returncode == 0, done.stderr[-3000:]
	return done.stdout


def _run(command: list[str], tree: str | None) -> subprocess.CompletedProcess:
	# In front of the bench's own link to the app; `tests` is always that of this version.
	path = os.pathsep.join([*([tree] if tree else ()), str(ROOT)])
	return subprocess.run(
		command,
		cwd=SITES_PATH,
		env={**os.environ, "PYTHONPATH": path},
		capture_output=True,
		text=True,
		timeout=900,
	)
