import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from itil_strategy.business_relationship.feedback.service_level import set_up_service_level
from itil_strategy.business_relationship.feedback.settings import (
	validate_settings as validate_feedback_settings,
)
from itil_strategy.exceptions import LedgerSetupError, ServiceStrategyError, WeightTotalError
from itil_strategy.it_finance.business_case.policy import validate_settings as validate_case_settings
from itil_strategy.service_portfolio.retirement.settings import read_settings
from itil_strategy.setup.accounts import ACCOUNTS, set_up_company
from itil_strategy.setup.demo import desk as sample
from itil_strategy.setup.readiness import check_ledger
from itil_strategy.setup.roles import FINANCIAL_MANAGER

MIN_BATCH_LINES, MAX_BATCH_LINES = 2, 2_000

MIN_WINDOW, MAX_WINDOW = 3, 60
TARGET_MIX = ("target_run", "target_grow", "target_transform")
FULL_SHARE = 100
SYSTEM_MANAGER = "System Manager"


class ServiceStrategySettings(Document):
	"""Settings of the three processes."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.feedback_target.feedback_target import FeedbackTarget
		from itil_strategy.business_relationship.doctype.working_window.working_window import WorkingWindow
		from itil_strategy.it_finance.doctype.business_case_approval_limit.business_case_approval_limit import (
			BusinessCaseApprovalLimit,
		)
		from itil_strategy.it_finance.doctype.service_strategy_company.service_strategy_company import (
			ServiceStrategyCompany,
		)
		from itil_strategy.service_portfolio.doctype.retirement_indicator.retirement_indicator import (
			RetirementIndicator,
		)

		analysis_months: DF.Int
		budget_override_role: DF.Link | None
		approval_limits: DF.Table[BusinessCaseApprovalLimit]
		approval_tolerance: DF.Percent
		capitalisation_threshold: DF.Float
		class_cutoff: DF.Float
		companies: DF.Table[ServiceStrategyCompany]
		correction_item: DF.Link | None
		dispute_window_days: DF.Int
		escalate_at: DF.Percent
		feedback_targets: DF.Table[FeedbackTarget]
		holiday_list: DF.Link | None
		hurdle_rate: DF.Percent
		indicators: DF.Table[RetirementIndicator]
		longest_payback: DF.Float
		mail_statements: DF.Check
		minimum_coverage: DF.Percent
		posting_batch_lines: DF.Int
		reopen_days: DF.Int
		simulation_draws: DF.Int
		survey_throttle_days: DF.Int
		target_grow: DF.Percent
		target_run: DF.Percent
		target_transform: DF.Percent
		working_windows: DF.Table[WorkingWindow]
	# end: auto-generated types

	def validate(self):
		self.validate_batch_lines()
		self.validate_companies()
		self.validate_analysis()
		self.validate_target_mix()
		self.validate_correction_item()
		validate_feedback_settings(self)
		validate_case_settings(self)

	def validate_batch_lines(self):
		if not MIN_BATCH_LINES <= (self.posting_batch_lines or 0) <= MAX_BATCH_LINES:
			frappe.throw(
				_("Ledger Rows per Journal Entry must be between {0} and {1}.").format(
					MIN_BATCH_LINES, MAX_BATCH_LINES
				),
				LedgerSetupError,
			)

	def validate_companies(self):
		seen = set()
		for row in self.companies:
			if row.company in seen:
				self.refuse(row, _("{0} is listed twice. Keep one row per company.").format(row.company))
			seen.add(row.company)
			for fieldname, (label, root_type) in ACCOUNTS.items():
				self.validate_account(row, fieldname, label, root_type)
			self.validate_allocation_account(row)

	def validate_allocation_account(self, row: Document):
		"""Allocations are told from cost by their account, so it is needed and is no other one."""
		self.validate_account(row, "allocation_account", _("IT Allocation"), "Expense")
		if row.post_allocations and not row.allocation_account:
			self.refuse(row, _("Choose the account IT Allocation, or leave allocations out of the ledger."))
		if row.allocation_account and row.allocation_account in (row.charges_account, row.recovery_account):
			self.refuse(row, _("IT Allocation must be an account of its own, not that of the recharge."))

	def validate_account(self, row: Document, fieldname: str, label: str, root_type: str):
		account = row.get(fieldname)
		if not account:
			return
		facts = frappe.db.get_value(
			"Account",
			account,
			["company", "root_type", "is_group", "disabled", "account_currency"],
			as_dict=True,
		)
		currency = frappe.get_cached_value("Company", row.company, "default_currency")
		if facts.company != row.company or facts.root_type != root_type or facts.is_group or facts.disabled:
			self.refuse(
				row,
				_("{0} must be an enabled {1} account of {2} that is not a group; {3} is not.").format(
					label, _(root_type), row.company, frappe.bold(account)
				),
			)
		if facts.account_currency and facts.account_currency != currency:
			self.refuse(
				row, _("{0} must be kept in {1}, the currency of the company.").format(label, currency)
			)

	def validate_analysis(self):
		if not MIN_WINDOW <= cint(self.analysis_months) <= MAX_WINDOW:
			frappe.throw(
				_("{0} must be between {1} and {2}.").format(
					_(self.meta.get_label("analysis_months")), MIN_WINDOW, MAX_WINDOW
				),
				ServiceStrategyError,
			)
		read_settings(self)

	def validate_target_mix(self):
		total = flt(sum(flt(self.get(fieldname)) for fieldname in TARGET_MIX), 2)
		if total != FULL_SHARE:
			frappe.throw(
				_(
					"The target mix of Run, Grow and Transform totals {0} %. Change the shares so that it is 100 %."
				).format(total),
				WeightTotalError,
				title=_("Target Mix"),
			)

	def validate_correction_item(self):
		if not self.correction_item:
			return
		item = frappe.db.get_value("Item", self.correction_item, ["is_stock_item", "disabled"], as_dict=True)
		if item.is_stock_item or item.disabled:
			frappe.throw(
				_(
					"{0}: {1} is disabled or a stock item. Choose an enabled item without Maintain Stock."
				).format(_(self.meta.get_label("correction_item")), frappe.bold(self.correction_item)),
				ServiceStrategyError,
				title=_("Correction Item"),
			)

	def refuse(self, row: Document, message: str):
		frappe.throw(_("Row #{0}: {1}").format(row.idx, message), LedgerSetupError, title=_("Accounts"))

	@frappe.whitelist(methods=["POST"])
	def set_up_accounts(self, company: str) -> dict[str, str]:
		"""Create the missing accounts of a company and note them here."""
		self.check_permission("write")
		self.check_accounts_permission()
		frappe.has_permission("Company", "read", doc=company, throw=True)
		return set_up_company(company)

	def check_accounts_permission(self):
		"""The accounts are finance's, a level above what portfolio managers write here."""
		if not self.has_permlevel_access_to("companies", permission_type="write"):
			frappe.throw(
				_("Only an {0} may set up accounts.").format(_(FINANCIAL_MANAGER)),
				frappe.PermissionError,
				title=_("Not Permitted"),
			)

	@frappe.whitelist(methods=["POST"])
	def set_up_service_level(self) -> str:
		"""ERPNext's Service Level Agreement for complaints, from the settings as they are stored; answers its name."""
		self.check_permission("write")
		self.check_schema_permission()
		return set_up_service_level()

	def check_schema_permission(self):
		"""ERPNext adds columns for it, which is an administrator's business."""
		if SYSTEM_MANAGER not in frappe.get_roles():
			frappe.throw(
				_("Only a {0} may set up a Service Level Agreement: it adds fields to {1}.").format(
					_(SYSTEM_MANAGER), _("Service Feedback")
				),
				frappe.PermissionError,
				title=_("Not Permitted"),
			)

	@frappe.whitelist(methods=["POST"])
	def load_sample_organisation(self) -> None:
		"""Load an organisation to try the app with, in the background; refused where its names are taken."""
		self.check_sample_permission()
		sample.start("load")

	@frappe.whitelist(methods=["POST"])
	def remove_sample_organisation(self) -> None:
		"""Delete it with all its vouchers, in the background; records of others that use it keep what they use."""
		self.check_sample_permission()
		sample.start("remove")

	@frappe.whitelist()
	def get_sample_state(self) -> dict:
		"""Whether it is on this site, and whether somebody is loading or removing it."""
		self.check_sample_permission()
		return sample.get_state()

	def check_sample_permission(self):
		"""It is a company with users and vouchers."""
		self.check_permission("write")
		if SYSTEM_MANAGER not in frappe.get_roles():
			frappe.throw(
				_("Only a {0} may load or remove the sample organisation.").format(_(SYSTEM_MANAGER)),
				frappe.PermissionError,
				title=_("Not Permitted"),
			)

	@frappe.whitelist()
	def get_ledger_readiness(self) -> list[dict]:
		"""What charging needs from the ledger, each with its state and how to mend it."""
		self.check_permission("read")
		return check_ledger()
