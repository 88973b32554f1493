from frappe.model.document import Document


class SurveyQuestion(Document):
	"""A question of a survey; its weight counts in the score of a response."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		highest_label: DF.Data | None
		is_required: DF.Check
		is_reversed: DF.Check
		kind: DF.Literal["Rating", "NPS", "Yes-No", "Text", "Kano"]
		low_score: DF.Percent
		lowest_label: DF.Data | None
		maximum: DF.Int
		minimum: DF.Int
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		question: DF.SmallText
		topic: DF.Link | None
		weight: DF.Percent
	# end: auto-generated types
