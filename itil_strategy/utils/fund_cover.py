"""Whether budgets still cover what is reserved from them (FM-6)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from itil_strategy.domain.funds import find_uncovered
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.funds import USE_OF, ZERO, OpenReservation, budget_of, open_reservations


def find_shortfalls(
	company: str,
	year: Year,
	sources: Mapping[str, Sequence[str]] | None = None,
	lock: bool = False,
) -> list[tuple[OpenReservation, Decimal]]:
	"""Open reservations that the budgets of the year no longer cover, and what is missing of each.

	What was reserved first keeps its money. `sources` and `lock` as in `open_reservations`. A fixed number
	of queries.
	"""
	items: dict[str, OpenReservation] = {}
	held: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
	for item in open_reservations(company, year, sources, lock):
		items[item.name] = item
		held[item.line.source][item.name] = item.open_amount
	missing: dict[str, Decimal] = {}
	for kind, use_of in USE_OF.items():
		names = sorted(name for source_kind, name in held if source_kind == kind)
		if not names:
			continue
		used, budgets = use_of(company, year, names), budget_of(company, year, kind, names)
		for name in names:
			left = (budgets[name] or ZERO) - used[name].total
			missing |= find_uncovered(held[kind, name], left)
	return [(items[name], amount) for name, amount in missing.items()]
