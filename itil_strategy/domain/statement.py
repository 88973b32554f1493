"""The charging statement: charges with totals per customer and mode, for the desk and the preview alike."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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
	"""Rows by customer, offering, month, and their sums."""

	rows: tuple[StatementRow, ...]
	by_customer: dict[str, dict[str, Decimal]]
	by_mode: dict[str, Decimal]
	total: Decimal


def make_statement(charges: Iterable) -> Statement:
	"""Order and sum anything that has the fields of a StatementRow."""
	rows = sorted(
		(
			StatementRow(**{name: getattr(charge, name) for name in StatementRow.__dataclass_fields__})
			for charge in charges
		),
		key=lambda row: (row.customer, row.month, row.service, row.offering, row.policy, row.kind),
	)
	by_customer: dict[str, dict[str, Decimal]] = defaultdict(
		lambda: {"Chargeback": Decimal(0), "Showback": Decimal(0)}
	)
	by_mode = {"Chargeback": Decimal(0), "Showback": Decimal(0)}
	for row in rows:
		by_customer[row.customer][row.mode] += row.amount
		by_mode[row.mode] += row.amount
	return Statement(tuple(rows), dict(by_customer), by_mode, sum(by_mode.values(), Decimal(0)))
