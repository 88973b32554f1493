"""Who looks into a dispute: the service owner has it to do, and finance, who decides, knows of it.

To-dos are written directly: Frappe's own way of assigning mails at once, and a mailbox that does not work must
not keep a customer from disputing a charge.
"""

from html import unescape

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate
from frappe.utils.user import get_users_with_role

from itil_strategy.setup.roles import FINANCIAL_MANAGER
from itil_strategy.utils.notify import notify
from itil_strategy.utils.text import as_html, bold


def owner_of(service: str) -> str | None:
	"""The enabled owner of the service."""
	owner = frappe.db.get_value("IT Service", service, "service_owner")
	return owner if owner and frappe.db.get_value("User", owner, "enabled") else None


def route(dispute: Document) -> None:
	"""A to-do for whoever it is routed to, else for the financial managers; a notification for all of them."""
	managers = [user for user in get_users_with_role(FINANCIAL_MANAGER) if user != "Administrator"]
	doers = [dispute.routed_to] if dispute.routed_to else managers
	description = _("Dispute of {0} for {1}, {2}: {3}").format(
		as_html(dispute.customer),
		as_html(dispute.it_service),
		formatdate(dispute.usage_month, "MMMM YYYY"),
		as_html(unescape(dispute.reason)),
	)
	_end_todos(dispute, "Cancelled")
	for user in doers:
		frappe.get_doc(
			{
				"doctype": "ToDo",
				"allocated_to": user,
				"reference_type": dispute.doctype,
				"reference_name": dispute.name,
				"description": description,
				"assigned_by": frappe.session.user,
			}
		).insert(ignore_permissions=True)
	notify(
		dispute.doctype,
		dispute.name,
		_("{0} disputes a charge for {1}").format(bold(dispute.customer), bold(dispute.it_service)),
		{*doers, *managers},
	)


def close(dispute: Document) -> None:
	"""Nothing is left to do; who raised it hears of the outcome."""
	_end_todos(dispute, "Closed")
	notify(
		dispute.doctype,
		dispute.name,
		_("{0} was decided: {1}").format(bold(dispute.name), _(dispute.outcome)),
		[dispute.raised_by, dispute.routed_to],
	)


def _end_todos(dispute: Document, status: str) -> None:
	names = frappe.get_all(
		"ToDo",
		{"reference_type": dispute.doctype, "reference_name": dispute.name, "status": "Open"},
		pluck="name",
	)
	for name in names:
		todo = frappe.get_doc("ToDo", name)
		todo.status = status
		todo.save(ignore_permissions=True)
