import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, today

from itil_strategy.exceptions import BusinessCaseError, CaseStatusError
from itil_strategy.it_finance.business_case import funds
from itil_strategy.it_finance.business_case.figures import set_figures
from itil_strategy.it_finance.business_case.lapse import lapse_if_moved, withdraw
from itil_strategy.it_finance.business_case.print_pictures import print_pictures
from itil_strategy.it_finance.business_case.reading import reader_view
from itil_strategy.it_finance.business_case.review import (
	judge_funds,
	refuse_own_case,
	reserve_funds,
	validate_complete,
	validate_policy,
	validate_still_valid,
)
from itil_strategy.it_finance.business_case.rules import (
	note_writer,
	set_variables,
	validate_frozen,
	validate_links,
)
from itil_strategy.it_finance.business_case.transitions import (
	APPROVED,
	DRAFT,
	FUNDS_SECURED,
	IN_REVIEW,
	REJECTED,
	moved_from,
	validate_transition,
)
from itil_strategy.it_finance.business_case.versions import compare_versions, keep_version
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.submitted import TellsTransitions
from itil_strategy.utils.text import bold

STAMPED_FIELDS = (
	"submitted_by",
	"writers",
	"funds_secured_by",
	"funds_secured_on",
	"approved_by",
	"approved_on",
	"approved_npv",
	"lapsed_on",
	"lapse_reason",
	"spend",
	"versions",
)
MONEY_TABLES = ("options", "flows", "risks")


