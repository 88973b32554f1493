"""Read usage files as an import does: check all of a file, then sum it by customer, offering and day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from pathlib import Path

import polars as pl

from itil_strategy.domain.errors import RowError, UsageFileError
from itil_strategy.domain.usage_file import FileSummary, check_file, read_batches
from itil_strategy.domain.usage_layout import UsageLayout
from itil_strategy.domain.usage_source import open_source
from itil_strategy.preview.tables import count

# Python's default of 28 digits would round sums: a quantity has up to 30 digits.
EXACT = Context(prec=60)
FOCUS_COLUMNS = ("ChargePeriodStart", "BilledCost")
SHOWN_ERRORS = 20
NEGATIVE = "is negative"
GROUP = ("customer_value", "offering_value", "unit", "usage_date")


@dataclass(frozen=True, slots=True)
class Delivery:
	"""A usage file, how it is read, and what its values stand for (a value not listed stands for itself)."""

	path: Path
	layout: UsageLayout
	customer_values: dict[str, str] = field(default_factory=dict)
	offering_values: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class UsageSums:
	"""What a file holds: exact sums by (customer, offering, unit, day), and rows that map to nobody."""

	path: Path
	summary: FileSummary
	sums: dict[tuple[str, str, str, date], Decimal] = field(default_factory=dict)
	known_rows: int = 0
	unmapped_rows: int = 0
	unmapped: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

	@property
	def file(self) -> str:
		return self.path.name


class KnownRows:
	"""Rows of the files read so far, so that overlapping deliveries count once (FM-10)."""

	def __init__(self) -> None:
		self._frames: dict[str, list[pl.DataFrame]] = defaultdict(list)
		self._pending: list[pl.DataFrame] = []

	def drop_known(self, layout: UsageLayout, batch: pl.DataFrame) -> pl.DataFrame:
		"""The rows of the batch that no earlier file had; UsageFileError when one has another value now."""
		self._pending.append(batch.select("source_key", "quantity"))
		known = self._frames[layout.name]
		if not known:
			return batch
		joined = batch.join(
			pl.concat(known).rename({"quantity": "known"}), on="source_key", how="left", maintain_order="left"
		)
		changed = joined.filter(pl.col("known") != pl.col("quantity"))
		if changed.height:
			errors = [
				RowError(
					row,
					layout.quantity,
					f"The row was {known_value.normalize():f} in an earlier file and is {value.normalize():f} here. Leave one of"
					" them out.",
				)
				for row, known_value, value in changed.select("row", "known", "quantity").iter_rows()
			]
			raise UsageFileError(errors)
		return joined.filter(pl.col("known").is_null()).drop("known")

	def close_file(self, layout: UsageLayout) -> None:
		"""From now on the rows of the file are known."""
		self._frames[layout.name].extend(self._pending)
		self._pending = []


def is_focus(path: Path) -> bool:
	"""True when the file has the columns of a FOCUS billing export."""
	columns = open_source(path, 1).columns
	return any(column in columns for column in FOCUS_COLUMNS)


def read_usage(delivery: Delivery, known: KnownRows | None = None) -> UsageSums:
	"""Check and sum one file; UsageFileError lists its bad rows."""
	summary = check_file(delivery.path, delivery.layout)
	usage = UsageSums(delivery.path, summary)
	for batch in read_batches(delivery.path, delivery.layout, summary):
		fresh = known.drop_known(delivery.layout, batch) if known else batch
		usage.known_rows += batch.height - fresh.height
		_add(usage, delivery, fresh)
	if known:
		known.close_file(delivery.layout)
	return usage


def describe_file_error(path: Path, error: UsageFileError) -> list[str]:
	"""One sentence per bad row, the first ones only when there are many."""
	messages = [_describe_row(path.name, bad) for bad in error.errors[:SHOWN_ERRORS]]
	more = error.count - len(messages)
	if more > 0:
		messages.append(f"{path.name} has {count(more, 'more bad row')}.")
	if any(NEGATIVE in bad.message for bad in error.errors):
		messages.append(f"{path.name} has negative rows. If they are meant so, add --accept-negative.")
	return messages


def _describe_row(name: str, bad: RowError) -> str:
	if not bad.field:  # about the file as a whole
		return bad.message if bad.message.startswith(name) else f"{name}: {bad.message}"
	return f"{name}, row {bad.row}, {bad.field}: {bad.message}"


def _add(usage: UsageSums, delivery: Delivery, batch: pl.DataFrame) -> None:
	is_unmapped = (pl.col("customer_value") == "") | (pl.col("offering_value") == "")
	unmapped = batch.filter(is_unmapped)
	usage.unmapped_rows += unmapped.height
	for unit, total in unmapped.group_by("unit").agg(pl.col("quantity").sum()).iter_rows():
		usage.unmapped[unit or ""] = EXACT.add(usage.unmapped[unit or ""], total)
	mapped = batch.filter(~is_unmapped).group_by(GROUP).agg(pl.col("quantity").sum())
	for customer, offering, unit, day, quantity in mapped.iter_rows():
		key = (
			delivery.customer_values.get(customer, customer),
			delivery.offering_values.get(offering, offering),
			unit or "",
			day,
		)
		usage.sums[key] = EXACT.add(usage.sums.get(key, Decimal(0)), quantity)
