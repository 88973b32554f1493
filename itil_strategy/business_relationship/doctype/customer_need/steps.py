"""The steps that move a need from state to state: each checks who, whether and why (BR-4, BR-8)."""

import frappe
from frappe import _
from frappe.utils import cstr, get_datetime, now_datetime
from frappe.utils.html_utils import sanitize_html

from itil_strategy.business_relationship.conflicts import mediate_service, withdraw_settled
from itil_strategy.business_relationship.doctype.customer_need.rules import (
	read_score,
	require_service,
	validate_offering,
	validate_service,
)
from itil_strategy.domain.needs import NeedMoveError, days_between, next_state, possible_actions
from itil_strategy.exceptions import NeedContentError, NeedStateError, OpenMediationError
from itil_strategy.utils.customers import contact_of, is_contact, relationship_managers
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.notify import notify
from itil_strategy.utils.permissions import has_any_role
from itil_strategy.utils.relationship import open_mediations_of
from itil_strategy.utils.relationship_permissions import MANAGE_RELATIONSHIPS
from itil_strategy.utils.text import as_html, bold
from itil_strategy.utils.translation import translate


class NeedSteps:
	"""Part of the controller of *Customer Need*: the only way to its state."""

	@frappe.whitelist(methods=["POST"])
	def submit_need(self):
		"""Raise the need: from now on it is looked at, ranked and compared with others."""
		self.begin("submit_need")
		validate_service(self)
		self.move("submit_need", _("Submitted"), submitted_on=now_datetime())
		self.tell(
			relationship_managers(self.customer),
			_("{0} submitted the need {1}"),
			self.customer,
			self.need_title,
		)
		mediate_service(self.it_service)

	@frappe.whitelist(methods=["POST"])
	def assess(
		self,
		value: int = 0,
		time_criticality: int = 0,
		risk_reduction: int = 0,
		size: int = 0,
		it_service: str | None = None,
		assessment: str | None = None,
	):
		"""Give the need its score; every part is needed, and the service that would meet it."""
		self.begin("assess", by_manager=True)
		self.update({"it_service": it_service or self.it_service})
		parts = dict(value=value, time_criticality=time_criticality, risk_reduction=risk_reduction, size=size)
		self.update(parts)
		score = read_score(self)
		require_service(self)
		validate_offering(self)
		validate_service(self)
		self.move(
			"assess",
			_("Assessed: WSJF {0}").format(f"{float(score.wsjf):.2f}"),
			**parts,
			it_service=self.it_service,
			wsjf_score=float(score.wsjf),
			assessment=_clean(assessment) or self.assessment,
			assessed_by=frappe.session.user,
			assessed_on=now_datetime(),
		)
		mediate_service(self.it_service)

	@frappe.whitelist(methods=["POST"])
	def accept(self):
		"""Promise to deliver; refused while a mediation of the need is open (BR-4)."""
		self.begin("accept", by_manager=True)
		require_service(self)
		validate_service(self)
		self.refuse_while_mediated()
		self.move("accept", _("Accepted"), accepted_on=now_datetime())
		self.tell([self.raised_by], _("Your need {0} was accepted"), self.need_title)

	@frappe.whitelist(methods=["POST"])
	def decline(self, reason: str, notes: str | None = None):
		"""Say no, with a reason that the customer reads; `notes` stay with us."""
		self.begin("decline", by_manager=True)
		reason = self.require_reason(reason)
		self.move(
			"decline",
			_("Declined: {0}").format(reason),
			decline_reason=reason,
			decline_notes=_clean(notes),
			declined_on=now_datetime(),
		)
		withdraw_settled(self.name)
		self.tell([self.raised_by], _("Your need {0} was declined"), self.need_title)

	@frappe.whitelist(methods=["POST"])
	def start_delivery(self):
		self.begin("start_delivery", by_manager=True)
		validate_service(self)
		self.move("start_delivery", _("Delivery started"), delivery_started_on=now_datetime())

	@frappe.whitelist(methods=["POST"])
	def deliver(self):
		"""Done as far as we see it; the customer confirms or rejects (BR-8)."""
		self.begin("deliver", by_manager=True)
		self.move("deliver", _("Delivered"), delivered_on=now_datetime())
		self.tell([self.raised_by], _("{0} was delivered. Confirm or reject it"), self.need_title)

	@frappe.whitelist(methods=["POST"])
	def confirm(self, contact: str | None = None):
		"""The customer's word that the need is met; the time since it was submitted is kept (BR-8)."""
		self.begin("confirm", by_customer=True)
		now = now_datetime()
		self.move(
			"confirm",
			_("Confirmed by the customer"),
			answered_by_contact=self.answering_contact(contact),
			confirmed_on=now,
			days_to_confirmation=float(days_between(get_datetime(self.submitted_on), now)),
		)

	@frappe.whitelist(methods=["POST"])
	def reject_delivery(self, reason: str, contact: str | None = None):
		"""The customer says that the need is not met: back into delivery, and counted (BR-8)."""
		self.begin("reject_delivery", by_customer=True)
		reason = self.require_reason(reason)
		self.move(
			"reject_delivery",
			_("Rejected by the customer: {0}").format(reason),
			answered_by_contact=self.answering_contact(contact),
			customer_rejection_reason=reason,
			rejected_count=(self.rejected_count or 0) + 1,
		)
		self.tell(
			relationship_managers(self.customer),
			_("{0} rejected the delivery of {1}"),
			self.customer,
			self.need_title,
		)

	@frappe.whitelist()
	def get_actions(self) -> list[str]:
		"""The steps that are possible now."""
		self.check_permission("read")
		return possible_actions(self.status)

	def begin(self, action: str, by_manager: bool = False, by_customer: bool = False):
		"""Lock service and need, forget what the client sent along, and check that the step may be taken."""
		lock_row("IT Service", frappe.db.get_value(self.doctype, self.name, "it_service"))
		self.flags.for_update = True
		self.load_from_db()
		is_manager = has_any_role(MANAGE_RELATIONSHIPS, frappe.session.user)
		if by_manager and not is_manager:
			self.refuse_user(_("Only a Business Relationship Manager may do this."))
		if by_customer and not is_manager and not contact_of(frappe.session.user, self.customer):
			self.refuse_user(_("Only a contact of {0} may do this.").format(bold(self.customer)))
		self.check_permission("write")
		try:
			next_state(self.status, action)
		except NeedMoveError as error:
			frappe.throw(translate(error.text), NeedStateError, title=_("Step Not Possible"))

	def move(self, action: str, comment: str, **values):
		self.flags.moved_by = action
		self.db_set({"status": next_state(self.status, action), **values}, notify=True)
		self.flags.moved_by = None
		self.add_comment("Info", as_html(comment))

	def tell(self, users: list[str], subject: str, *names: str):
		notify(self.doctype, self.name, subject.format(*map(bold, names)), users)

	def refuse_while_mediated(self):
		mediations = open_mediations_of([self.name], latest=True).get(self.name)
		if mediations:
			frappe.throw(
				_("{0} is in mediation: {1}. Close it with a decision first.").format(
					bold(self.name), bold(", ".join(mediations))
				),
				OpenMediationError,
				title=_("Open Mediation"),
			)

	def answering_contact(self, contact: str | None) -> str:
		"""Who of the customer answered: the user's own contact, or the one whose word a manager records."""
		own = contact_of(frappe.session.user, self.customer)
		if own:
			return own
		if not contact or not is_contact(contact, self.customer):
			frappe.throw(
				_("Choose the contact of {0} who said so.").format(bold(self.customer)),
				NeedContentError,
				title=_("Customer's Answer"),
			)
		return contact

	def require_reason(self, reason: str) -> str:
		reason = _clean(reason)
		if not reason:
			frappe.throw(_("Write down the reason."), NeedStateError, title=_("Reason Missing"))
		return reason

	def refuse_user(self, message: str):
		frappe.throw(message, frappe.PermissionError, title=_("Not Permitted"))


def _clean(text: str | None) -> str:
	"""As Frappe cleans what comes over a form."""
	return sanitize_html(cstr(text).strip())
