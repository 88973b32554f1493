"""What the portal's pages share: who looks, the way around, and forms that work without scripts."""

from collections.abc import Callable, Mapping

import frappe
from frappe import _
from frappe.sessions import get_csrf_token
from frappe.utils import cint, cstr

from itil_strategy.exceptions import CustomerNotChosenError, PortalFormError
from itil_strategy.portal.customer import get_customers, require_customer
from itil_strategy.utils.text import as_plain

HOME = "/it-services"
ROWS_PER_PAGE = 50
MOST_TEXT = 5000


def open_page(context, section: str, title: str, fill: Callable | None = None) -> None:
	"""Set what every page shows and call `fill` for the rest; a refusal is a sentence on the page."""
	context.update({"no_cache": 1, "no_breadcrumbs": 1, "title": title, "problems": [], "refusal": None})
	context.sections = [
		{"route": route, "label": label, "is_current": route == section} for route, label in _sections()
	]
	if frappe.session.user == "Guest":
		redirect(f"/login?redirect-to={section}")
	if is_post() and not frappe.session.data.csrf_token and not frappe.conf.ignore_csrf:
		# Frappe compares with nothing when the session has no token yet.
		frappe.throw(_("Invalid Request"), frappe.CSRFTokenError)
	context.form_token = get_csrf_token()
	try:
		if section != f"{HOME}/customer":
			context.customer = require_customer()
		offered = get_customers()
		context.customer_name = _name_of(offered, offered["current"])
		context.can_choose = len(offered["customers"]) > 1
		if fill:
			fill(context)
	except CustomerNotChosenError:
		frappe.clear_messages()
		redirect(f"{HOME}/customer")
	except frappe.PermissionError as error:
		_refuse(context, error, 403)
	except frappe.DoesNotExistError as error:
		_refuse(context, error, 404)


def is_post() -> bool:
	return bool(frappe.request) and frappe.request.method == "POST"


def submit(context, action: Callable[[], str]) -> None:
	"""Do what the form asks and go to the address it answers, or undo it and say what is wrong."""
	frappe.db.savepoint("portal_form")
	try:
		address = action()
	except PortalFormError as error:
		problems = [{"field": field, "sentence": text} for field, text in error.problems.items()]
	except (frappe.DoesNotExistError, frappe.PermissionError):
		frappe.db.rollback(save_point="portal_form")
		raise
	except frappe.ValidationError as error:
		problems = [{"field": None, "sentence": as_plain(cstr(error))}]
	else:
		redirect(address)
	frappe.db.rollback(save_point="portal_form")
	frappe.clear_messages()
	context.problems = problems


def redirect(address: str) -> None:
	"""303: what follows is a GET, so that reloading sends nothing twice."""
	frappe.flags.redirect_location = address
	raise frappe.Redirect(303)


def read_form(*fields: str) -> dict[str, str]:
	"""The fields as entered; nothing else that was sent is looked at."""
	form: Mapping = frappe.form_dict
	return {field: cstr(form.get(field)).strip() for field in fields}


def page_start() -> int:
	"""The first row of the asked page."""
	return max(cint(frappe.form_dict.get("page")) - 1, 0) * ROWS_PER_PAGE


def set_paging(context, rows: list) -> list:
	"""`rows` holds one more than a page when there is a next one."""
	number = page_start() // ROWS_PER_PAGE + 1
	context.previous_page = number - 1 if number > 1 else None
	context.next_page = number + 1 if len(rows) > ROWS_PER_PAGE else None
	return rows[:ROWS_PER_PAGE]


def _sections() -> tuple:
	return (
		(HOME, _("Catalogue")),
		(f"{HOME}/needs", _("Needs")),
		(f"{HOME}/charges", _("Charges")),
		(f"{HOME}/feedback", _("Feedback")),
	)


def _name_of(offered: dict, customer: str | None) -> str | None:
	return next(
		(row["customer_name"] for row in offered["customers"] if row["customer"] == customer), customer
	)


def _refuse(context, error: Exception, status: int) -> None:
	frappe.clear_messages()
	context.refusal = as_plain(cstr(error)) or _("You may not see this.")
	context.http_status_code = status
