"""A person at work: a browser that is logged in and remembers whatever went wrong on the pages it visits."""

import re

from tests.browser.conftest import IGNORED, SERIOUS, faults, log_in

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Pages of Frappe and ERPNext: what axe finds there is not ours.
PLAIN_PAGES = (
	"/app/todo",
	"/app/todo/new",
	"/app/event/new",
	"/app/currency/EUR",
	"/app/company/Northwind%20IT%20Services",
	"/app/query-report/Addresses%20And%20Contacts",
	"/app/accounting",
	"/app/selling",
	"/app/dashboard-view/Accounts",
)


class Walker:
	"""Visits pages as one person; `problems` holds console errors, failed requests and findings of axe."""

	def __init__(
		self, browser, server: str, user: str, viewport: dict, axe: str, theirs: frozenset[str] = frozenset()
	):
		self.context = browser.new_context(base_url=server, viewport=viewport)
		self.page = self.context.new_page()
		self.page.set_default_timeout(30_000)
		self.axe, self.theirs = axe, theirs
		self.problems: list[str] = []
		self.noted: set[str] = set()
		self.page.on("pageerror", lambda error: self._note("error", str(error)))
		self.page.on(
			"console", lambda message: message.type == "error" and self._note("console", message.text)
		)
		self.page.on(
			"response", lambda answer: answer.status >= 400 and self._note(answer.status, answer.url)
		)
		log_in(self.page, "", user)

	def _note(self, kind, text: str) -> None:
		self.noted.add(text)
		if text not in self.theirs and not any(noise in text for noise in IGNORED):
			self.problems.append(f"{self.page.url}: {kind}: {text}")

	def visit(self, route: str, text: str, *more: str) -> None:
		"""Open the page, wait for the texts, and look at it with axe; it may not scroll sideways.

		A page that does not come is opened once more, as a person would: on a busy machine the desk sometimes draws
		a part of itself before its template is there. What went wrong the second time counts.
		"""
		# Here, as the package may be missing where tests are only collected.
		from playwright.sync_api import TimeoutError

		before = len(self.problems)
		try:
			self.open(route, text, *more)
		except TimeoutError:
			del self.problems[before:]
			self.open(route, text, *more)
		self.settle()
		self.look()

	def open(self, route: str, *texts: str) -> None:
		self.page.goto(route)
		for words in texts:
			self.page.get_by_text(re.compile(re.escape(words))).locator("visible=true").first.wait_for()

	def settle(self) -> None:
		self.page.wait_for_load_state("networkidle")
		self.page.wait_for_timeout(400)

	def look(self) -> None:
		width = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
		if width[0] > width[1]:
			self.problems.append(f"{self.page.url}: {width[0]} px on a window of {width[1]} px")
		for dialog in self.page.locator(".modal.show .msgprint").all():
			self.problems.append(f"{self.page.url}: message: {dialog.inner_text()}")
		for rule, targets in self.findings().items():
			if rule not in self.theirs:
				self.problems.append(f"{self.page.url}: axe: {rule}: {targets[:3]}")

	def findings(self) -> dict[str, list]:
		"""Serious findings of axe by rule."""
		self.page.evaluate(self.axe)
		found = self.page.evaluate("axe.run({exclude: [['.navbar']]}, {resultTypes: ['violations']})")
		return dict(faults(found, SERIOUS))

	def close(self) -> None:
		self.context.close()
