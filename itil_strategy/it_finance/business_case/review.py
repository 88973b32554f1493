"""What a case must have to be reviewed, to get its funds and to be approved (FM-6, FM-7, FM-16)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate, strip_html

from itil_strategy.domain.case_figures import option_figures
from itil_strategy.domain.case_model import CaseModel
from itil_strategy.domain.case_policy import approval_limit, find_breaches
from itil_strategy.exceptions import BusinessCaseError, CasePolicyError, OwnCaseError
from itil_strategy.it_finance.business_case import funds
from itil_strategy.it_finance.business_case.figures import spend_of
from itil_strategy.it_finance.business_case.model import doing_nothing
from itil_strategy.it_finance.business_case.policy import load_settings
from itil_strategy.it_finance.business_case.rules import writers_of
from itil_strategy.it_finance.business_case.spend import planned_spend
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.text import as_html, bold
from itil_strategy.utils.translation import translate

SECTIONS = {
	"introduction": "Introduction",
	"methods": "Methods and Assumptions",
	"impacts": "Business Impacts",
	"contingencies": "Risks and Contingencies",
	"recommendation": "Recommendations",
}


def validate_complete(case: Document, model: CaseModel) -> None:
	"""All five sections, assumptions, an option beside doing nothing, flows and a recommendation."""
	missing = [
		_("the section {0}").format(bold(_(label)))
		for field, label in SECTIONS.items()
		if not strip_html(case.get(field) or "").strip()
	]
	if not case.assumptions:
		missing.append(_("assumptions"))
	if not doing_nothing(case):
		missing.append(_("an option marked as doing nothing"))
	if len(case.options) < 2:
		missing.append(_("an option to do something"))
	if not case.flows:
		missing.append(_("cash flows"))
	if not case.recommended_option:
		missing.append(bold(_("Recommended Option")))
	elif not any(line.option == case.recommended_option for line in model.lines):
		missing.append(_("cash flows of the recommended option {0}").format(bold(case.recommended_option)))
	if missing:
		frappe.throw(
			_("The case is incomplete. Missing: {0}. Fill them in first.").format("; ".join(missing)),
			BusinessCaseError,
			title=_("Incomplete"),
		)


def validate_still_valid(case: Document) -> None:
	if getdate(case.valid_until) < getdate():
		frappe.throw(
			_("The case was valid until {0}. Check its figures and enter a later {1}.").format(
				formatdate(case.valid_until), bold(_("Valid Until"))
			),
			BusinessCaseError,
			title=_("Out of Date"),
		)


def judge_funds(case: Document, model: CaseModel) -> None:
	"""The funds cover the planned spend of every fiscal year; the evidence is kept on the case."""
	validate_years(case, model)
	funds.judge(case, spend_of(case))


def reserve_funds(case: Document, model: CaseModel) -> None:
	"""They still do, under a lock, and are set aside."""
	validate_years(case, model)
	funds.reserve(case, spend_of(case))


def validate_years(case: Document, model: CaseModel) -> None:
	"""A year that does not exist yet cannot be funded."""
	_spend, uncovered = planned_spend(case, model, case.recommended_option)
	if uncovered:
		frappe.throw(
			_("No fiscal year of {0} covers the spend of {1}. Create it, with its budget, first.").format(
				bold(case.company), formatdate(uncovered[0], "MM-yyyy")
			),
			BusinessCaseError,
			title=_("Fiscal Year Missing"),
		)


def validate_policy(case: Document, model: CaseModel) -> None:
	"""Hurdle rate, longest payback, capitalisation threshold; then the amount that this user may approve."""
	settings = load_settings()
	figures = option_figures(model, case.recommended_option)
	breaches = find_breaches(settings.policy, model, figures, bool(case.is_mandatory))
	if breaches:
		frappe.throw(
			_("The case breaks the financial policy: {0}").format(
				" ".join(as_html(translate(text)) for text in breaches)
			),
			CasePolicyError,
			title=_("Financial Policy"),
		)
	validate_approval_limit(case)


def validate_approval_limit(case: Document) -> None:
	may, most = approval_limit(
		load_settings().policy.limits, case.company, frappe.get_roles(frappe.session.user)
	)
	if not may:
		frappe.throw(
			_("Your roles have no approval limit for {0}. Ask somebody who has one.").format(
				bold(case.company)
			),
			CasePolicyError,
			title=_("Approval Limit"),
		)
	if most is not None and to_decimal(case.total_spend) > most:
		frappe.throw(
			_("You may approve up to {0}; the case plans {1}. Ask somebody with a higher limit.").format(
				frappe.format(float(most), {"fieldtype": "Currency", "options": case.currency}),
				frappe.format(case.total_spend, {"fieldtype": "Currency", "options": case.currency}),
			),
			CasePolicyError,
			title=_("Approval Limit"),
		)


def refuse_own_case(case: Document) -> None:
	"""Whoever wrote a case or a part of it, owns it or sent it to review is no judge of it."""
	if frappe.session.user in (case.owner, case.case_owner, case.submitted_by, *writers_of(case)):
		frappe.throw(
			_("{0} is your own case. Ask somebody else to approve it.").format(bold(case.name)),
			OwnCaseError,
			title=_("Own Case"),
		)
