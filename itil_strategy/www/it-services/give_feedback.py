"""Give a complaint, a compliment or a suggestion."""

from urllib.parse import quote

from frappe import _

from itil_strategy.domain.feedback import NATURES, SEVERITIES
from itil_strategy.portal.catalogue import get_choices
from itil_strategy.portal.feedback import give_feedback
from itil_strategy.portal.page import HOME, is_post, open_page, read_form, submit

no_cache = 1
sitemap = 0
FIELDS = (
	"nature",
	"subject",
	"what_happened",
	"severity",
	"remedy_sought",
	"it_service",
	"service_offering",
)


def get_context(context):
	open_page(context, f"{HOME}/feedback", _("Give Feedback"), fill)
	return context


def fill(context) -> None:
	context.entered = read_form(*FIELDS)
	if is_post():
		submit(context, send)
	context.update({"choices": get_choices(), "natures": NATURES, "severities": SEVERITIES})


def send() -> str:
	return f"{HOME}/feedback-item?name={quote(give_feedback(**read_form(*FIELDS)))}&done=sent"
