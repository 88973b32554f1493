"""Who speaks for a customer: contacts with a user, and the account manager on our side."""

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe import STANDARD_USERS
from frappe.utils.user import get_users_with_role

from itil_strategy.setup.roles import RELATIONSHIP_MANAGER


def customers_of(user: str) -> list[str]:
	"""Customers whose contact the user is; an e-mail address in a contact makes nobody one."""
	if user in STANDARD_USERS:
		return []
	return sorted({customer for customer, _contact, _user in _contacts(user=user)})


def contact_of(user: str, customer: str) -> str | None:
	"""The user's contact at the customer."""
	return next((contact for name, contact, _user in _contacts(user=user) if name == customer), None)


def is_contact(contact: str, customer: str) -> bool:
	return any(name == contact for _customer, name, _user in _contacts(customers=[customer]))


def contact_users(customers: Iterable[str]) -> dict[str, set[str]]:
	"""Users who are contacts, per customer; one query."""
	users: dict[str, set[str]] = defaultdict(set)
	for customer, _contact, user in _contacts(customers=list(customers)):
		if user:
			users[customer].add(user)
	return users


def account_managers(customers: Iterable[str]) -> dict[str, str]:
	"""The account manager per customer that has one; one query."""
	return {
		row.name: row.account_manager
		for row in frappe.get_all(
			"Customer",
			{"name": ("in", [*customers, ""]), "account_manager": ("is", "set")},
			["name", "account_manager"],
			limit=0,
		)
	}


def relationship_managers(customer: str | None = None) -> list[str]:
	"""The account manager of the customer, else everybody with the role."""
	manager = account_managers([customer]).get(customer) if customer else None
	if manager and frappe.db.get_value("User", manager, "enabled"):
		return [manager]
	return get_users_with_role(RELATIONSHIP_MANAGER)


def _contacts(user: str | None = None, customers: list[str] | None = None) -> list[tuple]:
	"""(customer, contact, user of the contact)."""
	contact, link = frappe.qb.DocType("Contact"), frappe.qb.DocType("Dynamic Link")
	query = (
		frappe.qb.from_(contact)
		.inner_join(link)
		.on((link.parent == contact.name) & (link.parenttype == "Contact"))
		.select(link.link_name, contact.name, contact.user)
		.where(link.link_doctype == "Customer")
		.orderby(link.link_name, contact.name)
	)
	if user is not None:
		query = query.where(contact.user == user)
	if customers is not None:
		query = query.where(link.link_name.isin([*customers, ""]))
	return query.run()
