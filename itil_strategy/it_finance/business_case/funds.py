"""The funds of a business case: judge, reserve, release (FM-6).

They are judged when they are secured, and again, under a lock, by the approval, which reserves them. The budget of
a fiscal year that is over can no longer be spent: what was planned there and is neither booked nor ordered since the
case began counts in the current year.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import fmt_money, getdate

from itil_strategy.domain.funds import ZERO, Funds, still_to_spend
from itil_strategy.it_finance.business_case.transitions import DOCTYPE
from itil_strategy.utils.fiscal_years import load_year, year_of
from itil_strategy.utils.funds import USE_OF, FundingLine, release_funds, require_funds, reserve_funds
from itil_strategy.utils.text import bold

EVIDENCE = ("budget", "actual", "committed", "reserved", "available")


def line_of(case: Document) -> FundingLine:
	"""The cost center that is named, else the budget of the service; spent is what the service costs."""
	return FundingLine(case.it_service or None, case.funding_cost_center or None)


def judge(case: Document, planned: Mapping[str, Decimal]) -> None:
	"""Keep on the case what is there per fiscal year, or refuse naming the year and what is missing."""
	needed = funds_needed(case, planned)
	note(case, require_funds(case.company, line_of(case), needed, (DOCTYPE, case.name)))


def reserve(case: Document, planned: Mapping[str, Decimal]) -> None:
	"""Judge anew and set the planned spend aside, in every year or in none."""
	needed = funds_needed(case, planned)
	note(case, reserve_funds(case.company, line_of(case), needed, (DOCTYPE, case.name)))


def funds_needed(case: Document, planned: Mapping[str, Decimal]) -> dict[str, Decimal]:
	"""The planned spend by the fiscal year whose budget has to pay it; tells the user what counts in another one."""
	today = getdate()
	over = [name for name in planned if load_year(name).is_over(today)]
	needed = {name: amount for name, amount in planned.items() if name not in over}
	late = still_to_spend(planned, over, _used_since_start(case, over)) if over else ZERO
	if late:
		current = year_of(today, case.company).name
		needed[current] = needed.get(current, ZERO) + late
		frappe.msgprint(
			_("Of what was planned in {0}, {1} are neither booked nor ordered. They count in {2}.").format(
				bold(", ".join(over)), bold(fmt_money(float(late), currency=case.currency)), bold(current)
			),
			title=_("Years That Are Over"),
			indicator="blue",
		)
	return needed


def _used_since_start(case: Document, years: list[str]) -> Decimal:
	"""What was booked and ordered in these years, from the start of the case on, by who uses its reservations up."""
	kind, name = line_of(case).spender
	start, used = getdate(case.start_date), ZERO
	for year in map(load_year, years):
		since = replace(year, start=max(year.start, start))
		used += USE_OF[kind](case.company, since, [name])[name].total if name else ZERO
	return used


def release(case: Document) -> int:
	"""Give back what the case has reserved."""
	return release_funds(DOCTYPE, case.name, lock=True)


def note(case: Document, judged: Mapping[str, Funds]) -> None:
	"""The evidence per fiscal year; none where nothing was judged.

	A year in which nothing is planned has a row only while it pays for what was planned before.
	"""
	known = {row.fiscal_year for row in case.spend}
	for year in judged.keys() - known:
		case.append("spend", {"fiscal_year": year, "currency": case.currency})
	for row in case.spend:
		funds = judged.get(row.fiscal_year)
		row.funds_needed = float(funds.planned) if funds else 0
		for field in EVIDENCE:
			row.set(field, float(getattr(funds, field)) if funds else 0)
	rows = [row for row in case.spend if row.planned_spend or row.funds_needed]
	rows.sort(key=lambda row: load_year(row.fiscal_year).start)
	if rows != case.spend:
		case.set("spend", rows)
