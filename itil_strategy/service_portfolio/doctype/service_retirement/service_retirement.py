import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, formatdate, getdate, today

from itil_strategy.domain.portfolio import CATALOGUE
from itil_strategy.exceptions import (
	DateOrderError,
	LiveDependentsError,
	RetirementError,
	ServiceStrategyError,
)
from itil_strategy.service_portfolio.dependencies import find_live_dependents
from itil_strategy.service_portfolio.stages import load_stage_book, lock_service
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.submitted import TellsTransitions

DRAFT, NOTICE_GIVEN, LAST_DAY_PASSED, WITHDRAWN = "Draft", "Notice Given", "Last Day Passed", "Withdrawn"


class ServiceRetirement(TellsTransitions, Document):
	"""The plan to take a service out of use; submitted when notice is given, reversible until the last day."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.service_portfolio.doctype.retirement_contract.retirement_contract import (
			RetirementContract,
		)
		from itil_strategy.service_portfolio.doctype.retirement_task.retirement_task import RetirementTask

		amended_from: DF.Link | None
		checklist: DF.Table[RetirementTask]
		company: DF.Link | None
		contracts: DF.Table[RetirementContract]
		customers_informed: DF.Check
		data_owner: DF.Link | None
		data_retention: DF.SmallText | None
		exit_cost: DF.Currency
		it_service: DF.Link
		last_day: DF.Date | None
		loss_accepted: DF.Check
		loss_reason: DF.SmallText | None
		naming_series: DF.Literal["SR-.YYYY.-.#####"]
		notice_given_on: DF.Date | None
		retention_until: DF.Date | None
		service_name: DF.Data | None
		status: DF.Literal["Draft", "Notice Given", "Last Day Passed", "Withdrawn"]
		successor: DF.Link | None
	# end: auto-generated types

	def save(self, *args, **kwargs):
		"""As in a decision: the service is locked first, so that the two never wait for each other."""
		if not self.docstatus.is_draft():
			lock_service(self.it_service)
		return super().save(*args, **kwargs)

	def before_insert(self):
		self.fill_checklist()

	def before_validate(self):
		self.stamp_done_tasks()

	def validate(self):
		protect_job_fields(self, ("status",))
		self.load_service()
		self.validate_phase()
		self.validate_dates()
		self.validate_successor()
		self.validate_single_plan()

	def before_submit(self):
		self.validate_complete()
		self.validate_dates_reachable()
		self.validate_dependents()

	def on_submit(self):
		self.announce()

	def before_update_after_submit(self):
		self.stamp_done_tasks()

	def before_cancel(self):
		self.load_service()
		self.refuse_late_withdrawal()
		self.refuse_withdrawal_while_retiring()

	def on_cancel(self):
		self.withdraw()

	def load_service(self):
		self.service = frappe.db.get_value(
			"IT Service",
			self.it_service,
			["name", "phase", "stage", "operational_from", "last_day", "successor"],
			as_dict=True,
			for_update=not self.docstatus.is_draft(),
		)

	def fill_checklist(self):
		"""A new plan starts with the usual steps; people change them as they need."""
		if self.checklist:
			return
		for task in (
			_("Tell every customer and write down the answers"),
			_("Move customers to the successor, or record the accepted loss"),
			_("Give notice on supplier contracts"),
			_("Archive, hand over or delete the data"),
			_("Remove access, integrations and monitoring"),
			_("Charge the last usage"),
		):
			self.append("checklist", {"task": task})

	def stamp_done_tasks(self):
		for row in self.checklist:
			if row.is_done and not row.done_on:
				row.done_on = today()
			elif not row.is_done:
				row.done_on = None

	def validate_phase(self):
		if self.service.phase != CATALOGUE:
			frappe.throw(
				_(
					"{0} is in stage {1}. Only a service of the catalogue is retired; reject or leave the others."
				).format(frappe.bold(self.it_service), frappe.bold(self.service.stage)),
				RetirementError,
				title=_("Not in the Catalogue"),
			)

	def validate_dates(self):
		for earlier, later in (
			(("notice_given_on", self.notice_given_on), ("last_day", self.last_day)),
			(("operational_from", self.service.operational_from), ("last_day", self.last_day)),
			(("last_day", self.last_day), ("retention_until", self.retention_until)),
		):
			if earlier[1] and later[1] and getdate(later[1]) < getdate(earlier[1]):
				frappe.throw(
					_("{0} ({1}) is before {2} ({3}). Correct one of them.").format(
						frappe.bold(self.label_of(later[0])),
						formatdate(later[1]),
						frappe.bold(self.label_of(earlier[0])),
						formatdate(earlier[1]),
					),
					DateOrderError,
					title=_("Dates the Wrong Way Round"),
				)

	def label_of(self, fieldname: str) -> str:
		meta = self.meta if self.meta.has_field(fieldname) else frappe.get_meta("IT Service")
		return _(meta.get_label(fieldname))

	def validate_successor(self):
		if self.successor and self.successor == self.it_service:
			frappe.throw(
				_("{0} cannot be its own successor. Choose another service.").format(
					frappe.bold(self.it_service)
				),
				ServiceStrategyError,
				title=_("Successor"),
			)
		if self.loss_accepted and not cstr(self.loss_reason).strip():
			frappe.throw(
				_("Fill in {0}: customers will ask.").format(frappe.bold(_("Why the Loss Is Accepted"))),
				RetirementError,
				title=_("Loss Accepted"),
			)

	def validate_single_plan(self):
		other = frappe.db.get_value(
			"Service Retirement",
			{"it_service": self.it_service, "docstatus": ("<", 2), "name": ("!=", self.name or "")},
		)
		if other:
			frappe.throw(
				_("{0} is planned to retire in {1} already. Continue there.").format(
					frappe.bold(self.it_service), frappe.bold(other)
				),
				RetirementError,
				title=_("Second Plan"),
			)

	def validate_complete(self):
		for fieldname in ("notice_given_on", "last_day"):
			if not self.get(fieldname):
				frappe.throw(
					_("Fill in {0} before you submit.").format(frappe.bold(self.label_of(fieldname))),
					RetirementError,
					title=_("Incomplete Plan"),
				)

	def validate_dates_reachable(self):
		if getdate(self.notice_given_on) > getdate():
			frappe.throw(
				_("Notice Given On is {0}. Submit the plan on that day, when customers were told.").format(
					formatdate(self.notice_given_on)
				),
				RetirementError,
				title=_("Notice Not Given Yet"),
			)
		if getdate(self.last_day) < getdate():
			frappe.throw(
				_("Last Day {0} has passed. Choose today or a later day.").format(formatdate(self.last_day)),
				RetirementError,
				title=_("Last Day Has Passed"),
			)

	def validate_dependents(self):
		"""The last day takes effect by itself, so nothing that still needs the service may be left (SP-5)."""
		dependents = find_live_dependents({self.it_service: getdate(self.last_day)}).get(self.it_service)
		if dependents:
			frappe.throw(
				_(
					"{0} cannot retire: {1} depend on it. Remove the dependency from these services or retire them first."
				).format(frappe.bold(self.it_service), frappe.bold(", ".join(dependents))),
				LiveDependentsError,
				title=_("Live Dependents"),
			)

	def announce(self):
		self.write_service({"last_day": self.last_day, "successor": self.successor or self.service.successor})
		self.db_set("status", NOTICE_GIVEN)

	def refuse_late_withdrawal(self):
		if self.last_day and getdate(self.last_day) < getdate():
			frappe.throw(
				_(
					"The last day of {0} was {1}; its retirement is final. Propose a new service instead."
				).format(frappe.bold(self.it_service), formatdate(self.last_day)),
				RetirementError,
				title=_("Last Day Has Passed"),
			)

	def refuse_withdrawal_while_retiring(self):
		if not self.flags.withdrawn_by and self.service.stage == load_stage_book().leaving_stage:
			frappe.throw(
				_(
					"{0} is in stage {1}. Submit a Portfolio Decision with outcome Back: it withdraws this plan too."
				).format(frappe.bold(self.it_service), frappe.bold(self.service.stage)),
				RetirementError,
				title=_("Decision Needed"),
			)

	def withdraw(self):
		self.write_service({"last_day": None})
		self.db_set("status", WITHDRAWN)

	def write_service(self, values: dict):
		service = frappe.get_doc("IT Service", self.it_service)
		service.flags.stage_set_by = self.name
		service.db_set(values)
