"""The statuses of a Business Case, and who moves it between them (FM-7, FM-16).

The same table makes the Workflow of a new site. Administrators may change the Workflow; what binds here is
that a status is reached by a transition of the active one, and in the order of this table.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow_name

from itil_strategy.exceptions import CaseStatusError
from itil_strategy.setup.roles import FINANCIAL_MANAGER, PORTFOLIO_MANAGER, SERVICE_OWNER
from itil_strategy.utils.text import bold

DRAFT, IN_REVIEW, FUNDS_SECURED = "Draft", "In Review", "Funds Secured"
APPROVED, REJECTED, LAPSED = "Approved", "Rejected", "Lapsed"
DOCTYPE = "Business Case"


@dataclass(frozen=True, slots=True)
class Step:
	"""A transition with its action and the roles that may take it."""

	state: str
	action: str
	next_state: str
	roles: tuple[str, ...]


MANAGERS = (PORTFOLIO_MANAGER, FINANCIAL_MANAGER)
STEPS = (
	Step(DRAFT, "Submit for Review", IN_REVIEW, (*MANAGERS, SERVICE_OWNER)),
	Step(IN_REVIEW, "Secure Funds", FUNDS_SECURED, (FINANCIAL_MANAGER,)),
	Step(IN_REVIEW, "Return", DRAFT, MANAGERS),
	Step(IN_REVIEW, "Reject", REJECTED, MANAGERS),
	Step(FUNDS_SECURED, "Approve", APPROVED, MANAGERS),
	Step(FUNDS_SECURED, "Return", DRAFT, MANAGERS),
	Step(FUNDS_SECURED, "Reject", REJECTED, MANAGERS),
	Step(REJECTED, "Rework", DRAFT, (*MANAGERS, SERVICE_OWNER)),
)
# (state, docstatus, style, who edits the draft in it)
STATES = (
	(DRAFT, 0, ""),
	(IN_REVIEW, 0, "Warning"),
	(FUNDS_SECURED, 0, "Primary"),
	(APPROVED, 1, "Success"),
	(REJECTED, 0, "Danger"),
	(LAPSED, 1, "Inverse"),
)


def moved_from(case: Document) -> str | None:
	"""The status that the case leaves with this save; None where it stays."""
	before = case.get_doc_before_save()
	old = before.status if before else DRAFT
	return old if case.status != old else None


def validate_transition(case: Document) -> None:
	"""A changed status was reached by a transition that this user may take, in the active workflow."""
	old = moved_from(case)
	if old is None:
		return
	possible = {step.next_state for step in STEPS if step.state == old}
	if case.status not in possible or not _is_permitted(case, old):
		frappe.throw(
			_("{0} cannot be moved from {1} to {2} by you now. Use the Actions of the form.").format(
				bold(case.name), bold(_(old)), bold(_(case.status))
			),
			CaseStatusError,
			title=_("Status"),
		)


def _is_permitted(case: Document, old: str) -> bool:
	workflow = get_workflow_name(DOCTYPE)
	if not workflow:
		frappe.throw(
			_(
				"No workflow for Business Cases is active, so no case can be moved. Activate one under Workflow."
			),
			CaseStatusError,
			title=_("No Workflow"),
		)
	before = case.get_doc_before_save()
	if before is None:
		return False
	return any(step["next_state"] == case.status for step in get_transitions(before))
