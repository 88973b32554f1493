import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, cint, flt, get_first_day, get_last_day, getdate

from itil_strategy.domain.scenario_types import ChangeKind, ScenarioError, check_changes
from itil_strategy.exceptions import StrategyScenarioError
from itil_strategy.it_finance.scenario.plan import as_change
from itil_strategy.utils.text import as_html, bold

MOST_YEARS = 10
# What each kind of change is about; other fields of its row are emptied.
FIELDS = {
	ChangeKind.RETIRE: ("it_service",),
	ChangeKind.LAUNCH: ("it_service", "business_case"),
	ChangeKind.USAGE: ("it_service", "service_offering", "percent"),
	ChangeKind.PRICE: ("it_service", "service_offering", "percent"),
	ChangeKind.COST: ("it_service", "percent"),
}
ALL_FIELDS = ("it_service", "service_offering", "business_case", "percent")


class StrategyScenario(Document):
	"""A changed strategy: what would be retired, launched or changed, and from which base (FM-15)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.scenario_change.scenario_change import ScenarioChange

		base_months: DF.Literal["12", "6", "4", "3", "2", "1"]
		base_until: DF.Date
		changes: DF.Table[ScenarioChange]
		company: DF.Link
		description: DF.SmallText | None
		method: DF.Literal["Reciprocal", "Step-Down", "Direct"]
		naming_series: DF.Literal["SCN-.YYYY.-.#####"]
		scenario_title: DF.Data
		start_date: DF.Date | None
		years: DF.Int
	# end: auto-generated types

	def validate(self):
		self.set_months()
		self.validate_months()
		self.clear_unused_fields()
		self.set_services()
		self.validate_cases()
		self.validate_changes()

	def set_months(self):
		self.base_until = get_last_day(self.base_until)
		self.start_date = get_first_day(self.start_date or add_months(self.base_until, 1))
		for row in self.changes:
			row.from_date = get_first_day(row.from_date) if row.from_date else None

	def validate_months(self):
		if getdate(self.base_until) > get_last_day(getdate()):
			self.refuse(_("Base Until is in the future. Choose a month that has figures."))
		if not 1 <= cint(self.years) <= MOST_YEARS:
			self.refuse(_("Years must be from 1 to {0}; it is {1}.").format(MOST_YEARS, cint(self.years)))
		last = add_months(getdate(self.start_date), 12 * cint(self.years))
		for row in self.changes:
			if row.from_date and getdate(row.from_date) >= last:
				self.refuse_row(
					row, _("From is after the last year of the scenario. Choose an earlier month.")
				)

	def clear_unused_fields(self):
		for row in self.changes:
			for fieldname in ALL_FIELDS:
				if fieldname not in FIELDS[row.kind]:
					row.set(fieldname, 0 if fieldname == "percent" else None)
			row.percent = flt(row.percent, 9)

	def set_services(self):
		"""An offering and a business case say which service it is."""
		for row in self.changes:
			if row.service_offering:
				row.it_service = frappe.db.get_value("Service Offering", row.service_offering, "it_service")
			elif row.kind == ChangeKind.LAUNCH and row.business_case:
				row.it_service = frappe.db.get_value("Business Case", row.business_case, "it_service")

	def validate_cases(self):
		"""A launch needs a case of this company that names its service and recommends an option."""
		for row in self.changes:
			if row.kind != ChangeKind.LAUNCH:
				continue
			if not row.business_case:
				self.refuse_row(row, _("Choose the business case that is launched."))
			case = frappe.db.get_value(
				"Business Case",
				row.business_case,
				["company", "it_service", "recommended_option"],
				as_dict=True,
			)
			if case.company != self.company:
				self.refuse_row(
					row,
					_("{0} is a case of {1}. Choose one of {2}.").format(
						bold(row.business_case), bold(case.company), bold(self.company)
					),
				)
			if not case.it_service or not case.recommended_option:
				self.refuse_row(
					row,
					_("{0} names no service or recommends no option. Fill both in there.").format(
						bold(row.business_case)
					),
				)

	def validate_changes(self):
		try:
			check_changes([as_change(row) for row in self.changes])
		except ScenarioError as error:
			self.refuse(as_html(error.message))

	def refuse_row(self, row: Document, message: str):
		self.refuse(_("Row {0}: {1}").format(row.idx, message))

	def refuse(self, message: str):
		frappe.throw(message, StrategyScenarioError, title=_("Strategy Scenario"))
