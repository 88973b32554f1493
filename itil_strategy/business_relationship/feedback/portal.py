"""What a feedback knows of its sender when it does not come from our own people."""

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from itil_strategy.utils.customers import contact_of, customers_of


def fill_from_portal(doc: Document) -> None:
	"""Customer, contact, channel and time are not the writer's to choose."""
	user = frappe.session.user
	customers = customers_of(user)
	if not doc.customer and len(customers) == 1:
		doc.customer = customers[0]
	doc.contact = contact_of(user, doc.customer) if doc.customer else None
	doc.channel = "Portal"
	doc.received_on = now_datetime()


def fill_from_email(doc: Document) -> None:
	"""An e-mail to an account that appends to Service Feedback: the sender's contact tells the customer.

	A sender nobody knows leaves the customer empty for the relationship managers to fill in.
	"""
	doc.channel = "E-mail"
	doc.contact = doc.contact or frappe.db.get_value(
		"Contact Email", {"email_id": doc.sender_email, "parenttype": "Contact"}, "parent"
	)
	if doc.contact and not doc.customer:
		doc.customer = frappe.db.get_value(
			"Dynamic Link",
			{"parenttype": "Contact", "parent": doc.contact, "link_doctype": "Customer"},
			"link_name",
			order_by="idx asc",
		)
