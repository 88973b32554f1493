"""Services that moved before stages were logged: their log starts with the stage they are in."""

import frappe
from frappe import _

from itil_strategy.service_portfolio.doctype.it_service.history import append_log


def execute():
	first = frappe.get_all("Service Pipeline Stage", pluck="name", order_by="stage_order asc", limit=1)
	logged = frappe.get_all(
		"Service Stage Log", {"parenttype": "IT Service"}, pluck="parent", distinct=True, limit=0
	)
	for service in frappe.get_all(
		"IT Service",
		{"stage": ("not in", [*first, ""]), "name": ("not in", [*logged, ""])},
		["name", "stage", "decision_state"],
		limit=0,
	):
		append_log(
			service.name,
			to_stage=service.stage,
			decision_state=service.decision_state or "Active",
			reason=_("In this stage before moves were logged"),
		)
