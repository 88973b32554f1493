from typing import Literal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_first_day, get_last_day, getdate, now_datetime, today

from itil_strategy.exceptions import OverlappingRunError, RunStateError, ServiceStrategyError
from itil_strategy.it_finance.charging import calculation, posting, preflight, reversal, statement_mail
from itil_strategy.utils import jobs
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.submitted import TellsTransitions

JOB_FIELDS = (
	"status",
	"dispute_until",
	"obstacles",
	"charge_count",
	"total_amount",
	"chargeback_amount",
	"showback_amount",
	"posted_amount",
	"batches",
	"carried_count",
	"carried_amount",
	"notices",
	"customers",
	"error_message",
	"failed_step",
	"heartbeat",
	"reversal_date",
	"reversal_reason",
	"reversal_recharge",
)


class ChargingRun(TellsTransitions, Document):
	"""Charges of one company for whole months: calculate, publish, post, and take back (FM-9 to FM-11)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.charging_run_customer.charging_run_customer import (
			ChargingRunCustomer,
		)

		amended_from: DF.Link | None
		batches: DF.Data | None
		carried_amount: DF.Currency
		carried_count: DF.Int
		charge_count: DF.Int
		chargeback_amount: DF.Currency
		company: DF.Link
		customers: DF.Table[ChargingRunCustomer]
		dispute_until: DF.Date | None
		error_message: DF.SmallText | None
		failed_step: DF.Data | None
		heartbeat: DF.Datetime | None
		mode: DF.Literal["Chargeback", "Showback"]
		naming_series: DF.Literal["CR-.YYYY.-.#####"]
		notices: DF.SmallText | None
		obstacles: DF.SmallText | None
		period_end: DF.Date
		period_start: DF.Date
		posted_amount: DF.Currency
		posting_date: DF.Date | None
		reversal_date: DF.Date | None
		reversal_reason: DF.SmallText | None
		reversal_recharge: DF.Check
		showback_amount: DF.Currency
		status: DF.Literal[
			"Draft",
			"Calculating",
			"Calculated",
			"Published",
			"Posting",
			"Posted",
			"Failed",
			"Reversed",
			"Cancelled",
		]
		total_amount: DF.Currency
	# end: auto-generated types

	def before_validate(self):
		protect_job_fields(self, JOB_FIELDS)
		self.set_posting_date()

	def validate(self):
		self.validate_period()
		self.validate_no_overlap()
		self.validate_not_under_way()

	def before_submit(self):
		self.validate_calculated()
		self.validate_policies_unchanged()
		self.set_published()

	def on_submit(self):
		calculation.publish_charges(self.name)
		statement_mail.queue_on_publishing(self)

	def before_update_after_submit(self):
		protect_job_fields(self, JOB_FIELDS)
		self.validate_posting_date_open()

	def before_cancel(self):
		reversal.validate_cancel(self)

	def on_cancel(self):
		# Its own records and vouchers point at the run; they are taken back here, not left behind.
		self.ignore_linked_doctypes = (
			"Service Charge",
			"Usage Claim",
			"Charge Posting",
			"Charge Dispute",
			"Charge Correction",
		)
		reversal.cancel_vouchers(self)
		reversal.release_usage(self.name)
		reversal.close_corrections(self.name)
		self.db_set("status", "Cancelled")

	def on_trash(self):
		self.refuse_delete_under_way()
		calculation.delete_charges(self.name)
		frappe.db.delete("Charge Posting", {"charging_run": self.name})

	def set_posting_date(self):
		if self.period_end and not self.posting_date:
			self.posting_date = preflight.first_open_day(self.company, getdate(self.period_end))

	def validate_period(self):
		start, end = getdate(self.period_start), getdate(self.period_end)
		if start != get_first_day(start) or end != get_last_day(end):
			frappe.throw(
				_(
					"A run covers whole months: From must be the first day of a month and To the last day of one."
				),
				ServiceStrategyError,
				title=_("Whole Months"),
			)
		if end < start:
			frappe.throw(
				_("To is before From. Correct one of them."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)

	def validate_no_overlap(self):
		"""One run per company and month; the company row is the lock that makes the check hold."""
		frappe.db.get_value("Company", self.company, "name", for_update=True)
		other = frappe.db.get_value(
			"Charging Run",
			{
				"company": self.company,
				"name": ("!=", self.name or ""),
				"docstatus": ("<", 2),
				"status": ("!=", "Reversed"),
				"period_start": ("<=", self.period_end),
				"period_end": (">=", self.period_start),
			},
		)
		if other:
			frappe.throw(
				_(
					"Charging run {0} covers some of these months already. Late usage is charged by the next run; to charge a month again, cancel that run."
				).format(frappe.bold(other)),
				OverlappingRunError,
				title=_("Month Charged Already"),
			)

	def validate_not_under_way(self):
		before = self.get_doc_before_save()
		if not before or before.status in ("Draft", "Failed"):
			return
		for fieldname in ("company", "period_start", "period_end", "mode"):
			if str(self.get(fieldname)) != str(before.get(fieldname)):
				frappe.throw(
					_("{0} cannot change after calculating. Make a new run.").format(
						frappe.bold(_(self.meta.get_label(fieldname)))
					),
					RunStateError,
				)

	def validate_posting_date_open(self):
		before = self.get_doc_before_save()
		if before and getdate(before.posting_date) != getdate(self.posting_date) and self.posted_amount:
			frappe.throw(_("The posting date cannot change once vouchers are posted."), RunStateError)

	def validate_calculated(self):
		if self.status != "Calculated":
			frappe.throw(
				_("The run is {0}. Calculate it before publishing.").format(frappe.bold(_(self.status))),
				RunStateError,
				title=_("Not Calculated"),
			)

	def validate_policies_unchanged(self):
		"""Charges must be those of the policies as they are when the customers see them."""
		charge, policy = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Charging Policy")
		tier = frappe.qb.DocType("Charging Tier")
		changed = (
			frappe.qb.from_(charge)
			.inner_join(policy)
			.on(policy.name == charge.charging_policy)
			.left_join(tier)
			.on(tier.charging_policy == policy.name)
			.select(policy.name)
			.where(
				(charge.charging_run == self.name)
				& (charge.kind != "Correction")
				& ((policy.modified > self.heartbeat) | (tier.modified > self.heartbeat))
			)
			.limit(1)
		).run()
		if changed:
			frappe.throw(
				_("Charging policy {0} changed after calculating. Calculate again.").format(
					frappe.bold(changed[0][0])
				),
				RunStateError,
				title=_("Policy Changed"),
			)

	def set_published(self):
		window = cint(frappe.db.get_single_value("Service Strategy Settings", "dispute_window_days"))
		self.status = "Published"
		self.dispute_until = add_days(today(), window - 1) if window else None

	def refuse_delete_under_way(self):
		if jobs.is_working(self.doctype, self.name):
			frappe.throw(_("A background job is working on this run. Wait for it to end."), RunStateError)

	@frappe.whitelist()
	def get_obstacles(self, step: Literal["calculate", "post"]) -> list[str]:
		"""Everything that stands in the way of `calculate` or `post`, all at once."""
		self.check_permission("read")
		return preflight.find_obstacles(self, step)

	@frappe.whitelist(methods=["POST"])
	def calculate(self) -> None:
		"""Queue the calculation; charges of an earlier one are replaced."""
		self.check_permission("write")
		calculation.start(self)

	@frappe.whitelist(methods=["POST"])
	def post(self) -> None:
		"""Queue the posting, or resume one that stopped; batches that are in the ledger are skipped."""
		self.check_permission("submit")
		posting.start(self)

	@frappe.whitelist(methods=["POST"])
	def accept(self, customer: str) -> None:
		"""Record that a customer accepts the charges; posting needs not wait for the dispute window then."""
		self.check_permission("submit")
		row = next((row for row in self.customers if row.customer == customer), None)
		if not row or self.status != "Published":
			frappe.throw(
				_("{0} has no charges to accept in this run.").format(frappe.bold(customer)), RunStateError
			)
		row.db_set({"accepted": 1, "accepted_by": frappe.session.user, "accepted_on": now_datetime()})

	@frappe.whitelist(methods=["POST"])
	def reverse(self, reason: str, reversal_date: str | None = None, recharge: bool = False) -> None:
		"""Queue counter-vouchers in an open period for a run whose own period is closed (FM-10)."""
		self.check_permission("cancel")
		reversal.start(self, reason, getdate(reversal_date) if reversal_date else None, recharge)
