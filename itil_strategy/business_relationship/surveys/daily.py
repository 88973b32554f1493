"""What happens to surveys every day: waves that are due, reminders, expiry, mails that were refused (BR-7)."""

from datetime import date

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, now

from itil_strategy.business_relationship.surveys.links import hash_token, make_token
from itil_strategy.business_relationship.surveys.load import load_schedule
from itil_strategy.business_relationship.surveys.mail import send_mail
from itil_strategy.business_relationship.surveys.sending import BATCH, DOCTYPE, SEND_JOB, service_names
from itil_strategy.utils.jobs import enqueue


def run_daily() -> None:
	"""In this order: what is over is not reminded, and nobody is asked anew before the old is closed.

	Each step is kept even if a later one fails.
	"""
	for step in (mark_undelivered, expire_invitations, send_reminders, send_due_waves):
		step()
		frappe.db.commit()  # nosemgrep: a job of its own


def send_due_waves() -> None:
	"""Queue every active survey whose current wave was not sent, or waits for contacts that were held back."""
	today = getdate()
	for name in frappe.get_all(
		DOCTYPE, {"state": "Active", "starts_on": ("<=", today)}, pluck="name", order_by="name"
	):
		if _is_due(frappe.get_doc(DOCTYPE, name), today):
			enqueue(SEND_JOB, DOCTYPE, name)


def _is_due(survey: Document, today: date) -> bool:
	schedule = load_schedule(survey)
	wave = schedule.wave(today)
	if str(survey.last_wave or "") != str(wave):
		return True
	held_back = bool(survey.waves) and survey.waves[-1].throttled
	return bool(held_back) and schedule.waits_for_throttled(today, wave)


def expire_invitations(survey: str | None = None) -> None:
	"""Those whose last day is over, or all open ones of a survey, once: they stay as "no answer"."""
	table = frappe.qb.DocType("Survey Invitation")
	query = (
		frappe.qb.update(table)
		.set(table.status, "Expired")
		.set(table.modified, now())
		.where(table.status == "Sent")
	)
	query.where(table.survey == survey if survey else table.expires_on < getdate()).run()


def mark_undelivered() -> None:
	"""Take over from the mail queue what the server refused; a later success takes it back."""
	table, queue = frappe.qb.DocType("Survey Invitation"), frappe.qb.DocType("Email Queue")
	for status, flag in (("Error", 1), ("Sent", 0)):
		(
			frappe.qb.update(table)
			.join(queue)
			.on(queue.name == table.email_queue)
			.set(table.is_undelivered, flag)
			.where(
				(queue.reference_doctype == DOCTYPE)
				& (queue.status == status)
				& (table.status == "Sent")
				& (table.is_undelivered != flag)
			)
		).run()


def send_reminders(commit: bool = True) -> int:
	"""Remind whoever is due today, and answer how many were."""
	today, reminded = getdate(), 0
	for name in frappe.get_all(DOCTYPE, {"state": "Active", "reminders": (">", 0)}, pluck="name"):
		survey = frappe.get_doc(DOCTYPE, name)
		due = _find_due(survey, today)
		services = service_names({row.it_service for row in due if row.it_service})
		for row in due:
			reminded += _remind(survey, row, services.get(row.it_service), today)
			if commit and reminded % BATCH == 0:
				frappe.db.commit()  # nosemgrep: the counts and their e-mails together
	return reminded


def _find_due(survey: Document, today: date) -> list[frappe._dict]:
	schedule = load_schedule(survey)
	rows = frappe.get_all(
		"Survey Invitation",
		{"survey": survey.name, "status": "Sent", "is_undelivered": 0, "last_mail_on": ("<", today)},
		["name", "email", "it_service", "last_mail_on", "reminders_sent", "expires_on"],
		order_by="email asc",
		limit=0,
	)
	return [
		row
		for row in rows
		if schedule.reminder_is_due(today, row.last_mail_on, row.reminders_sent, row.expires_on)
	]


def _remind(survey: Document, row: frappe._dict, service_name: str | None, today: date) -> bool:
	"""Count first: of two jobs, or a job and an answer, at the same time only one goes on."""
	table = frappe.qb.DocType("Survey Invitation")
	(
		frappe.qb.update(table)
		.set(table.reminders_sent, row.reminders_sent + 1)
		.set(table.last_mail_on, today)
		# The same as before, unless the secret of the site was changed.
		.set(table.token_hash, hash_token(make_token(row.name)))
		.where(
			(table.name == row.name)
			& (table.status == "Sent")
			& (table.reminders_sent == row.reminders_sent)
			& (table.last_mail_on == row.last_mail_on)
		)
	).run()
	if not frappe.db._cursor.rowcount:
		return False
	queued = send_mail(survey, frappe._dict(row, service_name=service_name), is_reminder=True)
	if queued:
		frappe.db.set_value("Survey Invitation", row.name, "email_queue", queued, update_modified=False)
	return bool(queued)
