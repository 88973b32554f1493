"""How the columns of a usage file are read: our own layout, or a FOCUS 1.0 to 1.2 billing export.

A layout names where offering and customer of a row come from, which column is the quantity, and which
columns identify a row (FM-10: a unit of usage is charged once).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from itil_strategy.domain.errors import DomainError

FILE_LAYOUTS = ("Own", "FOCUS")
SOURCE_KINDS = ("Column", "Tag", "Fixed")
TAGS = "Tags"

OWN_COLUMNS = ("offering", "customer", "date", "unit", "quantity", "reference", "charge_class")
OWN_REFERENCE = "reference"

# FOCUS: the unit of each quantity. Costs are counted in their billing currency.
FOCUS_UNITS = {
	"BilledCost": "BillingCurrency",
	"EffectiveCost": "BillingCurrency",
	"ConsumedQuantity": "ConsumedUnit",
	"PricingQuantity": "PricingUnit",
}
# Providers leave these empty where a charge has no usage, e.g. a credit.
FOCUS_OPTIONAL_QUANTITIES = ("ConsumedQuantity", "PricingQuantity")
# What FOCUS restates from one delivery to the next: every cost, price and quantity column of 1.0 to 1.2.
FOCUS_AMOUNT_ENDINGS = ("Cost", "Price", "Quantity")
# Filled in when the invoice is issued, often after the first delivery of a row.
FOCUS_LATE_COLUMNS = ("InvoiceId",)
FOCUS_DATE_ENDINGS = ("PeriodStart", "PeriodEnd")

# Per layout: column and the values with which a negative quantity is taken.
NEGATIVE_ALLOWED = {
	"Own": (("charge_class", ("Correction",)),),
	"FOCUS": (("ChargeClass", ("Correction",)), ("ChargeCategory", ("Credit", "Adjustment"))),
}


@dataclass(frozen=True, slots=True)
class ValueSource:
	"""Where a value comes from: a column, a key inside the JSON column Tags, or one value for all rows."""

	kind: Literal["Column", "Tag", "Fixed"]
	name: str

	def __post_init__(self) -> None:
		if self.kind not in SOURCE_KINDS:
			raise DomainError(f'"{self.kind}" is no kind of source. Choose one of {", ".join(SOURCE_KINDS)}.')
		if not (self.name or "").strip():
			raise DomainError(f"A source of kind {self.kind} needs a name. Name the column, tag or value.")

	@property
	def column(self) -> str | None:
		"""The column of the file that is read; None for a fixed value."""
		return {"Column": self.name, "Tag": TAGS, "Fixed": None}[self.kind]


@dataclass(frozen=True, slots=True)
class UsageLayout:
	"""How to read one kind of usage file.

	`name` is part of every source key: two layouts never share keys. `key_columns` empty means, in the own
	layout, the column reference if the file has it, else all columns but the quantity; in FOCUS, all columns
	but costs, prices, quantities and InvoiceId. So a restated value keeps its key. With
	`number_repeated_keys` a key may stand in the file several times (cloud bills repeat rows) and is counted
	first, second, ...; without it a repeated key refuses the file. `accept_negative` takes negative
	quantities in any row.

	Raises DomainError when the parts do not fit together.
	"""

	name: str
	file_layout: Literal["Own", "FOCUS"]
	offering: ValueSource
	customer: ValueSource
	quantity: str
	key_columns: tuple[str, ...] = ()
	number_repeated_keys: bool = False
	accept_negative: bool = False

	def __post_init__(self) -> None:
		if not (self.name or "").strip():
			raise DomainError("A usage layout needs a name: it is part of the key of every row.")
		if self.file_layout not in FILE_LAYOUTS:
			raise DomainError(
				f'"{self.file_layout}" is no file layout. Choose one of {", ".join(FILE_LAYOUTS)}.'
			)
		quantities = ("quantity",) if self.file_layout == "Own" else tuple(FOCUS_UNITS)
		if self.quantity not in quantities:
			raise DomainError(
				f'The quantity of layout "{self.name}" cannot be "{self.quantity}". '
				f"Choose one of {', '.join(quantities)}."
			)
		doubled = sorted({column for column in self.key_columns if self.key_columns.count(column) > 1})
		if doubled:
			raise DomainError(
				f'Key column "{doubled[0]}" of layout "{self.name}" is named twice. Name it once.'
			)

	@property
	def date_column(self) -> str:
		"""The column with the day (own) or moment (FOCUS) of the usage."""
		return "date" if self.file_layout == "Own" else "ChargePeriodStart"

	@property
	def unit_column(self) -> str:
		"""The column with the unit of the quantity."""
		return "unit" if self.file_layout == "Own" else FOCUS_UNITS[self.quantity]

	@property
	def empty_quantity_is_zero(self) -> bool:
		"""Whether an empty quantity counts as 0 instead of being a bad row."""
		return self.quantity in FOCUS_OPTIONAL_QUANTITIES

	@property
	def negative_rules(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
		"""(column, values) with which a negative quantity is taken."""
		return NEGATIVE_ALLOWED[self.file_layout]

	def required_columns(self) -> tuple[str, ...]:
		"""Columns that the file must have, each once, in reading order."""
		named = (
			self.offering.column,
			self.customer.column,
			self.date_column,
			self.unit_column,
			self.quantity,
			*self.key_columns,
		)
		return tuple(dict.fromkeys(column for column in named if column))

	def resolve_key_columns(self, columns: Sequence[str]) -> tuple[str, ...]:
		"""The columns that identify a row of a file with these columns, sorted by name.

		Sorted, so that keys do not depend on the order of the columns in a file.
		"""
		if self.key_columns:
			return tuple(sorted(self.key_columns))
		if self.file_layout == "Own" and OWN_REFERENCE in columns:
			return (OWN_REFERENCE,)
		late = FOCUS_LATE_COLUMNS if self.file_layout == "FOCUS" else ()
		return tuple(
			sorted(column for column in columns if not self.is_amount(column) and column not in late)
		)

	def is_amount(self, column: str) -> bool:
		"""Whether a column holds a cost, price or quantity."""
		if self.file_layout == "Own":
			return column == self.quantity
		return column.endswith(FOCUS_AMOUNT_ENDINGS)

	def is_date(self, column: str) -> bool:
		"""Whether a column holds a day or a moment."""
		if self.file_layout == "Own":
			return column == self.date_column
		return column.endswith(FOCUS_DATE_ENDINGS)


def own_layout(
	name: str = "Own layout",
	offering: ValueSource = ValueSource("Column", "offering"),
	customer: ValueSource = ValueSource("Column", "customer"),
	key_columns: tuple[str, ...] = (),
	number_repeated_keys: bool = False,
	accept_negative: bool = False,
) -> UsageLayout:
	"""Our own layout: offering, customer, date, unit, quantity and, if wanted, reference, charge_class."""
	return UsageLayout(
		name, "Own", offering, customer, "quantity", tuple(key_columns), number_repeated_keys, accept_negative
	)


def focus_layout(
	name: str = "FOCUS",
	offering: ValueSource = ValueSource("Column", "ServiceName"),
	customer: ValueSource = ValueSource("Column", "SubAccountId"),
	quantity: str = "BilledCost",
	key_columns: tuple[str, ...] = (),
	number_repeated_keys: bool = False,
	accept_negative: bool = False,
) -> UsageLayout:
	"""A FOCUS 1.0, 1.1 or 1.2 billing export; `quantity` is one of FOCUS_UNITS."""
	return UsageLayout(
		name, "FOCUS", offering, customer, quantity, tuple(key_columns), number_repeated_keys, accept_negative
	)
