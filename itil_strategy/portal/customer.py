"""For which customer somebody speaks in the portal: one at a time, checked on every request."""

import frappe
from frappe import _
from frappe.permissions import get_user_permissions

from itil_strategy.exceptions import CustomerNotChosenError
from itil_strategy.utils.customers import customers_of
from itil_strategy.utils.relationship_permissions import CUSTOMER, has_role

SESSION_KEY = "it_services_customer"


@frappe.whitelist()
def get_customers() -> dict:
	"""The customers to choose from, and the one that is chosen."""
	customers = own_customers()
	names = dict(
		frappe.get_all(
			"Customer", {"name": ("in", customers)}, ["name", "customer_name"], as_list=True, limit=0
		)
	)
	return {
		"customers": [{"customer": name, "customer_name": names.get(name) or name} for name in customers],
		"current": _chosen(customers),
	}


@frappe.whitelist(methods=["POST"])
def choose_customer(customer: str) -> str:
	"""Speak for the customer from now on, in this session; answers the customer."""
	if customer not in own_customers():
		frappe.throw(_("You are no contact of that customer."), frappe.PermissionError)
	frappe.session.data[SESSION_KEY] = customer
	session = getattr(frappe.local, "session_obj", None)
	if session and not frappe.flags.in_test:
		session.update(force=True)
	return customer


def own_customers() -> list[str]:
	"""Customers that the user may speak for. Raises PermissionError when there are none."""
	user = frappe.session.user
	customers = customers_of(user) if user != "Guest" and has_role(CUSTOMER, user) else []
	allowed = {
		row.get("doc")
		for row in get_user_permissions(user).get("Customer", [])
		if not row.get("applicable_for")
	}
	customers = [customer for customer in customers if not allowed or customer in allowed]
	if not customers:
		frappe.throw(
			_(
				"Your login belongs to no customer, so there is nothing to show: ask us to add you as a contact."
			),
			frappe.PermissionError,
			title=_("No Customer"),
		)
	return customers


def require_customer() -> str:
	"""The customer that the user speaks for.

	Raises PermissionError for who speaks for none, CustomerNotChosenError for who must choose first.
	"""
	customer = _chosen(own_customers())
	if not customer:
		frappe.throw(
			_("You are a contact of several customers. Choose the one you speak for."),
			CustomerNotChosenError,
			title=_("Choose a Customer"),
		)
	return customer


def _chosen(customers: list[str]) -> str | None:
	"""A choice lasts as long as the user is a contact of the customer."""
	if len(customers) == 1:
		return customers[0]
	chosen = frappe.session.data.get(SESSION_KEY) if frappe.session.data else None
	return chosen if chosen in customers else None
