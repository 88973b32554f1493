"""For whom a contact of several customers speaks."""

from frappe import _

from itil_strategy.exceptions import PortalFormError
from itil_strategy.portal.customer import choose_customer, get_customers
from itil_strategy.portal.page import HOME, is_post, open_page, read_form, submit

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, f"{HOME}/customer", _("Choose a Customer"), fill)
	return context


def fill(context) -> None:
	if is_post():
		submit(context, choose)
	context.update(get_customers())


def choose() -> str:
	customer = read_form("customer")["customer"]
	if not customer:
		raise PortalFormError({"customer": _("Choose one of the customers.")})
	choose_customer(customer)
	return HOME
