"""Raw columns of a usage file become usage rows: values, what is wrong with them, and the text of the key."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from itil_strategy.domain.usage_errors import HEADER_ROW, WHOLE_ROW, ErrorLog, refuse_file, show
from itil_strategy.domain.usage_layout import TAGS, UsageLayout, ValueSource
from itil_strategy.domain.usage_source import RawBatch
from itil_strategy.domain.usage_values import (
	MAX_INTEGER_DIGITS,
	NOT_A_NUMBER,
	QUANTITY,
	TOO_WIDE,
	TagColumn,
	read_moments,
	read_numbers,
	read_tags,
	read_text,
)

MAX_LISTED = 60
BAD_DATE = "{0} is not a date from 1900 to 2199. Write it as YYYY-MM-DD, for example 2026-01-31."
EMPTY_DATE = "The date is empty. Write it as YYYY-MM-DD, for example 2026-01-31."
EMPTY_UNIT = "The unit is empty. Name the unit of the quantity."
EMPTY_QUANTITY = "The quantity is empty. Write a number; 0 if nothing was used."
BAD_NUMBER = (
	"{0} is not a number. Write digits with a point before the decimals and no thousands separators, "
	"for example 1234.5."
)
WIDE_NUMBER = (
	f"{{0}} has more than {MAX_INTEGER_DIGITS} digits before the point. Check the number and its unit."
)
NEGATIVE_NUMBER = (
	"{{0}} is negative. A negative number is taken only with {rules}. Correct the row, or let "
	"the mapping accept negative amounts."
)
BAD_TAGS = '{0} is not a JSON object. Write the tags as {"name": "value"} or leave the cell empty.'
EMPTY_KEY = "The row has no key: {columns} is empty. Fill it in."


@dataclass(frozen=True)
class RowReader:
	"""Reads the batches of one file by one layout."""

	layout: UsageLayout
	columns: Sequence[str]

	def __post_init__(self) -> None:
		missing = [name for name in self.layout.required_columns() if name not in self.columns]
		if missing:
			hint = ""
			if len(self.columns) == 1 and any(sign in self.columns[0] for sign in ";\t|"):
				hint = " Separate the columns by commas."
			refuse_file(
				f"The file lacks {_listed(missing)}. It has {_listed(self.columns)}. "
				f"Add the missing columns or choose another mapping.{hint}",
				HEADER_ROW,
				missing[0],
			)

	@cached_property
	def key_columns(self) -> tuple[str, ...]:
		"""The columns that identify a row."""
		return self.layout.resolve_key_columns(self.columns)

	@cached_property
	def needed(self) -> tuple[str, ...]:
		"""The columns to read, each once."""
		optional = [column for column, _ in self.layout.negative_rules if column in self.columns]
		return tuple(dict.fromkeys((*self.layout.required_columns(), *optional, *self.key_columns)))

	@property
	def key_name(self) -> str:
		"""The key columns as a message names them."""
		if self.layout.key_columns or self.layout.file_layout == "Own":
			return ", ".join(self.key_columns)
		return "all columns but costs, prices, quantities and InvoiceId"

	@property
	def key_field(self) -> str:
		"""The field of an error about the key."""
		return self.key_columns[0] if len(self.key_columns) == 1 else WHOLE_ROW

	def read(self, raw: RawBatch, log: ErrorLog) -> pl.DataFrame:
		"""Columns row, offering_value, customer_value, usage_date, unit, quantity, key_text.

		Bad rows stay in the frame, with null where a value is bad, and are added to `log`. Unit is null where
		a row has neither a quantity (which then counts as 0) nor a unit.
		"""
		log.extend(raw.bad.errors, raw.bad.count)
		cells = _Cells(self.layout, raw, log)
		return pl.DataFrame(
			{
				"row": raw.rows,
				"offering_value": cells.read_source(self.layout.offering),
				"customer_value": cells.read_source(self.layout.customer),
				"usage_date": cells.read_date(),
				"unit": cells.read_unit(),
				"quantity": cells.read_quantity(),
				"key_text": self._read_key(cells),
			}
		)

	def _read_key(self, cells: "_Cells") -> pl.Series:
		"""One text per row that stands for the values of its key columns and cannot be read in two ways.

		Empty cells are left out: a column that a later version of a format adds changes no key before it is
		filled. Lengths before names and values keep them apart.
		"""
		parts = {name: cells.read_key_part(name) for name in self.key_columns}
		pieces = [
			pl.concat_str(
				pl.lit(_measured(name)), pl.col(name).str.len_bytes().cast(pl.Utf8), pl.lit(":"), pl.col(name)
			)
			for name in self.key_columns
		]
		is_empty = pl.all_horizontal(pl.col(self.key_columns).is_null())
		text = pl.concat_str(pl.lit(_measured(self.layout.name)), *pieces, ignore_nulls=True)
		frame = pl.DataFrame(parts).select(is_empty.alias("is_empty"), text.alias("text"))
		if self.layout.date_column not in self.key_columns:
			cells.log_bad(frame["is_empty"], self.key_field, EMPTY_KEY.format(columns=self.key_name))
		return frame.select(pl.when(~pl.col("is_empty")).then("text").alias("key_text")).to_series()


class _Cells:
	"""The cells of one batch, each column read once."""

	def __init__(self, layout: UsageLayout, raw: RawBatch, log: ErrorLog) -> None:
		self.layout, self.raw, self.log = layout, raw, log
		self.texts = {name: read_text(raw.frame[name]) for name in raw.frame.columns}
		self.moments = {
			name: read_moments(raw.frame[name]) for name in raw.frame.columns if layout.is_date(name)
		}
		self.tags = self._read_tags() if TAGS in self.texts else None

	def log_bad(self, mask: pl.Series, field: str, message: str, values: pl.Series | None = None) -> None:
		self.log.add(self.raw.rows, mask, field, message, values)

	def read_source(self, source: ValueSource) -> pl.Series:
		"""Values that stand for an offering or a customer; empty text where there is none (Unmapped)."""
		if source.kind == "Fixed":
			return pl.Series([source.name]).new_from_index(0, len(self.raw.rows))
		values = self.tags.values[source.name] if source.kind == "Tag" else self.texts[source.name]
		return values.fill_null("")

	def read_date(self) -> pl.Series:
		"""The day of the usage, in UTC."""
		column = self.layout.date_column
		text, moments = self.texts[column], self.moments[column]
		self.log_bad(text.is_null(), column, EMPTY_DATE)
		self.log_bad(moments.is_null() & text.is_not_null(), column, BAD_DATE, text)
		return moments.dt.date()

	def read_unit(self) -> pl.Series:
		unit = self.texts[self.layout.unit_column]
		is_bad = unit.is_null()
		if self.layout.empty_quantity_is_zero:
			is_bad &= self.texts[self.layout.quantity].is_not_null()
		self.log_bad(is_bad, self.layout.unit_column, EMPTY_UNIT)
		return unit

	def read_quantity(self) -> pl.Series:
		column = self.layout.quantity
		text = self.texts[column]
		quantity, faults = read_numbers(text)
		self.log_bad((faults == NOT_A_NUMBER).fill_null(False), column, BAD_NUMBER, text)
		self.log_bad((faults == TOO_WIDE).fill_null(False), column, WIDE_NUMBER, text)
		if not self.layout.accept_negative:
			is_bad = (quantity < 0).fill_null(False) & ~self._may_be_negative()
			self.log_bad(is_bad, column, NEGATIVE_NUMBER.format(rules=self._negative_rules()), text)
		if self.layout.empty_quantity_is_zero:
			return pl.select(pl.when(text.is_null()).then(0).otherwise(quantity).cast(QUANTITY)).to_series()
		self.log_bad(text.is_null(), column, EMPTY_QUANTITY)
		return quantity

	def read_key_part(self, column: str) -> pl.Series:
		"""A cell as it enters the key: the same moment, number and tags give the same text."""
		text = self.texts[column]
		if column == TAGS:
			return self.tags.canonical
		if self.layout.is_date(column):
			same = self.moments[column].cast(pl.Int64).cast(pl.Utf8)
		elif self.layout.is_amount(column):
			same = read_numbers(text)[0].cast(pl.Utf8)
		else:
			return text
		return pl.select(pl.coalesce(same, text)).to_series()

	def _may_be_negative(self) -> pl.Series:
		allowed = pl.Series([False]).new_from_index(0, len(self.raw.rows))
		for column, values in self.layout.negative_rules:
			if column in self.texts:
				allowed |= self.texts[column].is_in(values).fill_null(False)
		return allowed

	def _negative_rules(self) -> str:
		return " or ".join(f"{column} {' or '.join(values)}" for column, values in self.layout.negative_rules)

	def _read_tags(self) -> TagColumn:
		sources = (self.layout.offering, self.layout.customer)
		wanted = {source.name for source in sources if source.kind == "Tag"}
		tags = read_tags(self.texts[TAGS], sorted(wanted))
		if wanted:
			self.log_bad(tags.is_bad, TAGS, BAD_TAGS, self.texts[TAGS])
		return tags


def _measured(text: str) -> str:
	return f"{len(text.encode())}:{text}"


def _listed(columns: Sequence[str]) -> str:
	shown = [show(column) for column in columns[:MAX_LISTED]]
	rest = len(columns) - len(shown)
	return ", ".join(shown) + (f" and {rest} more" if rest else "")
