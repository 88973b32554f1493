from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, get_datetime, getdate

from itil_strategy.domain.budgeting import spread
from itil_strategy.exceptions import BudgetPlanError, LedgerSetupError
from itil_strategy.it_finance.budgeting.distribution import weights_of
from itil_strategy.it_finance.budgeting.plans import (
	SERVICE_BUDGET,
	account_problems,
	effective_plan,
	find_live,
	live_key,
	plan_of,
	publish_plan,
	refuse_other_budgets,
)
from itil_strategy.it_finance.business_case.lapse import lapse_unfunded
from itil_strategy.setup.dimension import find_problems
from itil_strategy.utils.erpnext_budget import MONTHS_IN_NAMES, require_known_structure, withdraw
from itil_strategy.utils.fiscal_years import load_year, require_year_of_company
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.money import currency_precision, to_decimal
from itil_strategy.utils.submitted import TellsTransitions
from itil_strategy.utils.text import as_html, bold

WRITTEN_FIELDS = ("status", "revision_of", "live_key", "transferred_amount")
COPIED_FIELDS = (
	"it_service",
	"company",
	"fiscal_year",
	"annual_action",
	"monthly_action",
	"unlisted_accounts",
	"applies_to_orders",
	"applies_to_requests",
	"notes",
)


class ServiceBudget(TellsTransitions, Document):
	"""What a service may cost in a year, by account and month; publishes ERPNext's Budget (FM-5).

	One is in force per company, year and service. It is changed by a revision, which takes its place in
	one transaction, so that there is no moment without control.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.service_budget_line.service_budget_line import ServiceBudgetLine

		amended_from: DF.Link | None
		annual_action: DF.Literal["Stop", "Warn", "Ignore"]
		applies_to_orders: DF.Check
		applies_to_requests: DF.Check
		company: DF.Link
		fiscal_year: DF.Link
		it_service: DF.Link
		lines: DF.Table[ServiceBudgetLine]
		live_key: DF.Data | None
		monthly_action: DF.Literal["Stop", "Warn", "Ignore"]
		naming_series: DF.Literal["SB-.YYYY.-.#####"]
		notes: DF.SmallText | None
		revision_of: DF.Link | None
		status: DF.Literal["Draft", "Published", "Superseded", "Cancelled"]
		total_amount: DF.Currency
		transferred_amount: DF.Currency
		unlisted_accounts: DF.Literal["Allow", "Warn", "Stop"]

	# end: auto-generated types
	def before_validate(self):
		self.set_first_days()

	def validate(self):
		protect_job_fields(self, WRITTEN_FIELDS, BudgetPlanError)
		self.validate_service()
		self.validate_year()
		self.validate_accounts()
		self.validate_months()
		self.validate_amounts()
		self.validate_actions()
		self.validate_revision()
		self.set_total()

	def check_if_latest(self):
		"""Whoever changes what is in force locks the company first, as whoever reserves money of it does."""
		if self.docstatus:
			lock_row("Company", self.company)
		super().check_if_latest()

	def before_submit(self):
		self.validate_dimension()
		lock_row("IT Service", self.it_service)
		self.validate_only_one()
		self.validate_original_unchanged()
		refuse_other_budgets(self)

	def on_submit(self):
		self.supersede_previous()
		self.db_set({"live_key": self.get_live_key(), "status": "Published"})
		publish_plan(self, effective_plan(self))
		self.lapse_unfunded_cases()

	def before_cancel(self):
		self.refuse_with_transfers()

	def on_cancel(self):
		withdraw(self.name)
		status = "Superseded" if self.flags.superseded else "Cancelled"
		self.db_set({"live_key": None, "status": status})
		if not self.flags.superseded:
			self.lapse_unfunded_cases()

	def set_first_days(self):
		for row in self.lines:
			if row.month:
				row.month = getdate(row.month).replace(day=1)

	def validate_service(self):
		last_day = frappe.db.get_value("IT Service", self.it_service, "last_day")
		if last_day and self.fiscal_year and getdate(last_day) < load_year(self.fiscal_year).start:
			self.refuse(
				_("{0} ended on {1}, before fiscal year {2}. Choose another year or service.").format(
					bold(self.it_service), formatdate(last_day), as_html(self.fiscal_year)
				)
			)
		companies = frappe.get_all(
			"Service Company", {"parent": self.it_service, "parenttype": "IT Service"}, pluck="company"
		)
		if companies and self.company not in companies:
			self.refuse(
				_("{0} is not delivered by {1}. Choose another company or add it to the service.").format(
					bold(self.it_service), bold(self.company)
				)
			)

	def validate_year(self):
		require_year_of_company(self.fiscal_year, self.company)

	def validate_accounts(self):
		problems = account_problems(self.company, sorted({row.account for row in self.lines if row.account}))
		for row in self.lines:
			if row.account in problems:
				self.refuse(_("Row #{0}: {1}").format(row.idx, problems[row.account]))

	def validate_months(self):
		months, seen = set(load_year(self.fiscal_year).months), {}
		for row in self.lines:
			month = getdate(row.month)
			if month not in months:
				self.refuse(
					_("Row #{0}: {1} is not in fiscal year {2}. Enter a month of it.").format(
						row.idx, f"{month:%Y-%m}", as_html(self.fiscal_year)
					)
				)
			first = seen.setdefault((row.account, month), row.idx)
			if first != row.idx:
				self.refuse(
					_("Rows #{0} and #{1} are both for {2} in {3}. Keep one of them.").format(
						first, row.idx, bold(row.account), f"{month:%Y-%m}"
					)
				)

	def validate_amounts(self):
		for row in self.lines:
			if to_decimal(row.amount) < 0:
				self.refuse(_("Row #{0}: the amount is below 0. Enter 0 or more.").format(row.idx))

	def validate_actions(self):
		"""What ERPNext's Budget cannot do is refused here, where the way out is known."""
		if self.applies_to_requests and not self.applies_to_orders:
			self.refuse(
				_("Requests are checked only where orders are. Switch Check Purchase Orders on as well.")
			)
		year = load_year(self.fiscal_year)
		if self.monthly_action != "Ignore" and len(year.months) > MONTHS_IN_NAMES:
			self.refuse(
				_(
					"Fiscal year {0} has {1} months, and ERPNext tells months by their names only. Choose Ignore for the months so far."
				).format(bold(self.fiscal_year), len(year.months))
			)

	def validate_revision(self):
		if not self.revision_of:
			return
		original = frappe.db.get_value(
			SERVICE_BUDGET, self.revision_of, ["it_service", "company", "fiscal_year"], as_dict=True
		)
		if any(self.get(field) != value for field, value in original.items()):
			self.refuse(
				_(
					"A revision keeps service, company and fiscal year of {0}. Make a new budget instead."
				).format(bold(self.revision_of))
			)

	def validate_dimension(self):
		require_known_structure()
		problems = find_problems()
		if problems:
			frappe.throw(
				_("ERPNext cannot check budgets of services: {0}. Run bench migrate to repair it.").format(
					"; ".join(problems)
				),
				LedgerSetupError,
				title=_("Accounting Dimension"),
			)

	def validate_only_one(self):
		"""Under the lock of the service, as stored now."""
		live = find_live(self.company, self.fiscal_year, self.it_service, lock=True)
		if live and live != self.revision_of:
			self.refuse(
				_("{0} is in force for {1} in {2}. Choose Revise there.").format(
					bold(live), bold(self.it_service), as_html(self.fiscal_year)
				)
			)
		if self.revision_of and not live:
			self.refuse(
				_("{0} is no longer in force, so it cannot be revised. Make a new budget.").format(
					bold(self.revision_of)
				)
			)

	def validate_original_unchanged(self):
		"""A transfer that came after the draft is not in its lines, and would be lost."""
		if not self.revision_of:
			return
		changed_on = frappe.db.get_value(SERVICE_BUDGET, self.revision_of, "modified", for_update=True)
		if get_datetime(changed_on) > get_datetime(self.creation):
			self.refuse(
				_(
					"Money was transferred to or from {0} after this revision was drafted. Delete the draft and choose Revise there again."
				).format(bold(self.revision_of))
			)

	def refuse_with_transfers(self):
		if self.flags.superseded:
			return
		transfer = frappe.db.get_value(
			"Budget Transfer", {"docstatus": 1, "from_budget": self.name}
		) or frappe.db.get_value("Budget Transfer", {"docstatus": 1, "to_budget": self.name})
		if transfer:
			self.refuse(
				_("Transfer {0} moves money of this budget. Cancel it first, or choose Revise.").format(
					bold(transfer)
				)
			)

	def set_total(self):
		total = sum(plan_of(self.lines).values(), Decimal(0))
		if total <= 0:
			self.refuse(_("The budget has no amount. Enter at least one above 0."))
		self.total_amount = float(total)

	def supersede_previous(self):
		"""The budget that was in force goes in the transaction in which this one comes."""
		if not self.revision_of:
			return
		previous = frappe.get_doc(SERVICE_BUDGET, self.revision_of)
		previous.flags.superseded = True
		previous.flags.ignore_permissions = True
		# Its revision and its transfers point at it and stay.
		previous.flags.ignore_links = True
		previous.cancel()

	def lapse_unfunded_cases(self):
		lapse_unfunded(self.company, self.fiscal_year, {"IT Service": [self.it_service]})

	def get_live_key(self) -> str:
		return live_key(self.company, self.fiscal_year, self.it_service)

	def refuse(self, message: str):
		frappe.throw(message, BudgetPlanError, title=_("Service Budget"))

	@frappe.whitelist(methods=["POST"])
	def revise(self) -> str:
		"""A draft with what is planned and transferred, to take the place of this one; answers its name."""
		self.check_permission("submit")
		if self.docstatus != 1:
			self.refuse(_("Only a budget in force is revised. Change the draft itself."))
		draft = frappe.db.get_value(SERVICE_BUDGET, {"revision_of": self.name, "docstatus": 0})
		if draft:
			return draft
		revision = frappe.get_doc(
			{
				"doctype": SERVICE_BUDGET,
				**{field: self.get(field) for field in COPIED_FIELDS},
				"status": "Draft",
				"revision_of": self.name,
				"lines": [
					{"account": account, "month": month, "amount": float(amount)}
					for (account, month), amount in effective_plan(self).items()
				],
			}
		)
		revision.flags.written_by_job = True
		return revision.insert().name

	@frappe.whitelist(methods=["POST"])
	def spread_amount(self, account: str, amount: float, monthly_distribution: str | None = None) -> None:
		"""Put a year's amount on the months of the account, evenly or by a Monthly Distribution; not saved."""
		self.check_permission("write" if not self.is_new() else "create")
		year = require_year_of_company(self.fiscal_year, self.company)
		if amount <= 0:
			self.refuse(_("The amount to spread must be above 0."))
		weights = weights_of(monthly_distribution, year) if monthly_distribution else None
		parts = spread(to_decimal(amount), year.months, currency_precision(), weights)
		self.set("lines", [row for row in self.lines if row.account and row.account != account])
		for month, part in parts.items():
			if part:
				self.append("lines", {"account": account, "month": month, "amount": float(part)})
		for idx, row in enumerate(self.lines, start=1):
			row.idx = idx
