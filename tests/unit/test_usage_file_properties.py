"""Usage files against other readers: Python's Decimal and csv module."""

import csv
import io
from collections import Counter
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itil_strategy.domain import usage_source
from itil_strategy.domain.usage_file import UsageFileError
from itil_strategy.domain.usage_layout import own_layout
from itil_strategy.domain.usage_values import read_numbers

from .usage_files import OWN_HEADER, own_row, read_all, write_csv, write_text

# Each example writes its own file to the same folder.
FILES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WIDE = Context(prec=200)
STEP = Decimal(1).scaleb(-18)

stored = st.decimals("-999999999999", "999999999999", places=18, allow_nan=False)
spelled = st.builds(
	"{}{}{}{}".format,
	st.sampled_from(["", "-", "+"]),
	st.from_regex(r"[0-9]{1,12}", fullmatch=True),
	st.one_of(st.just(""), st.from_regex(r"\.[0-9]{0,30}", fullmatch=True)),
	st.one_of(st.just(""), st.from_regex(r"[eE][+-]?[0-9]{1,2}", fullmatch=True)),
)
cells = st.text(st.sampled_from('ab,"\n\r\t é€😀{}'), max_size=8)


@FILES
@given(st.lists(stored, min_size=1, max_size=30))
def test_decimals_make_the_round_trip_and_sums_are_exact(tmp_path: Path, numbers: list[Decimal]):
	layout = own_layout(accept_negative=True)
	texts = [f"{number:f}" for number in numbers]
	rows = [own_row(index, quantity=text) for index, text in enumerate(texts)]
	from_csv, csv_frame = read_all(write_csv(tmp_path / "u.csv", rows), layout)
	assert csv_frame["quantity"].to_list() == numbers
	assert Fraction(from_csv.totals["GB"]) == sum(map(Fraction, numbers))
	columns = {name: [row[name] for row in rows] for name in OWN_HEADER}
	columns["quantity"] = pl.Series(numbers, dtype=pl.Decimal(38, 18))
	pl.DataFrame(columns).write_parquet(tmp_path / "u.parquet")
	from_parquet, frame = read_all(tmp_path / "u.parquet", layout)
	assert frame.equals(csv_frame)
	assert from_parquet.totals == from_csv.totals


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(spelled, st.text(max_size=6)), max_size=20))
def test_numbers_read_as_decimal_reads_them(texts: list[str]):
	values, faults = read_numbers(pl.Series(texts, dtype=pl.Utf8))
	for text, value, fault in zip(texts, values.to_list(), faults.to_list(), strict=True):
		assert (value is None) == (fault is not None)
		if fault is None:
			assert value == Decimal(text).quantize(STEP, ROUND_HALF_EVEN, WIDE)
		elif fault == "width":
			assert Decimal(text).copy_abs().quantize(STEP, ROUND_HALF_EVEN, WIDE) >= 10**12


@FILES
@given(st.lists(st.floats(0, 999_999_999_999), min_size=1, max_size=30))
def test_floats_read_as_their_shortest_text(tmp_path: Path, numbers: list[float]):
	rows = [own_row(index) for index in range(len(numbers))]
	columns = {name: [row[name] for row in rows] for name in OWN_HEADER} | {"quantity": numbers}
	pl.DataFrame(columns).write_parquet(tmp_path / "u.parquet")
	expected = [Decimal(repr(number)).quantize(STEP, ROUND_HALF_EVEN, WIDE) for number in numbers]
	assert read_all(tmp_path / "u.parquet")[1]["quantity"].to_list() == expected


@FILES
@given(
	st.lists(st.tuples(cells, cells, st.sampled_from("abc")), min_size=1, max_size=12),
	st.integers(1, 15),
	st.integers(400, 3_000),
)
def test_any_partition_gives_the_same_rows_and_keys(
	tmp_path: Path, triples: list[tuple[str, str, str]], batch_rows: int, block: int
):
	layout = own_layout(number_repeated_keys=True)
	rows = [
		own_row(offering=offering, customer=customer, reference=reference)
		for offering, customer, reference in triples
	]
	path = write_csv(tmp_path / "u.csv", rows)
	summary, whole = read_all(path, layout)
	with pytest.MonkeyPatch.context() as patch:
		patch.setattr(usage_source, "BLOCK_BYTES", block)
		other, cut = read_all(path, layout, batch_rows)
	assert cut.equals(whole)
	assert other == summary
	assert whole["source_key"].n_unique() == len(rows)
	assert summary.repeated_keys == len(rows) - len(Counter(reference for *_, reference in triples))


@FILES
@given(
	st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans()
)
def test_cells_read_as_the_csv_module_reads_them(
	tmp_path: Path, pairs: list[tuple[str, str]], end: str, quote_all: bool
):
	buffer = io.StringIO(newline="")
	writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
	writer.writerow(OWN_HEADER)
	for number, (offering, customer) in enumerate(pairs):
		writer.writerow(own_row(number, offering=offering, customer=customer).values())
	_, frame = read_all(write_text(tmp_path / "u.csv", buffer.getvalue()))
	assert frame.select("row", "offering_value", "customer_value").rows() == [
		(number, offering.strip(), customer.strip())
		for number, (offering, customer) in enumerate(pairs, start=2)
	]


@FILES
@given(st.lists(st.text(st.sampled_from('a,"\n 1'), max_size=12), max_size=8))
def test_whatever_the_text_it_is_read_as_csv_reads_it_or_refused_by_row(tmp_path: Path, lines: list[str]):
	good = "Mail,Acme,2026-01-05,GB,1,"
	text = ",".join(OWN_HEADER) + "\n" + "".join(f"{good}{line}\n" for line in lines)
	path = write_text(tmp_path / "u.csv", text)
	try:
		_, frame = read_all(path, own_layout(key_columns=OWN_HEADER, number_repeated_keys=True))
	except UsageFileError as error:
		assert all(row.row <= text.count("\n") + 1 for row in error.errors)
	else:
		read = list(csv.reader(io.StringIO(text, newline="")))
		assert frame["row"].to_list() == [number for number, row in enumerate(read, 1) if row and number > 1]
