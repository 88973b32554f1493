import frappe
from frappe.model.document import Document


class SurveyAnswer(Document):
	"""The answer to one question: as it was given, and on the common scale. Text is kept as it was entered."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		comment: DF.SmallText | None
		is_scored: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		question: DF.SmallText | None
		question_key: DF.Data | None
		raw_value: DF.Data | None
		score: DF.Float
	# end: auto-generated types


def on_doctype_update():
	# Covers the results of a question: they never touch the rows themselves.
	frappe.db.add_index(
		"Survey Answer", ["question_key", "raw_value", "is_scored", "score"], "answers_of_question"
	)
