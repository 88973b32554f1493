import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.exceptions import ServiceStrategyError


class UsageMapping(Document):
	"""How a usage file is read: which column or tag names the offering, which the customer."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.usage_mapping_value.usage_mapping_value import UsageMappingValue

		accept_negative: DF.Check
		customer_column: DF.Data | None
		customer_source: DF.Literal["Column", "Tag", "Fixed"]
		file_layout: DF.Literal["Own", "FOCUS"]
		fixed_customer: DF.Link | None
		fixed_offering: DF.Link | None
		key_columns: DF.SmallText | None
		mapped_values: DF.Table[UsageMappingValue]
		mapping_name: DF.Data
		number_repeated_keys: DF.Check
		offering_column: DF.Data | None
		offering_source: DF.Literal["Column", "Tag", "Fixed"]
		quantity_source: DF.Literal["BilledCost", "EffectiveCost", "ConsumedQuantity", "PricingQuantity"]
	# end: auto-generated types

	def validate(self):
		self.validate_sources()
		self.validate_values()
		self.clear_unused()

	def validate_sources(self):
		for what, fixed in (("offering", "fixed_offering"), ("customer", "fixed_customer")):
			source = self.get(f"{what}_source")
			if source == "Fixed" and not self.get(fixed):
				self.refuse(_("{0} is fixed: choose which.").format(_(what.title())))
			if source != "Fixed" and not (self.get(f"{what}_column") or "").strip():
				self.refuse(_("Name the column or tag that gives the {0}.").format(_(what)))
			if source == "Tag" and self.file_layout == "Own":
				self.refuse(
					_("Tags exist in FOCUS files only. Choose Column or Fixed for the {0}.").format(_(what))
				)

	def validate_values(self):
		seen = {}
		for row in self.mapped_values:
			row.file_value = (row.file_value or "").strip()
			key = (row.value_for, row.file_value)
			if key in seen:
				self.refuse(
					_("Row #{0}: the value {1} is mapped in row #{2} already. Keep one of them.").format(
						row.idx, frappe.bold(row.file_value), seen[key]
					)
				)
			seen[key] = row.idx
			if row.value_for == "Customer":
				row.service_offering = None
			else:
				row.customer = None
			if not (row.customer or row.service_offering):
				self.refuse(_("Row #{0}: choose the {1}.").format(row.idx, _(row.value_for)))

	def clear_unused(self):
		if self.file_layout == "Own":
			self.quantity_source = None
		elif not self.quantity_source:
			self.quantity_source = "BilledCost"

	def refuse(self, message: str):
		frappe.throw(message, ServiceStrategyError, title=_("Usage Mapping"))
