"""The page behind a link in a response: shows what the answer would be and asks before it is given."""

import frappe
from frappe import _

from itil_strategy.business_relationship.feedback.links import take_by_ticket
from itil_strategy.domain.feedback import REOPEN
from itil_strategy.exceptions import FeedbackReplyError

no_cache = 1
sitemap = 0


def get_context(context):
	context.no_cache = 1
	context.no_breadcrumbs = True
	context.title = _("Your Answer")
	context.ticket = frappe.safe_decode(frappe.request.query_string) if frappe.request else ""
	try:
		doc, answer = take_by_ticket(context.ticket)
	except FeedbackReplyError as error:
		frappe.clear_messages()
		context.problem = str(error)
		return context
	context.feedback = {"name": doc.name, "subject": doc.subject, "response": doc.response}
	context.is_reopening = answer == REOPEN
	return context
