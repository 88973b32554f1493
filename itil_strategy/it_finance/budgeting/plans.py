"""A service budget as a plan, and its way into ERPNext's Budget (FM-5)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, getdate

from itil_strategy.domain.budgeting import apply_moves, find_profiles
from itil_strategy.domain.periods import month_start, months_between, next_month
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


def planned_cost(company: str, services: Sequence[str], months: Sequence[date]) -> dict[str, Decimal]:
	"""What the budgets in force plan for the months, transfers included; in company currency, three queries.

	Only services whose budgets cover every one of the months: a plan of a part would be taken for the whole.
	"""
	budgets = _budgets_in_force(company, services, months)
	covered: dict[str, set[date]] = defaultdict(set)
	for budget in budgets.values():
		covered[budget.it_service] |= set(
			months_between(month_start(budget.year_start_date), add_days(budget.year_end_date, 1))
		)
	found = {service: Decimal(0) for service, of_service in covered.items() if of_service.issuperset(months)}
	for name, _month, amount in _planned_amounts(list(budgets), months):
		if (service := budgets[name].it_service) in found:
			found[service] += amount
	return found


def _budgets_in_force(
	company: str, services: Sequence[str], months: Sequence[date]
) -> dict[str, frappe._dict]:
	budget, year = frappe.qb.DocType(SERVICE_BUDGET), frappe.qb.DocType("Fiscal Year")
	rows = (
		frappe.qb.from_(budget)
		.inner_join(year)
		.on(year.name == budget.fiscal_year)
		.select(budget.name, budget.it_service, year.year_start_date, year.year_end_date)
		.where(
			(budget.company == company)
			& (budget.docstatus == 1)
			& (budget.live_key != "")
			& budget.it_service.isin(list(services) or [""])
			& (year.year_start_date < next_month(max(months)))
			& (year.year_end_date >= min(months))
		)
	).run(as_dict=True)
	return {row.name: row for row in rows}


def _planned_amounts(budgets: Sequence[str], months: Sequence[date]) -> list[tuple[str, date, Decimal]]:
	"""Rows of the budgets in the months, and what submitted transfers moved in or out."""
	if not budgets:
		return []
	line, row, transfer = map(
		frappe.qb.DocType, ("Service Budget Line", "Budget Transfer Month", "Budget Transfer")
	)
	planned = (
		frappe.qb.from_(line)
		.select(line.parent, line.month, exact(line.amount))
		.where(line.parent.isin(budgets) & line.month.isin(list(months)))
	).run()
	moved = (
		frappe.qb.from_(row)
		.inner_join(transfer)
		.on(transfer.name == row.parent)
		.select(transfer.from_budget, transfer.to_budget, row.month, exact(row.amount))
		.where(
			(transfer.docstatus == 1)
			& row.month.isin(list(months))
			& (transfer.from_budget.isin(budgets) | transfer.to_budget.isin(budgets))
		)
	).run()
	amounts = [(budget, getdate(month), to_decimal(amount)) for budget, month, amount in planned]
	for giver, taker, month, text in moved:
		amount = to_decimal(text)
		amounts += [(giver, getdate(month), -amount), (taker, getdate(month), amount)]
	return [item for item in amounts if item[0] in budgets]


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
