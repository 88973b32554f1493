import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.exceptions import CostElementError
from itil_strategy.utils.text import bold


class CostElement(Document):
	"""What expense is spent on, such as labour or software; it stays with cost wherever it is passed on (FM-2)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.cost_element_account.cost_element_account import (
			CostElementAccount,
		)

		accounts: DF.Table[CostElementAccount]
		description: DF.SmallText | None
		element_name: DF.Data
	# end: auto-generated types

	def validate(self):
		self.validate_accounts_are_expense()
		self.validate_accounts_once()

	def validate_accounts_are_expense(self):
		roots = dict(
			frappe.get_all(
				"Account",
				{"name": ("in", [row.account for row in self.accounts])},
				["name", "root_type"],
				as_list=True,
				limit=0,
			)
		)
		for row in self.accounts:
			if roots.get(row.account) != "Expense":
				self.refuse(
					_("Row #{0}: {1} is no expense account. Choose one, or a group of them.").format(
						row.idx, bold(row.account)
					)
				)

	def validate_accounts_once(self):
		"""One element per account: cost counted twice would not add up."""
		seen = set()
		for row in self.accounts:
			if row.account in seen:
				self.refuse(
					_("Row #{0}: {1} is listed twice. Remove one row.").format(row.idx, bold(row.account))
				)
			seen.add(row.account)
		taken = frappe.get_all(
			"Cost Element Account",
			{"account": ("in", list(seen)), "parent": ("!=", self.name), "parenttype": self.doctype},
			["account", "parent"],
			order_by="account",
			limit=1,
		)
		for other in taken:
			self.refuse(
				_("Account {0} belongs to cost element {1} already. Remove it there or here.").format(
					bold(other.account), bold(other.parent)
				)
			)

	def refuse(self, message: str):
		frappe.throw(message, CostElementError, title=_("Cost Element"))
