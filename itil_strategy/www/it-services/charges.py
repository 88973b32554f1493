"""What the own customer is charged and promised."""

import frappe
from frappe import _
from frappe.utils import cint

from itil_strategy.portal.charges import get_charges, get_commitments
from itil_strategy.portal.page import HOME, open_page

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, f"{HOME}/charges", _("Charges and Commitments"), fill)
	return context


def fill(context) -> None:
	context.charges = get_charges(cint(frappe.form_dict.get("year")) or None)
	context.commitments = get_commitments()
	context.done = {
		"dispute": _("Thank you, we look into it. You see the outcome here."),
		"withdraw": _("The dispute is withdrawn."),
	}.get(frappe.form_dict.get("done"))
