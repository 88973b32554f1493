"""A web server of the site under test and a browser that is logged in; both end with the session."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SITE, SITES_PATH = os.environ.get("ITIL_SITE"), os.environ.get("ITIL_SITES_PATH")
PASSWORD = "a-long-pass-phrase-for-tests"
START_SECONDS = 60
# Noise of the desk itself: no socket server beside a plain web server.
IGNORED = ("socket.io", "ERR_CONNECTION_REFUSED", "websocket", "was preloaded", "Failed to load resource")


@pytest.fixture(scope="session")
def server(frappe_site, tmp_path_factory):
	"""The address of a web server for the site, on a free port."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	log = tmp_path_factory.mktemp("server") / "web.log"
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", SITE]
	environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
	with open(log, "w") as output:
		process = subprocess.Popen(
			[*command, "serve", "--port", str(port), "--noreload"],
			cwd=SITES_PATH,
			env=environment,
			stdout=output,
			stderr=subprocess.STDOUT,
		)
	try:
		_wait_for(port, process, log)
		yield f"http://{SITE}:{port}"
	finally:
		process.terminate()
		try:
			process.wait(10)
		except subprocess.TimeoutExpired:
			process.kill()


@pytest.fixture(scope="session")
def browser():
	sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need the package playwright")
	if not CHROMIUM:
		pytest.skip("browser tests need Chromium: apt-get install chromium")
	with sync_api.sync_playwright() as playwright:
		chromium = playwright.chromium.launch(
			executable_path=CHROMIUM,
			args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.localhost 127.0.0.1"],
		)
		yield chromium
		chromium.close()


@pytest.fixture
def page(browser, server, manager):
	"""A page logged in as `manager`; an error in its console fails the test."""
	context = browser.new_context(base_url=server, viewport={"width": 1440, "height": 900})
	page = context.new_page()
	page.set_default_timeout(30_000)
	errors: list[str] = []
	page.on("pageerror", lambda error: errors.append(str(error)))
	page.on(
		"console",
		lambda message: (
			errors.append(message.text)
			if message.type == "error" and not any(noise in message.text for noise in IGNORED)
			else None
		),
	)
	page.goto("/login")
	status = page.evaluate(
		"""([usr, pwd]) => fetch("/api/method/login", {method: "POST", body: new URLSearchParams({usr, pwd})})
			.then((answer) => answer.status)""",
		[manager, PASSWORD],
	)
	assert status == 200
	yield page
	context.close()
	assert errors == []


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
	deadline = time.monotonic() + START_SECONDS
	while time.monotonic() < deadline:
		if process.poll() is not None:
			break
		with socket.socket() as probe:
			if probe.connect_ex(("127.0.0.1", port)) == 0:
				return
		time.sleep(0.2)
	pytest.fail(f"the web server did not start:\n{log.read_text()[-2000:]}")
