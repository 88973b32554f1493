import frappe
from frappe import _

from itil_strategy.exceptions import BudgetPlanError
from itil_strategy.it_finance.business_case.lapse import lapse_unfunded
from itil_strategy.utils.budget_ceilings import CATEGORY, NAMED_BY, live_key, load_ceilings, state_of
from itil_strategy.utils.fiscal_years import load_year, require_year_of_company
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.one_of_each import OneOfEach
from itil_strategy.utils.text import as_html, bold


class BudgetCeiling(OneOfEach):
	"""What a service, a category or a cost center may cost in a year, whatever the account (FM-5).

	ERPNext's Budget needs an account, adds up no children and loses what is allocated away.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["Stop", "Warn"]
		amount: DF.Currency
		category: DF.Link | None
		ceiling_for: DF.Literal["IT Service", "IT Service Category", "Cost Center"]
		company: DF.Link
		cost_center: DF.Link | None
		counts_commitments: DF.Check
		disabled: DF.Check
		fiscal_year: DF.Link
		it_service: DF.Link | None
		live_key: DF.Data | None
		naming_series: DF.Literal["CL-.YYYY.-.#####"]
		notes: DF.SmallText | None
		title: DF.Data | None

	# end: auto-generated types
	def check_if_latest(self):
		"""Frappe locks the stored ceiling here; the company comes first, as for whoever reserves money."""
		lock_row("Company", self.company)
		super().check_if_latest()

	def before_validate(self):
		self.clear_other_names()

	def validate(self):
		protect_job_fields(self, ("live_key",), BudgetPlanError)
		self.validate_name()
		require_year_of_company(self.fiscal_year, self.company)
		self.validate_cost_center()
		self.set_key_and_title()
		self.validate_only_one()

	def on_update(self):
		self.lapse_unfunded_cases()

	def on_trash(self):
		lock_row("Company", self.company)

	def after_delete(self):
		self.lapse_unfunded_cases()

	def onload(self):
		if not self.is_new() and not self.disabled:
			self.set_onload("use", self.get_use())

	def clear_other_names(self):
		for kind, fieldname in NAMED_BY.items():
			if kind != self.ceiling_for:
				self.set(fieldname, None)

	def validate_name(self):
		fieldname = NAMED_BY[self.ceiling_for]
		if not self.get(fieldname):
			self.refuse(_("{0}: choose for what the ceiling is.").format(_(self.meta.get_label(fieldname))))

	def validate_cost_center(self):
		if not self.cost_center:
			return
		company = frappe.db.get_value("Cost Center", self.cost_center, "company")
		if company != self.company:
			self.refuse(
				_("Cost center {0} belongs to {1}. Choose one of {2}.").format(
					bold(self.cost_center), as_html(company), as_html(self.company)
				)
			)

	def set_key_and_title(self):
		"""One is in force for each; the key is unique in the database."""
		self.title = self.get(NAMED_BY[self.ceiling_for])
		key = live_key(self.company, self.fiscal_year, self.ceiling_for, self.title)
		self.live_key = None if self.disabled else key

	def validate_only_one(self):
		if not self.live_key:
			return
		other = frappe.db.get_value(
			"Budget Ceiling",
			{"live_key": self.live_key, "name": ("!=", self.name or "")},
			# As stored now: whoever made another one held the company until then.
			for_update=True,
		)
		if other:
			self.refuse(
				_("{0} is for the same already. Change the amount there, or disable it.").format(bold(other))
			)

	def lapse_unfunded_cases(self):
		"""No case is funded by a category."""
		if self.ceiling_for != CATEGORY:
			subject = self.get(NAMED_BY[self.ceiling_for])
			lapse_unfunded(self.company, self.fiscal_year, {self.ceiling_for: [subject]})

	def get_use(self) -> dict:
		"""What is used of it, for the form."""
		(ceiling,) = load_ceilings(self.company, self.fiscal_year, [self.name])
		state = state_of(self.company, load_year(self.fiscal_year), [ceiling])[self.name]
		return {
			"actual": float(state.use.actual),
			"committed": float(state.use.committed),
			"used": float(state.used),
			"available": float(state.available),
		}

	def refuse(self, message: str):
		frappe.throw(message, BudgetPlanError, title=_("Budget Ceiling"))
