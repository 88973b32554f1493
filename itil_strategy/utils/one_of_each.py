"""Documents of which there is one for each subject, by a key of the database that no form shows."""

from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.exceptions import SavedMeanwhileError


class OneOfEach(Document):
	"""Who comes second at the same moment is told what happened, not the name of the key."""

	def show_unique_validation_message(self, error: Exception) -> NoReturn:
		"""Frappe's place for a key that is there already; `validate` found nothing, so it is new."""
		frappe.throw(
			_(
				"Somebody else saved {0} for the same at this moment. Reload the list and change that one."
			).format(_(self.doctype)),
			SavedMeanwhileError,
			title=_("Saved Meanwhile"),
		)
