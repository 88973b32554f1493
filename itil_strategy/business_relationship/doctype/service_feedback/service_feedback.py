import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime, today

from itil_strategy.business_relationship.feedback import moves, verdict
from itil_strategy.business_relationship.feedback.clock import set_due_times
from itil_strategy.business_relationship.feedback.mail import send_acknowledgement
from itil_strategy.business_relationship.feedback.people import default_people, set_people
from itil_strategy.business_relationship.feedback.portal import fill_from_email, fill_from_portal
from itil_strategy.business_relationship.feedback.remedies import create_quality_action
from itil_strategy.business_relationship.feedback.routing import reassign, route, route_again
from itil_strategy.business_relationship.feedback.rules import (
	protect_state,
	refuse_delete,
	refuse_late_change_by_customer,
	validate_credit,
	validate_dates,
	validate_links,
)
from itil_strategy.business_relationship.feedback.service_level import give_priority
from itil_strategy.domain.feedback import (
	ACCEPT,
	ACKNOWLEDGED,
	CLOSED,
	COMPLIMENT,
	NEW,
	ON_HOLD,
	REOPEN,
	WAITING,
)
from itil_strategy.utils.guard import is_changed
from itil_strategy.utils.relationship_permissions import is_customer_only


class ServiceFeedback(Document):
	"""A complaint, a compliment or a suggestion, from its receipt to the customer's answer (BR-5, BR-6)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.feedback_action.feedback_action import FeedbackAction
		from itil_strategy.business_relationship.doctype.feedback_hold.feedback_hold import FeedbackHold

		acknowledged_on: DF.Datetime | None
		actions: DF.Table[FeedbackAction]
		answer_key_hash: DF.Data | None
		answered_on: DF.Datetime | None
		assigned_to: DF.Link | None
		breach_count: DF.Int
		breached_on: DF.Datetime | None
		channel: DF.Literal["Portal", "E-mail", "Phone", "Meeting", "Letter", "Survey", "Other"]
		clock_started_on: DF.Datetime | None
		closed_on: DF.Datetime | None
		contact: DF.Link | None
		credit_amount: DF.Currency
		credit_charge: DF.Link | None
		credit_correction: DF.Data | None
		credit_currency: DF.Link | None
		credit_requested_on: DF.Datetime | None
		credit_status: DF.Literal["", "Requested", "Credited"]
		customer: DF.Link
		customer_answer: DF.Literal["", "Accepted", "Reopened"]
		due_by: DF.Datetime | None
		escalate_by: DF.Datetime | None
		escalated_on: DF.Datetime | None
		escalated_to: DF.Link | None
		findings: DF.Text | None
		holds: DF.Table[FeedbackHold]
		hours_to_response: DF.Float
		in_time: DF.Check
		is_legal: DF.Check
		it_service: DF.Link | None
		last_response_on: DF.Datetime | None
		named_person: DF.Link | None
		naming_series: DF.Literal["FB-.YYYY.-.#####"]
		nature: DF.Literal["Complaint", "Compliment", "Suggestion"]
		quality_action: DF.Link | None
		raised_by: DF.Link | None
		received_on: DF.Datetime
		relationship_manager: DF.Link | None
		remedy: DF.Literal["None", "Credit", "Quality Action"]
		remedy_sought: DF.SmallText | None
		reopen_count: DF.Int
		responded_on: DF.Datetime | None
		response: DF.Text | None
		root_cause: DF.SmallText | None
		sender_email: DF.Data | None
		service_offering: DF.Link | None
		service_owner: DF.Link | None
		severity: DF.Literal["Critical", "High", "Medium", "Low"]
		status: DF.Literal["New", "Acknowledged", "In Progress", "On Hold", "Responded", "Reopened", "Closed"]
		subject: DF.Data
		target_hours: DF.Float
		team: DF.Link | None
		warn_by: DF.Datetime | None
		warned_on: DF.Datetime | None
		what_happened: DF.Text | None
	# end: auto-generated types

	def before_insert(self):
		self.raised_by = frappe.session.user
		if is_customer_only(frappe.session.user):
			fill_from_portal(self)
		elif self.sender_email:
			fill_from_email(self)
		# The form knows whole seconds only and would take the rest for a change.
		self.received_on = (get_datetime(self.received_on) or now_datetime()).replace(microsecond=0)

	def validate(self):
		protect_state(self)
		refuse_late_change_by_customer(self)
		validate_links(self)
		validate_dates(self)
		validate_credit(self)
		set_people(self)
		self.set_clock()
		give_priority(self)

	def before_save(self):
		self.stamp_done_actions()

	def after_insert(self):
		route(self)
		self.acknowledge_at_once()

	def on_update(self):
		self.route_to_named()
		self.route_to_new_owner()

	def on_trash(self):
		refuse_delete(self)

	def set_clock(self):
		"""The first round follows what it is measured by; later rounds start when the customer reopens."""
		if self.flags.written_by_app:
			return
		is_first_round = not self.reopen_count
		if is_first_round:
			self.clock_started_on = self.received_on
		if self.is_new() or (
			self.status in (*WAITING, ON_HOLD)
			and any(is_changed(self, fieldname) for fieldname in ("received_on", "nature", "severity"))
		):
			set_due_times(self)

	def stamp_done_actions(self):
		for row in self.actions:
			if row.is_done and not row.done_on:
				row.done_on = today()
			elif not row.is_done:
				row.done_on = None

	def acknowledge_at_once(self):
		"""By e-mail; where the customer has no address, it stays New until somebody tells the customer."""
		if self.status == NEW and send_acknowledgement(self):
			self.flags.written_by_app = True
			self.db_set({"status": ACKNOWLEDGED, "acknowledged_on": now_datetime()})
			self.flags.written_by_app = False

	def route_to_named(self):
		"""Somebody writes in later whom the compliment is about."""
		if self.nature == COMPLIMENT and self.status != CLOSED:
			if any(is_changed(self, fieldname) for fieldname in ("named_person", "team")):
				reassign(self, default_people(self))

	def route_to_new_owner(self):
		"""Another service has another owner; a legal complaint is the relationship manager's."""
		before = self.get_doc_before_save()
		if before and self.status != CLOSED:
			if any(is_changed(self, fieldname) for fieldname in ("it_service", "is_legal")):
				route_again(self, before)

	def show_stored(self):
		"""The copy in hand goes back to the caller, who may not be one who sees everything."""
		self.reload()
		self.apply_fieldlevel_read_permissions()

	@frappe.whitelist(methods=["POST"])
	def acknowledge(self):
		"""The customer was told in person that we have it."""
		moves.acknowledge(self.name)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def start_work(self):
		moves.start(self.name)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def hold(self, reason: str, held_from: str | None = None):
		"""Stop the clock."""
		moves.hold(self.name, reason, held_from)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def resume(self, held_until: str | None = None):
		"""Let the clock run again."""
		moves.resume(self.name, held_until)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def respond(self, message: str, medium: str = "E-mail"):
		"""Answer the customer."""
		moves.respond(self.name, message, medium)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def close(self):
		moves.close(self.name)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def accept_response(self, comment: str | None = None):
		"""The customer, or somebody who heard it, says that it is settled."""
		verdict.answer(self.name, ACCEPT, comment)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def reopen(self, comment: str | None = None):
		"""The customer, or somebody who heard it, says that it is not settled."""
		verdict.answer(self.name, REOPEN, comment)
		self.show_stored()

	@frappe.whitelist(methods=["POST"])
	def create_quality_action(self, corrective_preventive: str = "Corrective") -> str:
		"""A Quality Action for what was found, once; answers its name."""
		action = create_quality_action(self.name, corrective_preventive)
		self.show_stored()
		return action


def on_doctype_update():
	# Covers the complaints of many services over many months.
	frappe.db.add_index("Service Feedback", ["nature", "it_service", "received_on"], "complaints")
