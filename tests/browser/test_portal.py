"""BR-8, BR-10: two customers side by side in the portal, on a phone and a desktop, by keyboard too."""

from types import SimpleNamespace

import pytest

import frappe
from frappe.utils import add_days, today

from itil_strategy.tests.factories import make_customer, make_offering, make_policy, make_service, unique
from itil_strategy.tests.feedback import make_feedback
from itil_strategy.tests.relationship import SCORE, make_need, make_portal_user
from itil_strategy.tests.setup import COMPANY, CURRENCY
from itil_strategy.utils.bulk import insert_rows, reserve_names
from tests.browser.conftest import IGNORED, PASSWORD, check_page, log_in

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
	complaint = make_feedback(
		customer=customers[1],
		it_service=service.name,
		subject="Complaint of the south",
		what_happened="South",
	)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{unique('south')}.txt",
			"content": "Secret of the south",
			"is_private": 1,
			"attached_to_doctype": "Customer Need",
			"attached_to_name": theirs.name,
		}
	).insert()
	frappe.db.commit()
	yield SimpleNamespace(
		customers=customers,
		users=users,
		service=service,
		offering=offering,
		theirs=theirs,
		complaint=complaint,
		file=file,
	)
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
			frappe.db.delete("ToDo", {"reference_type": doctype, "reference_name": name})
			frappe.db.delete(doctype, name)
	for doctype, names in (
		("File", [file.name]),
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


def desk(step, *args, **values):
	"""What we do on the desk meanwhile, where the server sees it."""
	frappe.db.rollback()
	step(*args, **values)
	frappe.db.commit()


def test_a_need_from_both_sides(open_portal, records, axe):
	north, south = open_portal(records.users[0], PHONE), open_portal(records.users[1], DESKTOP)
	north.goto("/it-services")
	assert north.get_by_role("heading", name=records.service.service_name).is_visible()
	check_page(north, axe)
	north.get_by_role("link", name=records.service.service_name).click()
	assert north.get_by_label("Service (optional)").input_value() == records.service.name

	north.get_by_role("button", name="Submit").click()
	summary = north.get_by_role("alert")
	assert summary.get_by_role("listitem").count() == 2
	assert north.title().startswith("Error: ")
	check_page(north, axe)
	summary.get_by_role("link").first.click()
	assert north.evaluate("document.activeElement.id") == "need_title"

	north.get_by_label("Title").fill(f"Need of the north {MARKUP}")
	north.get_by_label("What do you want to achieve?").fill("Invoices within a day")
	north.get_by_label("Offering (optional)").select_option(records.offering.name)
	north.get_by_label("Units per month").fill("5")
	north.get_by_role("button", name="Submit").click()
	assert "is submitted" in north.get_by_role("status").inner_text()
	assert north.get_by_role("heading", level=1).inner_text() == f"Need of the north {MARKUP}"
	check_page(north, axe)
	name = north.url.split("name=")[1].split("&")[0]

	south.goto("/it-services/needs")
	assert "Need of the south" in south.content() and name not in south.content()
	check_page(south, axe)
	assert south.goto(f"/it-services/need?name={name}").status == 404
	assert "none of your needs" in south.get_by_role("status").inner_text()
	check_page(south, axe)
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
	check_page(north, axe)
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


# How a browser that is logged in asks for what belongs to the other customer; {need}, {feedback} and so on are names.
DOORS = {
	"page of the need": "/it-services/need?name={need}",
	"form of the need": "/it-services/raise-need?name={need}",
	"page of the feedback": "/it-services/feedback-item?name={feedback}",
	"lists": "/it-services/needs",
	"list of feedback": "/it-services/feedback",
	"charges": "/it-services/charges",
	"the list with another customer named": "/it-services/needs?customer={customer}",
	"REST, by name": "/api/resource/{doctype}/{name}",
	"REST 2, by name": "/api/v2/document/{doctype}/{name}",
	"REST, list": "/api/resource/{doctype}?limit_page_length=0&fields=[%22*%22]",
	"REST, list of the other": '/api/resource/{doctype}?filters=[["customer","=","{customer}"]]',
	"REST 2, list": "/api/v2/document/{doctype}?limit=1000",
	"client, by name": "/api/method/frappe.client.get?doctype={doctype}&name={name}",
	"client, a value": "/api/method/frappe.client.get_value?doctype={doctype}&filters={name}&fieldname=customer",
	"client, list": "/api/method/frappe.client.get_list?doctype={doctype}&limit_page_length=0&fields=[%22*%22]",
	"search": "/api/method/frappe.desk.search.search_link?doctype={doctype}&txt=south&page_length=100",
	"desk list": "/api/method/frappe.desk.reportview.get?doctype={doctype}&fields=[%22name%22]",
	"desk form": "/api/method/frappe.desk.form.load.getdoc?doctype={doctype}&name={name}",
	"print": "/printview?doctype={doctype}&name={name}",
	"PDF": "/api/method/frappe.utils.print_format.download_pdf?doctype={doctype}&name={name}",
	"the customer": "/api/resource/Customer/{customer}",
	"attachment": "{file}",
	"attachment, by function": "/api/method/frappe.core.doctype.file.file.download_file?file_url={file}",
	"attachments, list": "/api/resource/File?filters=[[%22attached_to_name%22,%22=%22,%22{need}%22]]",
	**{
		f"report {name}": f"/api/method/frappe.desk.query_report.run?report_name={name}"
		f"&filters={{{{%22customer%22:%22{{customer}}%22}}}}"
		for name in ("Customer View", "Need Prioritisation", "Feedback Performance", "Satisfaction")
	},
}


def test_nothing_of_the_other_customer_is_reachable(open_portal, records):
	"""By every door, from a browser that is logged in; the other customer's own browser finds it by the same ones."""
	north, south = (open_portal(user, DESKTOP) for user in records.users[:2])
	asked = {"need": records.theirs, "feedback": records.complaint}
	found_by_south = set()
	for label, door in DOORS.items():
		for record in asked.values() if "{doctype}" in door else [records.theirs]:
			address = door.format(
				doctype=record.doctype,
				name=record.name,
				customer=records.customers[1],
				file=records.file.file_url,
				**{key: doc.name for key, doc in asked.items()},
			)
			for page in (north, south):
				page.goto("/it-services")
				status, text = page.evaluate(
					"(url) => fetch(url).then(async (answer) => [answer.status, await answer.text()])",
					address,
				)
				# The names that were asked for come back in refusals; what they stand for does not.
				tells = [word for word in ("of the south", records.file.file_name) if word in text]
				if page is north:
					assert not tells, (label, address, status)
				elif status == 200 and tells:
					found_by_south.add(label)
	# Else the doors would prove nothing.
	assert {"page of the need", "REST, by name", "REST, list", "print", "attachment", "client, list"} <= (
		found_by_south
	)
	# Nor by writing: a need of the other is neither changed nor taken over, a record for the other is not made.
	for method, address, values in (
		("PUT", f"/api/resource/Customer Need/{records.theirs.name}", {"customer": records.customers[0]}),
		("PUT", f"/api/resource/Service Feedback/{records.complaint.name}", {"subject": "x"}),
		("DELETE", f"/api/resource/Customer Need/{records.theirs.name}", {}),
		(
			"POST",
			"/api/resource/Service Feedback",
			{"customer": records.customers[1], "nature": "Complaint", "subject": "x", "what_happened": "x"},
		),
	):
		status = north.evaluate(
			"""([method, url, values]) => fetch(url, {
				method,
				headers: {"Content-Type": "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token},
				body: JSON.stringify(values),
			}).then((answer) => answer.status)""",
			[method, address, values],
		)
		assert status in (403, 404), (method, address, status)


def test_one_customer_at_a_time(open_portal, records, axe):
	page = open_portal(records.users[2], PHONE)
	page.goto("/it-services/needs")
	assert page.url.endswith("/it-services/customer")
	check_page(page, axe)
	page.get_by_role("button", name="Continue").click()
	assert "Choose one" in page.get_by_role("alert").inner_text()
	check_page(page, axe)
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
	check_page(page, axe)
	page.goto("/it-services/give-feedback")
	check_page(page, axe)
	page.get_by_role("button", name="Send").click()
	assert page.get_by_role("alert").get_by_role("listitem").count() == 3
	check_page(page, axe)
	page.get_by_label("Complaint").check()
	page.get_by_label("Subject").fill(MARKUP)
	page.get_by_label("What happened?").fill("Every morning")
	page.get_by_role("button", name="Send").click()
	assert "we have it" in page.get_by_role("status").inner_text()
	assert page.get_by_role("heading", level=1).inner_text() == MARKUP
	check_page(page, axe)
	name = page.url.split("name=")[1].split("&")[0]
	frappe.db.rollback()
	desk(frappe.get_doc("Service Feedback", name).respond, "We added a disk", "Phone")
	page.reload()
	assert page.get_by_text("We added a disk").is_visible()
	check_page(page, axe)
	page.get_by_role("button", name="Yes, I accept").click()
	assert "is accepted" in page.get_by_role("status").inner_text()
	page.goto("/it-services/feedback")
	check_page(page, axe)


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
	check_page(page, axe)
	link = page.get_by_role("link", name="Dispute this charge")
	link.focus()
	page.keyboard.press("Enter")
	page.get_by_role("heading", level=1, name="Dispute a Charge").wait_for()
	assert page.url.endswith(f"/dispute-charge?charge={charge}")
	check_page(page, axe)
	page.get_by_role("button", name="Dispute").click()
	assert page.get_by_role("alert").get_by_role("listitem").count() == 1
	check_page(page, axe)
	page.get_by_label("What is wrong with it?").fill(MARKUP)
	page.get_by_role("button", name="Dispute").click()
	assert "we look into it" in page.get_by_role("status").inner_text()
	assert page.get_by_text("Disputed", exact=True).is_visible()
	check_page(page, axe)
	page.get_by_role("link", name="Your dispute").click()
	check_page(page, axe)
	page.get_by_role("button", name="Withdraw the dispute").click()
	assert page.get_by_text("Dispute: Withdrawn").is_visible()
	check_page(page, axe)
