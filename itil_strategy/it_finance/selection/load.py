"""An Investment Round and the cases that can be chosen in it, as the problem that the domain solves (FM-8)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.domain.selection_rules import (
	BUDGET,
	CAPACITY,
	AtMostOne,
	Candidate,
	Excluded,
	Limit,
	MustHave,
	Prerequisite,
	Problem,
	Rule,
)
from itil_strategy.it_finance.business_case.transitions import (
	APPROVED,
	DOCTYPE,
	DRAFT,
	FUNDS_SECURED,
	IN_REVIEW,
)
from itil_strategy.utils.fiscal_years import load_year
from itil_strategy.utils.money import exact, to_decimal

CHOSEN_FROM = (IN_REVIEW, FUNDS_SECURED)
MEASURES = {"Net present value": "npv", "Against doing nothing": "advantage"}
Uses = dict[str, dict[str, Decimal]]


@dataclass(slots=True)
class Round:
	"""Cases by name, what each spends per fiscal year and works per skill, and the problem made of them."""

	doc: Document
	cases: dict[str, frappe._dict] = field(default_factory=dict)
	spend: Uses = field(default_factory=dict)
	efforts: Uses = field(default_factory=dict)
	problem: Problem = field(default_factory=lambda: Problem(()))


def load_round(name: str, with_drafts: bool = False) -> Round:
	"""The round with its candidates: cases of its company that are reviewed and not decided yet; four queries."""
	doc = frappe.get_doc("Investment Round", name)
	loaded = Round(doc, _load_cases(doc.company, (*CHOSEN_FROM, *((DRAFT,) if with_drafts else ()))))
	names = list(loaded.cases)
	loaded.spend = _load_uses("Business Case Spend", "fiscal_year", "planned_spend", names)
	loaded.efforts = _load_uses("Business Case Effort", "skill", "amount", names)
	value = MEASURES[doc.measure]
	loaded.problem = Problem(
		tuple(Candidate(case.name, to_decimal(case[value])) for case in loaded.cases.values()),
		(*_limits(loaded), *_rules(doc, set(names))),
	)
	return loaded


def _load_cases(company: str, statuses: Sequence[str]) -> dict[str, frappe._dict]:
	case = frappe.qb.DocType(DOCTYPE)
	rows = (
		frappe.qb.from_(case)
		.select(
			case.name,
			case.case_title,
			case.it_service,
			case.status,
			exact(case.npv).as_("npv"),
			exact(case.advantage).as_("advantage"),
			exact(case.total_spend).as_("total_spend"),
		)
		.where((case.company == company) & case.status.isin(list(statuses)) & (case.docstatus == 0))
		.orderby(case.name)
	).run(as_dict=True)
	return {row.name: row for row in rows}


def _load_uses(doctype: str, key: str, amount: str, cases: Sequence[str]) -> Uses:
	"""Sums per key and case."""
	found: Uses = defaultdict(lambda: defaultdict(Decimal))
	if not cases:
		return found
	row = frappe.qb.DocType(doctype)
	for parent, name, value in (
		frappe.qb.from_(row)
		.select(row.parent, row[key], exact(row[amount]))
		.where((row.parenttype == DOCTYPE) & row.parent.isin(list(cases)))
	).run():
		found[(name or "").strip()][parent] += to_decimal(value)
	return found


def _limits(loaded: Round) -> list[Limit]:
	budgets = [
		Limit(row.fiscal_year, to_decimal(row.amount), _spend_of(loaded, row.fiscal_year), BUDGET)
		for row in loaded.doc.budgets
	]
	capacities = [
		Limit(
			row.skill.strip(),
			to_decimal(row.amount),
			dict(loaded.efforts.get(row.skill.strip(), {})),
			CAPACITY,
		)
		for row in loaded.doc.capacities
	]
	return [*budgets, *capacities]


def _spend_of(loaded: Round, fiscal_year: str) -> dict[str, Decimal]:
	"""Spend per case in the year; in the current one with what was planned in years that are over and not limited.

	None of these cases is approved, so nothing of it was spent: it needs money of the current year, as when funds are
	secured.
	"""
	today, year = getdate(), load_year(fiscal_year)
	years = {fiscal_year}
	if year.start <= today < year.end:
		limited = {row.fiscal_year for row in loaded.doc.budgets}
		years |= {name for name in loaded.spend.keys() - limited if load_year(name).is_over(today)}
	found: dict[str, Decimal] = defaultdict(Decimal)
	for name in years & loaded.spend.keys():
		for case, amount in loaded.spend[name].items():
			found[case] += amount
	return dict(found)


def _rules(doc: Document, names: set[str]) -> list[Rule]:
	"""Rules between candidates. A prerequisite that is approved already is met; what is no candidate needs
	no exclusion and no group."""
	rules: list[Rule] = []
	groups: dict[str, list[str]] = defaultdict(list)
	approved = _approved([row.other_case for row in doc.rules if row.kind == "Prerequisite"])
	for row in doc.rules:
		if row.kind == "Must-have":
			rules.append(MustHave(row.business_case, row.reason or ""))
		elif row.business_case not in names:
			continue
		elif row.kind == "Excluded":
			rules.append(Excluded(row.business_case, row.reason or ""))
		elif row.kind == "Prerequisite" and row.other_case not in approved:
			rules.append(Prerequisite(row.business_case, row.other_case))
		elif row.kind == "At most one":
			groups[row.group_name.strip()].append(row.business_case)
	rules += [AtMostOne(name, tuple(cases)) for name, cases in groups.items() if len(cases) > 1]
	return rules


def _approved(names: Sequence[str]) -> set[str]:
	if not names:
		return set()
	return set(
		frappe.get_all(DOCTYPE, {"name": ("in", names), "status": APPROVED, "docstatus": 1}, pluck="name")
	)
