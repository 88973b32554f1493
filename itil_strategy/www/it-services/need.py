"""One need of the own customer: where it stands, and the answer to its delivery."""

from urllib.parse import quote

import frappe
from frappe import _

from itil_strategy.portal.needs import confirm_delivery, get_need, reject_delivery
from itil_strategy.portal.page import HOME, is_post, open_page, read_form, submit

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, f"{HOME}/needs", _("Need"), fill)
	return context


def fill(context) -> None:
	entered = read_form("name", "reason")
	if is_post():
		submit(context, answer)
	context.need = get_need(entered["name"])
	context.title = context.need["need_title"]
	context.reason = entered["reason"]
	context.done = {
		"saved": _("The draft is saved. Submit it when it is complete."),
		"submitted": _("Your need is submitted. We tell you when we have looked at it."),
		"confirmed": _("Thank you, the delivery is confirmed."),
		"rejected": _("We have your answer and go on working on it."),
	}.get(frappe.form_dict.get("done"))


def answer() -> str:
	entered = read_form("name", "step", "reason")
	address = f"{HOME}/need?name={quote(entered['name'])}"
	if entered["step"] == "confirm":
		confirm_delivery(entered["name"])
		return f"{address}&done=confirmed"
	reject_delivery(entered["name"], entered["reason"])
	return f"{address}&done=rejected"
