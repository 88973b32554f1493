"""The charging statement: charges with totals per customer and mode, for the desk and the preview alike."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MODES = ("Chargeback", "Showback")


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
	"""Rows by customer, month and offering, what each was made from, and their sums."""

	rows: tuple[StatementRow, ...]
	sources: tuple[object, ...]
	by_customer: dict[str, dict[str, Decimal]]
	by_mode: dict[str, Decimal]

	@property
	def total(self) -> Decimal:
		return sum(self.by_mode.values(), Decimal(0))


def make_statement(charges: Iterable) -> Statement:
	"""Order and sum anything that has the fields of a StatementRow."""
	names = tuple(StatementRow.__dataclass_fields__)
	pairs = sorted(
		((StatementRow(**{name: getattr(charge, name) for name in names}), charge) for charge in charges),
		key=lambda pair: (
			pair[0].customer,
			pair[0].month,
			pair[0].service,
			pair[0].offering,
			pair[0].policy,
			pair[0].kind,
		),
	)
	by_customer: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(MODES, Decimal(0)))
	by_mode = dict.fromkeys(MODES, Decimal(0))
	for row, _source in pairs:
		by_customer[row.customer][row.mode] += row.amount
		by_mode[row.mode] += row.amount
	return Statement(
		tuple(row for row, _source in pairs),
		tuple(source for _row, source in pairs),
		dict(by_customer),
		by_mode,
	)
