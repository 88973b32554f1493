import frappe
from frappe.model.document import Document


class SurveyInvitation(Document):
	"""Who was asked in which wave of a survey. Written by sending and answering; never edited.

	The link is not stored, only its hash: who reads this record cannot answer.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		answered_on: DF.Datetime | None
		contact: DF.Link | None
		customer: DF.Link | None
		email: DF.Data
		email_queue: DF.Data | None
		expires_on: DF.Date
		is_undelivered: DF.Check
		it_service: DF.Link | None
		last_mail_on: DF.Date
		reminders_sent: DF.Int
		sent_month: DF.Date | None
		sent_on: DF.Date
		status: DF.Literal["Sent", "Answered", "Expired"]
		survey: DF.Link
		token_hash: DF.Data | None
		wave: DF.Date
	# end: auto-generated types


def on_doctype_update():
	# Whatever sends at the same time: nobody is asked twice in a wave.
	frappe.db.add_unique("Survey Invitation", ["survey", "wave", "email"], "asked_once")
	# The order of the list; Frappe has an index of its own for `modified` alone.
	frappe.db.add_index("Survey Invitation", ["creation", "name"], "newest_first")
	frappe.db.add_index("Survey Invitation", ["email", "sent_on"], "last_asked")
	frappe.db.add_index("Survey Invitation", ["status", "survey", "last_mail_on"], "reminders_due")
	frappe.db.add_index("Survey Invitation", ["status", "expires_on"], "expiry_due")
	# Cover the report by service and by customer, as the indexes of the responses do.
	frappe.db.add_index(
		"Survey Invitation",
		["sent_month", "it_service", "customer", "survey", "status", "is_undelivered"],
		"asked_in_month",
	)
	frappe.db.add_index(
		"Survey Invitation",
		["sent_month", "customer", "status", "is_undelivered"],
		"customers_asked_in_month",
	)
