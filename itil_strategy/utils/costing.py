"""Direct cost of services from ERPNext's ledger (FM-1)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pypika.analytics import RowNumber
from pypika.functions import Extract
from pypika.queries import QueryBuilder
from pypika.terms import Criterion

import frappe
from frappe import _
from frappe.query_builder import CustomFunction

from itil_strategy.domain.periods import next_month
from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.utils.database import IN_THIS_ORDER, Names
from itil_strategy.utils.money import exact_sum, to_decimal

MonthStart = CustomFunction("DATE_FORMAT", ["date", "format"])
DIMENSION = "IT Service"
FIRST_OF_MONTH = "%Y-%m-01"


def require_service_dimension() -> None:
	"""Refuse figures of a ledger that does not tell services apart; cached, so that it costs no query.

	ERPNext drops the service from what is posted while the dimension is disabled, without a word: sums over
	those months would be wrong, not only incomplete. Rows posted before keep theirs.
	"""
	disabled = frappe.get_cached_value("Accounting Dimension", DIMENSION, "disabled")
	if disabled is None:
		problem = _(
			"Not available: ERPNext has no accounting dimension IT Service, so no entry says which service it is for. Run bench migrate to create it."
		)
	elif disabled:
		problem = _(
			"Not available: the accounting dimension IT Service is disabled, so new entries lose their service. Enable it in Accounting Dimension."
		)
	else:
		return
	frappe.throw(problem, LedgerSetupError, title=_("Accounting Dimension"))


def live_ledger_criterion(gl, company: str, start: date, end: date) -> Criterion:
	"""Live rows of the company in [start, end), period-closing vouchers left out (section 11)."""
	return (
		(gl.company == company)
		& (gl.posting_date >= start)
		& (gl.posting_date < end)
		& (gl.is_cancelled == 0)
		& (gl.voucher_type != "Period Closing Voucher")
	)


def ledger_expense_criterion(
	gl, company: str, start: date, end: date, with_recharge: bool = False
) -> Criterion:
	"""Live expense rows of the company in [start, end), those of the recharge only where they are asked for.

	Accounts are named rather than joined: then the index `it_service_cost` answers all, else each row is looked up.
	"""
	accounts = expense_accounts(company, with_recharge)
	return live_ledger_criterion(gl, company, start, end) & gl.account.isin(accounts or [""])


def recharge_accounts(company: str) -> list[str]:
	"""The company's *IT Charges* and *IT Recovery*, and *IT Allocation* where it has one: no cost, but moves of it."""
	rows = frappe.get_all(
		"Service Strategy Company",
		{"company": company, "parenttype": "Service Strategy Settings"},
		["charges_account", "recovery_account", "allocation_account"],
	)
	return [account for row in rows for account in row.values() if account]


def expense_accounts(company: str, with_recharge: bool = False, with_depreciation: bool = True) -> list[str]:
	"""Accounts whose rows are cost: root type Expense, those of the recharge only where they are asked for."""
	recharge = () if with_recharge else recharge_accounts(company)
	filters: dict = {"company": company, "root_type": "Expense", "name": ("not in", [*recharge, ""])}
	if not with_depreciation:
		filters["account_type"] = ("!=", "Depreciation")
	return frappe.get_all(
		"Account",
		filters,
		pluck="name",
		order_by="name",
		limit=0,
	)


def direct_cost_by_month(
	company: str, services: Sequence[str], months: Sequence[date], with_depreciation: bool = True
) -> dict[tuple[str, date], Decimal]:
	"""Expense that carries the service, per (service, month), in company currency; one query for the sums.

	Without depreciation where the investments themselves are counted.
	It looks each service up in the index `it_service_cost`, which holds all that is asked. A million rows
	grouped by the name take half as long again, joined with their accounts twice as long.
	"""
	accounts = expense_accounts(company, with_depreciation=with_depreciation) if services and months else []
	if not accounts:
		return {}
	listed, gl = numbered_services(services), frappe.qb.DocType("GL Entry")
	month = Extract("YEAR_MONTH", gl.posting_date)
	query = (
		frappe.qb.from_(listed)
		.modifier(IN_THIS_ORDER)
		.inner_join(gl)
		.on(gl.it_service == listed.name)
		.select(listed.name, month, exact_sum(gl.debit - gl.credit))
		.where(live_ledger_criterion(gl, company, min(months), next_month(max(months))))
		.where(gl.account.isin(accounts))
		.groupby(listed.number, month)
	)
	return {(name, date(month // 100, month % 100, 1)): to_decimal(cost) for name, month, cost in query.run()}


def numbered_services(services: Sequence[str]) -> QueryBuilder:
	"""The services as (name, number), to be joined first: rows are grouped by a number faster than by a name."""
	service = frappe.qb.DocType("IT Service")
	return (
		frappe.qb.from_(service)
		.select(service.name, RowNumber().orderby(service.name).as_("number"))
		.where(service.name.isin(Names(services)))
	)


def direct_cost_by_service(
	company: str, start: date, end: date, services: Sequence[str] | None = None
) -> dict[str, Decimal]:
	"""Expense of [start, end) per service in company currency, "" for what carries none; one query.

	`services` limits it to some, and leaves out what carries none.
	"""
	return {service: amount for (service,), amount in _sum_direct_cost(company, start, end, services).items()}


def direct_cost_by_day(
	company: str, start: date, end: date, services: Sequence[str] | None = None
) -> dict[tuple[str, date], Decimal]:
	"""The same per service and posting date."""
	return _sum_direct_cost(company, start, end, services, "posting_date")


def _sum_direct_cost(
	company: str, start: date, end: date, services: Sequence[str] | None, *more_keys: str
) -> dict[tuple, Decimal]:
	gl = frappe.qb.DocType("GL Entry")
	keys = [gl.it_service, *(gl[key] for key in more_keys)]
	query = (
		frappe.qb.from_(gl)
		.select(*keys, exact_sum(gl.debit), exact_sum(gl.credit))
		.where(ledger_expense_criterion(gl, company, start, end))
		.groupby(*keys)
	)
	if services is not None:
		query = query.where(gl.it_service.isin(Names(services)) & (gl.it_service != ""))
	cost: dict[tuple, Decimal] = defaultdict(Decimal)
	for service, *rest, debit, credit in query.run():
		cost[(service or "", *rest)] += to_decimal(debit) - to_decimal(credit)
	return cost
