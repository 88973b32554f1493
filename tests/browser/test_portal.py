"""BR-8, BR-10: two customers side by side in the portal, on a phone and a desktop, by keyboard too."""

from types import SimpleNamespace

import pytest

import frappe
from frappe.utils import add_days, today

from itil_strategy.tests.factories import make_customer, make_offering, make_policy, make_service, unique
from itil_strategy.tests.relationship import SCORE, make_need, make_portal_user
from itil_strategy.tests.setup import COMPANY, CURRENCY
from itil_strategy.utils.bulk import insert_rows, reserve_names
from tests.browser.conftest import IGNORED, PASSWORD, log_in

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
MARKUP = "<script>document.title = 'hacked'</script> <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def records(frappe_site):
	"""Two customers with a user each and one user of both, committed for the server, deleted afterwards."""
	frappe.set_user("Administrator")
	customers = [make_customer(unique(f"Portal {key}")).name for key in ("North", "South")]
	users = [make_portal_user(name) for name in customers] + [make_portal_user(*customers)]
	for user in users:
		doc = frappe.get_doc("User", user)
		doc.new_password = PASSWORD
		doc.save(ignore_permissions=True)
	name = unique("Mail & More")
	service = make_service(service_name=name, entitled_customers=[{"customer": name} for name in customers])
	offering = make_offering(service, practical_capacity=1000)
	policy = make_policy(offering, unit_price=2)
	theirs = make_need(service, "Submitted", customer=customers[1], need_title="Need of the south")
	frappe.db.commit()
	yield SimpleNamespace(customers=customers, users=users, service=service, offering=offering, theirs=theirs)
	frappe.db.rollback()
	frappe.set_user("Administrator")
	of_customers = {"customer": ("in", customers)}
	contacts = frappe.get_all("Contact", {"user": ("in", users)}, pluck="name")
	for doctype, names in (
		("Service Feedback", frappe.get_all("Service Feedback", of_customers, pluck="name")),
		("Customer Need", frappe.get_all("Customer Need", of_customers, pluck="name")),
	):
		for name in names:
			frappe.db.delete("Comment", {"reference_doctype": doctype, "reference_name": name})
			frappe.db.delete("Need Requirement", {"parent": name})
			frappe.db.delete(doctype, name)
	for doctype, names in (
		("Charging Policy", [policy.name]),
		("Service Offering", [offering.name]),
		("IT Service", [service.name]),
		("Contact", contacts),
		("User", users),
		("Customer", customers),
	):
		for name in names:
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.db.commit()


@pytest.fixture
def open_portal(browser, server):
	"""Opens a page logged in as the user, in a context of its own; errors in the console fail the test."""
	contexts, errors = [], []

	def open_as(user: str, viewport: dict):
		context = browser.new_context(base_url=server, viewport=viewport)
		contexts.append(context)
		page = context.new_page()
		page.set_default_timeout(30_000)
		page.on("pageerror", lambda error: errors.append(str(error)))
		page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
		page.on(
			"console",
			lambda message: (
				errors.append(message.text)
				if message.type == "error" and not any(noise in message.text for noise in IGNORED)
				else None
			),
		)
		log_in(page, server, user)
		return page

	yield open_as
	for context in contexts:
		context.close()
	assert errors == []


def check(page, axe: str) -> None:
	"""One first heading, no sideways scroll, and nothing that axe finds in our part of the page."""
	assert page.get_by_role("heading", level=1).count() == 1
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
	page.evaluate(axe)
	found = page.evaluate("axe.run('.its', {resultTypes: ['violations']})")
	assert [(row["id"], [node["target"] for node in row["nodes"]]) for row in found["violations"]] == []
	found = page.evaluate(
		"axe.run(document, {runOnly: ['html-has-lang', 'document-title', 'landmark-one-main', 'page-has-heading-one']})"
	)
	assert [row["id"] for row in found["violations"]] == []


def desk(step, *args, **values):
	"""What we do on the desk meanwhile, where the server sees it."""
	frappe.db.rollback()
	step(*args, **values)
	frappe.db.commit()


