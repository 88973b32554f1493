import frappe
from frappe import _
from frappe.utils import flt, getdate

from itil_strategy.domain.periods import month_start
from itil_strategy.exceptions import CostDriverError
from itil_strategy.utils.one_of_each import OneOfEach
from itil_strategy.utils.text import bold

COUNTED_ONCE = ("cost_driver", "company", "it_service", "month")


class CostDriverValue(OneOfEach):
	"""How many units of a driver a service used in a month."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		company: DF.Link
		cost_driver: DF.Link
		it_service: DF.Link
		month: DF.Date
		value: DF.Float
	# end: auto-generated types

	def before_validate(self):
		self.set_month()

	def validate(self):
		self.validate_value()
		self.validate_source()
		self.validate_once()

	def set_month(self):
		if self.month:
			self.month = month_start(getdate(self.month))

	def validate_value(self):
		if flt(self.value) < 0:
			self.refuse(
				_("Value {0} of {1} is negative. Enter 0 or more.").format(self.value, bold(self.it_service))
			)

	def validate_source(self):
		source = frappe.db.get_value("Cost Driver", self.cost_driver, "source")
		if source != "Counted Values":
			self.refuse(
				_("Cost driver {0} is worked out from {1}, so no values are entered for it.").format(
					bold(self.cost_driver), _(source)
				)
			)

	def validate_once(self):
		other = frappe.db.get_value(
			self.doctype,
			{**{field: self.get(field) for field in COUNTED_ONCE}, "name": ("!=", self.name or "")},
		)
		if other:
			self.refuse(
				_("{0} has a value of {1} for {2} already. Change that one.").format(
					bold(self.it_service), bold(self.cost_driver), f"{getdate(self.month):%Y-%m}"
				)
			)

	def refuse(self, message: str):
		frappe.throw(message, CostDriverError, title=_("Cost Driver Value"))


def on_doctype_update():
	frappe.db.add_unique("Cost Driver Value", list(COUNTED_ONCE), "counted_once")
