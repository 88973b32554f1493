import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from itil_strategy.exceptions import RetirementError, ServiceStrategyError


class ServiceOffering(Document):
	"""What a customer buys of a service, counted in one unit."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		conditions: DF.SmallText | None
		description: DF.TextEditor | None
		disabled: DF.Check
		it_service: DF.Link
		item: DF.Link | None
		offering_code: DF.Data
		offering_name: DF.Data
		practical_capacity: DF.Float
		uom: DF.Link
		valid_from: DF.Date | None
		valid_to: DF.Date | None
	# end: auto-generated types

	def validate(self):
		self.validate_dates()
		self.validate_item()
		self.validate_service_unchanged()
		self.validate_last_day()

	def validate_dates(self):
		if self.valid_from and self.valid_to and getdate(self.valid_to) < getdate(self.valid_from):
			frappe.throw(
				_("Valid To is before Valid From. Correct one of them."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)

	def validate_item(self):
		"""Invoices for a service move no stock."""
		if self.item and frappe.get_cached_value("Item", self.item, "is_stock_item"):
			frappe.throw(
				_("Item {0} is a stock item. Choose or create an item without Maintain Stock.").format(
					frappe.bold(self.item)
				),
				ServiceStrategyError,
				title=_("Stock Item"),
			)

	def validate_service_unchanged(self):
		"""Charges were booked on the service; another one would rewrite history."""
		before = self.get_doc_before_save()
		if not before or (before.it_service == self.it_service and before.uom == self.uom):
			return
		if frappe.db.exists("Service Usage", {"service_offering": self.name}):
			frappe.throw(
				_(
					"Offering {0} has usage, so its service and unit stay. Create a new offering instead."
				).format(frappe.bold(self.name)),
				ServiceStrategyError,
				title=_("Offering In Use"),
			)

	def validate_last_day(self):
		"""SP-6: nothing is offered of a service after its last day; what is disabled may be edited."""
		if self.disabled:
			return
		last_day = frappe.db.get_value("IT Service", self.it_service, "last_day")
		if last_day and getdate(last_day) < getdate():
			frappe.throw(
				_(
					"The last day of {0} was {1}: nothing of it is offered any more. Disable the offering."
				).format(frappe.bold(self.it_service), formatdate(last_day)),
				RetirementError,
				title=_("Service Ended"),
			)