def test_a_need_from_both_sides(open_portal, records, axe):
	north, south = open_portal(records.users[0], PHONE), open_portal(records.users[1], DESKTOP)
	north.goto("/it-services")
	assert north.get_by_role("heading", name=records.service.service_name).is_visible()
	check(north, axe)
	north.get_by_role("link", name=records.service.service_name).click()
	assert north.get_by_label("Service (optional)").input_value() == records.service.name

	north.get_by_role("button", name="Submit").click()
	summary = north.get_by_role("alert")
	assert summary.get_by_role("listitem").count() == 2
	assert north.title().startswith("Error: ")
	check(north, axe)
	summary.get_by_role("link").first.click()
	assert north.evaluate("document.activeElement.id") == "need_title"

	north.get_by_label("Title").fill(f"Need of the north {MARKUP}")
	north.get_by_label("What do you want to achieve?").fill("Invoices within a day")
	north.get_by_label("Offering (optional)").select_option(records.offering.name)
	north.get_by_label("Units per month").fill("5")
	north.get_by_role("button", name="Submit").click()
	assert "is submitted" in north.get_by_role("status").inner_text()
	assert north.get_by_role("heading", level=1).inner_text() == f"Need of the north {MARKUP}"
	check(north, axe)
	name = north.url.split("name=")[1].split("&")[0]

	south.goto("/it-services/needs")
	assert "Need of the south" in south.content() and name not in south.content()
	check(south, axe)
	assert south.goto(f"/it-services/need?name={name}").status == 404
	assert "none of your needs" in south.get_by_role("status").inner_text()
	check(south, axe)
	for address in (
		f"/api/resource/Customer Need/{name}",
		f"/api/v2/document/Customer Need/{name}",
		f"/printview?doctype=Customer Need&name={name}",
	):
		answer = south.evaluate("(url) => fetch(url).then((answer) => answer.status)", address)
		assert answer == 403, address

	frappe.db.rollback()
	need = frappe.get_doc("Customer Need", name)
	for step in ("assess", "accept", "start_delivery", "deliver"):
		desk(getattr(need, step), **(SCORE if step == "assess" else {}))
	north.reload()
	check(north, axe)
	north.get_by_role("button", name="No, reject").click()
	assert "Write down what is missing." in north.get_by_role("alert").inner_text()
	north.get_by_label("What is missing?").fill("It is slow")
	north.get_by_role("button", name="No, reject").click()
	assert "go on working" in north.get_by_role("status").inner_text()
	desk(need.deliver)
	north.goto(f"/it-services/need?name={name}")
	assert "It is slow" in north.content()
	# By keyboard alone.
	for _number in range(30):
		north.keyboard.press("Tab")
		if "confirm the delivery" in north.evaluate("document.activeElement.innerText || ''"):
			break
	with north.expect_navigation():
		north.keyboard.press("Enter")
	assert "is confirmed" in north.get_by_role("status").inner_text()
	frappe.db.rollback()
	need = frappe.get_doc("Customer Need", name)
	assert (need.status, need.rejected_count) == ("Confirmed", 1)
	assert need.customer == records.customers[0] and need.raised_by == records.users[0]


def test_one_customer_at_a_time(open_portal, records, axe):
	page = open_portal(records.users[2], PHONE)
	page.goto("/it-services/needs")
	assert page.url.endswith("/it-services/customer")
	check(page, axe)
	page.get_by_role("button", name="Continue").click()
	assert "Choose one" in page.get_by_role("alert").inner_text()
	check(page, axe)
	for customer, seen in ((records.customers[1], True), (records.customers[0], False)):
		page.goto("/it-services/customer")
		page.get_by_label(customer, exact=True).check()
		page.get_by_role("button", name="Continue").click()
		page.wait_for_url("**/it-services")
		page.goto("/it-services/needs")
		assert page.locator(".its-who").inner_text().startswith(f"Customer: {customer}")
		assert page.get_by_text("Need of the south").is_visible() is seen


