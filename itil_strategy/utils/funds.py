"""Funds of an IT service or cost center: judge, reserve, release (FM-6).

The *funding line* is where the money comes from: a cost center where one is named, else the service. What
is spent on the service uses a reservation up, wherever its money comes from.

available = budget - actual - committed - what others have reserved and not spent yet
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

import frappe
from frappe import _
from frappe.utils import fmt_money, now_datetime

from itil_strategy.domain.budgeting import Use, effective_limit
from itil_strategy.domain.funds import Funds, Reservation, open_amounts
from itil_strategy.exceptions import FundsError
from itil_strategy.utils.budget_ceilings import COST_CENTER, SERVICE, load_ceilings, stored_limits
from itil_strategy.utils.consumption import cost_centers_below, use_of_cost_centers, use_of_services
from itil_strategy.utils.erpnext_budget import budgets_by, is_seen_as_stored
from itil_strategy.utils.fiscal_years import Year, load_year, require_year_of_company
from itil_strategy.utils.funding_line import FundingLine, require_line
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.money import company_currency, exact, to_decimal
from itil_strategy.utils.text import as_html, bold

RESERVATION = "Fund Reservation"
OPEN, RELEASED = "Open", "Released"
ZERO = Decimal(0)
USE_OF = {SERVICE: use_of_services, COST_CENTER: use_of_cost_centers}


@dataclass(frozen=True, slots=True)
class OpenReservation:
	"""An open reservation and what of it is not spent yet."""

	name: str
	reference: tuple[str, str]
	line: FundingLine
	planned: Decimal
	open_amount: Decimal


def judge_funds(
	company: str,
	line: FundingLine,
	planned: Mapping[str, Decimal],
	reference: tuple[str, str] | None = None,
) -> dict[str, Funds]:
	"""The funds of the line per fiscal year that money is planned in.

	`reference` (doctype, name) is the record that asks; its own reservations are not in its way.
	Raises FundsError where the line names no source of money.
	"""
	require_line(company, line)
	return {
		name: _judge(company, line, load_year(name), amount, reference) for name, amount in planned.items()
	}


def require_funds(
	company: str, line: FundingLine, planned: Mapping[str, Decimal], reference: tuple[str, str] | None = None
) -> dict[str, Funds]:
	"""The same; raises FundsError naming year and shortfall where they do not cover the plan."""
	judged = judge_funds(company, line, planned, reference)
	_refuse_shortfalls(company, line, judged)
	return judged


def reserve_funds(
	company: str, line: FundingLine, planned: Mapping[str, Decimal], reference: tuple[str, str]
) -> dict[str, Funds]:
	"""Set the money aside for the reference, in every year or in none; answers what was judged per year.

	The line is locked until the end of the transaction, so that two at the same moment never spend twice.
	What the reference has reserved already is replaced. Raises FundsError naming year and shortfall.
	"""
	require_line(company, line)
	# The company first: two lines that lock the same open reservations would wait for each other.
	lock_row("Company", company)
	lock_row(*line.source)
	_refuse_stale_budgets(company, line)
	wanted = {name: amount for name, amount in sorted(planned.items()) if amount > 0}
	try:
		judged = {
			name: _judge(company, line, require_year_of_company(name, company), amount, reference, lock=True)
			for name, amount in wanted.items()
		}
	except frappe.QueryTimeoutError:
		_refuse_changed(line)
	_refuse_shortfalls(company, line, judged)
	release_funds(*reference)
	for name, amount in wanted.items():
		_store(company, line, load_year(name), amount, reference)
	return judged


def release_funds(reference_doctype: str, reference_name: str, lock: bool = False) -> int:
	"""Give back what the reference has reserved; answers how many reservations that were.

	With `lock` what is reserved now, whatever this transaction saw before.
	"""
	table = frappe.qb.DocType(RESERVATION)
	query = (
		frappe.qb.from_(table)
		.select(table.name)
		.where(
			(table.reference_name == reference_name)
			& (table.reference_doctype == reference_doctype)
			& (table.status == OPEN)
		)
		.orderby(table.name)
	)
	names = (query.for_update() if lock else query).run(pluck=True)
	for name in names:
		_write(name, {"status": RELEASED, "released_on": now_datetime()})
	return len(names)


def open_reservations(
	company: str,
	year: Year,
	sources: Mapping[str, Sequence[str]] | None = None,
	lock: bool = False,
) -> list[OpenReservation]:
	"""Open reservations whose money comes from `sources` (names by doctype; None: from anywhere).

	With `lock` as they are stored now, whatever this transaction saw before. A fixed number of queries.
	"""
	rows = _load_rows(company, year, lock)
	held = _open_amounts_of(company, year, rows)
	found = []
	for row in rows:
		line = FundingLine(row.it_service or None, row.cost_center or None)
		doctype, name = line.source
		if sources is None or name in sources.get(doctype, ()):
			found.append(
				OpenReservation(
					row.name,
					(row.reference_doctype, row.reference_name),
					line,
					to_decimal(row.planned),
					held[row.name],
				)
			)
	return found


def budget_of(
	company: str, year: Year, kind: str, names: Sequence[str], lock: bool = False
) -> dict[str, Decimal | None]:
	"""What may be spent per name: its budgets in ERPNext or its ceiling, whichever is lower; None without both.

	A cost center without budgets of its own has those of the ones below it. With `lock` the ceilings are those that
	are stored now; whether the budgets are, `_refuse_stale_budgets` says.
	"""
	budgets: dict[str, Decimal] = dict(budgets_by(kind, company, year.start, year.end))
	if kind == COST_CENTER:
		for node, below in cost_centers_below(company, names).items():
			parts = [budgets[name] for name in below if name in budgets]
			if node not in budgets and parts:
				budgets[node] = sum(parts, ZERO)
	ceilings = (
		stored_limits(company, year.name, kind, names)
		if lock
		else {item.subject: item.limit for item in load_ceilings(company, year.name) if item.kind == kind}
	)
	return {name: effective_limit(budgets.get(name), ceilings.get(name)) for name in names}


def _judge(
	company: str,
	line: FundingLine,
	year: Year,
	planned: Decimal,
	reference: tuple[str, str] | None,
	lock: bool = False,
) -> Funds:
	kind, name = line.source
	use = USE_OF[kind](company, year, [name])[name]
	others = [
		item.open_amount
		for item in open_reservations(company, year, {kind: [name]}, lock)
		if item.reference != reference
	]
	return Funds(
		budget=budget_of(company, year, kind, [name], lock)[name] or ZERO,
		actual=use.actual,
		committed=use.committed,
		reserved=sum(others, ZERO),
		planned=planned,
	)


def _refuse_shortfalls(company: str, line: FundingLine, judged: Mapping[str, Funds]) -> None:
	currency = company_currency(company)
	short = [
		_("{0}: {1} are planned and {2} available, {3} are missing").format(
			as_html(name),
			fmt_money(float(funds.planned), currency=currency),
			fmt_money(float(funds.available), currency=currency),
			bold(fmt_money(float(funds.shortfall), currency=currency)),
		)
		for name, funds in judged.items()
		if not funds.is_secured
	]
	if short:
		frappe.throw(
			_(
				"The funds of {0} do not cover the plan. {1}. Raise the budget, transfer money to it, or plan less."
			).format(bold(line.source[1]), "; ".join(short)),
			FundsError,
			title=_("Funds Not Secured"),
		)


def _refuse_stale_budgets(company: str, line: FundingLine) -> None:
	"""Money may have been moved away while this one waited for the lock; what was read before is old then."""
	kind, name = line.source
	if not is_seen_as_stored(kind, company, name):
		_refuse_changed(line)


def _refuse_changed(line: FundingLine) -> NoReturn:
	frappe.throw(
		_("The budget of {0} was changed by somebody else at this moment. Try again.").format(
			bold(line.source[1])
		),
		FundsError,
		title=_("Budget Changed"),
	)


def _load_rows(company: str, year: Year, lock: bool) -> list[frappe._dict]:
	"""Oldest first; along the index of company and year."""
	table = frappe.qb.DocType(RESERVATION)
	query = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.reference_doctype,
			table.reference_name,
			table.it_service,
			table.cost_center,
			exact(table.planned).as_("planned"),
			exact(table.used_before).as_("used_before"),
		)
		.where((table.company == company) & (table.fiscal_year == year.name) & (table.status == OPEN))
		.orderby(table.since, table.name)
	)
	return (query.for_update() if lock else query).run(as_dict=True)


def _open_amounts_of(company: str, year: Year, rows: Sequence[frappe._dict]) -> dict[str, Decimal]:
	by_spender: dict[tuple[str, str], list[Reservation]] = defaultdict(list)
	for row in rows:
		spender = FundingLine(row.it_service or None, row.cost_center or None).spender
		by_spender[spender].append(
			Reservation(row.name, to_decimal(row.planned), to_decimal(row.used_before))
		)
	held: dict[str, Decimal] = {}
	for kind, use_of in USE_OF.items():
		names = sorted(name for spender_kind, name in by_spender if spender_kind == kind)
		used: dict[str, Use] = use_of(company, year, names) if names else {}
		for name in names:
			held |= open_amounts(by_spender[kind, name], used[name].total)
	return held


def _store(company: str, line: FundingLine, year: Year, planned: Decimal, reference: tuple[str, str]) -> None:
	kind, name = line.spender
	doctype, record = reference
	doc = frappe.get_doc(
		{
			"doctype": RESERVATION,
			"reference_doctype": doctype,
			"reference_name": record,
			"company": company,
			"fiscal_year": year.name,
			"it_service": line.it_service,
			"cost_center": line.cost_center,
			"planned": float(planned),
			"used_before": float(USE_OF[kind](company, year, [name])[name].total),
			"since": now_datetime(),
			"status": OPEN,
		}
	)
	doc.flags.written_by_job = True
	doc.insert(ignore_permissions=True)


def _write(name: str, values: dict) -> None:
	doc = frappe.get_doc(RESERVATION, name, for_update=True)
	doc.flags.written_by_job = True
	doc.update(values)
	doc.save(ignore_permissions=True)
