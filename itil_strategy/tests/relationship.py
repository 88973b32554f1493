"""Make documents of business relationships for tests."""

import frappe
from frappe.utils import now_datetime

from itil_strategy.domain.needs import DRAFT
from itil_strategy.tests.factories import make_user, unique

SCORE = {"value": 80, "time_criticality": 50, "risk_reduction": 40, "size": 10}
CUSTOMER = "Harbour GmbH"
# The steps to each state.
WAY = {
	"Draft": (),
	"Submitted": ("submit_need",),
	"Assessed": ("submit_need", "assess"),
	"Accepted": ("submit_need", "assess", "accept"),
	"In Delivery": ("submit_need", "assess", "accept", "start_delivery"),
	"Delivered": ("submit_need", "assess", "accept", "start_delivery", "deliver"),
}


def make_topic(name: str | None = None) -> str:
	topic = name or unique("Topic")
	if not frappe.db.exists("Requirement Topic", topic):
		frappe.get_doc({"doctype": "Requirement Topic", "topic_name": topic}).insert(ignore_permissions=True)
	return topic


def make_need(service=None, status: str = DRAFT, score: dict | None = None, wishes=(), **values):
	"""A need of the customer, taken to the state step by step; wishes are (topic, MoSCoW[, excludes])."""
	rows = [
		{
			"topic": make_topic(topic),
			"moscow": moscow,
			"exclusive_with": make_topic(excludes[0]) if excludes else None,
			"statement": f"{topic} {moscow}",
		}
		for topic, moscow, *excludes in wishes
	]
	need = frappe.get_doc(
		{
			"doctype": "Customer Need",
			"need_title": unique("Need"),
			"customer": CUSTOMER,
			"wanted_outcome": "Invoices within a day",
			"it_service": service.name if service else None,
			"requirements": rows,
			**values,
		}
	).insert()
	for step in WAY[status]:
		getattr(need, step)(**(score or SCORE if step == "assess" else {}))
	return need


def make_contact(customer: str, user: str | None = None) -> str:
	"""A contact of the customer, with its user in the portal; answers the contact."""
	contact = frappe.get_doc({"doctype": "Contact", "first_name": unique("Ann"), "user": user})
	contact.append("links", {"link_doctype": "Customer", "link_name": customer})
	return contact.insert(ignore_permissions=True).name


def make_portal_user(*customers: str) -> str:
	"""A portal user who is a contact of the customers; answers the user."""
	user = make_user("Customer")
	frappe.db.set_value("User", user, "user_type", "Website User")
	for customer in customers:
		make_contact(customer, user)
	return user


def mediations_of(*needs) -> list[frappe._dict]:
	"""Mediations in which all of the needs are parties."""
	parties = frappe.get_all(
		"Mediation Party",
		{"customer_need": ("in", [need.name for need in needs])},
		["parent", "customer_need"],
	)
	names = [row.parent for row in parties]
	wanted = sorted({name for name in names if names.count(name) == len(needs)})
	return [frappe.get_doc("Requirement Mediation", name) for name in wanted]


def settle(mediation, decision: str = "First one, then the other", **values):
	"""Write a decision and the answers of all parties; the mediation is still open."""
	mediation.reload()
	mediation.decision = decision
	mediation.update(values)
	for row in mediation.parties:
		row.answer = "Accepted"
	mediation.save()
	return mediation


def backdate(need, **days) -> None:
	"""Let the need be older than it is."""
	values = {field: frappe.utils.add_to_date(now_datetime(), days=-count) for field, count in days.items()}
	frappe.db.set_value("Customer Need", need.name, values, update_modified=False)
