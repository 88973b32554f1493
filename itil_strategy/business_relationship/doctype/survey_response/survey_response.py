import frappe
from frappe.model.document import Document
from frappe.utils import today

from itil_strategy.utils.guard import protect_job_fields

WRITTEN_BY_THE_PAGE = (
	"invitation",
	"survey",
	"customer",
	"contact",
	"it_service",
	"sent_month",
	"responded_on",
	"score",
	"is_scored",
	"nps",
	"nps_group",
)


class SurveyResponse(Document):
	"""The one answer to an invitation. What was answered stays; people write what they did about it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.survey_answer.survey_answer import SurveyAnswer

		answers: DF.Table[SurveyAnswer]
		contact: DF.Link | None
		customer: DF.Link | None
		follow_up: DF.SmallText | None
		followed_up_by: DF.Link | None
		followed_up_on: DF.Date | None
		invitation: DF.Link
		is_scored: DF.Check
		it_service: DF.Link | None
		nps: DF.Int
		nps_group: DF.Literal["", "Promoter", "Passive", "Detractor"]
		responded_on: DF.Datetime
		score: DF.Float
		sent_month: DF.Date
		survey: DF.Link
	# end: auto-generated types

	def validate(self):
		protect_job_fields(self, WRITTEN_BY_THE_PAGE)
		self.restore_answers()
		self.stamp_follow_up()

	def restore_answers(self):
		"""Rows of a table are not compared one by one: they are simply what is stored."""
		before = self.get_doc_before_save()
		if before and not self.flags.written_by_job:
			self.set("answers", before.answers)

	def stamp_follow_up(self):
		if not self.is_new() and self.has_value_changed("follow_up"):
			self.followed_up_by = frappe.session.user if self.follow_up else None
			self.followed_up_on = today() if self.follow_up else None


def on_doctype_update():
	# The order of the list; Frappe has an index of its own for `modified` alone.
	frappe.db.add_index("Survey Response", ["creation", "name"], "newest_first")
	# Cover the report by service and by customer.
	frappe.db.add_index(
		"Survey Response",
		["sent_month", "it_service", "customer", "survey", "nps_group", "is_scored", "score"],
		"answers_in_month",
	)
	frappe.db.add_index(
		"Survey Response",
		["sent_month", "customer", "nps_group", "is_scored", "score"],
		"customers_answers_in_month",
	)
	# Covers the retirement analysis.
	frappe.db.add_index(
		"Survey Response", ["it_service", "sent_month", "is_scored", "score"], "service_satisfaction"
	)
