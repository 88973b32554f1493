"""Files made to hurt: larger unpacked than packed, compressed in disguise, endless, named to be somewhere else."""

import resource
import time
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from itil_strategy.domain import parquet_guard
from itil_strategy.domain.usage_file import UsageFileError, check_file
from itil_strategy.domain.usage_layout import own_layout
from itil_strategy.domain.usage_source import BLOCK_BYTES

from .usage_files import OWN_HEADER, own_row, read_all, refused, write_csv, write_text

MEGABYTE = 1024 * 1024


def write_bomb(path: Path, rows: int, reference: pa.Array) -> Path:
	columns = {name: pa.array([own_row()[name]] * rows) for name in OWN_HEADER}
	pq.write_table(pa.table(columns | {"reference": reference}), path, compression="zstd")
	return path


def dictionary(rows: int, length: int) -> pa.Array:
	"""One text for all rows, stored once."""
	return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * length]))


def nested(rows: int, length: int) -> pa.Array:
	"""Long lists of nothing."""
	offsets = pa.array([length * row for row in range(rows + 1)], pa.int64())
	return pa.LargeListArray.from_arrays(offsets, pa.nulls(rows * length, pa.int8()).fill_null(0))


@pytest.mark.parametrize(
	("rows", "reference"),
	[(50_000, dictionary(50_000, 100_000)), (4, nested(4, 20_000_000)), (1, dictionary(1, 5 * MEGABYTE))],
	ids=["one text 50,000 times", "lists", "one cell"],
)
def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path, rows, reference):
	path = write_bomb(tmp_path / "u.parquet", rows, reference)
	assert path.stat().st_size < MEGABYTE
	before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
	error = refused(path)
	assert "unpacked it is larger than can be read" in error.message
	assert error.message.endswith("Export it as several smaller files.")
	# In kilobytes: the process that refuses has not unpacked it.
	assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
	assert time.monotonic() - began < 60


def test_what_an_ordinary_file_holds_is_read(tmp_path):
	columns = {name: [own_row(number)[name] for number in range(60_000)] for name in OWN_HEADER}
	pl.DataFrame(columns).write_parquet(tmp_path / "u.parquet")
	assert parquet_guard.find_excess(tmp_path / "u.parquet", OWN_HEADER) is None
	assert check_file(tmp_path / "u.parquet", own_layout()).rows == 60_000


@pytest.mark.parametrize("start", ["x\x01", "x^", "x\x01abc"])
def test_a_cell_that_looks_compressed_is_a_cell(tmp_path, start):
	_summary, frame = read_all(write_csv(tmp_path / "u.csv", [own_row(offering=start)]))
	assert frame["offering_value"].to_list() == [start]


@pytest.mark.parametrize(
	("name", "content", "words"),
	[
		("u.csv", b"PK\x03\x04" + b"\0" * 99, "Excel workbook or a ZIP archive"),
		("u.csv", b"\x1f\x8b\x08" + b"\0" * 99, "compressed"),
		("u.csv", b'offering,"' + b"x" * (BLOCK_BYTES + 9), "never closes it"),
		("u.csv", b"a," * 200_000 + b"a\n", "columns; 1000 are the most"),
		("u.parquet", b"PAR1" + b"\xff" * 4000 + b"\xff\xff\xff\x7fPAR1", "cannot be read as Parquet"),
		("u.zip", b"PK\x03\x04", "neither CSV nor Parquet"),
		("u.csv.gz", b"\x1f\x8b\x08", "neither CSV nor Parquet"),
	],
)
def test_what_is_no_usage_file_is_refused_at_once(tmp_path, name, content, words):
	began = time.monotonic()
	assert words in refused(write_text(tmp_path / name, content)).message
	assert time.monotonic() - began < 5


def test_a_row_without_end_is_refused_and_not_kept_in_memory(tmp_path):
	path = tmp_path / "u.csv"
	with path.open("wb") as file:
		file.write((",".join(OWN_HEADER) + "\n").encode())
		for _block in range(200):
			file.write(b"x" * MEGABYTE)
	before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
	with pytest.raises(UsageFileError, match="longer than 4 MB"):
		check_file(path, own_layout())
	assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
