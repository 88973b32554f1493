import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime, today

from itil_strategy.business_relationship.feedback import moves
from itil_strategy.business_relationship.feedback.clock import set_due_times
from itil_strategy.business_relationship.feedback.mail import send_acknowledgement
from itil_strategy.business_relationship.feedback.order import check_order
from itil_strategy.business_relationship.feedback.people import default_people, set_people
from itil_strategy.business_relationship.feedback.portal import fill_from_email, fill_from_portal
from itil_strategy.business_relationship.feedback.remedies import create_quality_action
from itil_strategy.business_relationship.feedback.routing import reassign, route
from itil_strategy.domain.feedback import (
	ACCEPT,
	ACKNOWLEDGED,
	CLOSED,
	COMPLIMENT,
	CREDIT,
	NEW,
	ON_HOLD,
	REOPEN,
	WAITING,
)
from itil_strategy.exceptions import FeedbackStateError, ServiceStrategyError
from itil_strategy.utils.guard import is_changed, protect_job_fields
from itil_strategy.utils.permissions import is_contact_linked, is_only_customer
from itil_strategy.utils.text import as_html, bold

# Written by the steps and jobs only.
APP_FIELDS = (
	"status",
	"acknowledged_on",
	"due_by",
	"clock_started_on",
	"warn_by",
	"escalate_by",
	"target_hours",
	"warned_on",
	"breached_on",
	"breach_count",
	"escalated_to",
	"escalated_on",
	"holds",
	"assigned_to",
	"response",
	"responded_on",
	"last_response_on",
	"hours_to_response",
	"in_time",
	"customer_answer",
	"answered_on",
	"reopen_count",
	"closed_on",
	"credit_status",
	"credit_requested_on",
	"credit_correction",
	"answer_key_hash",
)
# Fixed once finance was asked.
CREDIT_FIELDS = ("remedy", "credit_amount", "credit_currency", "credit_charge")
# Fixed once a response was measured.
MEASURED_FIELDS = ("received_on",)
# What a customer cannot change after sending it, and what only until work starts.
CUSTOMER_FIXED = (
	"customer",
	"nature",
	"severity",
	"is_legal",
	"received_on",
	"channel",
	"it_service",
	"service_offering",
)
CUSTOMER_WORDS = ("subject", "what_happened", "remedy_sought", "contact")


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
		if is_only_customer(frappe.session.user):
			fill_from_portal(self)
		elif self.sender_email:
			fill_from_email(self)

	def validate(self):
		self.protect_state()
		self.refuse_late_change_by_customer()
		self.validate_links()
		self.validate_dates()
		self.validate_credit()
		set_people(self)
		self.set_clock()

	def before_save(self):
		self.stamp_done_actions()

	def after_insert(self):
		route(self)
		self.acknowledge_at_once()

	def on_update(self):
		self.route_to_named()

	def on_trash(self):
		self.refuse_delete()

	def protect_state(self):
		"""The steps move the record; a form, an import or a REST call cannot (BR-5)."""
		if not self.flags.written_by_app:
			protect_job_fields(self, APP_FIELDS, FeedbackStateError)
			self.refuse_change(MEASURED_FIELDS if self.responded_on else (), _("a response was given"))
			self.refuse_change(
				CREDIT_FIELDS if self.credit_status else (), _("finance was asked for the credit")
			)

	def refuse_late_change_by_customer(self):
		"""A customer may correct the own words until work starts, and nothing that decides who does what when."""
		if self.flags.written_by_app or not is_only_customer(frappe.session.user):
			return
		self.refuse_change(CUSTOMER_FIXED, _("we have it"))
		if self.status not in (NEW, ACKNOWLEDGED):
			self.refuse_change(CUSTOMER_WORDS, _("we work on it"))

	def refuse_change(self, fieldnames: tuple[str, ...], reason: str):
		for fieldname in fieldnames:
			if is_changed(self, fieldname):
				frappe.throw(
					_(
						"{0} cannot be changed any more, because {1}. Write a comment or a reply instead."
					).format(bold(_(self.meta.get_label(fieldname))), reason),
					FeedbackStateError,
					title=_("Already Under Way"),
				)

	def validate_links(self):
		if self.contact and self.customer and not is_contact_linked(self.contact, self.customer):
			self.refuse(
				"contact", _("{0} is no contact of {1}.").format(bold(self.contact), bold(self.customer))
			)
		if not self.service_offering:
			return
		service = frappe.db.get_value("Service Offering", self.service_offering, "it_service")
		if not self.it_service:
			self.it_service = service
		elif self.it_service != service:
			self.refuse(
				"service_offering",
				_("{0} is an offering of {1}.").format(bold(self.service_offering), bold(service)),
			)

	def validate_dates(self):
		label = _(self.meta.get_label("received_on"))
		check_order(label, self.received_on, _("Now"), now_datetime())
		check_order(label, self.received_on, _(self.meta.get_label("responded_on")), self.responded_on)
		for row in self.actions:
			check_order(
				label,
				self.received_on,
				_("Row #{0}: {1}").format(row.idx, _(row.meta.get_label("due_on"))),
				row.due_on,
				days_only=True,
			)

	def validate_credit(self):
		if self.remedy != CREDIT:
			return
		if not self.credit_currency:
			self.credit_currency = frappe.db.get_value("Customer", self.customer, "default_currency")
		if self.credit_charge:
			customer = frappe.db.get_value("Service Charge", self.credit_charge, "customer")
			if customer != self.customer:
				self.refuse(
					"credit_charge",
					_("It is a charge of {0}, not of {1}.").format(bold(customer), bold(self.customer)),
				)

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

	def refuse_delete(self):
		if self.status != NEW:
			frappe.throw(
				_("{0} was acknowledged: it stays on record. Close it instead.").format(bold(self.name)),
				FeedbackStateError,
				title=_("Stays on Record"),
			)

	def refuse(self, fieldname: str, message: str):
		frappe.throw(
			f"{bold(_(self.meta.get_label(fieldname)))}: {message} {as_html(_('Choose another.'))}",
			ServiceStrategyError,
		)

	@frappe.whitelist(methods=["POST"])
	def acknowledge(self):
		"""The customer was told in person that we have it."""
		moves.acknowledge(self.name)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def start_work(self):
		moves.start(self.name)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def hold(self, reason: str, held_from: str | None = None):
		"""Stop the clock."""
		moves.hold(self.name, reason, held_from)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def resume(self, held_until: str | None = None):
		"""Let the clock run again."""
		moves.resume(self.name, held_until)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def respond(self, message: str, medium: str = "E-mail"):
		"""Answer the customer."""
		moves.respond(self.name, message, medium)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def close(self):
		moves.close(self.name)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def accept_response(self, comment: str | None = None):
		"""The customer, or somebody who heard it, says that it is settled."""
		moves.answer(self.name, ACCEPT, comment)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def reopen(self, comment: str | None = None):
		"""The customer, or somebody who heard it, says that it is not settled."""
		moves.answer(self.name, REOPEN, comment)
		self.reload()

	@frappe.whitelist(methods=["POST"])
	def create_quality_action(self, corrective_preventive: str = "Corrective") -> str:
		"""A Quality Action for what was found, once; answers its name."""
		action = create_quality_action(self.name, corrective_preventive)
		self.reload()
		return action
