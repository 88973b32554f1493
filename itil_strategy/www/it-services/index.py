"""The service catalogue of the own customer."""

from frappe import _

from itil_strategy.portal.catalogue import get_catalogue
from itil_strategy.portal.page import HOME, open_page

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, HOME, _("Service Catalogue"), fill)
	return context


def fill(context) -> None:
	context.services = get_catalogue()
