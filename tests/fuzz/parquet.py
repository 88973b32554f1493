"""Parquet files for the fuzzer: columns of kinds that nobody expects, and bytes that were changed afterwards."""

import random
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz import generate

BERLIN = timezone(timedelta(hours=1))
# (kind, values that a column of it may hold)
KINDS: tuple[tuple[pa.DataType, tuple], ...] = (
	(pa.int8(), (0, -128, 7)),
	(pa.uint64(), (0, 2**64 - 1)),
	(pa.float32(), (float("nan"), float("inf"), 1.5, 1e30)),
	(pa.float64(), (float("nan"), -0.0, 5e-324, 1e300, 0.1)),
	(pa.decimal128(38, 18), (Decimal("99999999999999999999.000000000000000001"), Decimal(0))),
	(pa.decimal128(38, 0), (Decimal(10) ** 37, Decimal(-1))),
	(pa.bool_(), (True, False)),
	(pa.date32(), (date(1, 1, 1), date(9999, 12, 31), date(2026, 1, 5))),
	(pa.timestamp("ns"), (datetime(1700, 1, 1), datetime(2250, 1, 1), datetime(2026, 1, 5))),
	(pa.timestamp("us", "Europe/Berlin"), (datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN),)),
	(pa.time64("us"), (time(23, 59, 59),)),
	(pa.duration("us"), (timedelta(days=1), timedelta(days=-99999))),
	(pa.binary(), (b"\xff\x00", b"")),
	(pa.list_(pa.string()), ([], ["a", None], ["a"] * 50)),
	(pa.list_(pa.list_(pa.int32())), ([[1], []],)),
	(pa.struct([("a", pa.string()), ("b", pa.int32())]), ({"a": "x", "b": 1}, {"a": None, "b": None})),
	(pa.map_(pa.string(), pa.string()), ([("team", "red")], [("team", "red"), ("team", "blue")], [])),
	(pa.map_(pa.int32(), pa.list_(pa.int32())), ([(1, [1]), (2, None)],)),
	(
		pa.list_(pa.struct([("k", pa.list_(pa.int32())), ("v", pa.string())])),
		([{"k": [1], "v": "x"}], [None], [{"k": None, "v": None}, {"k": [2], "v": "y"}]),
	),
	(
		pa.list_(pa.struct([("k", pa.string()), ("v", pa.string())])),
		([{"k": None, "v": "x"}, {"k": "a", "v": "y"}], [None, {"k": "a", "v": None}]),
	),
	(pa.dictionary(pa.int8(), pa.string()), ("a", "b")),
	(pa.large_string(), ("Mail", "")),
	(pa.null(), (None,)),
)


def usage_parquet(draw: random.Random, columns: tuple[str, ...]) -> bytes:
	"""A Parquet file that is nearly right."""
	height, bad = draw.choice((0, 1, 1, 2, 5)), generate.badness(draw)
	arrays = {}
	for column in columns:
		if draw.random() < bad / 4:
			continue
		if draw.random() < max(bad, 0.03):
			kind, values = draw.choice(KINDS)
			cells = [None if draw.random() < 0.1 else draw.choice(values) for _row in range(height)]
			arrays[column] = pa.array(cells, kind)
		else:
			cells = [
				generate.cell(draw, column, bad).encode("utf-8", "replace").decode() for _row in range(height)
			]
			arrays[column] = pa.array(cells, pa.string())
	out = BytesIO()
	pq.write_table(
		pa.table(arrays),
		out,
		compression=draw.choice(("none", "snappy", "zstd", "gzip")),
		use_dictionary=draw.random() < 0.5,
		row_group_size=draw.choice((1, 2, 100)),
	)
	return generate.poke(draw, out.getvalue(), draw.choice((0, 0, 0, 0, 1, 3)))
