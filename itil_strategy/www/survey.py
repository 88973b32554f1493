"""The response page of a survey: opened by the link of an invitation, without a login."""

import frappe

from itil_strategy.business_relationship.surveys.page import build_page

no_cache = 1
sitemap = 0


def get_context(context):
	"""GET shows, POST submits."""
	context.update(build_page(frappe.form_dict, frappe.request.method == "POST"))
	# Who is logged in by chance needs it; for guests there is none.
	context.form_token = frappe.session.data.csrf_token or ""
	context.no_breadcrumbs = 1
	return context
