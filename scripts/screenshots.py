"""Take the screenshots of the documentation from a site that holds the sample organisation.

	python scripts/screenshots.py --url http://itil-demo.localhost:8000 [--only NAME] [--language de --folder FOLDER]

With a language, the pages are shown in it: the users who look keep it, so run it again without one in the end.

Needs the package playwright and Chromium. Fails on a blank page, an error in the browser's console, a
failed request of the app, or a page that scrolls sideways.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"width": 1440, "height": 900}
COMPANY = "Northwind IT Services"
# Noise of the desk itself: no socket server beside a plain web server, avatars, preloads.
IGNORED = ("socket.io", "ERR_CONNECTION_REFUSED", "websocket", "was preloaded", "Failed to load resource")


@dataclass(frozen=True)
class Shot:
	"""One picture: its name, the route below /app, and a text that must be on the page.

	`click` is pressed then, after which one of the texts in `then` must be there; `show` is scrolled to the top of the
	page. With a `user`, the route is a page of the website as that user sees it; a route that begins with / is one too.
	"""

	name: str
	route: str
	text: str
	click: str = ""
	then: str = ""
	user: str = ""
	show: str = ""
	height: int = DESKTOP["height"]


def report(name: str, **filters: str) -> str:
	query = "&".join(f"{key}={value}" for key, value in {"company": COMPANY, **filters}.items())
	return f"query-report/{name}?{query}"


PORTAL_USER = "mia.keller@retail.northwind.example"
SPRING = {"from_date": "2026-04-01", "to_date": "2026-07-31"}
YEAR = {"from_date": "2026-01-01", "to_date": "2026-12-31"}
SHOTS = (
	Shot("it-service-list", "it-service", "Business Software"),
	Shot("it-service", "it-service/ERP", "Connections"),
	Shot(
		"service-dependencies",
		"it-service/ERP",
		"Connections",
		click="#it-service-tab_dependencies-tab",
		then="Is hit when it fails",
	),
	Shot("service-board", "service-board", "Business Software"),
	# What stands in the way of retiring a service that others need, before anything is saved.
	Shot("portfolio-decision", "portfolio-decision/new?it_service=ERP&outcome=Retire", "stand in the way"),
	Shot("service-offering", "service-offering/STORAGE-GB", "Gigabyte"),
	Shot("charging-policy-list", "charging-policy", "Storage by steps"),
	Shot("charging-policy", "charging-policy/Storage by steps", "Edit Tiers"),
	Shot("usage-import-list", "usage-import", "UI-"),
	Shot("usage-import", "usage-import/{usage_import}", "Rows Imported"),
	Shot("usage-mapping", "usage-mapping/Cloud bill by business unit", "Mapped Values"),
	Shot("charging-run-list", "charging-run", "CR-"),
	Shot("charging-run", "charging-run/{charging_run}", "Posted"),
	Shot("service-charge", "service-charge/{service_charge}", "How the Price Came About"),
	Shot("cost-pool", "cost-pool/Office space", "Shared By"),
	Shot("cost-allocation-run", "cost-allocation-run/{cost_allocation_run}", "Where It Ended"),
	Shot("charging-statement", report("Charging Statement", **YEAR), "Northwind Retail"),
	Shot("service-cost-analysis", report("Service Cost Analysis", **YEAR), "Business Software"),
	Shot(
		"cost-recovery",
		report("Cost Recovery", from_date="2026-01-01", to_date="2026-03-31"),
		"Business Software",
	),
	Shot("reconciliation", report("Reconciliation to Ledger", **YEAR), "Ledger expense of the period"),
	Shot(
		"retirement-analysis",
		report("Retirement Analysis", last_month="2026-03-31", months="3"),
		"Cost is direct cost",
	),
	Shot("service-feedback-list", "service-feedback", "Patching in our opening hours"),
	Shot("service-feedback", "service-feedback/{service_feedback}", "Closed on"),
	Shot(
		"feedback-performance", report("Feedback Performance", **SPRING, group_by="Service"), "Server Hosting"
	),
	Shot(
		"satisfaction",
		report("Satisfaction", **SPRING, period="Quarter", group_by="Service"),
		"Server Hosting",
	),
	Shot(
		"satisfaction-survey",
		"satisfaction-survey/{satisfaction_survey}",
		"Service satisfaction 2026",
		click="#satisfaction-survey-tab_results-tab",
		then="How quick is it",
	),
	Shot("customer-view", "query-report/Customer View?customer=Northwind Retail", "Business Software"),
	Shot("portal-catalogue", "it-services", "Service Catalogue", user=PORTAL_USER),
	Shot("portal-charges", "it-services/charges", "Charges and Commitments", user=PORTAL_USER),
	Shot("portal-feedback", "it-services/feedback", "Web shop slow again", user=PORTAL_USER),
	Shot("service-budget", "service-budget/{service_budget}", "Published"),
	Shot(
		"budget-and-forecast",
		report("Budget and Forecast", fiscal_year="2026", as_of="2026-04-01"),
		"Business Software",
	),
	Shot("strategy-scenario", "strategy-scenario/{strategy_scenario}", "The smaller figures"),
	Shot(
		"scenario-comparison",
		f"query-report/Scenario Comparison?company={COMPANY}&scenarios=[%22{{strategy_scenario}}%22]",
		"Nothing is posted",
	),
	Shot("budget-ceiling-list", "budget-ceiling", "Applications"),
	Shot(
		"business-case",
		"business-case/{business_case}",
		"Copies of servers and files",
		click="#business-case-tab_figures-tab",
		then="Planned Spend per Fiscal Year",
	),
	Shot(
		"business-case-assumptions",
		"business-case/{business_case}",
		"Copies of servers and files",
		click="#business-case-tab_methods-tab",
		then="Name in Formulas",
		show="[data-fieldname=discount_rate]",
	),
	Shot(
		"business-case-impacts",
		"business-case/{business_case}",
		"Copies of servers and files",
		click="#business-case-tab_impacts-tab",
		then="Cash Flows",
	),
	Shot(
		"business-case-charts",
		"business-case/{business_case}",
		"Copies of servers and files",
		click="#business-case-tab_figures-tab",
		then="Simulated net present value",
		show="[data-picture=cumulative]",
		height=1200,
	),
	Shot(
		"business-case-print",
		"/printview?doctype=Business Case&name={business_case}&format=Business Case for the Board",
		"Recommended",
	),
	Shot("investment-round", "investment-round/{investment_round}", "Budgets"),
	Shot(
		"portfolio-selection",
		"query-report/Portfolio Selection?investment_round={investment_round}&show_analysis=1",
		"this is proven",
	),
	Shot("business-case-list", "business-case", "See trouble in the business software"),
	Shot("fund-reservation-list", "fund-reservation", "FR-"),
	Shot("settings", "service-strategy-settings", "Ledger Readiness"),
	Shot("customer", "customer/Northwind Retail", "Northwind Retail"),
)


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--url", required=True)
	parser.add_argument("--user", default="Administrator")
	parser.add_argument("--password", default="admin")
	parser.add_argument("--only")
	parser.add_argument("--language", default="en")
	parser.add_argument("--folder", type=Path, default=FOLDER)
	options = parser.parse_args()
	options.folder.mkdir(parents=True, exist_ok=True)
	problems: list[str] = []
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(
			executable_path=CHROMIUM,
			args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.localhost 127.0.0.1"],
		)
		page = browser.new_page(viewport=DESKTOP)
		page.on("console", lambda message: _note(problems, message.type, message.text))
		page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
		log_in(page, options)
		names = find_names(page)
		speak(page, options)
		for shot in SHOTS:
			if options.only in (None, shot.name) and not shot.user:
				problems += [f"{shot.name}: {problem}" for problem in take(page, options, shot, names)]
		# Whoever becomes somebody else stays it, so these come last.
		portal = [shot for shot in SHOTS if shot.user and options.only in (None, shot.name)]
		for user in dict.fromkeys(shot.user for shot in portal):
			log_in(page, options)
			before = len(problems)
			become(page, options, user)
			# What the desk still asked for is refused by now.
			del problems[before:]
			for shot in portal:
				if shot.user == user:
					problems += [f"{shot.name}: {problem}" for problem in take(page, options, shot, names)]
		browser.close()
	for problem in problems:
		print(problem, file=sys.stderr)
	return int(bool(problems))


def log_in(page: Page, options: argparse.Namespace) -> None:
	page.goto(f"{options.url}/login")
	# Fetched by the page: only the browser is told where *.localhost is.
	status = page.evaluate(
		"""([usr, pwd]) => fetch("/api/method/login", {method: "POST", body: new URLSearchParams({usr, pwd})})
			.then((answer) => answer.status)""",
		[options.user, options.password],
	)
	if status != 200:
		sys.exit(f"login failed: {status}")
	page.goto(f"{options.url}/app")
	page.wait_for_selector("#navbar-search, .navbar", timeout=60_000)


def become(page: Page, options: argparse.Namespace, user: str) -> None:
	"""As Administrator, who may work as anybody."""
	page.goto(f"{options.url}/app")
	page.wait_for_function("Boolean(window.frappe?.csrf_token && frappe.call)")
	page.evaluate(
		"""(user) => frappe.call("frappe.core.doctype.user.user.impersonate", {user, reason: "Screenshots"})""",
		user,
	)
	page.goto("about:blank")


def speak(page: Page, options: argparse.Namespace) -> None:
	"""Let every user who looks at the pages see them in the language asked for."""
	for user in {options.user, *(shot.user for shot in SHOTS if shot.user)}:
		page.evaluate(
			"""([user, language]) => frappe.db.set_value("User", user, "language", language)""",
			[user, options.language],
		)
	log_in(page, options)


def find_names(page: Page) -> dict[str, str]:
	"""The newest numbered records of the sample organisation."""
	names = page.evaluate(
		"""async (company) => {
			const first = (doctype, filters) => frappe.db.get_list(doctype, {filters, fields: ["name"], order_by: "name desc", limit: 1})
				.then((rows) => (rows[0] || {}).name);
			return {
				charging_run: await first("Charging Run", {company}),
				cost_allocation_run: await first("Cost Allocation Run", {company}),
				usage_import: await first("Usage Import", {company}),
				service_budget: await first("Service Budget", {company, it_service: "ERP", fiscal_year: "2026", docstatus: 1}),
				business_case: await first("Business Case", {company, status: "Approved"}),
				investment_round: await first("Investment Round", {company}),
				service_charge: await first("Service Charge", {company, charging_policy: "Storage by steps"}),
				service_feedback: await first("Service Feedback", {subject: "Machine data could not be stored"}),
				strategy_scenario: await first("Strategy Scenario", {company, scenario_title: "File storage goes to the cloud"}),
				satisfaction_survey: await first("Satisfaction Survey", {survey_title: "Service satisfaction 2026"}),
			};
		}""",
		COMPANY,
	)
	return {key: str(value) for key, value in names.items()}


def take(page: Page, options: argparse.Namespace, shot: Shot, names: dict[str, str]) -> list[str]:
	"""Take one picture; answers what is wrong with the page."""
	page.set_viewport_size({**DESKTOP, "height": shot.height})
	route = shot.route.format(**names)
	page.goto(f"{options.url}{'' if shot.user or route.startswith('/') else '/app'}/{route.lstrip('/')}")
	try:
		wait_for(page, options, shot.text)
		if shot.click:
			page.click(shot.click)
			wait_for(page, options, shot.then)
	except Exception:
		page.screenshot(path=options.folder / f"{shot.name}.png")
		return [f'the text "{shot.text}" does not appear']
	page.wait_for_load_state("networkidle")
	page.wait_for_timeout(800)
	page.evaluate("() => document.querySelectorAll('.modal.show .btn-modal-close').forEach((b) => b.click())")
	if shot.show:
		# Below the head of the desk, which stays.
		page.evaluate(
			"(what) => { document.querySelector(what).scrollIntoView(); scrollBy(0, -150); }", shot.show
		)
		page.wait_for_timeout(300)
	page.screenshot(path=options.folder / f"{shot.name}.png")
	sideways = page.evaluate(
		"() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
	)
	return ["the page scrolls sideways"] if sideways else []


def wait_for(page: Page, options: argparse.Namespace, text: str) -> None:
	"""Until the text is there; the texts are known in English only, in another language until the page rests."""
	if options.language == "en":
		page.get_by_text(re.compile(text)).first.wait_for(timeout=20_000)
	else:
		page.wait_for_load_state("networkidle")
		page.wait_for_timeout(1500)


def _note(problems: list[str], kind: str, text: str) -> None:
	if kind == "error" and not any(noise in text for noise in IGNORED):
		problems.append(f"console: {text}")


if __name__ == "__main__":
	sys.exit(main())
