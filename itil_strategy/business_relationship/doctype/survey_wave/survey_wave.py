from frappe.model.document import Document


class SurveyWave(Document):
	"""One sending of a survey: who was invited, and who was left out for which reason. Written by the app."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		invited: DF.Int
		known: DF.Int
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		sent_at: DF.Datetime | None
		sent_by: DF.Link | None
		throttled: DF.Int
		unsubscribed: DF.Int
		wave: DF.Date | None
		without_contact: DF.Int
		without_email: DF.Int
	# end: auto-generated types
