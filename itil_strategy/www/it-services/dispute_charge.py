"""Dispute one charge, or withdraw the dispute."""

from frappe import _

from itil_strategy.portal.charges import dispute_charge, get_charge, withdraw_dispute
from itil_strategy.portal.page import HOME, is_post, open_page, read_form, submit

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, f"{HOME}/charges", _("Dispute a Charge"), fill)
	return context


def fill(context) -> None:
	context.entered = read_form("charge", "reason", "comment", "step")
	context.charge = get_charge(context.entered["charge"])
	if is_post():
		submit(context, send)


def send() -> str:
	entered = read_form("charge", "reason", "comment", "step")
	if entered["step"] == "withdraw":
		withdraw_dispute(entered["charge"], entered["comment"])
	else:
		dispute_charge(entered["charge"], entered["reason"])
	return f"{HOME}/charges?done={entered['step']}"
