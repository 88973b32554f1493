"""The charging statement: charges with totals per customer and mode, for the desk and the preview alike."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter

MODES = ("Chargeback", "Showback")
_order = attrgetter("customer", "month", "service", "offering", "policy", "kind")


@dataclass(frozen=True, slots=True)
class StatementRow:
	"""One charge as the customer sees it; `amount` in company currency."""

	customer: str
	service: str
	offering: str
	month: date
	policy: str
	kind: str
	mode: str
	quantity: Decimal
	uom: str
	currency: str
	price_amount: Decimal
	amount: Decimal
	is_late: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
	"""Charges by customer, month and offering, and their sums."""

	sources: tuple[object, ...]
	by_customer: dict[str, dict[str, Decimal]]
	by_mode: dict[str, Decimal]

	@property
	def rows(self) -> tuple[StatementRow, ...]:
		"""What is shown of each of the sources; made when asked for, as a report of very many shows these themselves."""
		values = attrgetter(*(field.name for field in fields(StatementRow)))
		return tuple(StatementRow(*values(source)) for source in self.sources)

	@property
	def total(self) -> Decimal:
		return sum(self.by_mode.values(), Decimal(0))


def make_statement(charges: Iterable) -> Statement:
	"""Order and sum anything that has the fields of a StatementRow."""
	sources = tuple(sorted(charges, key=_order))
	by_customer: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(MODES, Decimal(0)))
	for charge in sources:
		by_customer[charge.customer][charge.mode] += charge.amount
	by_mode = {mode: sum((sums[mode] for sums in by_customer.values()), Decimal(0)) for mode in MODES}
	return Statement(sources, dict(by_customer), by_mode)
