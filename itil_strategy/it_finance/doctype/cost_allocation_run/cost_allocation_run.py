import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_first_day, get_last_day, getdate, now_datetime

from itil_strategy.exceptions import (
	AllocationRunError,
	DateOrderError,
	LedgerSetupError,
	RunStateError,
	UnallocatedCostError,
)
from itil_strategy.it_finance.allocation import calculation, changes, gather, posting
from itil_strategy.utils import jobs
from itil_strategy.utils.guard import is_changed, protect_job_fields
from itil_strategy.utils.ledger import find_year_problem
from itil_strategy.utils.submitted import TellsTransitions
from itil_strategy.utils.text import as_html, bold

JOB_FIELDS = (
	"status",
	"version",
	"obstacles",
	"ledger_expense",
	"direct_cost",
	"pool_cost",
	"unassigned_cost",
	"final_cost",
	"idle_cost",
	"unallocated_cost",
	"unallocated_note",
	"unallocated_reason",
	"accepted_by",
	"accepted_on",
	"line_count",
	"error_message",
	"heartbeat",
	"submitted_on",
	"journal_entry",
	"replaced_run",
)
INPUT_FIELDS = ("company", "period_start", "period_end", "method", "step_down_order")


class CostAllocationRun(TellsTransitions, Document):
	"""What every service of a company costs in some months, shared and passed-on cost included (FM-1 to FM-4)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		accepted_by: DF.Link | None
		accepted_on: DF.Datetime | None
		amended_from: DF.Link | None
		company: DF.Link
		direct_cost: DF.Currency
		error_message: DF.SmallText | None
		final_cost: DF.Currency
		heartbeat: DF.Datetime | None
		idle_cost: DF.Currency
		journal_entry: DF.Link | None
		ledger_expense: DF.Currency
		line_count: DF.Int
		method: DF.Literal["Direct", "Step-Down", "Reciprocal"]
		naming_series: DF.Literal["CA-.YYYY.-.#####"]
		obstacles: DF.SmallText | None
		period_end: DF.Date
		period_start: DF.Date
		pool_cost: DF.Currency
		replaced_run: DF.Link | None
		status: DF.Literal["Draft", "Calculating", "Calculated", "Submitted", "Failed", "Cancelled"]
		step_down_order: DF.SmallText | None
		submitted_on: DF.Datetime | None
		unallocated_cost: DF.Currency
		unallocated_note: DF.SmallText | None
		unallocated_reason: DF.SmallText | None
		unassigned_cost: DF.Currency
		version: DF.Int
	# end: auto-generated types

	def before_validate(self):
		protect_job_fields(self, JOB_FIELDS)
		self.set_version()
		self.reopen_when_changed()

	def validate(self):
		self.validate_period()
		self.validate_fiscal_years()
		self.validate_step_down_order()

	def before_submit(self):
		self.validate_calculated()
		self.validate_unallocated_accepted()
		self.validate_ledger_unchanged()
		self.set_submitted()

	def on_submit(self):
		posting.post(self)

	def before_update_after_submit(self):
		protect_job_fields(self, JOB_FIELDS)

	def before_cancel(self):
		# Its own lines point at the run; they stay as they were, but nothing reads a cancelled run.
		self.ignore_linked_doctypes = ("Service Cost", "Cost Allocation Input")
		posting.validate_cancel(self)

	def on_cancel(self):
		posting.cancel(self)
		self.db_set("status", "Cancelled")

	def on_trash(self):
		self.refuse_delete_under_way()
		calculation.delete_lines(self.name)

	def set_version(self):
		"""Runs of the same months are counted."""
		if not self.is_new():
			return
		same = {field: self.get(field) for field in ("company", "period_start", "period_end")}
		last = frappe.get_all(self.doctype, same, pluck="version", order_by="version desc", limit=1)
		self.version = 1 + (last[0] if last else 0)

	def reopen_when_changed(self):
		"""Figures belong to what they were calculated from; another method or period makes it a draft again."""
		before = self.get_doc_before_save()
		if not before or before.status == "Draft" or not any(is_changed(self, f) for f in INPUT_FIELDS):
			return
		if before.status == "Calculating" and jobs.is_working(self.doctype, self.name):
			frappe.throw(
				_("A background job is calculating this run. Wait for it to end, then change it."),
				RunStateError,
			)
		calculation.delete_lines(self.name)
		self.update(calculation.NO_RESULT)

	def validate_period(self):
		start, end = getdate(self.period_start), getdate(self.period_end)
		if end < start:
			frappe.throw(
				_("To is before From. Correct one of them."),
				DateOrderError,
				title=_("Dates the Wrong Way Round"),
			)
		if start != get_first_day(start) or end != get_last_day(end):
			frappe.throw(
				_(
					"A run covers whole months: From must be the first day of a month and To the last day of one."
				),
				AllocationRunError,
				title=_("Whole Months"),
			)

	def validate_fiscal_years(self):
		for month in gather.months_of(self):
			problem = find_year_problem(self.company, month)
			if problem:
				frappe.throw(problem, LedgerSetupError, title=_("Fiscal Year"))

	def validate_step_down_order(self):
		order = gather.order_lines(self)
		known = set(frappe.get_all("IT Service", {"name": ("in", order)}, pluck="name", limit=0))
		for row, name in enumerate(order, start=1):
			if name not in known or name in order[: row - 1]:
				problem = (
					_("Line {0} of the order: {1} is named twice. Remove one.")
					if name in known
					else _("Line {0} of the order: there is no service {1}. Correct or remove it.")
				)
				frappe.throw(problem.format(row, bold(name)), AllocationRunError, title=_("Step-Down Order"))

	def validate_calculated(self):
		if self.status != "Calculated":
			frappe.throw(
				_("The run is {0}. Calculate it before submitting.").format(frappe.bold(_(self.status))),
				RunStateError,
				title=_("Not Calculated"),
			)

	def validate_unallocated_accepted(self):
		if self.unallocated_note and not self.unallocated_reason:
			frappe.throw(
				_(
					"Cost is not allocated: {0}. Enter the missing drivers and calculate again, or accept it with a reason."
				).format(as_html(self.unallocated_note.replace("\n", "; "))),
				UnallocatedCostError,
				title=_("Unallocated Cost"),
			)

	def validate_ledger_unchanged(self):
		change = changes.first_change(self)
		if change:
			frappe.throw(
				_("The ledger changed after calculating: {0} was {1} and is {2}. Calculate again.").format(
					changes.describe(change),
					frappe.format(float(change.before), {"fieldtype": "Currency"}),
					frappe.format(float(change.now), {"fieldtype": "Currency"}),
				),
				RunStateError,
				title=_("Ledger Changed"),
			)

	def set_submitted(self):
		self.status = "Submitted"
		self.submitted_on = now_datetime()

	def refuse_delete_under_way(self):
		if jobs.is_working(self.doctype, self.name):
			frappe.throw(_("A background job is working on this run. Wait for it to end."), RunStateError)

	@frappe.whitelist(methods=["POST"])
	def calculate(self) -> None:
		"""Queue the calculation; lines of an earlier one are replaced."""
		self.check_permission("write")
		calculation.start(self)

	@frappe.whitelist(methods=["POST"])
	def accept_unallocated(self, reason: str) -> None:
		"""Let the run be submitted although some cost found no service, and say why."""
		self.check_permission("write")
		if self.docstatus != 0 or self.status != "Calculated" or not self.unallocated_note:
			frappe.throw(
				_("{0} has no unallocated cost to accept.").format(bold(self.name)), UnallocatedCostError
			)
		if not reason.strip():
			frappe.throw(_("Say why the cost stays unallocated."), UnallocatedCostError)
		self.db_set(
			{
				"unallocated_reason": reason.strip(),
				"accepted_by": frappe.session.user,
				"accepted_on": now_datetime(),
			}
		)
