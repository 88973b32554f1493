"""Ceilings in force and what is used of them (FM-5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import frappe

from itil_strategy.domain.budgeting import CeilingState, Use
from itil_strategy.utils.consumption import use_of_categories, use_of_cost_centers, use_of_services
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.money import exact, to_decimal

SERVICE, CATEGORY, COST_CENTER = "IT Service", "IT Service Category", "Cost Center"
NAMED_BY = {SERVICE: "it_service", CATEGORY: "category", COST_CENTER: "cost_center"}
USE_OF: dict[str, Callable[[str, Year, Sequence[str]], dict[str, Use]]] = {
	SERVICE: use_of_services,
	CATEGORY: use_of_categories,
	COST_CENTER: use_of_cost_centers,
}


@dataclass(frozen=True, slots=True)
class Ceiling:
	"""A limit on one service, category or cost center."""

	name: str
	kind: str
	subject: str
	limit: Decimal
	action: str
	counts_commitments: bool


def load_ceilings(company: str, fiscal_year: str, names: Sequence[str] | None = None) -> list[Ceiling]:
	"""Those in force, by name; one query."""
	table = frappe.qb.DocType("Budget Ceiling")
	query = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.ceiling_for,
			table.it_service,
			table.category,
			table.cost_center,
			exact(table.amount),
			table.action,
			table.counts_commitments,
		)
		.where((table.company == company) & (table.fiscal_year == fiscal_year) & (table.disabled == 0))
		.orderby(table.name)
	)
	if names is not None:
		query = query.where(table.name.isin(list(names)))
	return [
		Ceiling(name, kind, service or category or center, to_decimal(limit), action, bool(counts))
		for name, kind, service, category, center, limit, action, counts in query.run()
	]


def live_key(company: str, fiscal_year: str, kind: str, subject: str) -> str:
	"""What is unique of a ceiling in force."""
	return "|".join((company, fiscal_year, kind, subject))


def stored_limits(company: str, fiscal_year: str, kind: str, subjects: Sequence[str]) -> dict[str, Decimal]:
	"""Limits by subject as they are stored now, whatever this transaction saw before; holds the rows.

	Found along the unique key. Raises QueryTimeoutError at once where somebody else is deleting one: to wait would be
	to wait in a circle.
	"""
	table = frappe.qb.DocType("Budget Ceiling")
	subject_of = {live_key(company, fiscal_year, kind, subject): subject for subject in subjects}
	rows = (
		frappe.qb.from_(table)
		.select(table.live_key, exact(table.amount))
		.where(table.live_key.isin(sorted(subject_of)))
		.for_update(nowait=True)
	).run()
	return {subject_of[key]: to_decimal(amount) for key, amount in rows}


def state_of(company: str, year: Year, ceilings: Sequence[Ceiling]) -> dict[str, CeilingState]:
	"""Limit and use by ceiling; the number of queries depends on the kinds among them, not on their number."""
	used: dict[tuple[str, str], Use] = {}
	for kind, use_of in USE_OF.items():
		subjects = sorted({ceiling.subject for ceiling in ceilings if ceiling.kind == kind})
		if subjects:
			used |= {(kind, name): use for name, use in use_of(company, year, subjects).items()}
	return {
		ceiling.name: CeilingState(
			ceiling.limit, used[ceiling.kind, ceiling.subject], ceiling.counts_commitments
		)
		for ceiling in ceilings
	}
