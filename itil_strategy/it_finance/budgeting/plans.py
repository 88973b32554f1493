"""A service budget as a plan, and its way into ERPNext's Budget (FM-5)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.domain.budgeting import apply_moves, find_profiles
from itil_strategy.exceptions import BudgetPlanError
from itil_strategy.utils.costing import recharge_accounts
from itil_strategy.utils.erpnext_budget import Publication, find_others, publish, withdraw
from itil_strategy.utils.fiscal_years import load_year
from itil_strategy.utils.money import exact, to_decimal
from itil_strategy.utils.text import as_html, bold

SERVICE_BUDGET = "Service Budget"
Plan = dict[tuple[str, date], Decimal]
Move = tuple[str, date, Decimal]


def live_key(company: str, fiscal_year: str, service: str) -> str:
	"""One budget is in force for each; the key is unique in the database."""
	return f"{company}|{fiscal_year}|{service}"


def find_live(company: str, fiscal_year: str, service: str, lock: bool = False) -> str | None:
	"""The budget in force; with `lock` as stored now, held until the end of the transaction."""
	return frappe.db.get_value(
		SERVICE_BUDGET, {"live_key": live_key(company, fiscal_year, service)}, "name", for_update=lock
	)


def plan_of(lines: Iterable[Document]) -> Plan:
	"""The rows of a budget by account and month."""
	return apply_moves({}, ((row.account, getdate(row.month), to_decimal(row.amount)) for row in lines))


def effective_plan(budget: Document) -> Plan:
	"""What is planned and what was transferred since."""
	return apply_moves(plan_of(budget.lines), moves_of(budget.name))


def moves_of(budget: str) -> list[Move]:
	"""Submitted transfers of the budget by account and month; what it gave is negative."""
	transfer, row = frappe.qb.DocType("Budget Transfer"), frappe.qb.DocType("Budget Transfer Month")
	rows = (
		frappe.qb.from_(row)
		.inner_join(transfer)
		.on(transfer.name == row.parent)
		.select(
			transfer.from_budget,
			transfer.from_account,
			transfer.to_budget,
			transfer.to_account,
			row.month,
			exact(row.amount),
		)
		.where(
			(transfer.docstatus == 1) & ((transfer.from_budget == budget) | (transfer.to_budget == budget))
		)
		.orderby(row.name)
	).run()
	moves = []
	for from_budget, from_account, to_budget, to_account, month, text in rows:
		amount = to_decimal(text)
		if from_budget == budget:
			moves.append((from_account, getdate(month), -amount))
		if to_budget == budget:
			moves.append((to_account, getdate(month), amount))
	return moves


def publish_plan(budget: Document, plan: Plan) -> None:
	"""Replace what the budget has published by the plan, in the caller's transaction."""
	withdraw(budget.name)
	year = load_year(budget.fiscal_year)
	profiles = find_profiles(plan, year.months, by_month=budget.monthly_action != "Ignore")
	publish(
		Publication(
			source=budget.name,
			company=budget.company,
			fiscal_year=budget.fiscal_year,
			service=budget.it_service,
			annual_action=budget.annual_action,
			monthly_action=budget.monthly_action,
			on_orders=bool(budget.applies_to_orders),
			on_requests=bool(budget.applies_to_requests),
		),
		profiles,
	)


def refresh(budget_name: str) -> None:
	"""Publish again after a transfer, and note the totals."""
	budget = frappe.get_doc(SERVICE_BUDGET, budget_name)
	planned, plan = plan_of(budget.lines), effective_plan(budget)
	publish_plan(budget, plan)
	total = sum(plan.values(), Decimal(0))
	budget.db_set(
		{
			"total_amount": float(total),
			"transferred_amount": float(total - sum(planned.values(), Decimal(0))),
		}
	)


def refuse_other_budgets(budget: Document) -> None:
	"""ERPNext keeps one Budget per service, account and year; name the one that is in the way."""
	sources = [budget.name, *filter(None, [budget.revision_of])]
	accounts = sorted({row.account for row in budget.lines})
	others = find_others(budget.company, budget.fiscal_year, budget.it_service, accounts, sources)
	if others:
		frappe.throw(
			_(
				"Budget {0} is for {1} and account {2} already. Cancel or delete it, or leave the account out here."
			).format(bold(others[0][0]), bold(budget.it_service), bold(others[0][1])),
			BudgetPlanError,
			title=_("Budget Exists"),
		)


def account_problems(company: str, accounts: Sequence[str]) -> dict[str, str]:
	"""What is wrong per account as HTML, in one query; accounts that can be budgeted are left out."""
	facts = {
		row.name: row
		for row in frappe.get_all(
			"Account",
			{"name": ("in", [*accounts, ""])},
			["name", "company", "root_type", "is_group", "disabled"],
			limit=0,
		)
	}
	recharge = set(recharge_accounts(company))
	problems = {}
	for account in accounts:
		row = facts.get(account)
		if not row:
			problems[account] = _("there is no account {0}. Choose one.").format(bold(account))
		elif row.company != company:
			problems[account] = _("account {0} belongs to {1}. Choose one of {2}.").format(
				bold(account), as_html(row.company), as_html(company)
			)
		elif row.root_type != "Expense" or row.is_group or row.disabled:
			problems[account] = _(
				"account {0} must be an enabled expense account that is not a group. Choose another."
			).format(bold(account))
		elif account in recharge:
			problems[account] = _(
				"account {0} recharges cost and is not cost of a service. Budget it on the payer's cost center."
			).format(bold(account))
	return problems
