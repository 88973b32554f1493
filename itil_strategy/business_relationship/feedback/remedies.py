"""What is done for the customer, or so that it does not happen again."""

import frappe
from frappe import _
from frappe.utils import today

from itil_strategy.business_relationship.feedback.step import take
from itil_strategy.domain.feedback import NO_REMEDY, QUALITY_ACTION
from itil_strategy.exceptions import FeedbackStateError
from itil_strategy.utils.text import as_html, bold

KINDS = ("Corrective", "Preventive")


def create_quality_action(name: str, kind: str) -> str:
	"""ERPNext's Quality Action, linked from the feedback. Refused when there is one."""
	doc = take(name)
	if doc.quality_action:
		frappe.throw(
			_("{0} exists already. Add what is to be done there.").format(bold(doc.quality_action)),
			FeedbackStateError,
			title=_("Quality Action"),
		)
	if kind not in KINDS:
		frappe.throw(_("Choose one of {0}.").format(", ".join(KINDS)), FeedbackStateError)
	action = frappe.get_doc(
		{
			"doctype": "Quality Action",
			"corrective_preventive": kind,
			"date": today(),
			"resolutions": [
				{
					"problem": f"{doc.name} {doc.subject}\n{doc.findings or doc.what_happened or ''}",
					"resolution": as_html(doc.root_cause),
					"status": "Open",
					"responsible": doc.assigned_to,
				}
			],
		}
	).insert()
	doc.quality_action = action.name
	if doc.remedy in (None, "", NO_REMEDY):
		doc.remedy = QUALITY_ACTION
	doc.save()
	return action.name
