"""Whether a Parquet file stays small when it is unpacked: a few kilobytes of it can hold terabytes.

A process of its own, with a bound on its memory, reads the file first; what it does not survive is refused. Afterwards
no slice of the columns that are read is larger than the bounds here, and no cell is longer than a row of CSV may be.
"""

import json
import os
import resource
import subprocess  # nosec B404
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

MEGABYTE = 1024 * 1024
MOST_MEMORY = 1024 * MEGABYTE
MOST_SECONDS = 300
SLICE_ROWS = 50_000
# Per slice of the file: all of its text, and all that is nested, which becomes text.
MOST_TEXT, MOST_NESTED = 256 * MEGABYTE, 16 * MEGABYTE
MOST_CELL = 4 * MEGABYTE
TOO_LARGE = "unpacked it is larger than can be read: {0}. Export it as several smaller files."


def find_excess(path: Path, columns: Sequence[str]) -> str | None:
	"""What is too large about the columns of a file, or None; read in another process."""
	environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
	try:
		answer = subprocess.run(  # nosec B603
			[sys.executable, "-m", __name__, str(path), json.dumps(list(columns))],
			env=environment,
			capture_output=True,
			timeout=MOST_SECONDS,
			check=False,
		)
	except subprocess.TimeoutExpired:
		return f"it takes longer than {MOST_SECONDS} s"
	if answer.returncode:
		return f"it needs more than {MOST_MEMORY // MEGABYTE} MB of memory"
	return json.loads(answer.stdout)


def measure(path: Path, columns: Sequence[str]) -> str | None:
	"""The same in this process. What cannot be read at all is left to the reader, which says why."""
	try:
		scan = pl.scan_parquet(path).select(columns)
		height = pl.scan_parquet(path).select(pl.len()).collect().item()
		for start in range(0, height, SLICE_ROWS):
			if excess := _measure_slice(scan.slice(start, SLICE_ROWS).collect(), start):
				return excess
	except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
		return None
	return None


def _measure_slice(frame: pl.DataFrame, start: int) -> str | None:
	rows = f"rows {start + 2} to {start + frame.height + 1}"
	text = nested = 0
	for column in frame:
		if column.dtype in (pl.Categorical, pl.Enum):
			column = column.cast(pl.Utf8)
		if column.dtype in (pl.Utf8, pl.Binary):
			lengths = column.str.len_bytes() if column.dtype == pl.Utf8 else column.bin.size()
			if (lengths.max() or 0) > MOST_CELL:
				return f"a cell of column {column.name} has more than {MOST_CELL // MEGABYTE} MB"
			text += lengths.cast(pl.Int64).sum() or 0
		elif column.dtype.is_nested():
			nested += column.estimated_size()
		if text > MOST_TEXT or nested > MOST_NESTED:
			most = MOST_TEXT if text > MOST_TEXT else MOST_NESTED
			return f"{rows} hold more than {most // MEGABYTE} MB in column {column.name}"
	return None


def main() -> None:
	path, columns = sys.argv[1:]
	pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
	most = pages * resource.getpagesize() + MOST_MEMORY
	resource.setrlimit(resource.RLIMIT_AS, (most, most))
	resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
	print(json.dumps(measure(Path(path), json.loads(columns))))


if __name__ == "__main__":
	main()
