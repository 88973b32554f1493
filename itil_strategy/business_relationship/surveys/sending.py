"""Send a wave of a survey (BR-7).

One lock for all surveys: of two that are sent at once the second sees whom the first asked, so that the
throttle holds across surveys. The unique key of invitations guards where no lock does.
"""

from collections import Counter
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate, now

from itil_strategy.business_relationship.surveys.audience import REASONS, Plan, plan_wave
from itil_strategy.business_relationship.surveys.links import hash_token, make_token
from itil_strategy.business_relationship.surveys.load import load_schedule
from itil_strategy.business_relationship.surveys.mail import require_outgoing_account, send_mail
from itil_strategy.exceptions import SurveyStateError
from itil_strategy.utils.jobs import enqueue
from itil_strategy.utils.locks import named_lock
from itil_strategy.utils.text import bold

DOCTYPE = "Satisfaction Survey"
SEND_JOB = "itil_strategy.business_relationship.surveys.sending.send_wave_job"
LOCK = "itil_strategy|surveys are sent"
LOCK_WAIT_SECONDS = 600
BATCH = 100
NAME_LENGTH = 20


def require_wave(survey: Document, today: date) -> date:
	"""The wave that is on; refused before the first one."""
	wave = load_schedule(survey, today).wave(today)
	if not wave:
		frappe.throw(
			_("{0} starts on {1}. Send it then, or change Starts On.").format(
				bold(survey.name), formatdate(survey.starts_on)
			),
			SurveyStateError,
			title=_("Not Started Yet"),
		)
	return wave


def preview_wave(survey: Document) -> dict:
	"""Counts of who would be invited today and who would not."""
	today = getdate()
	wave = require_wave(survey, today)
	return {"wave": wave, **plan_wave(survey, wave, today).counts()}


def enqueue_wave(survey: Document) -> None:
	"""Send in the background, as soon as this request is done."""
	require_wave(survey, getdate())
	require_outgoing_account()
	enqueue(SEND_JOB, DOCTYPE, survey.name)


def send_wave_job(name: str, user: str) -> None:
	"""In the background: all that is invited in a batch is committed with its e-mails, or nothing of it."""
	frappe.set_user(user)
	send_wave(name)
	frappe.publish_realtime("survey_sent", {"survey": name}, doctype=DOCTYPE, docname=name)


def send_wave(name: str, commit: bool = True) -> dict[str, int]:
	"""Invite everybody who is to be asked in the current wave and was not yet; answers the counts.

	Without `commit` the caller ends the transaction.
	"""
	require_outgoing_account()
	with named_lock(LOCK, LOCK_WAIT_SECONDS) as got:
		if not got:
			frappe.throw(
				_("Another survey is being sent. Send {0} again when it is done.").format(bold(name)),
				SurveyStateError,
			)
		if commit:
			# Else this connection would not see what the holder before has committed.
			frappe.db.commit()  # nosemgrep: a job of its own
		survey = frappe.get_doc(DOCTYPE, name)
		survey.require_state("Active")
		today = getdate()
		wave = require_wave(survey, today)
		plan = plan_wave(survey, wave, today)
		counts = Counter(plan.left_out)
		_invite(survey, wave, today, plan, counts, commit)
		_log_wave(survey, wave, counts)
		if commit:
			frappe.db.commit()  # nosemgrep: a job of its own
	return {reason: counts[reason] for reason in ("invited", *REASONS)}


def _invite(survey: Document, wave: date, today: date, plan: Plan, counts: Counter, commit: bool) -> None:
	names = service_names({service for _person, service in plan.invite if service})
	expires_on = load_schedule(survey).expires_on(today)
	for number, (person, service) in enumerate(plan.invite, start=1):
		name = frappe.generate_hash(length=NAME_LENGTH)
		invitation = frappe.get_doc(
			{
				"doctype": "Survey Invitation",
				"survey": survey.name,
				"wave": wave,
				"status": "Sent",
				"customer": person.customer,
				"contact": person.contact,
				"email": person.email,
				"it_service": service,
				"sent_on": today,
				"sent_month": today.replace(day=1),
				"expires_on": expires_on,
				"last_mail_on": today,
				"token_hash": hash_token(make_token(name)),
			}
		)
		counts[_invite_one(survey, invitation, name, names.get(service))] += 1
		if commit and number % BATCH == 0:
			frappe.db.commit()  # nosemgrep: invitations and their e-mails together


def _invite_one(survey: Document, invitation: Document, name: str, service_name: str | None) -> str:
	"""The record and its e-mail, or neither; answers what became of the person."""
	frappe.db.savepoint("invitation")
	try:
		invitation.insert(ignore_permissions=True, set_name=name)
	except frappe.UniqueValidationError:
		# Somebody sends the same wave at the same time, and was first.
		frappe.db.rollback(save_point="invitation")
		frappe.clear_last_message()
		return "known"
	queued = send_mail(survey, frappe._dict(invitation.as_dict(), service_name=service_name))
	if not queued:
		frappe.db.rollback(save_point="invitation")
		return "unsubscribed"
	invitation.db_set("email_queue", queued, update_modified=False)
	return "invited"


def service_names(services: set[str]) -> dict[str, str]:
	return dict(
		frappe.get_all(
			"IT Service",
			{"name": ("in", sorted(services) or [""])},
			["name", "service_name"],
			limit=0,
			as_list=True,
		)
	)


def _log_wave(survey: Document, wave: date, counts: Counter) -> None:
	"""A row per sending that reached anybody, or that was the first of its wave."""
	if not counts["invited"] and str(survey.last_wave or "") == str(wave):
		return
	row = survey.append(
		"waves",
		{
			"wave": wave,
			"sent_at": now(),
			"sent_by": frappe.session.user,
			"invited": counts["invited"],
			**{reason: counts[reason] for reason in REASONS},
		},
	)
	row.db_insert()
	survey.db_set("last_wave", wave)
