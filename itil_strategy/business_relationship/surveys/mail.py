"""The e-mails of a survey: the invitation and its reminders, queued in the transaction of the records."""

import html

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.model.document import Document
from frappe.utils import formatdate

from itil_strategy.business_relationship.surveys.links import make_link
from itil_strategy.exceptions import SurveyStateError


def require_outgoing_account() -> None:
	"""Refuse to send where the site cannot: before anything is written."""
	if not EmailAccount.find_outgoing(match_by_doctype="Satisfaction Survey"):
		frappe.throw(
			_("This site has no outgoing e-mail account. Set one up as default, then send the survey again."),
			SurveyStateError,
			title=_("E-Mail"),
		)


def send_mail(survey: Document, invitation: frappe._dict, is_reminder: bool = False) -> str | None:
	"""Queue one e-mail; answers the name of its queue record, or None when the address takes no mail of ours."""
	title = html.unescape(survey.survey_title)
	queued = frappe.sendmail(
		recipients=[invitation.email],
		subject=_("Reminder: {0}").format(title) if is_reminder else title,
		template="survey_invitation",
		args={
			"title": title,
			"introduction": html.unescape(survey.introduction or ""),
			"service_name": html.unescape(invitation.service_name or ""),
			"link": make_link(invitation.name),
			"expires_on": formatdate(invitation.expires_on),
			"is_reminder": is_reminder,
		},
		reference_doctype=survey.doctype,
		reference_name=survey.name,
		unsubscribe_message=_("Unsubscribe"),
	)
	return queued.name if queued else None
