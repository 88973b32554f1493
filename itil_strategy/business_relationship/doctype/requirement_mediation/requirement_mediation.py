from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, now_datetime, today
from frappe.utils.html_utils import sanitize_html

from itil_strategy.business_relationship.doctype.requirement_mediation.rules import (
	clear_stale_answers,
	set_parties,
	set_service,
	stamp_answers,
	validate_answers,
	validate_decider,
	validate_decision,
	validate_ended,
	validate_options,
	validate_parties_stay,
	validate_review_date,
)
from itil_strategy.exceptions import MediationError
from itil_strategy.utils.customers import contact_of
from itil_strategy.utils.guard import refuse_written_fields
from itil_strategy.utils.notify import notify
from itil_strategy.utils.permissions import has_any_role
from itil_strategy.utils.relationship_permissions import MANAGE_RELATIONSHIPS
from itil_strategy.utils.text import as_html, bold

OPEN, CLOSED, WITHDRAWN = "Open", "Closed", "Withdrawn"
STEP_FIELDS = ("status", "decided_on", "withdrawal_reason")
ANSWERS = ("Accepted", "Rejected")


class RequirementMediation(Document):
	"""Needs that cannot all be met as they stand, and how it was settled between them."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.mediation_option.mediation_option import (
			MediationOption,
		)
		from itil_strategy.business_relationship.doctype.mediation_party.mediation_party import MediationParty
		from itil_strategy.business_relationship.doctype.mediation_score.mediation_score import MediationScore

		chosen_option: DF.Data | None
		compensation: DF.SmallText | None
		conflict: DF.SmallText | None
		conflict_key: DF.Data | None
		criteria: DF.SmallText | None
		decided_by: DF.Link | None
		decided_on: DF.Date | None
		decision: DF.SmallText | None
		excluded_topic: DF.Link | None
		it_service: DF.Link | None
		kind: DF.Literal["Resource", "Timing", "Function", "Level"]
		mediation_title: DF.Data
		naming_series: DF.Literal["RM-.YYYY.-.#####"]
		notified_on: DF.Date | None
		options: DF.Table[MediationOption]
		parties: DF.Table[MediationParty]
		review_date: DF.Date | None
		scores: DF.Table[MediationScore]
		service_offering: DF.Link | None
		status: DF.Literal["Open", "Closed", "Withdrawn"]
		topic: DF.Link | None
		withdrawal_reason: DF.SmallText | None
	# end: auto-generated types

	def before_validate(self):
		set_parties(self)
		set_service(self)

	def validate(self):
		self.validate_step_fields()
		validate_ended(self)
		validate_parties_stay(self)
		validate_options(self)
		clear_stale_answers(self)
		stamp_answers(self)
		validate_review_date(self)

	def before_change(self):
		# What Frappe holds may be from before an earlier step of the same request.
		self.load_doc_before_save()
		self.validate_step_fields()

	def on_trash(self):
		self.refuse_delete()

	def validate_step_fields(self):
		"""Refuse a state from form, import, API and `db_set` alike."""
		if self.flags.moved_by:
			return
		refuse_written_fields(
			self, STEP_FIELDS, MediationError, _("Close or withdraw the mediation instead.")
		)
		if not self.flags.found_by_rule:
			refuse_written_fields(self, ("conflict_key",), MediationError, _("It is found by rule."))

	def refuse_delete(self):
		if self.status != WITHDRAWN:
			frappe.throw(
				_("{0} is {1} and stays on record. Withdraw it while it is open.").format(
					bold(self.name), _(self.status)
				),
				MediationError,
				title=_("Mediation Stays"),
			)

	@frappe.whitelist(methods=["POST"])
	def close_mediation(self):
		"""Close with a decision, a decider who is not a party, and an answer from every party (BR-3)."""
		self.begin()
		validate_decision(self)
		decider = self.decided_by or frappe.session.user
		validate_decider(self, decider)
		validate_answers(self)
		self.move(CLOSED, _("Closed; decided by {0}").format(decider), decided_by=decider, decided_on=today())
		notify(
			self.doctype,
			self.name,
			_("{0} recorded your decision in {1}").format(
				bold(frappe.session.user), bold(self.mediation_title)
			),
			[decider],
		)

	@frappe.whitelist(methods=["POST"])
	def withdraw(self, reason: str):
		"""End without a decision: the conflict is none, or has gone. It is not opened again."""
		self.begin()
		reason = sanitize_html(cstr(reason).strip())
		if not reason:
			frappe.throw(_("Write down the reason."), MediationError, title=_("Reason Missing"))
		self.move(WITHDRAWN, _("Withdrawn: {0}").format(reason), withdrawal_reason=reason)

	def widen(self, parties: Sequence[dict], conflict: str):
		"""More needs are in the same conflict."""
		for party in parties:
			self.append("parties", party)
		self.conflict = conflict
		self.flags.found_by_rule = True
		self.save(ignore_permissions=True)
		self.add_comment(
			"Info",
			as_html(_("Joined by {0}").format(", ".join(party["customer_need"] for party in parties))),
		)

	def end_as_settled(self, need: str):
		reason = _("{0} was declined, so fewer than two needs are left.").format(need)
		self.move(WITHDRAWN, reason, withdrawal_reason=reason)

	def begin(self):
		"""Lock the mediation, forget what the client sent along, and check that it is open."""
		self.flags.for_update = True
		self.load_from_db()
		self.check_permission("write")
		self.require_open()

	def require_open(self):
		if self.status != OPEN:
			frappe.throw(
				_("{0} is {1} already. Open another mediation if the needs are in conflict again.").format(
					bold(self.name), _(self.status)
				),
				MediationError,
				title=_("Not Open"),
			)

	def move(self, status: str, comment: str, **values):
		self.flags.moved_by = status
		self.db_set({"status": status, **values}, notify=True)
		self.flags.moved_by = None
		self.add_comment("Info", as_html(comment))


@frappe.whitelist(methods=["POST"])
def record_answer(mediation: str, customer_need: str, answer: str):
	"""A party's answer to the decision, by a contact of its customer or recorded by a manager."""
	doc = frappe.get_doc("Requirement Mediation", mediation, for_update=True)
	party = next((row for row in doc.parties if row.customer_need == customer_need), None)
	is_manager = has_any_role(MANAGE_RELATIONSHIPS, frappe.session.user) and doc.has_permission("write")
	if not party or not (is_manager or contact_of(frappe.session.user, party.customer)):
		frappe.throw(
			_("Only a contact of the party or a Business Relationship Manager may answer for it."),
			frappe.PermissionError,
			title=_("Not Permitted"),
		)
	doc.require_open()
	if answer not in ANSWERS:
		frappe.throw(
			_("Answer {0}.").format(" / ".join(map(_, ANSWERS))), MediationError, title=_("Answer Missing")
		)
	validate_decision(doc)
	# One row only: another party may be answering at the same time.
	frappe.db.set_value(
		party.doctype,
		party.name,
		{"answer": answer, "answered_on": now_datetime(), "answered_by": frappe.session.user},
	)
	frappe.db.set_value(doc.doctype, doc.name, "modified", now_datetime(), update_modified=False)
	doc.add_comment("Info", as_html(_("{0} answered: {1}").format(party.customer, _(answer))))
	doc.notify_update()
