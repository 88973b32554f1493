from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from itil_strategy.domain.allocation_types import Basis, Receivers
from itil_strategy.domain.money import round_to_step
from itil_strategy.exceptions import CostPoolError
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.text import as_html, bold

PERCENT_DECIMALS = 2


class CostPool(Document):
	"""Shared expense without a service, and by what services share it (FM-1, FM-2, FM-4)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.cost_pool_account.cost_pool_account import CostPoolAccount
		from itil_strategy.it_finance.doctype.cost_pool_cost_center.cost_pool_cost_center import (
			CostPoolCostCenter,
		)
		from itil_strategy.it_finance.doctype.cost_pool_receiver.cost_pool_receiver import CostPoolReceiver

		accounts: DF.Table[CostPoolAccount]
		basis: DF.Literal["Equal", "Fixed Shares", "Driver", "Usage", "Direct Cost"]
		company: DF.Link
		cost_centers: DF.Table[CostPoolCostCenter]
		cost_driver: DF.Link | None
		cost_element: DF.Link | None
		disabled: DF.Check
		idle_capacity: DF.Literal["Spread", "Own Line"]
		notes: DF.SmallText | None
		pool_name: DF.Data
		pool_order: DF.Int
		practical_capacity: DF.Float
		receivers: DF.Table[CostPoolReceiver]
		receivers_are: DF.Literal["All", "Only Listed", "All But Listed"]
		usage_unit: DF.Link | None
	# end: auto-generated types

	def validate(self):
		self.validate_has_a_source()
		self.validate_company_of_rows()
		self.validate_receivers()
		self.validate_fixed_shares()
		self.validate_driver()
		self.validate_capacity()

	def validate_has_a_source(self):
		"""A pool that fits every row would take all expense of the company that carries no service."""
		if not (self.accounts or self.cost_centers):
			self.refuse(
				_("List accounts, cost centers or both: without them the pool would take all expense.")
			)

	def validate_company_of_rows(self):
		for table, field, doctype in (
			("accounts", "account", "Account"),
			("cost_centers", "cost_center", "Cost Center"),
		):
			names = [row.get(field) for row in self.get(table)]
			companies = dict(
				frappe.get_all(doctype, {"name": ("in", names)}, ["name", "company"], as_list=True, limit=0)
			)
			for row in self.get(table):
				if companies.get(row.get(field)) != self.company:
					self.refuse(
						_("Row #{0}: {1} does not belong to {2}. Choose one of {2}.").format(
							row.idx, bold(row.get(field)), as_html(self.company)
						)
					)
				if row.get(field) in names[: row.idx - 1]:
					self.refuse(
						_("Row #{0}: {1} is listed twice. Remove one row.").format(
							row.idx, bold(row.get(field))
						)
					)

	def validate_receivers(self):
		if self.basis == Basis.FIXED:
			self.receivers_are = Receivers.LISTED
		if self.receivers_are != Receivers.ALL and not self.receivers:
			self.refuse(_("List the services that the pool is shared among, or those that are left out."))
		seen = set()
		for row in self.receivers:
			if row.it_service in seen:
				self.refuse(
					_("Row #{0}: {1} is listed twice. Remove one row.").format(row.idx, bold(row.it_service))
				)
			seen.add(row.it_service)

	def validate_fixed_shares(self):
		if self.basis != Basis.FIXED:
			return
		for row in self.receivers:
			if flt(row.share) < 0:
				self.refuse(
					_("Row #{0}: the share of {1} is negative. Enter 0 or more.").format(
						row.idx, bold(row.it_service)
					)
				)
		total = round_to_step(
			sum((to_decimal(row.share) for row in self.receivers), Decimal(0)), PERCENT_DECIMALS
		)
		if total != 100:
			self.refuse(
				_("The shares total {0} %. Correct them so that they total 100 %.").format(
					f"{total.normalize():f}"
				)
			)

	def validate_driver(self):
		"""Only what the basis needs is kept, so that nothing misleads a reader."""
		if self.basis == Basis.DRIVER and not self.cost_driver:
			self.refuse(_("Choose the Cost Driver that the pool is shared by."))
		if self.basis == Basis.USAGE and not self.usage_unit:
			self.refuse(_("Choose the Unit of Usage that the pool is shared by."))
		if self.basis != Basis.DRIVER:
			self.cost_driver = None
		if self.basis != Basis.USAGE:
			self.usage_unit = None

	def validate_capacity(self):
		if self.basis not in (Basis.DRIVER, Basis.USAGE):
			self.idle_capacity = "Spread"
		if self.idle_capacity == "Own Line" and flt(self.practical_capacity) <= 0:
			self.refuse(
				_("Enter the Practical Capacity per Month, above 0, or spread idle capacity over the users.")
			)

	def refuse(self, message: str):
		frappe.throw(message, CostPoolError, title=_("Cost Pool"))