class BusinessCase(TellsTransitions, Document):
	"""Why money should be spent, in five sections whose figures come from numbered assumptions (FM-6, FM-7, FM-16)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.business_case_assumption.business_case_assumption import (
			BusinessCaseAssumption,
		)
		from itil_strategy.it_finance.doctype.business_case_condition.business_case_condition import (
			BusinessCaseCondition,
		)
		from itil_strategy.it_finance.doctype.business_case_effort.business_case_effort import (
			BusinessCaseEffort,
		)
		from itil_strategy.it_finance.doctype.business_case_flow.business_case_flow import BusinessCaseFlow
		from itil_strategy.it_finance.doctype.business_case_impact.business_case_impact import (
			BusinessCaseImpact,
		)
		from itil_strategy.it_finance.doctype.business_case_option.business_case_option import (
			BusinessCaseOption,
		)
		from itil_strategy.it_finance.doctype.business_case_risk.business_case_risk import BusinessCaseRisk
		from itil_strategy.it_finance.doctype.business_case_spend.business_case_spend import BusinessCaseSpend
		from itil_strategy.it_finance.doctype.business_case_version.business_case_version import (
			BusinessCaseVersion,
		)

		advantage: DF.Currency
		amended_from: DF.Link | None
		approved_by: DF.Link | None
		approved_npv: DF.Currency
		approved_on: DF.Date | None
		assumptions: DF.Table[BusinessCaseAssumption]
		benefit_cost: DF.Data | None
		case_owner: DF.Link
		case_title: DF.Data
		chance_of_loss: DF.Data | None
		company: DF.Link
		conditions: DF.Table[BusinessCaseCondition]
		contingencies: DF.TextEditor | None
		convention: DF.Literal["End of Period", "Mid-Period"]
		currency: DF.Link | None
		customer_need: DF.Link | None
		discount_rate: DF.Percent
		discounted_payback: DF.Data | None
		efforts: DF.Table[BusinessCaseEffort]
		equal_annual_value: DF.Currency
		expected_risk_cost: DF.Currency
		figure_notes: DF.SmallText | None
		figures: DF.JSON | None
		finance_rate: DF.Percent
		flows: DF.Table[BusinessCaseFlow]
		funding_cost_center: DF.Link | None
		funds_secured_by: DF.Link | None
		funds_secured_on: DF.Date | None
		impacts: DF.TextEditor | None
		internal_rates: DF.Data | None
		introduction: DF.TextEditor | None
		is_mandatory: DF.Check
		it_service: DF.Link | None
		lapse_reason: DF.SmallText | None
		lapsed_on: DF.Date | None
		mandatory_basis: DF.SmallText | None
		methods: DF.TextEditor | None
		modified_rate: DF.Data | None
		naming_series: DF.Literal["BC-.YYYY.-.#####"]
		non_financial: DF.Table[BusinessCaseImpact]
		npv: DF.Currency
		options: DF.Table[BusinessCaseOption]
		payback: DF.Data | None
		percentiles: DF.Data | None
		period_length: DF.Literal["Year", "Month"]
		recommendation: DF.TextEditor | None
		recommended_option: DF.Data | None
		reinvestment_rate: DF.Percent
		rejection_reason: DF.SmallText | None
		renews: DF.Link | None
		return_on_investment: DF.Data | None
		risks: DF.Table[BusinessCaseRisk]
		seed: DF.Int
		spend: DF.Table[BusinessCaseSpend]
		start_date: DF.Date
		status: DF.Literal["Draft", "In Review", "Funds Secured", "Approved", "Rejected", "Lapsed"]
		submitted_by: DF.Link | None
		total_reserve: DF.Currency
		total_spend: DF.Currency
		valid_until: DF.Date
		versions: DF.Table[BusinessCaseVersion]
		writers: DF.SmallText | None
	# end: auto-generated types

	def check_if_latest(self):
		"""Frappe locks the stored case with all its rows here. Whoever approves locks the company before that:
		in the other order two approvals would hold rows that each other's insert waits for."""
		if self.docstatus == 1:
			lock_row("Company", self.company)
		super().check_if_latest()

	def onload(self):
		self.set_onload("shown", reader_view(self))

	def validate(self):
		protect_job_fields(self, STAMPED_FIELDS, CaseStatusError)
		self.set_currency()
		set_variables(self)
		validate_links(self)
		self.model = set_figures(self)
		validate_frozen(self)
		note_writer(self)
		validate_transition(self)
		self.take_step()

	def before_submit(self):
		self.validate_approval()
		validate_complete(self, self.model)
		validate_still_valid(self)
		refuse_own_case(self)
		validate_policy(self, self.model)
		reserve_funds(self, self.model)
		self.stamp_approval()

	def before_update_after_submit(self):
		protect_job_fields(self, STAMPED_FIELDS, CaseStatusError)
		self.refuse_change_of_lapsed()
		validate_transition(self)
		set_variables(self)
		self.model = set_figures(self)
		keep_version(self)

	def on_update_after_submit(self):
		lapse_if_moved(self)

	def on_cancel(self):
		funds.release(self)

	def on_trash(self):
		funds.release(self)

	def set_currency(self):
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		for table in MONEY_TABLES:
			for row in self.get(table):
				row.currency = self.currency

	def take_step(self):
		"""What each status asks for, and does."""
		if moved_from(self) is None:
			return
		if self.status == IN_REVIEW:
			validate_complete(self, self.model)
			validate_still_valid(self)
			self.submitted_by = frappe.session.user
			keep_version(self)
		elif self.status == FUNDS_SECURED:
			judge_funds(self, self.model)
			self.funds_secured_by, self.funds_secured_on = frappe.session.user, today()
		elif self.status in (REJECTED, DRAFT):
			self.give_back()

	def give_back(self):
		if self.status == REJECTED and not cstr(self.rejection_reason).strip():
			frappe.throw(
				_("Say why the case is rejected: fill in {0} on the tab {1}, save, and reject then.").format(
					bold(_("Reason for Rejecting")), bold(_("Approval"))
				),
				BusinessCaseError,
				title=_("Reason Needed"),
			)
		funds.release(self)
		funds.note(self, {})
		self.funds_secured_by = self.funds_secured_on = None

	def validate_approval(self):
		"""Submitting past the workflow, e.g. over REST, does not change the status: that is no approval."""
		if self.status != APPROVED or moved_from(self) != FUNDS_SECURED:
			frappe.throw(
				_(
					"{0} is {1}. It is submitted by its approval only: secure its funds, then approve it."
				).format(bold(self.name), bold(_(self.status))),
				CaseStatusError,
				title=_("Not Approved"),
			)

	def stamp_approval(self):
		self.approved_by, self.approved_on = frappe.session.user, today()
		self.approved_npv = self.npv
		for row in self.spend:
			row.approved_spend = row.planned_spend
		keep_version(self)

	def refuse_change_of_lapsed(self):
		if self.get_doc_before_save().status != APPROVED:
			frappe.throw(
				_("The approval of {0} lapsed. Renew it as a new case.").format(bold(self.name)),
				CaseStatusError,
				title=_("Lapsed"),
			)

	def reader_view(self) -> dict:
		"""What the print format shows for the stored figures."""
		return reader_view(self)

	def print_pictures(self) -> dict:
		"""What the print format draws."""
		return print_pictures(self)

	@frappe.whitelist()
	def compare(self, first: int, second: int) -> list[dict]:
		"""What changed between two versions."""
		self.check_permission("read")
		return compare_versions(self, first, second)

	@frappe.whitelist(methods=["POST"])
	def withdraw_approval(self, reason: str) -> None:
		"""End the approval and free its funds."""
		self.check_permission("submit")
		withdraw(frappe.get_doc(self.doctype, self.name), reason)