def test_feedback_and_charges(open_portal, records, axe):
	page = open_portal(records.users[0], PHONE)
	page.goto("/it-services/charges")
	check(page, axe)
	page.goto("/it-services/give-feedback")
	check(page, axe)
	page.get_by_role("button", name="Send").click()
	assert page.get_by_role("alert").get_by_role("listitem").count() == 3
	check(page, axe)
	page.get_by_label("Complaint").check()
	page.get_by_label("Subject").fill(MARKUP)
	page.get_by_label("What happened?").fill("Every morning")
	page.get_by_role("button", name="Send").click()
	assert "we have it" in page.get_by_role("status").inner_text()
	assert page.get_by_role("heading", level=1).inner_text() == MARKUP
	check(page, axe)
	name = page.url.split("name=")[1].split("&")[0]
	frappe.db.rollback()
	desk(frappe.get_doc("Service Feedback", name).respond, "We added a disk", "Phone")
	page.reload()
	assert page.get_by_text("We added a disk").is_visible()
	check(page, axe)
	page.get_by_role("button", name="Yes, I accept").click()
	assert "is accepted" in page.get_by_role("status").inner_text()
	page.goto("/it-services/feedback")
	check(page, axe)


@pytest.fixture
def charge(records):
	"""A published charge of the first customer that can still be disputed, committed, deleted afterwards."""
	frappe.db.rollback()
	run = frappe.get_doc(
		{
			"doctype": "Charging Run",
			"company": COMPANY,
			"period_start": "2024-09-01",
			"period_end": "2024-09-30",
			"mode": "Showback",
			"status": "Published",
			"docstatus": 1,
			"dispute_until": add_days(today(), 3),
		}
	)
	run.name = unique("CR")
	run.db_insert()
	values = {
		"charging_run": run.name,
		"posting_run": run.name,
		"company": COMPANY,
		"customer": records.customers[0],
		"it_service": records.service.name,
		"service_offering": records.offering.name,
		"usage_month": "2024-09-01",
		"kind": "Usage",
		"mode": "Showback",
		"status": "Published",
		"charging_policy": unique("POL"),
		"quantity": 5,
		"uom": "Nos",
		"currency": CURRENCY,
		"price_amount": 10,
		"exchange_rate": 1,
		"amount": 10,
	}
	name = reserve_names("Service Charge", 1)
	insert_rows("Service Charge", tuple(values), [tuple(values.values())], name)
	frappe.db.commit()
	yield name
	frappe.db.rollback()
	disputes = frappe.get_all("Charge Dispute", {"service_charge": str(name)}, pluck="name")
	for doctype, field in (("ToDo", "reference_name"), ("Notification Log", "document_name")):
		frappe.db.delete(doctype, {field: ("in", [*disputes, ""])})
	frappe.db.delete("Charge Dispute", {"name": ("in", [*disputes, ""])})
	frappe.db.delete("Service Charge", name)
	frappe.db.delete("Charging Run", run.name)
	frappe.db.commit()


def test_a_charge_is_disputed(open_portal, records, charge, axe):
	page = open_portal(records.users[0], PHONE)
	page.goto("/it-services/charges")
	check(page, axe)
	link = page.get_by_role("link", name="Dispute this charge")
	link.focus()
	page.keyboard.press("Enter")
	page.get_by_role("heading", level=1, name="Dispute a Charge").wait_for()
	assert page.url.endswith(f"/dispute-charge?charge={charge}")
	check(page, axe)
	page.get_by_role("button", name="Dispute").click()
	assert page.get_by_role("alert").get_by_role("listitem").count() == 1
	check(page, axe)
	page.get_by_label("What is wrong with it?").fill(MARKUP)
	page.get_by_role("button", name="Dispute").click()
	assert "we look into it" in page.get_by_role("status").inner_text()
	assert page.get_by_text("Disputed", exact=True).is_visible()
	check(page, axe)
	page.get_by_role("link", name="Your dispute").click()
	check(page, axe)
	page.get_by_role("button", name="Withdraw the dispute").click()
	assert page.get_by_text("Dispute: Withdrawn").is_visible()
	check(page, axe)
