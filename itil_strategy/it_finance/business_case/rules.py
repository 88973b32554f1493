"""What a Business Case must satisfy on every save, one rule each; the controller calls them in their order."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, getdate

from itil_strategy.exceptions import BusinessCaseError, CaseStatusError, DateOrderError
from itil_strategy.it_finance.business_case.transitions import DRAFT, MANAGERS
from itil_strategy.it_finance.business_case.versions import inputs_of
from itil_strategy.utils.permissions import has_any_role
from itil_strategy.utils.text import bold


def set_variables(case: Document) -> None:
	"""Assumptions without a name are numbered."""
	for row in case.assumptions:
		row.variable = cstr(row.variable).strip()
	taken = {row.variable for row in case.assumptions}
	number = 0
	for row in case.assumptions:
		if row.variable:
			continue
		number += 1
		while f"A{number}" in taken:
			number += 1
		row.variable = f"A{number}"


def validate_links(case: Document) -> None:
	"""Need, service, cost center and dates fit together; one option is doing nothing."""
	validate_need(case)
	validate_obligation(case)
	validate_funding_line(case)
	if getdate(case.valid_until) < getdate(case.start_date):
		frappe.throw(
			_("{0} is before {1}. Correct one of them.").format(bold(_("Valid Until")), bold(_("Start"))),
			DateOrderError,
			title=_("Dates the Wrong Way Round"),
		)
	doing_nothing = [row.idx for row in case.options if row.is_doing_nothing]
	if len(doing_nothing) > 1:
		frappe.throw(
			_("Rows {0} and {1} are both marked as doing nothing. Keep one of them.").format(
				*doing_nothing[:2]
			),
			BusinessCaseError,
			title=_("Options"),
		)


def validate_need(case: Document) -> None:
	"""A need brings its service, and is for no other."""
	if not case.customer_need:
		return
	service = frappe.db.get_value("Customer Need", case.customer_need, "it_service")
	if service and not case.it_service:
		case.it_service = service
	elif service and service != case.it_service:
		frappe.throw(
			_("{0} is a need for {1}, not for {2}. Choose another need or service.").format(
				bold(case.customer_need), bold(service), bold(case.it_service)
			),
			BusinessCaseError,
			title=_("Customer Need"),
		)


def validate_obligation(case: Document) -> None:
	"""What is required need not pay: only with the law or contract that requires it."""
	if case.is_mandatory and not cstr(case.mandatory_basis).strip():
		frappe.throw(
			_("The case is marked as {0}. Fill in {1}: the law or the contract that requires it.").format(
				bold(_("Required by Law or Contract")), bold(_("Basis of the Obligation"))
			),
			BusinessCaseError,
			title=_("Basis Missing"),
		)


def validate_funding_line(case: Document) -> None:
	if not case.funding_cost_center:
		return
	company = frappe.db.get_value("Cost Center", case.funding_cost_center, "company")
	if company != case.company:
		frappe.throw(
			_("{0} belongs to {1}, the case to {2}. Choose a cost center of {2}.").format(
				bold(case.funding_cost_center), bold(company), bold(case.company)
			),
			BusinessCaseError,
			title=_("Funding Cost Center"),
		)


def validate_frozen(case: Document) -> None:
	"""What is reviewed stays as it is; only a draft is written."""
	before = case.get_doc_before_save()
	if not before or before.status == DRAFT:
		return
	validate_conditions(case, before)
	# The owner counts too: whose case it is decides who may not approve it.
	if inputs_of(before) != inputs_of(case) or before.case_owner != case.case_owner:
		frappe.throw(
			_("{0} is {1}: what is reviewed stays as it is. Return it to Draft to change it.").format(
				bold(case.name), bold(_(before.status))
			),
			CaseStatusError,
			title=_("Not Editable"),
		)


def note_writer(case: Document) -> None:
	"""Whoever changed what the case is judged by; none of them may approve it."""
	before = case.get_doc_before_save()
	if before and inputs_of(before) == inputs_of(case):
		return
	case.writers = "\n".join(dict.fromkeys([*writers_of(case), frappe.session.user]))


def writers_of(case: Document) -> list[str]:
	"""Names of the users, the first one first."""
	return cstr(case.writers).splitlines()


def validate_conditions(case: Document, before: Document) -> None:
	"""Conditions are the reviewers' to set once a case is with them."""
	if has_any_role({*MANAGERS, "System Manager"}, frappe.session.user):
		return
	if _conditions(before) != _conditions(case):
		frappe.throw(
			_("The conditions of {0} are set by those who approve it. Ask one of them.").format(
				bold(case.name)
			),
			CaseStatusError,
			title=_("Not Editable"),
		)


def _conditions(case: Document) -> list[tuple]:
	return [(row.condition, row.condition_owner or "", str(row.due_on or "")) for row in case.conditions]
