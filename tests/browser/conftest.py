"""A web server of the site under test and a browser that is logged in; both end with the session."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

CHROMIUM = (
	os.environ.get("ITIL_CHROMIUM")
	or shutil.which("chromium")
	or shutil.which("chromium-browser")
	or shutil.which("google-chrome")
)
ROOT = Path(__file__).parents[2]
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
SITE, SITES_PATH = os.environ.get("ITIL_SITE"), os.environ.get("ITIL_SITES_PATH")
PASSWORD = "a-long-pass-phrase-for-tests"
START_SECONDS = 60
SERIOUS = ("serious", "critical")
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
		pytest.skip("browser tests need Chromium: install it, or name it in ITIL_CHROMIUM")
	with sync_api.sync_playwright() as playwright:
		chromium = playwright.chromium.launch(
			executable_path=CHROMIUM,
			args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.localhost 127.0.0.1"],
		)
		yield chromium
		chromium.close()


def log_in(page, server: str, user: str) -> None:
	"""By the page itself: only the browser knows that the name of the site is this machine."""
	page.goto(f"{server}/login")
	status = page.evaluate(
		"""([usr, pwd]) => fetch("/api/method/login", {method: "POST", body: new URLSearchParams({usr, pwd})})
			.then((answer) => answer.status)""",
		[user, PASSWORD],
	)
	assert status == 200


def check_page(page, axe: str) -> None:
	"""One first heading, no sideways scroll; axe finds nothing in our part and nothing serious on the whole page."""
	assert page.get_by_role("heading", level=1).count() == 1
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
	page.evaluate(axe)
	for query in (
		"axe.run('.its, .survey', {resultTypes: ['violations']})",
		"axe.run(document, {runOnly: ['html-has-lang', 'document-title', 'landmark-one-main', 'page-has-heading-one']})",
	):
		assert faults(page.evaluate(query)) == [], page.url
	whole = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
	assert faults(whole, SERIOUS) == [], page.url


def faults(found: dict, impacts: tuple[str, ...] | None = None) -> list[tuple]:
	return [
		(row["id"], [node["target"] for node in row["nodes"]])
		for row in found["violations"]
		if impacts is None or row["impact"] in impacts
	]


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
	log_in(page, "", manager)
	yield page
	context.close()
	assert errors == []


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
