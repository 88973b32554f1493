"""Make service feedback and the people around it for tests."""

import frappe

from itil_strategy.setup.roles import RELATIONSHIP_MANAGER, SERVICE_OWNER
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_customer, make_service, make_user, unique
from itil_strategy.tests.setup import COMPANY

ACCOUNT_ADDRESS = "service@provider.example.com"
# A Monday; the default working time is 09:00 to 17:00, without holidays.
MONDAY = "2026-03-02"


class FeedbackTestCase(SiteTestCase):
	"""A site with an account to send from; mail stays in the queue."""

	def setUp(self):
		super().setUp()
		self.account = make_email_account()
		self.addCleanup(forget_accounts)


def make_contact(customer: str, email: str | None = None, user: str | None = None) -> str:
	"""A contact of the customer with the address; answers its name."""
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": unique("Contact"),
			"user": user,
			"links": [{"link_doctype": "Customer", "link_name": customer}],
		}
	)
	if email:
		contact.append("email_ids", {"email_id": email, "is_primary": 1})
	return contact.insert(ignore_permissions=True).name


def make_customer_user(*customers: str) -> str:
	"""A user of the customers on the portal."""
	user = make_user("Customer")
	for customer in customers:
		make_contact(customer, user=user)
	return user


def make_feedback(**values):
	"""A complaint of a new customer about a new service."""
	if "customer" not in values:
		values["customer"] = make_customer(unique("Customer")).name
	if "it_service" not in values:
		values["it_service"] = make_service().name
	return frappe.get_doc(
		{
			"doctype": "Service Feedback",
			"subject": "Mail is slow",
			"what_happened": "Every morning it takes minutes.",
			**values,
		}
	).insert()


def make_case(**values):
	"""A complaint with an owner, a relationship manager, a customer and a contact; answers them by name."""
	case = frappe._dict(
		owner=make_user(SERVICE_OWNER),
		manager=make_user(RELATIONSHIP_MANAGER),
		address=f"{unique('ann')}@customer.example.com".lower(),
		customer=make_customer(unique("Customer")).name,
	)
	case.contact = make_contact(case.customer, case.address)
	case.service = make_service(service_owner=case.owner).name
	case.doc = make_feedback(
		**{"customer": case.customer, "contact": case.contact, "it_service": case.service, **values}
	)
	return case


def make_employee(user: str, reports_to: str | None = None) -> str:
	"""An active employee who logs in as the user."""
	return (
		frappe.get_doc(
			{
				"doctype": "Employee",
				"first_name": unique("Employee"),
				"gender": "Other",
				"date_of_birth": "1980-01-01",
				"date_of_joining": "2020-01-01",
				"company": COMPANY,
				"status": "Active",
				"user_id": user,
				"create_user_permission": 0,
				"reports_to": reports_to,
			}
		)
		.insert(ignore_permissions=True)
		.name
	)


def make_email_account(port: int = 25, **values):
	"""The account that sends and receives for the site."""
	account = frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": unique("Account"),
			"email_id": ACCOUNT_ADDRESS,
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"smtp_port": port,
			"no_smtp_authentication": 1,
			"awaiting_password": 0,
			**values,
		}
	)
	account.flags.ignore_validate = True
	account.insert(ignore_permissions=True)
	forget_accounts()
	return account


def forget_accounts() -> None:
	"""Frappe remembers within a request which account sends."""
	frappe.local.outgoing_email_account = {}


def respond_and_close(doc, findings: str = "The index was rebuilt at night"):
	"""The shortest way to the end."""
	doc.respond("We moved the job.", "Phone")
	doc.findings = findings
	doc.save()
	doc.close()
	return doc


def mails_to(address: str) -> list:
	"""Queued e-mails to the address, oldest first."""
	names = frappe.get_all(
		"Email Queue Recipient", {"recipient": address}, pluck="parent", order_by="creation asc"
	)
	return [frappe.get_doc("Email Queue", name) for name in dict.fromkeys(names)]


def notified(doc) -> list[tuple[str, str]]:
	"""Who was told what about the record."""
	return frappe.get_all(
		"Notification Log",
		{"document_type": doc.doctype, "document_name": doc.name, "type": "Alert"},
		["for_user", "subject"],
		order_by="creation asc, for_user asc",
		as_list=True,
	)


def todos(doc) -> list[tuple[str, str]]:
	"""Assignments of the record: who and in which state."""
	return sorted(
		frappe.get_all(
			"ToDo",
			{"reference_type": doc.doctype, "reference_name": doc.name},
			["allocated_to", "status"],
			as_list=True,
		)
	)
