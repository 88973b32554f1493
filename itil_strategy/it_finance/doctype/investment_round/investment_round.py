import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from itil_strategy.exceptions import PortfolioSelectionError
from itil_strategy.utils.text import bold

NEEDS_REASON = ("Must-have", "Excluded")


class InvestmentRound(Document):
	"""Limits and rules for selecting the best set of business cases (FM-8)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.investment_budget.investment_budget import InvestmentBudget
		from itil_strategy.it_finance.doctype.investment_capacity.investment_capacity import (
			InvestmentCapacity,
		)
		from itil_strategy.it_finance.doctype.investment_rule.investment_rule import InvestmentRule

		budgets: DF.Table[InvestmentBudget]
		capacities: DF.Table[InvestmentCapacity]
		company: DF.Link
		currency: DF.Link | None
		measure: DF.Literal["Net present value", "Against doing nothing"]
		round_title: DF.Data
		rules: DF.Table[InvestmentRule]
	# end: auto-generated types

	def validate(self):
		self.set_currency()
		self.validate_double("budgets", "fiscal_year")
		self.validate_double("capacities", "skill")
		self.validate_rules()

	def set_currency(self):
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		for row in self.budgets:
			row.currency = self.currency

	def validate_double(self, table: str, field: str):
		seen: dict[str, int] = {}
		for row in self.get(table):
			before = seen.setdefault(cstr(row.get(field)).strip(), row.idx)
			if before != row.idx:
				self.refuse(
					_("{0}: rows {1} and {2} are both for {3}. Keep one of them.").format(
						_(self.meta.get_label(table)), before, row.idx, bold(row.get(field))
					)
				)

	def validate_rules(self):
		for row in self.rules:
			if row.kind in NEEDS_REASON and not cstr(row.reason).strip():
				self.refuse(
					_("Row {0}: {1} of {2} needs a reason. Fill it in.").format(
						row.idx, _(row.kind), bold(row.business_case)
					)
				)
			if row.kind == "Prerequisite" and row.other_case in (None, "", row.business_case):
				self.refuse(
					_("Row {0}: choose the other case that {1} needs.").format(
						row.idx, bold(row.business_case)
					)
				)
			if row.kind == "At most one" and not cstr(row.group_name).strip():
				self.refuse(
					_("Row {0}: name the group of cases that exclude {1}.").format(
						row.idx, bold(row.business_case)
					)
				)

	def refuse(self, message: str):
		frappe.throw(message, PortfolioSelectionError, title=_("Investment Round"))
