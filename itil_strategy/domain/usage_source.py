"""CSV and Parquet usage files as batches of raw columns, with the row number of every row.

A file is never held as a whole: CSV is cut into blocks at the end of a row, Parquet is read in slices.
CSV is judged by one strict grammar (RFC 4180, commas): so a cell with a stray quotation mark and a row
with too few or too many cells are named instead of guessed at.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from itil_strategy.domain import parquet_guard
from itil_strategy.domain.errors import RowError
from itil_strategy.domain.usage_errors import HEADER_ROW, WHOLE_ROW, ErrorLog, refuse_file

BLOCK_BYTES = 4 * 1024 * 1024
PARQUET_ROWS = 50_000
MAX_COLUMNS = 1_000
FIRST_ROW = HEADER_ROW + 1
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

BAD_QUOTES = (
	"A quotation mark stands inside a cell. Put the cell in double quotes and write each quotation mark in "
	'it twice, for example "24"" screen".'
)
TOO_LONG = "The row is longer than 4 MB. Check that the file is a CSV file with one line per row."
BAD_LINE_ENDS = "Row 1 cannot be read. Save the file as CSV UTF-8 with line ends of Windows or Unix."
NEVER_CLOSED = "A quotation mark opens a cell and never closes it. Close it, or write it twice within quotes."


@dataclass(frozen=True, slots=True)
class RawBatch:
	"""Good rows as they stand in the file, with their numbers, and the malformed ones between them."""

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
	if len(columns) > MAX_COLUMNS:
		refuse_file(
			f"The file has {len(columns)} columns; {MAX_COLUMNS} are the most. Delete some.",
			HEADER_ROW,
			"header",
		)
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
	"""A Parquet file; its first row counts as row 2, as in a spreadsheet with a header."""

	path: Path
	max_errors: int

	def refuse_excess(self, columns: Sequence[str]) -> None:
		"""Raise UsageFileError where the columns are too large to be read."""
		if excess := parquet_guard.find_excess(self.path, columns):
			refuse_file(f"{self.path.name}: " + parquet_guard.TOO_LARGE.format(excess))

	@cached_property
	def columns(self) -> list[str]:
		return self._guard(lambda: pl.scan_parquet(self.path).collect_schema().names())

	def batches(self, columns: Sequence[str]) -> Iterator[RawBatch]:
		"""The named columns in slices; raises UsageFileError where the file is broken."""
		scan = pl.scan_parquet(self.path).select(columns)
		height = self._guard(lambda: pl.scan_parquet(self.path).select(pl.len()).collect().item())
		for start in range(0, height, PARQUET_ROWS):
			frame = self._guard(lambda start=start: scan.slice(start, PARQUET_ROWS).collect())
			rows = pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True) + FIRST_ROW
			yield RawBatch(rows, frame, ErrorLog(self.max_errors))

	def _guard(self, read: Callable[[], Any]) -> Any:
		try:
			return read()
		except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
			detail = str(error).splitlines()[0] if str(error) else type(error).__name__
			refuse_file(f"{self.path.name} cannot be read as Parquet ({detail}). Export it again.")


@dataclass
class CsvSource:
	"""A CSV file in UTF-8 with commas; rows are counted as a spreadsheet does, line breaks in cells apart."""

	path: Path
	max_errors: int

	def refuse_excess(self, columns: Sequence[str]) -> None:
		"""A CSV file is as large as it looks, and a row of it no longer than a block."""

	@cached_property
	def columns(self) -> list[str]:
		header = self._header.removeprefix(BYTE_ORDER_MARK)
		if not GOOD_ROW.fullmatch(header):
			refuse_file(BAD_QUOTES, HEADER_ROW, "header")
		try:
			names = next(csv.reader([_decode(header, HEADER_ROW)]))
		except csv.Error:
			refuse_file(BAD_LINE_ENDS, HEADER_ROW, "header")
		return [name.strip() for name in names]

	@cached_property
	def _header(self) -> bytes:
		"""The bytes of row 1 with mark and line end."""
		with self.path.open("rb") as file:
			start = file.read(BLOCK_BYTES)
		for mark, message in FOREIGN_STARTS:
			if start.startswith(mark):
				refuse_file(message)
		header = ANY_ROW.match(start) or ANY_ROW.match(start + b"\n")
		if not header:
			refuse_file(NEVER_CLOSED, HEADER_ROW, "header")
		if not header.group().removeprefix(BYTE_ORDER_MARK).strip():
			refuse_file("Row 1 is empty. It must name the columns.", HEADER_ROW, "header")
		return header.group()

	def batches(self, columns: Sequence[str]) -> Iterator[RawBatch]:
		"""The named columns in blocks of about BLOCK_BYTES; raises UsageFileError where it is no UTF-8."""
		picked = sorted(self.columns.index(column) for column in columns)
		names = [self.columns[index] for index in picked]
		cells = f"(?:{CELL},){{{len(self.columns) - 1}}}{CELL}"
		all_good = rf"\A(?:{cells}\r?\n)*\z"
		row = FIRST_ROW
		with self.path.open("rb") as file:
			file.seek(len(self._header))
			for block in _whole_rows(file):
				if not block.endswith(b"\n"):
					refuse_file(TOO_LONG, row, WHOLE_ROW)
				bad = ErrorLog(self.max_errors)
				if pl.Series([_decode(block, row)]).str.contains(all_good)[0]:
					frame = _parse(block, picked, names)
					rows = pl.int_range(row, row + frame.height, dtype=pl.Int64, eager=True)
					row += frame.height
				else:
					good, numbers, row = self._sift(block, row, bad)
					frame = _parse(good, picked, names)
					rows = pl.Series(numbers, dtype=pl.Int64)
				yield RawBatch(rows, frame, bad)

	def _sift(self, block: bytes, row: int, bad: ErrorLog) -> tuple[bytes, list[int], int]:
		"""Keep the good rows of a block with their numbers, log the bad ones; returns the next number too.

		Blank lines count as rows and are left out. After a row with a stray quotation mark reading goes on at
		the next line.
		"""
		good, numbers, errors, count, position = [], [], [], 0, 0
		while position < len(block):
			match = ANY_ROW.match(block, position)
			end = match.end() if match else block.find(b"\n", position) + 1
			line = block[position:end]
			if not GOOD_ROW.fullmatch(line):
				end = block.find(b"\n", position) + 1
				message = BAD_QUOTES if match else NEVER_CLOSED
			else:
				message = self._count_cells(line)
			if message:
				count += 1
				if count <= self.max_errors:
					errors.append(RowError(row, WHOLE_ROW, message))
			elif line.strip(b"\r\n"):
				good.append(line)
				numbers.append(row)
			position, row = end, row + 1
		bad.extend(errors, count)
		return b"".join(good), numbers, row

	def _count_cells(self, line: bytes) -> str | None:
		"""What is wrong with the number of cells of a line, if anything."""
		cells = b"".join(line.split(b'"')[::2]).count(b",") + 1
		if cells == len(self.columns) or not line.strip(b"\r\n"):
			return None
		return (
			f"The row has {cells} cells, but row 1 names {len(self.columns)} columns. Add or remove commas; "
			"a cell that contains a comma must stand in double quotes."
		)


def _whole_rows(file: BinaryIO) -> Iterator[bytes]:
	"""Blocks that end where a row ends; a row whose quotation mark is never closed comes alone."""
	buffer, is_more = b"", True
	while is_more or buffer:
		if is_more and len(buffer) <= BLOCK_BYTES:
			block = file.read(BLOCK_BYTES)
			is_more = bool(block)
			buffer += block if block or not buffer or buffer.endswith(b"\n") else b"\n"
		end = _end_of_rows(buffer)
		if not end and buffer and (not is_more or len(buffer) > BLOCK_BYTES):
			end = buffer.find(b"\n") + 1 or len(buffer)
		if end:
			yield buffer[:end]
			buffer = buffer[end:]


def _end_of_rows(buffer: bytes) -> int:
	"""Where the last whole row ends: after the last line end that is outside quotation marks."""
	end = buffer.rfind(b"\n") + 1
	quotes = buffer.count(b'"', 0, end)
	while end and quotes % 2:
		shorter = buffer.rfind(b"\n", 0, buffer.rfind(b'"', 0, end)) + 1
		quotes -= buffer.count(b'"', shorter, end)
		end = shorter
	return end


def _decode(block: bytes, row: int) -> str:
	"""The text of a block that starts with this row; raises UsageFileError where it is no UTF-8 text."""
	position = block.find(b"\0")
	try:
		if position < 0:
			return block.decode()
	except UnicodeDecodeError as error:
		position = error.start
	row += sum(part.count(b"\n") for part in block[:position].split(b'"')[::2])
	refuse_file("The row is not UTF-8 text. Save the file as CSV UTF-8.", row, WHOLE_ROW)


def _parse(block: bytes, picked: list[int], names: list[str]) -> pl.DataFrame:
	"""Good rows as text columns; null and empty text where a cell is empty."""
	if not block:
		return pl.DataFrame(schema={name: pl.Utf8 for name in names})
	# Polars unpacks what starts like a compressed file, as a cell "x" with a control sign does: a line before it.
	frame = pl.read_csv(
		BytesIO(b"-\n" + block), has_header=False, infer_schema=False, columns=picked, skip_rows=1
	)
	frame.columns = names
	return frame
