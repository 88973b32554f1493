import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, formatdate, getdate, today

from itil_strategy.business_relationship.reminders import forget_reminders
from itil_strategy.exceptions import DateOrderError, ServiceStrategyError
from itil_strategy.utils.text import bold

MONTHS = {"Monthly": 1, "Quarterly": 3, "Half-yearly": 6, "Yearly": 12}


class RelationshipReview(Document):
	"""A regular talk with a customer about the services: what was said, promised, and when we meet again."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.relationship_action.relationship_action import (
			RelationshipAction,
		)

		actions: DF.Table[RelationshipAction]
		agenda: DF.TextEditor | None
		attendees: DF.SmallText | None
		cadence: DF.Literal["None", "Monthly", "Quarterly", "Half-yearly", "Yearly"]
		customer: DF.Link
		followed_by: DF.Link | None
		minutes: DF.TextEditor | None
		naming_series: DF.Literal["RR-.YYYY.-.#####"]
		next_review: DF.Date | None
		notified_on: DF.Date | None
		review_date: DF.Date
		satisfaction: DF.Literal["", "1", "2", "3", "4", "5"]
		status: DF.Literal["Planned", "Held", "Cancelled"]
	# end: auto-generated types

	def validate(self):
		self.set_next_review()
		self.validate_dates()
		self.validate_held()
		self.stamp_done_actions()
		self.forget_reminder()

	def on_update(self):
		self.link_reviews()

	def on_trash(self):
		self.refuse_delete_of_held()
		frappe.db.set_value(self.doctype, {"followed_by": self.name}, "followed_by", None)

	def after_delete(self):
		link_reviews(self.customer)

	def set_next_review(self):
		"""By the cadence, unless another date was entered."""
		if self.is_new():
			is_due = not self.next_review
		else:
			moved = self.has_value_changed("cadence") or self.has_value_changed("review_date")
			is_due = moved and not self.has_value_changed("next_review")
		if is_due:
			months = MONTHS.get(self.cadence)
			self.next_review = add_months(self.review_date, months) if months else None

	def validate_dates(self):
		if self.next_review and getdate(self.next_review) <= getdate(self.review_date):
			frappe.throw(
				_("Next Review ({0}) is not after this one ({1}). Correct one of them.").format(
					formatdate(self.next_review), formatdate(self.review_date)
				),
				DateOrderError,
				title=_("Dates the Wrong Way Round"),
			)

	def validate_held(self):
		if self.status == "Held" and getdate(self.review_date) > getdate():
			frappe.throw(
				_("Review Date {0} is in the future, so the review is still planned.").format(
					formatdate(self.review_date)
				),
				DateOrderError,
				title=_("Not Held Yet"),
			)

	def stamp_done_actions(self):
		for row in self.actions:
			if row.is_done and not row.done_on:
				row.done_on = today()
			elif not row.is_done:
				row.done_on = None
		forget_reminders(self, "actions")

	def forget_reminder(self):
		"""Another day or state is another reminder."""
		if any(self.has_value_changed(field) for field in ("review_date", "next_review", "status")):
			self.notified_on = None

	def link_reviews(self):
		before = self.get_doc_before_save()
		for customer in {self.customer, before.customer if before else self.customer}:
			link_reviews(customer)
		self.followed_by = frappe.db.get_value(self.doctype, self.name, "followed_by")

	def refuse_delete_of_held(self):
		if self.status == "Held":
			frappe.throw(
				_("{0} was held and stays on record.").format(bold(self.name)),
				ServiceStrategyError,
				title=_("Review Stays"),
			)


def link_reviews(customer: str) -> None:
	"""Each review of the customer knows the one after it: a review that is followed is not overdue."""
	following = None
	for row in frappe.get_all(
		"Relationship Review",
		{"customer": customer, "status": ("!=", "Cancelled")},
		["name", "followed_by"],
		order_by="review_date desc, creation desc",
		limit=0,
	):
		if row.followed_by != following:
			frappe.db.set_value(
				"Relationship Review", row.name, "followed_by", following, update_modified=False
			)
		following = row.name
