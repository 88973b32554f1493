"""When an approval ends: the figures moved beyond tolerance, the day is over, the budget was cut (FM-6, FM-7)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, formatdate, getdate, today

from itil_strategy.domain.case_policy import find_lapses
from itil_strategy.exceptions import BusinessCaseError, CaseStatusError
from itil_strategy.it_finance.business_case import funds
from itil_strategy.it_finance.business_case.figures import spend_of
from itil_strategy.it_finance.business_case.policy import load_settings
from itil_strategy.it_finance.business_case.refusals import sentence
from itil_strategy.it_finance.business_case.transitions import APPROVED, DOCTYPE, LAPSED
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.notify import notify
from itil_strategy.utils.text import bold


def lapse(case: Document, reason: str) -> None:
	"""End the approval, free its funds, tell those who are concerned."""
	case.db_set({"status": LAPSED, "lapsed_on": today(), "lapse_reason": reason})
	funds.release(case)
	case.add_comment("Info", _("Approval lapsed: {0}").format(escape_html(reason)))
	notify(
		DOCTYPE,
		case.name,
		_("The approval of {0} lapsed").format(bold(case.case_title)),
		(case.case_owner, case.owner, case.approved_by),
	)


def lapse_if_moved(case: Document) -> None:
	"""After a change of an approved case: beyond tolerance the approval is void."""
	if case.status != APPROVED:
		return
	reasons = find_lapses(
		to_decimal(case.approved_npv),
		to_decimal(case.npv),
		spend_of(case, "approved_spend"),
		spend_of(case),
		load_settings().tolerance,
	)
	if reasons:
		lapse(case, " ".join(sentence(text) for text in reasons))


def lapse_cases() -> None:
	"""Daily: approvals whose day is over, and those whose funds the budget no longer covers.

	A case that cannot be judged is logged and does not keep the others from their end.
	"""
	for name in frappe.get_all(DOCTYPE, {"status": APPROVED, "docstatus": 1}, pluck="name", order_by="name"):
		frappe.db.savepoint("lapse_case")
		try:
			_lapse_if_over(frappe.get_doc(DOCTYPE, name))
		except frappe.ValidationError:
			frappe.db.rollback(save_point="lapse_case")
			frappe.log_error(title="Business case not judged", reference_doctype=DOCTYPE, reference_name=name)


def _lapse_if_over(case: Document) -> None:
	if getdate(case.valid_until) < getdate():
		lapse(case, _("It was valid until {0}.").format(formatdate(case.valid_until)))
	elif shortfall := funds.find_shortfall(case, spend_of(case)):
		lapse(case, shortfall)


def withdraw(case: Document, reason: str) -> None:
	"""End an approval by hand."""
	if case.status != APPROVED:
		frappe.throw(
			_("{0} is not approved, so there is no approval to withdraw.").format(bold(case.name)),
			CaseStatusError,
			title=_("Not Approved"),
		)
	if not cstr(reason).strip():
		frappe.throw(
			_("Say why the approval is withdrawn: fill in the reason."), BusinessCaseError, title=_("Reason")
		)
	lapse(case, cstr(reason).strip())
