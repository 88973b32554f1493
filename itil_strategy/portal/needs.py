"""Needs of the own customer: raise one, follow it, confirm or reject what was delivered (BR-8)."""

from datetime import date
from decimal import Decimal, InvalidOperation

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from itil_strategy.domain.needs import DELIVERED, DRAFT
from itil_strategy.exceptions import NeedStateError, PortalFormError
from itil_strategy.portal.catalogue import get_choices
from itil_strategy.portal.customer import require_customer
from itil_strategy.portal.page import MOST_TEXT, ROWS_PER_PAGE
from itil_strategy.portal.words import day, moment, number, typed
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.text import bold, storable

NEED = "Customer Need"
MOST_TITLE = 140
MOST_UNITS = Decimal(10) ** 12
STEPS = (
	("submitted_on", "Submitted"),
	("assessed_on", "Assessed"),
	("accepted_on", "Accepted"),
	("declined_on", "Declined"),
	("delivery_started_on", "Delivery started"),
	("delivered_on", "Delivered"),
	("confirmed_on", "Confirmed by you"),
)


@frappe.whitelist()
def get_needs(start: int = 0) -> list[dict]:
	"""Needs of the own customer, newest first: one more than a page when there are further ones."""
	customer = require_customer()
	rows = frappe.get_list(
		NEED,
		{"customer": customer},
		["name", "need_title", "status", "it_service", "creation", "submitted_on"],
		order_by="creation desc, name desc",
		limit_start=max(start, 0),
		limit_page_length=ROWS_PER_PAGE + 1,
	)
	services = _service_names({row.it_service for row in rows})
	return [
		{
			"name": row.name,
			"need_title": typed(row.need_title),
			"status": row.status,
			"service_name": services.get(row.it_service, ""),
			"raised_on": day(row.submitted_on or row.creation),
		}
		for row in rows
	]


@frappe.whitelist()
def get_need(name: str) -> dict:
	"""One need of the own customer: what was asked, where it stands, and why it was declined."""
	need = own_need(name)
	offering = need.service_offering and frappe.db.get_value(
		"Service Offering", need.service_offering, ["offering_name", "uom"], as_dict=True
	)
	return {
		"name": need.name,
		"need_title": typed(need.need_title),
		"wanted_outcome": typed(need.wanted_outcome),
		"status": need.status,
		"it_service": need.it_service,
		"service_name": _service_names({need.it_service}).get(need.it_service, ""),
		"service_offering": need.service_offering,
		"offering_name": typed(offering.offering_name) if offering else "",
		"uom": offering.uom if offering else "",
		"units_per_month": number(need.units_per_month) if need.units_per_month else "",
		"units": f"{to_decimal(need.units_per_month):f}".removesuffix(".0") if need.units_per_month else "",
		"needed_from": cstr(need.needed_from),
		"needed_to": cstr(need.needed_to),
		"decline_reason": typed(need.decline_reason),
		"rejection_reason": typed(need.customer_rejection_reason),
		"rejected_count": need.rejected_count,
		"requirements": [
			{
				"topic": typed(row.topic),
				"statement": typed(row.statement),
				"acceptance_criterion": typed(row.acceptance_criterion),
				"moscow": row.moscow,
			}
			for row in need.requirements
		],
		"steps": [
			{"step": _(label), "on": moment(need.get(field))} for field, label in STEPS if need.get(field)
		],
		"is_draft": need.status == DRAFT,
		"is_delivered": need.status == DELIVERED,
	}


