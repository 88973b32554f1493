"""Feedback of the own customer."""

from frappe import _

from itil_strategy.portal.feedback import get_feedbacks
from itil_strategy.portal.page import HOME, open_page, page_start, set_paging

no_cache = 1
sitemap = 0


def get_context(context):
	open_page(context, f"{HOME}/feedback", _("Your Feedback"), fill)
	return context


def fill(context) -> None:
	context.feedbacks = set_paging(context, get_feedbacks(page_start()))
