"""Write a need, as a draft or to submit it."""

from urllib.parse import quote

import frappe
from frappe import _

from itil_strategy.portal.catalogue import get_choices
from itil_strategy.portal.needs import get_need, save_need, submit_need
from itil_strategy.portal.page import HOME, is_post, open_page, read_form, redirect, submit

no_cache = 1
sitemap = 0
FIELDS = (
	"name",
	"need_title",
	"wanted_outcome",
	"it_service",
	"service_offering",
	"units_per_month",
	"needed_from",
	"needed_to",
)


def get_context(context):
	open_page(context, f"{HOME}/needs", _("Raise a Need"), fill)
	return context


def fill(context) -> None:
	context.entered = read_form(*FIELDS)
	if is_post():
		submit(context, save)
	elif context.entered["name"]:
		need = get_need(context.entered["name"])
		if not need["is_draft"]:
			redirect(_address(need["name"]))
		context.entered = {**need, "units_per_month": need["units"]}
	context.choices = get_choices()


def save() -> str:
	entered = read_form(*FIELDS)
	name = save_need(**entered)
	if frappe.form_dict.get("step") != "submit":
		return f"{_address(name)}&done=saved"
	submit_need(name)
	return f"{_address(name)}&done=submitted"


def _address(name: str) -> str:
	return f"{HOME}/need?name={quote(name)}"
