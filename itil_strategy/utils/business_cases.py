"""What other modules ask of business cases; set-wise."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

from itil_strategy.domain.gate_facts import CaseFacts, FundingFacts
from itil_strategy.utils.fiscal_years import load_year
from itil_strategy.utils.fund_cover import find_shortfalls
from itil_strategy.utils.funds import OPEN, RESERVATION, OpenReservation, open_reservations
from itil_strategy.utils.money import to_decimal

APPROVED = "Approved"
CASE = "Business Case"
ByYear = dict[str, Decimal]


def find_approved_cases(services: Sequence[str]) -> dict[str, tuple[CaseFacts, ...]]:
	"""Approved cases per service, the one that is valid longest first; one query."""
	found: dict[str, list[CaseFacts]] = defaultdict(list)
	for row in _approved_cases(services):
		found[row.it_service].append(CaseFacts(row.name, getdate(row.valid_until)))
	return {service: tuple(cases) for service, cases in found.items()}


def find_funding(services: Sequence[str], today: date) -> dict[str, tuple[FundingFacts, ...]]:
	"""The funds of the approved cases that are valid on the day, the one that is valid longest first.

	The number of queries depends on the companies and fiscal years of the cases, not on how many there are.
	"""
	cases = [row for row in _approved_cases(services) if getdate(row.valid_until) >= today]
	names = [row.name for row in cases]
	if not names:
		return {}
	needed, reserved = _funds_needed(names), _reserved(names)
	missing, expired = _judge(((row.company, year) for row in cases for year in reserved[row.name]), today)
	found: dict[str, list[FundingFacts]] = defaultdict(list)
	for row in cases:
		found[row.it_service].append(
			FundingFacts(
				case=row.name,
				reserved=tuple(reserved[row.name].items()),
				unreserved=tuple(year for year in needed[row.name] if year not in reserved[row.name]),
				missing=tuple(missing[row.name].items()),
				expired=tuple(expired[row.name].items()),
			)
		)
	return {service: tuple(funding) for service, funding in found.items()}


def _approved_cases(services: Sequence[str]) -> list[frappe._dict]:
	return frappe.get_all(
		CASE,
		{"it_service": ("in", services), "docstatus": 1, "status": APPROVED},
		["name", "it_service", "company", "valid_until"],
		order_by="valid_until desc, name asc",
		limit=0,
	)


def _funds_needed(cases: Sequence[str]) -> dict[str, ByYear]:
	"""Per case and fiscal year that had to be funded for the approval."""
	return _by_case(
		frappe.get_all(
			"Business Case Spend",
			{"parenttype": CASE, "parent": ("in", cases), "funds_needed": (">", 0)},
			["parent", "fiscal_year", "funds_needed"],
			order_by="parent asc, idx asc",
			limit=0,
			as_list=True,
		)
	)


def _reserved(cases: Sequence[str]) -> dict[str, ByYear]:
	"""Per case and fiscal year, what was set aside, spent since or not."""
	return _by_case(
		frappe.get_all(
			RESERVATION,
			{"reference_doctype": CASE, "reference_name": ("in", cases), "status": OPEN},
			["reference_name", "fiscal_year", "planned"],
			order_by="fiscal_year asc, name asc",
			limit=0,
			as_list=True,
		)
	)


def _judge(years: Iterable[tuple[str, str]], today: date) -> tuple[dict[str, ByYear], dict[str, ByYear]]:
	"""Per case and fiscal year what the budgets no longer cover of its reservation; and, of a year that is over,
	what was reserved and not spent."""
	missing, expired = [], []
	for company, name in sorted(set(years)):
		year = load_year(name)
		if year.is_over(today):
			expired += [(item, name, item.open_amount) for item in open_reservations(company, year)]
		else:
			missing += [(item, name, amount) for item, amount in find_shortfalls(company, year)]
	return _of_cases(missing), _of_cases(expired)


def _of_cases(rows: Iterable[tuple[OpenReservation, str, Decimal]]) -> dict[str, ByYear]:
	return _by_case(
		(item.reference[1], year, amount)
		for item, year, amount in rows
		if item.reference[0] == CASE and amount
	)


def _by_case(rows: Iterable[tuple[str, str, Decimal | float]]) -> dict[str, ByYear]:
	found: dict[str, ByYear] = defaultdict(dict)
	for case, year, amount in rows:
		found[case][year] = to_decimal(amount)
	return found
