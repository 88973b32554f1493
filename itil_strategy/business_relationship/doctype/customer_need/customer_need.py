import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.business_relationship.conflicts import mediate_service
from itil_strategy.business_relationship.doctype.customer_need.rules import (
	set_people,
	set_score,
	validate_agreed,
	validate_author,
	validate_dates,
	validate_offering,
	validate_people,
	validate_requirements,
	validate_service_changed,
)
from itil_strategy.business_relationship.doctype.customer_need.steps import NeedSteps
from itil_strategy.domain.needs import DRAFT, OPEN_STATES
from itil_strategy.exceptions import NeedStateError
from itil_strategy.utils.guard import refuse_written_fields
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.relationship import open_mediations_of
from itil_strategy.utils.text import bold

# Written by the steps below only; they say so in `flags.moved_by`.
STEP_FIELDS = (
	"status",
	"assessed_by",
	"decline_reason",
	"customer_rejection_reason",
	"rejected_count",
	"answered_by_contact",
	"submitted_on",
	"assessed_on",
	"accepted_on",
	"declined_on",
	"delivery_started_on",
	"delivered_on",
	"confirmed_on",
	"days_to_confirmation",
)


class CustomerNeed(NeedSteps, Document):
	"""What a customer wants to achieve, from the draft to the customer's word that it was delivered."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.need_requirement.need_requirement import (
			NeedRequirement,
		)

		accepted_on: DF.Datetime | None
		answered_by_contact: DF.Link | None
		assessed_by: DF.Link | None
		assessed_on: DF.Datetime | None
		assessment: DF.SmallText | None
		confirmed_on: DF.Datetime | None
		contact: DF.Link | None
		customer: DF.Link
		customer_rejection_reason: DF.SmallText | None
		days_to_confirmation: DF.Float
		decline_notes: DF.SmallText | None
		decline_reason: DF.SmallText | None
		declined_on: DF.Datetime | None
		delivered_on: DF.Datetime | None
		delivery_started_on: DF.Datetime | None
		it_service: DF.Link | None
		naming_series: DF.Literal["CN-.YYYY.-.#####"]
		need_title: DF.Data
		needed_from: DF.Date | None
		needed_to: DF.Date | None
		raised_by: DF.Link | None
		rejected_count: DF.Int
		requirements: DF.Table[NeedRequirement]
		risk_reduction: DF.Int
		service_offering: DF.Link | None
		size: DF.Int
		status: DF.Literal[
			"Draft", "Submitted", "Assessed", "Accepted", "Declined", "In Delivery", "Delivered", "Confirmed"
		]
		submitted_on: DF.Datetime | None
		time_criticality: DF.Int
		units_per_month: DF.Float
		value: DF.Int
		wanted_outcome: DF.SmallText
		wsjf_score: DF.Float
	# end: auto-generated types

	def onload(self):
		self.set_onload("mediations", open_mediations_of([self.name]).get(self.name, []))

	def save(self, *args, **kwargs):
		"""The service is locked before the rows of the need, in the order in which a mediation is opened."""
		if self.status in OPEN_STATES:
			lock_row("IT Service", self.it_service)
		return super().save(*args, **kwargs)

	def before_validate(self):
		set_people(self)

	def validate(self):
		self.validate_step_fields()
		validate_author(self)
		validate_agreed(self)
		validate_people(self)
		validate_dates(self)
		validate_offering(self)
		validate_service_changed(self)
		validate_requirements(self)
		self.validate_score_unwritten()
		set_score(self)

	def before_change(self):
		# What Frappe holds may be from before an earlier step of the same request.
		self.load_doc_before_save()
		self.validate_step_fields()
		self.validate_score_unwritten()

	def on_update(self):
		if self.status in OPEN_STATES:
			mediate_service(self.it_service)

	def on_trash(self):
		self.refuse_delete_of_raised()

	def validate_step_fields(self):
		"""Refuse a state from form, import, API and `db_set` alike."""
		if not self.flags.moved_by:
			refuse_written_fields(
				self, STEP_FIELDS, NeedStateError, _("Use the steps offered on the need instead.")
			)

	def validate_score_unwritten(self):
		"""BR-1: the rank follows from the parts of the score and from nothing else."""
		if not self.flags.moved_by:
			refuse_written_fields(
				self, ("wsjf_score",), NeedStateError, _("Change the parts of the score instead.")
			)

	def refuse_delete_of_raised(self):
		if self.status != DRAFT:
			frappe.throw(
				_("{0} is {1} and stays on record. Decline it instead.").format(
					bold(self.name), _(self.status)
				),
				NeedStateError,
				title=_("Need Stays"),
			)
