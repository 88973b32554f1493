"""Cells of a usage file as values: text, exact numbers, moments in UTC and tags.

Everything works on whole columns. Where a value needs Python (odd numbers, JSON), each distinct value of
the column is read once.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import polars as pl

QUANTITY = pl.Decimal(38, 18)
MAX_INTEGER_DIGITS = 12
DECIMAL_STEP = Decimal(1).scaleb(-18)

EMPTY_MARKS = ("", "NULL")
PLAIN_NUMBER = r"^-?[0-9]{1,12}(?:\.[0-9]{1,18})?$"
# Digits 0 to 9 only: Python's Decimal would also take "1_000" and digits of other scripts.
ANY_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
NOT_A_NUMBER, TOO_WIDE = "number", "width"

MOMENT = (
	r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
	r"(?:[Tt ](?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
	r"(?::(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]{1,9}))?)?"
	r"(?: ?(?:[Zz]|UTC|(?P<sign>[+-])(?P<east_hour>[01][0-9]):?(?P<east_minute>[0-5][0-9])))?)?$"
)
FIRST_MOMENT, END_OF_MOMENTS = datetime(1900, 1, 1), datetime(2200, 1, 1)


def read_text(column: pl.Series) -> pl.Series:
	"""Cells as text without surrounding spaces; null where a cell is empty or says NULL."""
	if column.dtype == pl.Utf8:
		text = column
	elif column.dtype in (pl.Float32, pl.Float64):
		# The shortest text that reads back as the same number; 5.0 as 5, as spreadsheets write it.
		text = column.cast(pl.Utf8).str.replace(r"\.0$", "")
	elif isinstance(column.dtype, pl.Decimal):
		text = column.cast(pl.Utf8).str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_suffix(".")
	elif column.dtype.is_nested() or column.dtype in (pl.Object, pl.Time, pl.Duration):
		text = _dump(column)
	elif column.dtype == pl.Binary:
		# Bytes that are no UTF-8 stay apart from one another.
		cells = [cell if cell is None else cell.decode("utf-8", "backslashreplace") for cell in column]
		text = pl.Series(cells, dtype=pl.Utf8)
	else:
		text = column.cast(pl.Utf8, strict=False)
	text = text.str.strip_chars()
	is_empty = text.is_in(EMPTY_MARKS)
	return text.set(is_empty, None) if is_empty.any() else text


def read_numbers(text: pl.Series) -> tuple[pl.Series, pl.Series]:
	"""Decimals from text, and per cell what is wrong with it: null, NOT_A_NUMBER or TOO_WIDE.

	Exact up to 18 decimals; further ones are rounded half to even. Scientific notation is taken.
	"""
	is_plain = text.str.contains(PLAIN_NUMBER)
	odd = text.filter(~is_plain).unique()
	if odd.is_empty():
		return text.cast(QUANTITY), pl.Series([None], dtype=pl.Utf8).new_from_index(0, len(text))
	numbers, faults = zip(*map(_read_number, odd.to_list()), strict=True)
	plain = pl.select(pl.when(is_plain).then(text)).to_series()
	numbers = text.replace_strict(odd, pl.Series(numbers, dtype=pl.Utf8), default=None, return_dtype=pl.Utf8)
	faults = text.replace_strict(odd, pl.Series(faults, dtype=pl.Utf8), default=None, return_dtype=pl.Utf8)
	return pl.select(pl.coalesce(plain, numbers)).to_series().cast(QUANTITY), faults


def _read_number(text: str) -> tuple[str | None, str | None]:
	"""One number as plain text with 18 decimals, or its fault."""
	if not ANY_NUMBER.fullmatch(text):
		return None, NOT_A_NUMBER
	number = Decimal(text)
	if not number:
		return "0", None
	if number.adjusted() >= MAX_INTEGER_DIGITS:
		return None, TOO_WIDE
	with localcontext() as context:
		context.prec = 40
		number = number.quantize(DECIMAL_STEP, ROUND_HALF_EVEN)
	if number.adjusted() >= MAX_INTEGER_DIGITS:
		return None, TOO_WIDE
	return f"{number:f}", None


def read_moments(column: pl.Series) -> pl.Series:
	"""Moments in UTC from dates, timestamps or ISO text; null where empty, no date, or not 1900 to 2199.

	Text: YYYY-MM-DD, or with a time after "T" or a space, with or without "Z" or an offset.
	"""
	if isinstance(column.dtype, pl.Datetime):
		if column.dtype.time_zone:
			column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
		moments = column.cast(pl.Datetime("us"))
	elif column.dtype == pl.Date:
		moments = column.cast(pl.Datetime("us"))
	else:
		moments = _map_distinct(read_text(column), _parse_moments, pl.Datetime("us"))
	is_usual = (moments >= FIRST_MOMENT) & (moments < END_OF_MOMENTS)
	return pl.select(pl.when(is_usual).then(moments)).to_series()


def _parse_moments(text: pl.Series) -> pl.Series:
	part = {name: pl.col(name) for name in re.compile(MOMENT).groupindex}
	east = pl.duration(hours=_whole(part["east_hour"]), minutes=_whole(part["east_minute"]))
	local = part["day"].str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")) + pl.duration(
		hours=_whole(part["hour"]),
		minutes=_whole(part["minute"]),
		seconds=_whole(part["second"]),
		microseconds=_whole(part["fraction"].str.pad_end(6, "0").str.head(6)),
	)
	utc = pl.when(part["sign"] == "-").then(local + east).otherwise(local - east)
	return text.str.extract_groups(MOMENT).struct.unnest().select(utc.alias("moment")).to_series()


def _whole(part: pl.Expr) -> pl.Expr:
	return part.cast(pl.Int64).fill_null(0)


@dataclass(frozen=True, slots=True)
class TagColumn:
	"""The column Tags: one canonical text per cell, the wanted tags, and which cells are no JSON object."""

	canonical: pl.Series
	values: dict[str, pl.Series]
	is_bad: pl.Series


def read_tags(column: pl.Series, names: Sequence[str]) -> TagColumn:
	"""Read JSON objects (or, in Parquet, maps and structs) of tags.

	The canonical text does not depend on the order of the tags and leaves out empty ones.
	"""
	text = read_text(column)
	distinct = text.drop_nulls().unique()
	objects = [_load_tags(cell) for cell in distinct.to_list()]
	canonical = [
		cell if tags is None else (json.dumps(tags, sort_keys=True) if tags else None)
		for cell, tags in zip(distinct.to_list(), objects, strict=True)
	]
	values = {
		name: _replace(text, distinct, [_tag_text((tags or {}).get(name)) for tags in objects], pl.Utf8)
		for name in names
	}
	is_bad = _replace(text, distinct, [tags is None for tags in objects], pl.Boolean).fill_null(False)
	return TagColumn(_replace(text, distinct, canonical, pl.Utf8), values, is_bad)


def _load_tags(cell: str) -> dict | None:
	try:
		tags = json.loads(cell)
	except (ValueError, RecursionError):
		return None
	if not isinstance(tags, dict):
		return None
	return {str(name): value for name, value in tags.items() if value is not None}


def _tag_text(value: object) -> str | None:
	if value is None:
		return None
	text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
	# JSON can spell half a surrogate pair, which is no character.
	return text.encode("utf-8", "replace").decode().strip()


def _dump(column: pl.Series) -> pl.Series:
	"""Nested and unusual Parquet values as JSON text; a map (a list of key and value) as an object."""
	kind = column.dtype
	is_map = isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct) and len(kind.inner.fields) == 2
	cells = []
	for cell in column.to_list():
		if is_map and cell is not None:
			cell = dict(_named(*pair.values()) for pair in cell if pair is not None)
		cells.append(None if cell is None else json.dumps(cell, sort_keys=True, default=str))
	return pl.Series(cells, dtype=pl.Utf8)


def _named(key: object, value: object) -> tuple[str, object]:
	"""A pair of a map, whose key may be anything."""
	return key if isinstance(key, str) else json.dumps(key, sort_keys=True, default=str), value


def _map_distinct(
	column: pl.Series, function: Callable[[pl.Series], pl.Series], dtype: pl.DataType
) -> pl.Series:
	distinct = column.drop_nulls().unique()
	return _replace(column, distinct, function(distinct), dtype)


def _replace(column: pl.Series, old: pl.Series, new: Sequence | pl.Series, dtype: pl.DataType) -> pl.Series:
	if old.is_empty():
		return pl.Series([None], dtype=dtype).new_from_index(0, len(column))
	return column.replace_strict(old, pl.Series(new, dtype=dtype), default=None, return_dtype=dtype)
