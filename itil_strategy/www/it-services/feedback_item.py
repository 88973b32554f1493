"""One feedback of the own customer: our response, and the customer's answer to it."""

from urllib.parse import quote

import frappe
from frappe import _

from itil_strategy.portal.feedback import accept_response, get_feedback, reopen_feedback
from itil_strategy.portal.page import HOME, is_post, open_page, read_form, submit

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, f"{HOME}/feedback", _("Feedback"), fill)
	return context


def fill(context) -> None:
	entered = read_form("name", "comment")
	if is_post():
		submit(context, answer)
	context.feedback = get_feedback(entered["name"])
	context.title = context.feedback["subject"]
	context.comment = entered["comment"]
	context.done = {
		"sent": _("Thank you, we have it."),
		"accepted": _("Thank you, the response is accepted."),
		"reopened": _("We look at it again."),
	}.get(frappe.form_dict.get("done"))


def answer() -> str:
	entered = read_form("name", "step", "comment")
	address = f"{HOME}/feedback-item?name={quote(entered['name'])}"
	if entered["step"] == "accept":
		accept_response(entered["name"])
		return f"{address}&done=accepted"
	reopen_feedback(entered["name"], entered["comment"])
	return f"{address}&done=reopened"
