import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, formatdate, getdate

from itil_strategy.domain.realisation import ON_TRACK
from itil_strategy.exceptions import BusinessCaseError, DateOrderError
from itil_strategy.it_finance.business_case.realisation import load_realisations
from itil_strategy.utils.notify import notify
from itil_strategy.utils.text import bold


class BenefitMeasurement(Document):
	"""What an item of an approved case really brought or cost in a period (FM-14)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		business_case: DF.Link
		currency: DF.Link | None
		evidence: DF.SmallText
		item: DF.Data
		kind: DF.Literal["Benefit", "OpEx", "CapEx"]
		lessons: DF.SmallText | None
		measured_by: DF.Link | None
		measured_on: DF.Date
		period: DF.Int
	# end: auto-generated types

	def validate(self):
		self.load_case()
		self.validate_item()
		self.validate_amount()
		self.validate_once()
		self.measured_by = frappe.session.user

	def on_update(self):
		self.raise_alarm()

	def load_case(self):
		self.case = frappe.get_doc("Business Case", self.business_case)
		self.currency = self.case.currency
		if self.case.docstatus != 1:
			self.refuse(
				_("{0} was never approved, so nothing can be realised.").format(bold(self.business_case))
			)

	def validate_item(self):
		"""The item flows in the period, by the recommended option."""
		flows = [
			row
			for row in self.case.flows
			if row.option_title == self.case.recommended_option and row.kind == self.kind
		]
		items = sorted({row.item for row in flows})
		if self.item not in items:
			self.refuse(
				_("{0} has no {1} named {2}. Choose one of: {3}.").format(
					bold(self.business_case),
					_(self.kind),
					bold(self.item),
					", ".join(map(bold, items)) or "–",
				)
			)
		periods = [
			period
			for row in flows
			if row.item == self.item
			for period in range(cint(row.first_period), (cint(row.last_period) or cint(row.first_period)) + 1)
		]
		if cint(self.period) not in periods:
			self.refuse(
				_("{0} is not planned in period {1}, but from {2} to {3}. Correct the period.").format(
					bold(self.item), cint(self.period), min(periods), max(periods)
				)
			)

	def validate_amount(self):
		if flt(self.amount) < 0:
			self.refuse(
				_("The amount is entered without a sign: the kind says whether it was gained or spent.")
			)
		if getdate(self.measured_on) > getdate():
			frappe.throw(
				_("{0} is in the future. Enter the day of the measurement.").format(
					formatdate(self.measured_on)
				),
				DateOrderError,
				title=_("Measured On"),
			)

	def validate_once(self):
		values = {field: self.get(field) for field in ("business_case", "kind", "item")}
		other = frappe.db.exists(
			"Benefit Measurement", {**values, "period": cint(self.period), "name": ("!=", self.name or "")}
		)
		if other:
			self.refuse(
				_("{0} in period {1} is measured already, in {2}. Change that one.").format(
					bold(self.item), cint(self.period), bold(other)
				)
			)

	def raise_alarm(self):
		"""Tell the owner, and who approved, when the case should be approved again or stopped."""
		(found,) = load_realisations(self.case.company, [self.business_case])
		if found.verdict == ON_TRACK:
			return
		notify(
			"Business Case",
			self.business_case,
			_("{0}: {1}").format(bold(self.case.case_title), _(found.verdict)),
			(self.case.case_owner, self.case.approved_by),
		)

	def refuse(self, message: str):
		frappe.throw(message, BusinessCaseError, title=_("Benefit Measurement"))
