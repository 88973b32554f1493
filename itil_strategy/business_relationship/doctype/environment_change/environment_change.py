import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from itil_strategy.business_relationship.reminders import forget_reminders
from itil_strategy.exceptions import OpenActionError, ServiceStrategyError
from itil_strategy.utils.text import bold

AFFECTED = ("it_service", "customer_need", "service_commitment")
EFFECTS = ("effect_on_demand", "effect_on_cost", "effect_on_risk")


class EnvironmentChange(Document):
	"""Something changes at a customer or in technology: what it does to services and needs, and what we do."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.environment_impact.environment_impact import (
			EnvironmentImpact,
		)

		change_description: DF.SmallText | None
		change_title: DF.Data
		customer: DF.Link | None
		horizon: DF.Literal["", "This year", "One to three years", "Beyond three years"]
		impacts: DF.Table[EnvironmentImpact]
		kind: DF.Literal["Customer", "Technology"]
		likelihood: DF.Literal["", "Low", "Medium", "High", "Certain"]
		naming_series: DF.Literal["EC-.YYYY.-.#####"]
		notified_on: DF.Date | None
		source: DF.Data | None
		status: DF.Literal["Watching", "Acting", "Closed"]
		watch_date: DF.Date | None
	# end: auto-generated types

	def validate(self):
		self.validate_customer()
		self.validate_watch_date()
		self.validate_impacts()
		self.validate_actions_done()

	def validate_customer(self):
		if self.kind == "Customer" and not self.customer:
			frappe.throw(
				_("Choose the Customer at which something changes, or the kind {0}.").format(
					bold(_("Technology"))
				),
				ServiceStrategyError,
				title=_("Customer"),
			)
		if self.kind != "Customer":
			self.customer = None

	def validate_watch_date(self):
		"""Another day is another reminder."""
		if self.has_value_changed("watch_date"):
			self.notified_on = None
		if self.status == "Watching" and not self.watch_date:
			frappe.throw(
				_("Enter a Watch Date: the day to look at it again."),
				ServiceStrategyError,
				title=_("Watch Date"),
			)

	def validate_impacts(self):
		for row in self.impacts:
			if sum(bool(row.get(field)) for field in AFFECTED) != 1:
				self.refuse_row(
					row, _("Choose a service, a need or a commitment; a row is about one of them.")
				)
			if not any(row.get(field) for field in (*EFFECTS, "action")):
				self.refuse_row(row, _("Say what the effect on demand, cost or risk is, or what to do."))
			if cstr(row.action).strip() and not (row.action_owner and row.due_on):
				self.refuse_row(row, _("An action needs its owner and the day it is due."), OpenActionError)
		forget_reminders(self, "impacts")

	def validate_actions_done(self):
		open_rows = [str(row.idx) for row in self.impacts if cstr(row.action).strip() and not row.is_done]
		if self.status == "Closed" and open_rows:
			frappe.throw(
				_(
					"The actions of row {0} are not done. Finish or remove them before you close the change."
				).format(", ".join(open_rows)),
				OpenActionError,
				title=_("Open Actions"),
			)

	def refuse_row(self, row: Document, message: str, exception: type[Exception] = ServiceStrategyError):
		frappe.throw(_("Row #{0}: {1}").format(row.idx, message), exception, title=_("Impacts"))
