"""What the form of a Business Case asks the server for."""

import frappe
from frappe import _
from frappe.utils import add_months, today

from itil_strategy.exceptions import BusinessCaseError
from itil_strategy.it_finance.business_case.templates import TEMPLATES
from itil_strategy.it_finance.business_case.transitions import DOCTYPE, LAPSED, REJECTED
from itil_strategy.utils.text import bold

RENEWED_FOR_MONTHS = 6


@frappe.whitelist()
def get_templates() -> list[dict]:
	"""Names and purposes of the templates."""
	frappe.has_permission(DOCTYPE, "create", throw=True)
	return [{"name": name, "purpose": _(template["purpose"])} for name, template in TEMPLATES.items()]


@frappe.whitelist()
def get_template(template: str) -> dict:
	"""Fields and rows to fill a new case with."""
	frappe.has_permission(DOCTYPE, "create", throw=True)
	if template not in TEMPLATES:
		frappe.throw(
			_("There is no template {0}. Choose one of: {1}.").format(bold(template), ", ".join(TEMPLATES)),
			BusinessCaseError,
		)
	return TEMPLATES[template]["values"]


@frappe.whitelist(methods=["POST"])
def renew(business_case: str) -> str:
	"""A new draft from a case that lapsed or was rejected; answers its name."""
	case = frappe.get_doc(DOCTYPE, business_case)
	case.check_permission("read")
	frappe.has_permission(DOCTYPE, "create", throw=True)
	if case.status not in (LAPSED, REJECTED):
		frappe.throw(
			_("{0} is {1}. Only a case that lapsed or was rejected is renewed.").format(
				bold(case.name), bold(_(case.status))
			),
			BusinessCaseError,
		)
	new = frappe.copy_doc(case, ignore_no_copy=False)
	new.update(
		{
			"renews": case.name,
			"valid_until": add_months(today(), RENEWED_FOR_MONTHS),
			"case_owner": frappe.session.user,
			"start_date": max(str(case.start_date), today()),
		}
	)
	for row in (new, *new.get_all_children()):
		row.docstatus = 0
	new.set("versions", [])
	new.set("spend", [])
	return new.insert().name
