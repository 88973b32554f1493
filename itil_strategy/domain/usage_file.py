"""Usage files: check all of a file first, then read it in batches of normalised rows (FM-10, section 9).

A file with one bad row is refused as a whole, with every bad row named. Memory does not grow with the
file, but for the distinct offerings and customers and 8 bytes per row, by which repeated keys are found.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from hashlib import blake2b, sha256
from pathlib import Path

import polars as pl

from itil_strategy.domain.errors import RowError, UsageFileError
from itil_strategy.domain.usage_errors import ErrorLog, refuse_file
from itil_strategy.domain.usage_layout import UsageLayout
from itil_strategy.domain.usage_rows import RowReader
from itil_strategy.domain.usage_source import open_source

__all__ = ("FileSummary", "RowError", "UsageFileError", "check_file", "file_sha256", "read_batches")

MAX_ERRORS = 1_000
COLUMNS = ("row", "offering_value", "customer_value", "usage_date", "unit", "quantity", "source_key")
SAME_KEY = (
	"The row has the same key as row {row} ({columns}). Remove one of them, let the key name a column that "
	"tells them apart, or let the mapping number repeated keys."
)
# Python's default of 28 digits would round sums: a quantity has up to 30 digits.
EXACT = Context(prec=60)


@dataclass(frozen=True)
class FileSummary:
	"""What a good file holds.

	`totals` are exact sums of the quantity by unit (rows without a unit have none). `first_date` and
	`last_date` are days of usage. `repeated_keys` counts rows whose key stands in the file before them.
	"""

	rows: int
	sha256: str
	first_date: date
	last_date: date
	totals: dict[str, Decimal]
	offering_values: frozenset[str]
	customer_values: frozenset[str]
	repeated_keys: int
	_repeated: pl.Series = field(
		repr=False, compare=False, default_factory=lambda: pl.Series(dtype=pl.UInt64)
	)


def file_sha256(path: str | Path) -> str:
	"""SHA-256 of a file in hex, read in pieces."""
	digest = sha256()
	with Path(path).open("rb") as file:
		while piece := file.read(1024 * 1024):
			digest.update(piece)
	return digest.hexdigest()


def check_file(path: str | Path, layout: UsageLayout, max_errors: int = MAX_ERRORS) -> FileSummary:
	"""Read a whole file and say what it holds.

	Raises UsageFileError when the file or any row is bad; its `errors` are the first `max_errors` in row
	order, its `count` is the number of all.
	"""
	source = open_source(path, max_errors)
	digest = file_sha256(path)
	reader = RowReader(layout, source.columns)
	source.refuse_excess(reader.needed)
	log, tally = ErrorLog(max_errors), _Tally()
	for raw in source.batches(reader.needed):
		tally.add(reader.read(raw, log))
	if not tally.rows and not log.count:
		refuse_file("The file has column names but no rows. Export it again with rows.")
	repeats = tally.repeats()
	if len(repeats) and not layout.number_repeated_keys:
		_log_repeats(path, reader, tally, log)
	log.raise_if_any()
	return tally.summary(digest, repeats)


def read_batches(
	path: str | Path, layout: UsageLayout, summary: FileSummary, batch_rows: int = 50_000
) -> Iterator[pl.DataFrame]:
	"""Rows of a file that `check_file` found good, in file order, `batch_rows` in each batch but the last.

	Columns: row (Int64, as a spreadsheet counts), offering_value, customer_value (empty text: unmapped),
	usage_date (Date, UTC), unit (null for a FOCUS row without quantity and unit), quantity (Decimal(38, 18)),
	source_key (32 hex digits). Keys depend on the layout's name, the key columns' values and how often the
	key stood in the file before - not on versions, platform, column order or batch size.

	Raises UsageFileError when the file is not the one that was checked, ValueError for empty batches.
	"""
	if batch_rows < 1:
		raise ValueError("A batch holds at least one row.")
	if file_sha256(path) != summary.sha256:
		refuse_file("The file changed while it was read. Attach it again.")
	source = open_source(path, MAX_ERRORS)
	reader = RowReader(layout, source.columns)
	keys = _KeyMaker(summary._repeated)
	pending: list[pl.DataFrame] = []
	height = 0
	for raw in source.batches(reader.needed):
		frame = reader.read(raw, ErrorLog(MAX_ERRORS))
		pending.append(frame.with_columns(source_key=keys.make(frame["key_text"])).select(COLUMNS))
		height += frame.height
		while height >= batch_rows:
			frame = pl.concat(pending)
			yield frame.head(batch_rows)
			pending, height = [frame.slice(batch_rows)], height - batch_rows
	if height:
		yield pl.concat(pending)


class _Tally:
	"""Counts, sums and distinct values over the batches of a file."""

	def __init__(self) -> None:
		self.rows = 0
		self.dates: list[date] = []
		self.totals: dict[str, Decimal] = {}
		self.offerings: set[str] = set()
		self.customers: set[str] = set()
		self.hashes: list[pl.Series] = []

	def add(self, frame: pl.DataFrame) -> None:
		self.rows += frame.height
		self.hashes.append(_hash(frame["key_text"]))
		self.offerings.update(frame["offering_value"].unique())
		self.customers.update(frame["customer_value"].unique())
		days = frame["usage_date"].drop_nulls()
		if len(days):
			known = [*self.dates, days.min(), days.max()]
			self.dates = [min(known), max(known)]
		sums = (
			frame.lazy().filter(pl.col("unit").is_not_null()).group_by("unit").agg(pl.col("quantity").sum())
		)
		for unit, total in sums.collect().iter_rows():
			self.totals[unit] = EXACT.add(self.totals.get(unit, Decimal(0)), total)

	def repeats(self) -> pl.Series:
		"""Hashes of the keys that stand in the file before, one per such row, in no order."""
		hashes = pl.concat(self.hashes).drop_nulls().sort() if self.hashes else pl.Series(dtype=pl.UInt64)
		return hashes.filter((hashes == hashes.shift(1)).fill_null(False))

	def first_repeats(self, limit: int) -> pl.Series:
		"""Hashes of the first such rows of the file."""
		hashes = pl.concat(self.hashes).drop_nulls()
		return hashes.filter(~hashes.is_first_distinct()).head(limit).unique()

	def summary(self, digest: str, repeats: pl.Series) -> FileSummary:
		return FileSummary(
			rows=self.rows,
			sha256=digest,
			first_date=self.dates[0],
			last_date=self.dates[1],
			totals=dict(sorted(self.totals.items())),
			offering_values=frozenset(self.offerings),
			customer_values=frozenset(self.customers),
			repeated_keys=len(repeats),
			_repeated=repeats.unique(),
		)


class _KeyMaker:
	"""Source keys of the rows of a file, in file order."""

	def __init__(self, repeated: pl.Series) -> None:
		self.repeated = repeated
		self.seen: dict[str, int] = {}

	def make(self, texts: pl.Series) -> pl.Series:
		"""Keys with their occurrence number; only rows whose key may repeat are looked up."""
		firsts = (texts + "#1").to_list()
		keys = [blake2b(text.encode(), digest_size=16).hexdigest() for text in firsts]
		if len(self.repeated):
			for index in _hash(texts).is_in(self.repeated).arg_true():
				first = keys[index]
				number = self.seen[first] = self.seen.get(first, 0) + 1
				if number > 1:
					text = f"{texts[index]}#{number}"
					keys[index] = blake2b(text.encode(), digest_size=16).hexdigest()
		return pl.Series(keys, dtype=pl.Utf8)


def _hash(texts: pl.Series) -> pl.Series:
	"""8 bytes per key, to find candidates for repetition; never part of a key (differs between versions)."""
	return pl.select(pl.when(texts.is_not_null()).then(texts.hash())).to_series()


def _log_repeats(path: str | Path, reader: RowReader, tally: _Tally, log: ErrorLog) -> None:
	"""Read the file once more and name, for each repeated key, its row and the row that had it first."""
	candidates = tally.first_repeats(log.max_errors)
	first: dict[str, int] = {}
	errors: list[RowError] = []
	for raw in open_source(path, log.max_errors).batches(reader.needed):
		frame = reader.read(raw, ErrorLog(0)).select("row", "key_text")
		for row, text in frame.filter(_hash(frame["key_text"]).is_in(candidates)).iter_rows():
			known = first.setdefault(text, row)
			if known != row:
				message = SAME_KEY.format(row=known, columns=reader.key_name)
				errors.append(RowError(row, reader.key_field, message))
		if len(errors) >= log.max_errors:
			log.extend(errors, len(tally.repeats()))
			return
	log.extend(errors)
