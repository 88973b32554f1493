"""Two people submit, change or cancel one record at the same moment: the second is told so."""

import frappe
from frappe import _

from itil_strategy.utils.text import bold

STATES = {0: "Draft", 1: "Submitted", 2: "Cancelled"}


class TellsTransitions:
	"""In front of `Document`. Frappe refuses such a change by an error without a message, so the desk shows nothing."""

	def check_docstatus_transition(self, to_docstatus):
		"""`to_docstatus` is what is stored now, whatever its name says."""
		try:
			super().check_docstatus_transition(to_docstatus)
		except frappe.ValidationError as error:
			frappe.throw(
				_("{0} is {1} by now, so this is not possible. Reload to see it as it is.").format(
					bold(self.name), bold(_(STATES[int(to_docstatus)]))
				),
				type(error),
				title=_("Changed Meanwhile"),
			)
