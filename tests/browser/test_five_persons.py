"""The daily work of the five persons on the sample organisation, on a desktop and on a phone.

Every page: no error in the console, no failed request, no sideways scroll, and nothing serious for axe that Frappe's
own pages do not have as well.
"""

from types import SimpleNamespace

import pytest

import frappe

from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.job import load
from itil_strategy.setup.demo.removal import remove
from itil_strategy.tests.factories import make_user
from tests.browser.conftest import PASSWORD
from tests.browser.walk import DESKTOP, PHONE, PLAIN_PAGES, Walker

COMPANY = SampleFiles().company["company"]
YEAR = f"company={COMPANY}&from_date=2026-01-01&to_date=2026-12-31"
# With ERPNext's roles beside them, as docs/roles.md says.
ROLES = {
	"portfolio": ("Service Portfolio Manager", "Sales User", "Accounts User", "Stock User"),
	"relationship": ("Business Relationship Manager", "Sales User"),
	"finance": ("IT Financial Manager", "Accounts User", "Stock User"),
	"owner": ("Service Owner", "Sales User", "Accounts User", "Stock User"),
	"administrator": ("System Manager", "Accounts Manager", "Sales Manager"),
}
CUSTOMER = "mia.keller@retail.northwind.example"


@pytest.fixture(scope="module")
def organisation(frappe_site):
	"""The sample organisation of 24 months with a user per person, committed for the server, removed afterwards."""
	frappe.set_user("Administrator")
	load()
	users = {person: make_user(*roles) for person, roles in ROLES.items()}
	users["customer"] = CUSTOMER
	former = frappe.db.get_value("IT Service", "ERP", "service_owner")
	frappe.db.set_value("IT Service", "ERP", "service_owner", users["owner"])
	for user in users.values():
		doc = frappe.get_doc("User", user)
		doc.new_password = PASSWORD
		doc.save(ignore_permissions=True)
		frappe.defaults.set_user_default("company", COMPANY, user)
	frappe.db.commit()
	yield SimpleNamespace(users=users)
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.db.set_value("IT Service", "ERP", "service_owner", former)
	remove()
	for person in ROLES:
		frappe.delete_doc("User", users[person], force=True, ignore_permissions=True)
	frappe.db.commit()


@pytest.fixture(scope="module")
def theirs(browser, server, axe, organisation) -> frozenset[str]:
	"""Rules of axe that Frappe's and ERPNext's own pages break, and errors they throw, whoever installs what."""
	walker = Walker(browser, server, organisation.users["administrator"], DESKTOP, axe)
	found: set[str] = set()
	for route in PLAIN_PAGES:
		walker.page.goto(route)
		walker.settle()
		walker.page.wait_for_timeout(1500)
		found |= walker.findings().keys()
	walker.close()
	return frozenset(found | walker.noted)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def viewport(request):
	return request.param


@pytest.fixture
def walk(browser, server, axe, organisation, theirs, viewport):
	"""Makes the walker of a person; whatever it met fails the test at its end."""
	made: list[Walker] = []

	def start(person: str) -> Walker:
		rules = frozenset() if person == "customer" else theirs
		made.append(Walker(browser, server, organisation.users[person], viewport, axe, rules))
		return made[-1]

	yield start
	for walker in made:
		walker.close()
	problems = [problem for walker in made for problem in walker.problems]
	assert not problems, "\n".join(problems)


def test_portfolio_manager(walk):
	person = walk("portfolio")
	person.visit("/app/service-strategy", "Portfolio by Phase and Value")
	person.visit("/app/service-portfolio", "Services in the Pipeline", "Investment Mix")
	person.visit("/app/service-board", "Business Software")
	person.visit("/app/it-service", "IT Service")
	person.visit("/app/it-service/ERP", "Business Software")
	person.visit(f"/app/query-report/Service%20Portfolio?company={COMPANY}", "Business Software")
	person.visit(f"/app/query-report/Retirement%20Analysis?company={COMPANY}", "Eliminate")
	person.visit("/app/query-report/Pipeline%20Gates", "Check")
	person.visit("/app/query-report/Strategic%20Alignment", "Objective")
	decide(person)


