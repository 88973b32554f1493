"""Parquet usage files: the same rows, sums and keys as CSV."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from itil_strategy.domain import usage_source
from itil_strategy.domain.usage_layout import ValueSource, focus_layout, own_layout

from .usage_files import (
	FOCUS_1_0,
	FOCUS_1_2,
	FOCUS_ROW,
	OWN_HEADER,
	focus_sample,
	own_row,
	places,
	read_all,
	refused,
	write_csv,
	write_text,
)


def write_parquet(path: Path, columns: dict) -> Path:
	pl.DataFrame(columns).write_parquet(path)
	return path


def own_columns(**changes) -> dict:
	return {name: [value] for name, value in own_row().items()} | changes


@pytest.mark.parametrize(
	("kind", "values"),
	[
		(pl.Utf8, ["1.5", "0.1", "3"]),
		(pl.Float64, [1.5, 0.1, 3.0]),
		(pl.Decimal(20, 4), [Decimal("1.5"), Decimal("0.1"), Decimal(3)]),
	],
)
def test_own_layout_equals_csv(tmp_path: Path, kind: pl.DataType, values: list):
	rows = [own_row(number, quantity=text) for number, text in enumerate(("1.5", "0.1", "3"))]
	from_csv, csv_frame = read_all(write_csv(tmp_path / "u.csv", rows))
	columns = {name: [row[name] for row in rows] for name in OWN_HEADER}
	columns |= {"date": [date(2026, 1, 5)] * 3, "quantity": pl.Series(values, dtype=kind)}
	from_parquet, frame = read_all(write_parquet(tmp_path / "u.parquet", columns))
	assert frame.equals(csv_frame)
	assert from_parquet.totals == from_csv.totals == {"GB": Decimal("4.6")}
	assert from_parquet.offering_values == from_csv.offering_values


@pytest.mark.parametrize("header", [FOCUS_1_0, FOCUS_1_2])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("number", ["text", "float", "decimal"])
@pytest.mark.parametrize("tags", ["text", "map", "struct"])
def test_focus_equals_csv(tmp_path: Path, header: tuple[str, ...], zone: str | None, number: str, tags: str):
	layout = focus_layout(customer=ValueSource("Tag", "team"))
	row = {name: FOCUS_ROW[name] for name in header}
	_, from_csv = read_all(write_csv(tmp_path / "b.csv", [row], header), layout)
	columns: dict = {name: pa.array([None if value == "NULL" else value]) for name, value in row.items()}
	for name in ("ChargePeriodStart", "ChargePeriodEnd"):
		moment = datetime.fromisoformat(row[name]).replace(tzinfo=timezone.utc if zone else None)
		columns[name] = pa.array([moment], pa.timestamp("ns", zone))
	for name in header:
		if name.endswith(("Cost", "Price", "Quantity")) and number != "text":
			kind = pa.float64() if number == "float" else pa.decimal128(38, 15)
			columns[name] = pa.array([float(row[name]) if number == "float" else Decimal(row[name])], kind)
	if tags == "map":
		columns["Tags"] = pa.array([[("team", "red"), ("env", "dev")]], pa.map_(pa.string(), pa.string()))
	elif tags == "struct":
		columns["Tags"] = pa.array([{"env": "dev", "team": "red", "other": None}])
	pq.write_table(pa.table(columns), tmp_path / "b.parquet")
	_, frame = read_all(tmp_path / "b.parquet", layout)
	assert frame.equals(from_csv)
	assert frame["customer_value"].item() == "red"


def test_focus_sample_equals_csv(tmp_path: Path):
	layout = focus_layout(accept_negative=True)
	from_csv, csv_frame = read_all(focus_sample(), layout)
	texts = pl.read_csv(focus_sample(), infer_schema=False)
	texts.write_parquet(tmp_path / "sample.parquet")
	summary, frame = read_all(tmp_path / "sample.parquet", layout)
	assert frame.equals(csv_frame)
	assert summary.totals == from_csv.totals
	guessed = pl.read_csv(focus_sample(), infer_schema_length=None, null_values="NULL", try_parse_dates=True)
	guessed.write_parquet(tmp_path / "typed.parquet")
	assert read_all(tmp_path / "typed.parquet", layout)[1].equals(csv_frame)


@pytest.mark.parametrize(
	("number", "value"),
	[
		(0.1, "0.1"),
		(20.52022672899003, "20.52022672899003"),
		(1.2345678901234567e-9, "0.000000001234567890"),
		(8e-7, "0.0000008"),
		(123456789012.5, "123456789012.5"),
		(1e-30, "0"),
	],
)
def test_floats_are_read_by_their_shortest_text(tmp_path: Path, number: float, value: str):
	path = write_parquet(tmp_path / "u.parquet", own_columns(quantity=[number]))
	assert read_all(path)[1]["quantity"].item() == Decimal(value)


@pytest.mark.parametrize(
	"series",
	[
		pl.Series([7], dtype=pl.Int8),
		pl.Series([7], dtype=pl.UInt64),
		pl.Series([7], dtype=pl.Float32),
		pl.Series(["7"], dtype=pl.Categorical),
	],
)
def test_kinds_of_numbers(tmp_path: Path, series: pl.Series):
	path = write_parquet(tmp_path / "u.parquet", own_columns(quantity=series, customer=pl.Series([42])))
	assert read_all(path)[1].select("quantity", "customer_value").row(0) == (Decimal(7), "42")


def test_rows_count_as_in_a_spreadsheet_and_slices_make_no_difference(
	tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
	columns = {name: [own_row(number)[name] for number in range(100)] for name in OWN_HEADER}
	path = write_parquet(tmp_path / "u.parquet", columns)
	_, whole = read_all(path)
	monkeypatch.setattr(usage_source, "PARQUET_ROWS", 7)
	assert read_all(path, batch_rows=9)[1].equals(whole)
	assert whole["row"].to_list() == list(range(2, 102))
	columns["quantity"][77] = columns["quantity"][98] = "x"
	assert places(refused(write_parquet(path, columns))) == [(79, "quantity"), (100, "quantity")]


@pytest.mark.parametrize(
	("changes", "field", "words"),
	[
		({"quantity": [float("nan")]}, "quantity", '"NaN" is not a number'),
		({"quantity": [float("inf")]}, "quantity", '"inf" is not a number'),
		({"quantity": [1e12]}, "quantity", "more than 12 digits before the point"),
		({"quantity": [True]}, "quantity", '"true" is not a number'),
		({"quantity": pl.Series([None], dtype=pl.Float64)}, "quantity", "The quantity is empty"),
		({"quantity": [-1]}, "quantity", '"-1" is negative'),
		({"date": pl.Series([None], dtype=pl.Date)}, "date", "The date is empty"),
		({"date": [date(24, 9, 1)]}, "date", "is not a date from 1900 to 2199"),
		({"date": [45_000]}, "date", '"45000" is not a date'),
		({"date": [timedelta(1)]}, "date", "is not a date"),
		({"unit": pl.Series([None], dtype=pl.Utf8)}, "unit", "The unit is empty"),
		({"quantity": [[1.0]]}, "quantity", '"[1.0]" is not a number'),
	],
)
def test_bad_values(tmp_path: Path, changes: dict, field: str, words: str):
	error = refused(write_parquet(tmp_path / "u.parquet", own_columns(**changes)))
	assert places(error) == [(2, field)]
	assert words in error.errors[0].message


def test_broken_files_are_refused(tmp_path: Path):
	path = write_parquet(tmp_path / "u.parquet", own_columns())
	whole = path.read_bytes()
	middle = len(whole) // 2
	for content in (whole[:-1], whole[:middle], whole[:4], b"PAR1", b"offering,customer\na,b\n", b"\0" * 500):
		error = refused(write_text(path, content))
		assert places(error) == [(0, "")]
		assert "u.parquet cannot be read as Parquet" in error.message
		assert "Export it again." in error.message


def test_no_rows_and_missing_columns(tmp_path: Path):
	empty = pl.DataFrame(schema={name: pl.Utf8 for name in OWN_HEADER})
	empty.write_parquet(tmp_path / "u.parquet")
	assert "no rows" in refused(tmp_path / "u.parquet").message
	path = write_parquet(tmp_path / "v.parquet", {"offering": ["a"], "Date": ["b"]})
	error = refused(path, own_layout())
	assert 'lacks "customer", "date", "unit", "quantity". It has "offering", "Date".' in error.message
