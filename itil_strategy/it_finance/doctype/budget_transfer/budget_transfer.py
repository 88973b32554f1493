from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import fmt_money

from itil_strategy.domain.budgeting import move, total_by_account
from itil_strategy.domain.errors import BudgetPlanError as PlanRefusal
from itil_strategy.exceptions import BudgetPlanError, FundsError
from itil_strategy.it_finance.budgeting.plans import (
	SERVICE_BUDGET,
	account_problems,
	effective_plan,
	find_live,
	refresh,
)
from itil_strategy.it_finance.business_case.lapse import lapse_unfunded
from itil_strategy.utils.consumption import use_of_accounts
from itil_strategy.utils.fiscal_years import require_year_of_company
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.money import company_currency, currency_precision, to_decimal
from itil_strategy.utils.submitted import TellsTransitions
from itil_strategy.utils.text import as_html, bold

WRITTEN_FIELDS = ("from_budget", "to_budget", "months")


class BudgetTransfer(TellsTransitions, Document):
	"""Money moved from one service (or account) to another: both sides in one record (FM-5).

	Submitting moves it on both or on none, cancelling takes it back.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.budget_transfer_month.budget_transfer_month import (
			BudgetTransferMonth,
		)

		amount: DF.Currency
		company: DF.Link
		fiscal_year: DF.Link
		from_account: DF.Link
		from_budget: DF.Link | None
		from_service: DF.Link
		months: DF.Table[BudgetTransferMonth]
		naming_series: DF.Literal["BT-.YYYY.-.#####"]
		reason: DF.SmallText
		to_account: DF.Link
		to_budget: DF.Link | None
		to_service: DF.Link
		transfer_date: DF.Date

	# end: auto-generated types
	def validate(self):
		if self.docstatus == 0:
			protect_job_fields(self, WRITTEN_FIELDS, BudgetPlanError)
		self.validate_sides()
		self.validate_amount()
		require_year_of_company(self.fiscal_year, self.company)
		self.validate_accounts()
		self.preview_months()

	def before_submit(self):
		self.lock_services()
		self.from_budget = self.require_live(self.from_service)
		self.to_budget = self.require_live(self.to_service)
		self.refuse_stale_budgets()
		self.set_months(self.from_budget)
		self.validate_not_spent(self.from_budget, self.from_service, self.from_account)

	def on_submit(self):
		self.refresh_budgets()

	def before_cancel(self):
		self.lock_services()
		self.refuse_stale_budgets()
		self.refuse_if_revised()
		self.validate_not_spent(self.to_budget, self.to_service, self.to_account)

	def on_cancel(self):
		self.refresh_budgets()

	def validate_sides(self):
		if (self.from_service, self.from_account) == (self.to_service, self.to_account):
			self.refuse(_("Both sides are the same. Choose another service or account on one of them."))

	def validate_amount(self):
		if to_decimal(self.amount) <= 0:
			self.refuse(_("The amount to transfer must be above 0."))

	def validate_accounts(self):
		problems = account_problems(self.company, sorted({self.from_account, self.to_account}))
		for fieldname in ("from_account", "to_account"):
			if self.get(fieldname) in problems:
				self.refuse(f"{_(self.meta.get_label(fieldname))}: {problems[self.get(fieldname)]}")

	def lock_services(self):
		"""The company first, as for reservations: transfers of one company wait for each other and never in a circle."""
		lock_row("Company", self.company)
		for service in sorted({self.from_service, self.to_service}):
			lock_row("IT Service", service)

	def require_live(self, service: str) -> str:
		live = find_live(self.company, self.fiscal_year, service, lock=True)
		if not live:
			self.refuse(
				_("{0} has no Service Budget in force for {1}. Submit one first.").format(
					bold(service), as_html(self.fiscal_year)
				)
			)
		return live

	def refuse_stale_budgets(self):
		"""Another transfer may have come while this one waited for the lock; what was read before is old then."""
		for budget in sorted({self.from_budget, self.to_budget}):
			seen = frappe.db.get_value(SERVICE_BUDGET, budget, "modified")
			if frappe.db.get_value(SERVICE_BUDGET, budget, "modified", for_update=True) != seen:
				self.refuse(
					_("{0} was changed by somebody else at this moment. Try again.").format(bold(budget))
				)

	def preview_months(self):
		"""In the draft already, so that submitting inserts no rows: two that insert at once block each other."""
		budget = self.docstatus == 0 and find_live(self.company, self.fiscal_year, self.from_service)
		if budget:
			self.set_months(budget)

	def set_months(self, budget: str):
		"""The giver's months in proportion; the receiver gets the same ones."""
		plan = effective_plan(frappe.get_doc(SERVICE_BUDGET, budget))
		try:
			parts: dict[date, Decimal] = move(
				plan, self.from_account, to_decimal(self.amount), currency_precision()
			)
		except PlanRefusal as refusal:
			self.refuse(as_html(refusal.message))
		rows = list(self.months)[: len(parts)]
		self.set("months", rows)
		for place, (month, part) in enumerate(parts.items()):
			row = rows[place] if place < len(rows) else self.append("months", {})
			row.update({"month": month, "amount": float(part)})

	def validate_not_spent(self, budget: str, service: str, account: str):
		"""What is booked or ordered cannot be given away, nor taken back."""
		planned = total_by_account(effective_plan(frappe.get_doc(SERVICE_BUDGET, budget)))
		use = use_of_accounts(self.company, self.year, service).get(account)
		left = planned.get(account, Decimal(0)) - (use.total if use else Decimal(0))
		if left < to_decimal(self.amount):
			currency = company_currency(self.company)
			frappe.throw(
				_(
					"{0} has {1} left on {2} in {3}, which is less than {4}. Lower the amount, or free what is ordered."
				).format(
					bold(service),
					fmt_money(float(left), currency=currency),
					bold(account),
					as_html(self.fiscal_year),
					fmt_money(self.amount, currency=currency),
				),
				FundsError,
				title=_("Budget Spent"),
			)

	def refuse_if_revised(self):
		for budget in sorted({self.from_budget, self.to_budget}):
			if frappe.db.get_value(SERVICE_BUDGET, budget, "docstatus") != 1:
				self.refuse(
					_(
						"{0} was revised since and its revision holds the transfer. Transfer the amount back."
					).format(bold(budget))
				)

	def refresh_budgets(self):
		for budget in sorted({self.from_budget, self.to_budget}):
			refresh(budget)
		services = sorted({self.from_service, self.to_service})
		lapse_unfunded(self.company, self.fiscal_year, {"IT Service": services})

	@property
	def year(self):
		return require_year_of_company(self.fiscal_year, self.company)

	def refuse(self, message: str):
		frappe.throw(message, BudgetPlanError, title=_("Budget Transfer"))
