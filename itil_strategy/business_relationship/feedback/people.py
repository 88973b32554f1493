"""Who is in charge of a feedback: named people, the service's owner, relationship managers, the owner's manager."""

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils.user import get_users_with_role

from itil_strategy.domain.feedback import COMPLIMENT
from itil_strategy.setup.roles import RELATIONSHIP_MANAGER

FEEDBACK = "Service Feedback"


def set_people(doc: Document) -> None:
	"""The owner of the service and the relationship manager, as the rules and the routing read them."""
	doc.service_owner = doc.it_service and frappe.db.get_value("IT Service", doc.it_service, "service_owner")
	manager = find_account_manager(doc.customer)
	managers = find_relationship_managers()
	if doc.relationship_manager not in managers:
		doc.relationship_manager = manager if manager in managers else _least_busy(managers)


def default_people(doc: Document) -> list[str]:
	"""A compliment: the person or the team named. Else the first of owner, account manager, relationship manager."""
	named = _named(doc) if doc.nature == COMPLIMENT else []
	if named:
		return named
	for user in routed_people(doc):
		if enabled([user]):
			return [user]
	return []


def routed_people(doc: Document) -> tuple[str | None, ...]:
	"""Among whom it is routed, in this order."""
	return doc.service_owner, find_account_manager(doc.customer), doc.relationship_manager


def people_in_charge(doc: Document) -> list[str]:
	"""Whoever is told when something happens; never nobody where there is a relationship manager."""
	return enabled([doc.assigned_to]) or enabled([doc.service_owner]) or find_relationship_managers()


def find_managers(service_owner: str | None) -> list[str]:
	"""Whom the owner reports to (Employee), else the relationship managers."""
	reports_to = service_owner and frappe.db.get_value(
		"Employee", {"user_id": service_owner, "status": "Active"}, "reports_to"
	)
	manager = reports_to and frappe.db.get_value("Employee", reports_to, "user_id")
	return enabled([manager]) or find_relationship_managers()


def find_account_manager(customer: str | None) -> str | None:
	return frappe.db.get_value("Customer", customer, "account_manager") if customer else None


def find_relationship_managers() -> list[str]:
	"""Enabled users with the role, by name."""
	return enabled(get_users_with_role(RELATIONSHIP_MANAGER))


def enabled(users: Iterable[str | None]) -> list[str]:
	"""The enabled ones of the users, by name."""
	names = [user for user in users if user]
	return (
		frappe.get_all("User", {"name": ("in", names), "enabled": 1}, pluck="name", order_by="name")
		if names
		else []
	)


def _named(doc: Document) -> list[str]:
	members = (
		frappe.get_all("User Group Member", {"parent": doc.team, "parenttype": "User Group"}, pluck="user")
		if doc.team
		else []
	)
	return enabled([doc.named_person]) or enabled(members)


def _least_busy(users: list[str]) -> str | None:
	"""The one with the fewest open assignments to feedback; by name where they are equal."""
	if not users:
		return None
	todo = frappe.qb.DocType("ToDo")
	load = dict(
		frappe.qb.from_(todo)
		.select(todo.allocated_to, Count("*"))
		.where((todo.reference_type == FEEDBACK) & (todo.status == "Open") & todo.allocated_to.isin(users))
		.groupby(todo.allocated_to)
		.run()
	)
	return min(users, key=lambda user: (load.get(user, 0), user))
