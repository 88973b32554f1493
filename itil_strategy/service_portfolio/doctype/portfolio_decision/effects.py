"""What a submitted decision does: the service moves, a successor opens, a retirement is withdrawn."""

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.domain.portfolio import BACK, OPENS_SUCCESSOR, Move
from itil_strategy.service_portfolio.doctype.it_service.history import record_move
from itil_strategy.service_portfolio.stages import load_stage_book

COPIED_FIELDS = (
	"service_type",
	"category",
	"service_owner",
	"investment_class",
	"value_proposition",
	"description",
)
COPIED_TABLES = {
	"companies": ("company", "provider_cost_center", "active"),
	"outcomes": ("strategic_objective", "contribution", "outcome", "evidence"),
	"dependencies": ("depends_on", "is_critical", "notes"),
	"conditions": ("condition", "details"),
	"entitled_customers": ("customer", "notes"),
}


def apply_decision(decision: Document, service_row: frappe._dict, move: Move) -> None:
	"""Carry out the decision; the caller holds the row lock of the service."""
	service = frappe.get_doc("IT Service", service_row.name)
	reason = "\n".join(filter(None, (decision.rationale, decision.deviation_reason)))
	record_move(service, move, decision, reason)
	if decision.outcome in OPENS_SUCCESSOR and not decision.successor:
		decision.db_set("successor", open_successor(decision, service))
	if decision.successor and decision.successor != service.successor:
		service.db_set("successor", decision.successor)
	if decision.outcome == BACK and move.from_stage == load_stage_book().leaving_stage:
		withdraw_retirement(service.name, decision.name)
	service.add_comment("Info", _("{0}: {1} → {2}").format(decision.name, move.from_stage, move.to_stage))


def open_successor(decision: Document, service: Document) -> str:
	"""A new service at the start of the pipeline that takes over what the old one is for."""
	successor = frappe.new_doc("IT Service")
	successor.service_code = decision.new_service_code or _free_code(service.name)
	successor.service_name = decision.new_service_name or _("{0} ({1})").format(
		service.service_name, _("new")
	)
	for fieldname in COPIED_FIELDS:
		successor.set(fieldname, service.get(fieldname))
	for table, fields in COPIED_TABLES.items():
		for row in service.get(table):
			successor.append(table, {field: row.get(field) for field in fields})
	if successor.service_owner and not frappe.db.get_value("User", successor.service_owner, "enabled"):
		successor.service_owner = None
	# Whoever may submit the decision may open the service that it decides.
	successor.insert(ignore_permissions=True)
	return successor.name


def withdraw_retirement(service: str, decision: str) -> None:
	"""Back in the catalogue: the plan to retire is withdrawn and the last day with it."""
	for name in frappe.get_all("Service Retirement", {"it_service": service, "docstatus": 1}, pluck="name"):
		retirement = frappe.get_doc("Service Retirement", name)
		retirement.flags.withdrawn_by = decision
		retirement.flags.ignore_permissions = True
		retirement.cancel()


def _free_code(code: str) -> str:
	"""The code with the first free number: MAIL-2, MAIL-3 …"""
	taken = set(frappe.get_all("IT Service", {"name": ("like", f"{code}-%")}, pluck="name", limit=0))
	number = 2
	while f"{code}-{number}" in taken:
		number += 1
	return f"{code}-{number}"
