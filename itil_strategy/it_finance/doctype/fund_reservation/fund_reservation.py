import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.exceptions import FundsError


class FundReservation(Document):
	"""Money of a fiscal year that a record, such as a business case, has set aside (FM-6).

	Written by `utils.funds` only: a reservation by hand would be one that nobody checked.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		company: DF.Link
		cost_center: DF.Link | None
		fiscal_year: DF.Link
		it_service: DF.Link | None
		naming_series: DF.Literal["FR-.YYYY.-.#####"]
		planned: DF.Currency
		reference_doctype: DF.Link
		reference_name: DF.DynamicLink
		released_on: DF.Datetime | None
		since: DF.Datetime | None
		status: DF.Literal["Open", "Released"]
		used_before: DF.Currency

	# end: auto-generated types
	def validate(self):
		self.refuse_by_hand()

	def on_trash(self):
		self.refuse_by_hand()

	def refuse_by_hand(self):
		if not self.flags.written_by_job:
			frappe.throw(
				_(
					"Reservations are made and released with the record they are for. Open {0} {1} instead."
				).format(
					_(self.reference_doctype) if self.reference_doctype else "",
					frappe.bold(self.reference_name or ""),
				),
				FundsError,
				title=_("Not Editable"),
			)


def on_doctype_update():
	"""Open reservations of a year are found, and locked, along this index."""
	frappe.db.add_index("Fund Reservation", ["company", "fiscal_year", "status"])
