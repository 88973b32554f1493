"""All access to ERPNext's Budget: no other module reads or writes it.

ERPNext 15 keeps several accounts and one monthly distribution in a Budget; version 16 keeps one account in
each. What the app needs is asked here, so that only this module follows that change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.domain.budgeting import Profile
from itil_strategy.exceptions import LedgerSetupError, PublishedBudgetError
from itil_strategy.utils.costing import recharge_accounts
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.text import bold

BUDGET = "Budget"
SERVICE_DIMENSION, COST_CENTER = "IT Service", "Cost Center"
FIELD_OF = {SERVICE_DIMENSION: "it_service", COST_CENTER: "cost_center"}
# On the Budgets that a Service Budget publishes.
SOURCE_FIELD = "service_budget"
MONTHS_IN_NAMES = 12


@dataclass(frozen=True, slots=True)
class Publication:
	"""For what and how ERPNext is to check; actions are Stop, Warn or Ignore."""

	source: str
	company: str
	fiscal_year: str
	service: str
	annual_action: str
	monthly_action: str
	on_orders: bool
	on_requests: bool


def require_known_structure() -> None:
	"""Refuse a Budget that is built otherwise than this module knows."""
	if not frappe.get_meta(BUDGET).has_field("accounts"):
		frappe.throw(
			_(
				"The Budget of this ERPNext version has no table of accounts, so nothing is published to it. Use Budget Ceilings until this app supports it."
			),
			LedgerSetupError,
			title=_("Budget"),
		)


def publish(publication: Publication, profiles: Sequence[Profile]) -> list[str]:
	"""Submit a Budget per profile, each with its distribution of months; answers their names.

	Runs in the caller's transaction and commits nothing: others see all of it or nothing.
	"""
	require_known_structure()
	return [_submit_budget(publication, profile) for profile in profiles]


def withdraw(source: str) -> None:
	"""Cancel what a Service Budget has published."""
	for name in published(source):
		budget = frappe.get_doc(BUDGET, name)
		budget.flags.withdrawn_by_source = True
		budget.flags.ignore_permissions = True
		budget.cancel()


def published(source: str) -> list[str]:
	"""The Budgets in force of a Service Budget."""
	return frappe.get_all(BUDGET, {SOURCE_FIELD: source, "docstatus": 1}, pluck="name", order_by="name asc")


def published_accounts(sources: Sequence[str]) -> set[tuple[str, str]]:
	"""(Service Budget, account) of what is in force."""
	budget, line = frappe.qb.DocType(BUDGET), frappe.qb.DocType("Budget Account")
	rows = (
		frappe.qb.from_(budget)
		.inner_join(line)
		.on(line.parent == budget.name)
		.select(budget[SOURCE_FIELD], line.account)
		.where((budget.docstatus == 1) & budget[SOURCE_FIELD].isin(list(sources) or [""]))
	).run()
	return {(source, account) for source, account in rows}


def find_others(
	company: str, fiscal_year: str, service: str, accounts: Sequence[str], sources: Sequence[str]
) -> list[tuple[str, str]]:
	"""(Budget, account) of the service that were not published by `sources`; ERPNext allows one each."""
	budget, line = frappe.qb.DocType(BUDGET), frappe.qb.DocType("Budget Account")
	rows = (
		frappe.qb.from_(budget)
		.inner_join(line)
		.on(line.parent == budget.name)
		.select(budget.name, line.account, budget[SOURCE_FIELD])
		.where(
			(budget.docstatus < 2)
			& (budget.company == company)
			& (budget.fiscal_year == fiscal_year)
			& (budget.budget_against == SERVICE_DIMENSION)
			& (budget.it_service == service)
			& line.account.isin(list(accounts) or [""])
		)
		.orderby(budget.name, line.account)
	).run()
	return [(name, account) for name, account, source in rows if source not in sources]


def budgets_by(
	against: str, company: str, start: date, end: date, names: Sequence[str] | None = None
) -> dict[str, Decimal]:
	"""Submitted budgets per IT Service or cost center of the fiscal years that have a day in [start, end).

	Expense accounts only; *IT Charges* and *IT Recovery* are no budget of a service, as they are no cost of it.
	"""
	budget, line, account, year = map(frappe.qb.DocType, (BUDGET, "Budget Account", "Account", "Fiscal Year"))
	key = budget[FIELD_OF[against]]
	query = (
		frappe.qb.from_(budget)
		.inner_join(line)
		.on(line.parent == budget.name)
		.inner_join(account)
		.on(account.name == line.account)
		.inner_join(year)
		.on(year.name == budget.fiscal_year)
		.select(key, exact_sum(line.budget_amount))
		.where(
			(budget.company == company)
			& (budget.docstatus == 1)
			& (budget.budget_against == against)
			& (year.year_start_date < end)
			& (year.year_end_date >= start)
			& (account.root_type == "Expense")
		)
		.groupby(key)
	)
	excluded = recharge_accounts(company)
	if excluded:
		query = query.where(line.account.notin(excluded))
	if names is not None:
		query = query.where(key.isin(list(names) or [""]))
	return {name: to_decimal(amount) for name, amount in query.run() if name}


def is_seen_as_stored(against: str, company: str, name: str) -> bool:
	"""False when the submitted budgets that this transaction sees are not those that are there by now.

	Holds those rows until the end of the transaction.
	"""
	budget = frappe.qb.DocType(BUDGET)
	query = (
		frappe.qb.from_(budget)
		.select(budget.name)
		.where(
			(budget.company == company)
			& (budget.budget_against == against)
			& (budget[FIELD_OF[against]] == name)
			& (budget.docstatus == 1)
		)
	)
	return set(query.run()) == set(query.for_update().run())


def budget_by_service(
	company: str, start: date, end: date, services: Sequence[str] | None = None
) -> dict[str, Decimal]:
	"""The same for services."""
	return budgets_by(SERVICE_DIMENSION, company, start, end, services)


def refuse_change_by_hand(budget: Document, method: str | None = None) -> None:
	"""A published Budget goes with its Service Budget only, or control would have a gap nobody sees."""
	source = budget.get(SOURCE_FIELD)
	is_history = method == "on_trash" and budget.docstatus == 2
	if not source or budget.flags.withdrawn_by_source or is_history:
		return
	frappe.throw(
		_("Budget {0} is published by {1}. Choose Revise in {1}, or cancel it there.").format(
			bold(budget.name), bold(source)
		),
		PublishedBudgetError,
		title=_("Published Budget"),
	)


def refuse_false_source(budget: Document, method: str | None = None) -> None:
	"""Who publishes says so in a flag; a client cannot pass a Budget off as published."""
	if budget.get(SOURCE_FIELD) and not budget.flags.published_by_source and budget.is_new():
		budget.set(SOURCE_FIELD, None)


def delete_published() -> None:
	"""Before uninstall: drop published Budgets and distributions; no other record needs them."""
	for name in frappe.get_all(BUDGET, {SOURCE_FIELD: ("is", "set")}, pluck="name", limit=0):
		distribution = frappe.db.get_value(BUDGET, name, "monthly_distribution")
		frappe.db.delete("Budget Account", {"parent": name, "parenttype": BUDGET})
		frappe.db.delete(BUDGET, {"name": name})
		if distribution:
			frappe.db.delete("Monthly Distribution Percentage", {"parent": distribution})
			frappe.db.delete("Monthly Distribution", {"name": distribution})


def _submit_budget(publication: Publication, profile: Profile) -> str:
	budget = frappe.get_doc(
		{
			"doctype": BUDGET,
			"budget_against": SERVICE_DIMENSION,
			"it_service": publication.service,
			"company": publication.company,
			"fiscal_year": publication.fiscal_year,
			SOURCE_FIELD: publication.source,
			"applicable_on_booking_actual_expenses": 1,
			"applicable_on_purchase_order": int(publication.on_orders),
			"applicable_on_material_request": int(publication.on_requests),
			"accounts": [
				{"account": account, "budget_amount": float(total)}
				for account, total in profile.totals.items()
			],
			**_actions(publication),
		}
	)
	if profile.percents:
		budget.monthly_distribution = _make_distribution(publication, profile.percents)
	budget.flags.published_by_source = True
	budget.flags.ignore_permissions = True
	budget.insert()
	budget.submit()
	return budget.name


def _actions(publication: Publication) -> dict[str, str]:
	actions = {}
	for suffix in ("", "_on_po", "_on_mr"):
		actions[f"action_if_annual_budget_exceeded{suffix}"] = publication.annual_action
		actions[f"action_if_accumulated_monthly_budget_exceeded{suffix}"] = publication.monthly_action
	return actions


def _make_distribution(publication: Publication, percents: Mapping[date, Decimal]) -> str:
	"""ERPNext tells months by their English names, within the fiscal year of the distribution."""
	doc = frappe.get_doc(
		{
			"doctype": "Monthly Distribution",
			"distribution_id": f"{publication.source} {frappe.generate_hash(length=6)}",
			"fiscal_year": publication.fiscal_year,
			"percentages": [
				{"month": f"{month:%B}", "percentage_allocation": float(percent)}
				for month, percent in percents.items()
			],
		}
	)
	doc.flags.ignore_permissions = True
	return doc.insert().name