def open_one(person: Walker, doctype: str, filters: dict | None = None) -> None:
	"""The form of one of the records, whatever its name is."""
	doc = frappe.get_last_doc(doctype, filters)
	person.visit(doc.get_url(), str(doc.get_title())[:20])


def decide(person: Walker) -> None:
	"""A decision is drafted on the form, saved, and thrown away again."""
	page = person.page
	page.goto("/app/portfolio-decision/new?it_service=ERP")
	page.locator("[data-fieldname='rationale'] textarea").wait_for()
	person.settle()
	page.locator("select[data-fieldname='outcome']").select_option("Retain")
	page.locator("[data-fieldname='rationale'] textarea").fill("It serves all business units.")
	page.locator("[data-fieldname='rationale'] textarea").blur()
	page.get_by_role("button", name="Save", exact=True).locator("visible=true").click()
	page.wait_for_url("**/portfolio-decision/PD-*")
	person.settle()
	person.look()
	name = page.url.rsplit("/", 1)[-1].split("?")[0]
	frappe.db.rollback()
	assert frappe.db.get_value("Portfolio Decision", name, ["outcome", "docstatus"]) == ("Retain", 0)
	frappe.delete_doc("Portfolio Decision", name, ignore_permissions=True)
	frappe.db.commit()


def test_relationship_manager(walk):
	person = walk("relationship")
	person.visit("/app/business-relationship", "Open Complaints", "Complaints and Their Deadlines")
	person.visit("/app/service-feedback", "Service Feedback")
	open_one(person, "Service Feedback", {"nature": "Complaint"})
	person.visit("/app/customer-need", "Customer Need")
	open_one(person, "Customer Need")
	open_one(person, "Requirement Mediation")
	person.visit("/app/query-report/Need%20Prioritisation", "WSJF")
	person.visit("/app/query-report/Customer%20View?customer=Northwind%20Retail", "Services")
	person.visit("/app/query-report/Satisfaction?from_date=2026-01-01&to_date=2026-12-31", "NPS")
	person.visit("/app/query-report/Supply%20and%20Demand", "Offering")
	person.visit(
		"/app/query-report/Feedback%20Performance?from_date=2026-01-01&to_date=2026-12-31", "Complaints"
	)


def test_financial_manager(walk):
	person = walk("finance")
	person.visit("/app/it-finance", "Cost against Charge", "Budget Burn")
	person.visit("/app/charging-run", "Posted")
	open_one(person, "Charging Run", {"company": COMPANY, "status": "Posted"})
	person.visit(f"/app/query-report/Charging%20Statement?{YEAR}", "Blue Orchard")
	person.visit(f"/app/query-report/Service%20Cost%20Analysis?{YEAR}", "Business Software")
	person.visit(f"/app/query-report/Cost%20Recovery?{YEAR}", "Business Software")
	person.visit(
		f"/app/query-report/Budget%20and%20Forecast?company={COMPANY}&fiscal_year=2026", "Business Software"
	)
	person.visit(f"/app/query-report/Reconciliation%20to%20Ledger?{YEAR}", "Expense not explained")
	open_one(person, "Business Case")
	open_one(person, "Cost Allocation Run")
	person.visit("/app/service-budget", "Published")


def test_service_owner(walk):
	person = walk("owner")
	person.visit("/app/service-strategy", "Service Strategy")
	person.visit("/app/it-service/ERP", "Business Software")
	person.visit(f"/app/query-report/Service%20Portfolio?company={COMPANY}", "Business Software")
	person.visit(f"/app/query-report/Cost%20Recovery?{YEAR}", "Business Software")
	person.visit("/app/service-feedback", "Service Feedback")


def test_customer(walk):
	"""On the portal everything is ours, so axe may find nothing serious at all."""
	person = walk("customer")
	person.visit("/it-services", "Business Software")
	person.visit("/it-services/needs", "Own phones for the sales force")
	person.visit("/it-services/raise-need", "Need")
	person.visit("/it-services/feedback", "Web shop slow")
	person.visit("/it-services/give-feedback", "Feedback")
	person.visit("/it-services/charges", "2026")
