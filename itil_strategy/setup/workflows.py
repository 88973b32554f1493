"""The workflow of Business Cases, which administrators may change: created once, never overwritten (FM-7)."""

import frappe

from itil_strategy.it_finance.business_case.transitions import DOCTYPE, DRAFT, STATES, STEPS
from itil_strategy.setup.roles import FINANCIAL_MANAGER, PORTFOLIO_MANAGER, SERVICE_OWNER

NAME = "Business Case Approval"
WRITERS = (PORTFOLIO_MANAGER, FINANCIAL_MANAGER, SERVICE_OWNER)


def create_workflows() -> None:
	"""Create the workflow, with the states and actions that are missing."""
	if frappe.db.exists("Workflow", {"document_type": DOCTYPE}):
		return
	for state, _docstatus, style in STATES:
		_ensure("Workflow State", state, workflow_state_name=state, style=style)
	for step in STEPS:
		_ensure("Workflow Action Master", step.action, workflow_action_name=step.action)
	frappe.get_doc(
		{
			"doctype": "Workflow",
			"workflow_name": NAME,
			"document_type": DOCTYPE,
			"workflow_state_field": "status",
			"is_active": 1,
			"send_email_alert": 0,
			"states": [
				{"state": state, "doc_status": str(docstatus), "allow_edit": role}
				for state, docstatus, _style in STATES
				for role in _editors(state)
			],
			"transitions": [
				{
					"state": step.state,
					"action": step.action,
					"next_state": step.next_state,
					"allowed": role,
					"allow_self_approval": 1,
				}
				for step in STEPS
				for role in step.roles
			],
		}
	).insert(ignore_permissions=True)


def delete_workflows() -> None:
	"""Delete all workflows of our records, and the states and actions that we made and nobody else uses."""
	for name in frappe.get_all("Workflow", {"document_type": DOCTYPE}, pluck="name"):
		frappe.delete_doc("Workflow", name, force=True, ignore_permissions=True)
	frappe.db.delete("Workflow Action", {"reference_doctype": DOCTYPE})
	for state, _docstatus, _style in STATES:
		_delete_unused("Workflow State", state, "Workflow Document State", "state")
	for action in {step.action for step in STEPS}:
		_delete_unused("Workflow Action Master", action, "Workflow Transition", "action")


def _editors(state: str) -> tuple[str, ...]:
	return WRITERS if state == DRAFT else (FINANCIAL_MANAGER, PORTFOLIO_MANAGER)


def _ensure(doctype: str, name: str, **values: str) -> None:
	if not frappe.db.exists(doctype, name):
		doc = frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
		doc.add_comment("Info", "itil_strategy")


def _delete_unused(doctype: str, name: str, rows: str, field: str) -> None:
	ours = frappe.db.exists(
		"Comment",
		{
			"reference_doctype": doctype,
			"reference_name": name,
			"comment_type": "Info",
			"content": "itil_strategy",
		},
	)
	if ours and not frappe.db.exists(rows, {field: name}):
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
