"""A web process and a background worker on the private site, each in a process of its own."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress

import requests
from werkzeug.serving import make_server

import frappe

from tests.faults.injection import Trigger, fork, wait
from tests.faults.private import SITE, free_port

REQUEST_SECONDS = 120


@contextmanager
def connected(user: str = "Administrator"):
	"""A connection for the block: between blocks there is none, so that forks inherit none."""
	frappe.init(site=SITE, sites_path=".", force=True)
	frappe.connect()
	frappe.set_user(user)
	# As a background process: what a factory shows or sends goes nowhere.
	frappe.flags.mute_messages = frappe.flags.mute_emails = True
	try:
		yield frappe.db
	finally:
		frappe.destroy()


def run_connected(work: Callable[[], None], user: str = "Administrator") -> Callable[[], None]:
	"""`work` with a connection, to be forked."""

	def connect_and_work():
		with connected(user):
			work()

	return connect_and_work


class WebProcess:
	"""Frappe's own application behind a server on a port; armed with a trigger it may die in a request."""

	def __init__(self, log: str, trigger: Trigger | None = None):
		self.port = free_port()
		self.pid = fork(lambda: self._serve(trigger), log)
		deadline = time.monotonic() + 30
		while time.monotonic() < deadline:
			with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
				return
			time.sleep(0.02)
		raise RuntimeError(f"The web process does not answer; see {log}")

	def _serve(self, trigger: Trigger | None) -> None:
		import frappe.app

		frappe.app._site, frappe.app._sites_path = SITE, "."
		if trigger:
			trigger.arm()
		make_server("127.0.0.1", self.port, frappe.app.application).serve_forever()

	def post(self, token: str, method_path: str, /, **arguments) -> tuple[int, str]:
		"""(status, text) of a call; status 0 when the process died in it."""
		values = {
			key: value if isinstance(value, str) else json.dumps(value) for key, value in arguments.items()
		}
		try:
			answer = requests.post(
				f"http://127.0.0.1:{self.port}/api/method/{method_path}",
				data=values,
				headers={"Authorization": f"token {token}"},
				timeout=REQUEST_SECONDS,
			)
		except requests.RequestException as error:
			return 0, str(error)
		return answer.status_code, answer.text

	def stop(self) -> None:
		with suppress(ProcessLookupError):
			os.kill(self.pid, signal.SIGKILL)
		wait(self.pid)


def run_worker(log: str, trigger: Trigger | None = None) -> int | None:
	"""A real RQ worker that takes what is queued, then ends; answers its exit code."""

	def work():
		from frappe.utils.background_jobs import start_worker

		if trigger:
			trigger.arm()
		start_worker(queue="long,default,short", burst=True, quiet=True)

	return wait(fork(work, log), 300)
