"""Needs of the own customer."""

from frappe import _

from itil_strategy.portal.needs import get_needs
from itil_strategy.portal.page import HOME, open_page, page_start, set_paging

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, f"{HOME}/needs", _("Your Needs"), fill)
	return context


def fill(context) -> None:
	context.needs = set_paging(context, get_needs(page_start()))
