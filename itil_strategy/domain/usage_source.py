"""CSV and Parquet usage files as batches of raw columns, with the row number of every row.

A file is never held as a whole: CSV is cut into blocks at the end of a row, Parquet is read in slices.
CSV is judged by one strict grammar (RFC 4180, commas): so a cell with a stray quotation mark and a row
with too few or too many cells are named instead of guessed at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from itil_strategy.domain.usage_errors import HEADER_ROW, ErrorLog, refuse_file

BLOCK_BYTES = 8 * 1024 * 1024
PARQUET_ROWS = 50_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FOREIGN_STARTS = (
	(b"PK\x03\x04", "This is an Excel workbook or a ZIP archive. Save it as CSV UTF-8 and take that file."),
	(b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Save it as CSV UTF-8 and take that file."),
	(b"\x1f\x8b", "The file is compressed. Unpack it and take the CSV file inside."),
	(b"PAR1", "This is a Parquet file. Let its name end in .parquet."),
	(b"\xff\xfe", "The file is in UTF-16, not UTF-8. Save it as CSV UTF-8."),
	(b"\xfe\xff", "The file is in UTF-16, not UTF-8. Save it as CSV UTF-8."),
)

# One cell and one row, for polars (text) and for Python (bytes); both match in linear time.
CELL = r'(?:"(?:[^"]|"")*"|[^",\n]*)'
GOOD_ROW = re.compile(rb'(?:"[^"]*(?:""[^"]*)*"|[^",\n]*)(?:,(?:"[^"]*(?:""[^"]*)*"|[^",\n]*))*\r?\n')
ANY_ROW = re.compile(rb'[^"\n]*(?:"[^"]*"[^"\n]*)*\n')
CELL_IN_ROW = re.compile(rb'"[^"]*(?:""[^"]*)*"|[^",]+')

BAD_QUOTES = (
	"A quotation mark stands inside a cell. Put the cell in double quotes and write each quotation mark in it "
	'twice, for example "24"" screen".'
)
NEVER_CLOSED = "A quotation mark opens a cell and never closes it. Close it, or write it twice inside quotes."


@dataclass(frozen=True, slots=True)
class RawBatch:
	"""Rows as they stand in the file, `rows` their numbers; `errors` of rows that are none, `bad` of them."""

	rows: pl.Series
	frame: pl.DataFrame
	bad: ErrorLog


def open_source(path: str | Path, max_errors: int) -> "CsvSource | ParquetSource":
	"""The file as a source of batches, by the ending of its name.

	Raises UsageFileError for an empty file, another kind of file, and one that cannot be read.
	"""
	path = Path(path)
	kinds = {".csv": CsvSource, ".parquet": ParquetSource}
	if path.suffix.lower() not in kinds:
		refuse_file(f"{path.name} is neither CSV nor Parquet. Take a file that ends in .csv or .parquet.")
	try:
		is_empty = path.stat().st_size == 0
	except OSError as error:
		refuse_file(f"{path.name} cannot be read ({error.strerror}). Attach the file again.")
	if is_empty:
		refuse_file(f"{path.name} is empty. Export it again.")
	source = kinds[path.suffix.lower()](path, max_errors)
	_check_header(source.columns)
	return source


def _check_header(columns: Sequence[str]) -> None:
	for number, column in enumerate(columns, start=1):
		if not column:
			refuse_file(
				f"Column {number} has no name. Name it in row 1 or delete it.", HEADER_ROW, f"column {number}"
			)
		if columns.index(column) != number - 1:
			refuse_file(
				f'Two columns are named "{column}". Rename or delete one of them.', HEADER_ROW, column
			)


@dataclass
class ParquetSource:
	"""A Parquet file; its first row counts as row 2, like in a spreadsheet with a header."""

	path: Path
	max_errors: int

	@cached_property
	def columns(self) -> list[str]:
		return self._collect(pl.scan_parquet, self.path).collect_schema().names()

	def batches(self, columns: Sequence[str]) -> Iterator[RawBatch]:
		"""The named columns in slices; raises UsageFileError where the file is broken."""
		scan = self._guard(lambda: pl.scan_parquet(self.path))
		height = self._guard(lambda: scan.select(pl.len()).collect().item())
		for start in range(0, height, PARQUET_ROWS):
			frame = self._guard(lambda start=start: scan.select(columns).slice(start, PARQUET_ROWS).collect())
			rows = pl.int_range(start + 2, start + 2 + frame.height, dtype=pl.Int64, eager=True)
			yield RawBatch(rows, frame, ErrorLog(self.max_errors))
