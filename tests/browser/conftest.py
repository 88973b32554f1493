"""A web server of the site under test, and headless Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

CHROMIUM = os.environ.get("ITIL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).parents[2]
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
START_SECONDS = 60


@pytest.fixture(scope="session")
def server(frappe_site) -> Iterator[str]:
	"""Serves the site; answers its address."""
	with socket.socket() as sock:
		sock.bind(("127.0.0.1", 0))
		port = sock.getsockname()[1]
	process = subprocess.Popen(
		[
			sys.executable,
			"-m",
			"frappe.utils.bench_helper",
			"frappe",
			"--site",
			os.environ["ITIL_SITE"],
			"serve",
			"--port",
			str(port),
			"--noreload",
		],
		cwd=os.environ["ITIL_SITES_PATH"],
		stdout=subprocess.DEVNULL,
		stderr=subprocess.DEVNULL,
	)
	try:
		_wait_for(port, process)
		yield f"http://127.0.0.1:{port}"
	finally:
		process.terminate()
		process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen) -> None:
	end = time.monotonic() + START_SECONDS
	while time.monotonic() < end and process.poll() is None:
		try:
			socket.create_connection(("127.0.0.1", port), timeout=1).close()
			return
		except OSError:
			time.sleep(0.2)
	pytest.fail("The web server of the site did not start.")


@pytest.fixture(scope="session")
def chromium():
	"""A browser; without Playwright or Chromium the tests are skipped and say so."""
	if not CHROMIUM:
		pytest.skip("Chromium is missing: install it, or name it in ITIL_CHROMIUM.")
	playwright = pytest.importorskip(
		"playwright.sync_api",
		reason="Playwright is missing: pip install playwright in the bench's environment.",
	)
	with playwright.sync_playwright() as driver:
		browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
		yield browser
		browser.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
	"""Source of axe-core, the accessibility checker: from ITIL_AXE_CORE, node_modules, or npm."""
	places = [os.environ.get("ITIL_AXE_CORE"), ROOT / "node_modules" / "axe-core" / "axe.min.js"]
	for place in places:
		if place and Path(place).is_file():
			return Path(place).read_text()
	folder = tmp_path_factory.mktemp("axe")
	if npm := shutil.which("npm"):
		own = {
			"HOME": str(folder),
			"npm_config_cache": str(folder / "cache"),
			"npm_config_fetch_retries": "1",
		}
		if SYSTEM_CERTIFICATES.is_file():
			# Node has its own list, which lacks what this machine was told to trust.
			own["NODE_EXTRA_CA_CERTS"] = str(SYSTEM_CERTIFICATES)
		with suppress(subprocess.TimeoutExpired):
			subprocess.run(
				[npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), "axe-core@4"],
				capture_output=True,
				timeout=60,
				env={**os.environ, **own},
			)
	script = folder / "node_modules" / "axe-core" / "axe.min.js"
	if not script.is_file():
		pytest.skip("axe-core is missing and npm cannot get it: name axe.min.js in ITIL_AXE_CORE.")
	return script.read_text()