@frappe.whitelist(methods=["POST"])
def save_need(
	need_title: str,
	wanted_outcome: str,
	it_service: str = "",
	service_offering: str = "",
	units_per_month: str = "",
	needed_from: str = "",
	needed_to: str = "",
	name: str = "",
) -> str:
	"""Write a draft of the own customer, a new one or the named one; answers its name."""
	customer = require_customer()
	need = own_need(name) if name else frappe.get_doc({"doctype": NEED, "customer": customer})
	if name and need.status != DRAFT:
		frappe.throw(_("{0} is submitted and cannot be changed any more.").format(bold(name)), NeedStateError)
	problems: dict[str, str] = {}
	title = check_text(need_title, "need_title", _("Enter a title."), MOST_TITLE, problems)
	outcome = check_text(
		wanted_outcome, "wanted_outcome", _("Describe what you want to achieve."), MOST_TEXT, problems
	)
	if len(storable(title)) > MOST_TITLE:
		problems.setdefault("need_title", _("This is longer than {0} signs. Shorten it.").format(MOST_TITLE))
	need.update(
		{
			"need_title": storable(title),
			"wanted_outcome": storable(outcome),
			"needed_from": _day(needed_from, "needed_from", problems),
			"needed_to": _day(needed_to, "needed_to", problems),
			"units_per_month": _units(units_per_month, problems),
			**check_subject(it_service, service_offering, problems),
		}
	)
	if need.units_per_month and not need.service_offering and "units_per_month" not in problems:
		problems["units_per_month"] = _("Choose an offering: it says what is counted. Or leave this empty.")
	if need.needed_from and need.needed_to and need.needed_to < need.needed_from:
		problems["needed_to"] = _("This day is before the first one. Correct one of them.")
	if problems:
		raise PortalFormError(problems)
	need.save()
	return need.name


@frappe.whitelist(methods=["POST"])
def submit_need(name: str) -> str:
	"""Send the draft to us; answers its state."""
	need = own_need(name)
	need.submit_need()
	return need.status


@frappe.whitelist(methods=["POST"])
def confirm_delivery(name: str) -> str:
	"""The need is met; answers its state."""
	need = own_need(name)
	need.confirm()
	return need.status


@frappe.whitelist(methods=["POST"])
def reject_delivery(name: str, reason: str) -> str:
	"""The need is not met, and why; answers its state."""
	need = own_need(name)
	problems: dict[str, str] = {}
	reason = check_text(reason, "reason", _("Write down what is missing."), MOST_TEXT, problems)
	if problems:
		raise PortalFormError(problems)
	need.reject_delivery(storable(reason))
	return need.status


def own_need(name: str) -> Document:
	"""A need of the customer that the user speaks for; any other one does not exist for the user."""
	customer = require_customer()
	if not frappe.get_list(NEED, {"name": cstr(name), "customer": customer}, pluck="name", limit=1):
		frappe.throw(
			_("{0} is none of your needs.").format(bold(name)), frappe.DoesNotExistError, title=_("Not Found")
		)
	need = frappe.get_doc(NEED, name)
	need.check_permission("read")
	return need


def check_subject(service: str, offering: str, problems: dict[str, str]) -> dict[str, str | None]:
	"""Service and offering, out of the own catalogue."""
	choices = {row["service"]: {each["offering"] for each in row["offerings"]} for row in get_choices()}
	if offering and not service:
		service = next((name for name, offerings in choices.items() if offering in offerings), "")
	if service and service not in choices:
		problems["it_service"] = _("This service is not in your catalogue. Choose another one, or none.")
	if offering and offering not in choices.get(service, ()):
		problems["service_offering"] = _("This is no offering of the service. Choose another one, or none.")
	return {"it_service": service or None, "service_offering": offering or None}


def check_text(text: str, field: str, missing: str, most: int, problems: dict[str, str]) -> str:
	text = cstr(text).strip()
	if not text:
		problems[field] = missing
	elif len(text) > most:
		problems[field] = _("This is longer than {0} signs. Shorten it.").format(most)
	return text


def _day(text: str, field: str, problems: dict[str, str]) -> date | None:
	try:
		return date.fromisoformat(text) if text else None
	except ValueError:
		problems[field] = _("This is no day. Enter it as YYYY-MM-DD.")
		return None


def _units(text: str, problems: dict[str, str]) -> float:
	try:
		units = Decimal(cstr(text).strip() or 0)
	except InvalidOperation:
		units = Decimal("NaN")
	if not units.is_finite() or not 0 <= units <= MOST_UNITS:
		problems["units_per_month"] = _("Enter a number, 0 or more, with a point before decimals.")
		return 0
	return float(units)


def _service_names(services: set) -> dict[str, str]:
	rows = frappe.get_all(
		"IT Service",
		{"name": ("in", [name for name in services if name] or [""])},
		["name", "service_name"],
		limit=0,
	)
	return {row.name: typed(row.service_name) for row in rows}
