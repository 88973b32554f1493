"""Good usage files: rows as they are read, and exact sums (FM-10)."""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from itil_strategy.domain import usage_source
from itil_strategy.domain.usage_file import UsageFileError, check_file, file_sha256, read_batches
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


def test_own_layout(tmp_path: Path):
	rows = [
		own_row(1),
		own_row(2, offering=" Web ", customer="NULL", date="2026-02-28", unit="h", quantity="2"),
	]
	path = write_csv(tmp_path / "usage.csv", rows)
	summary, frame = read_all(path)
	assert frame.drop("source_key").rows() == [
		(2, "Mail", "Acme", date(2026, 1, 5), "GB", Decimal("1.5")),
		(3, "Web", "", date(2026, 2, 28), "h", Decimal(2)),
	]
	assert frame.schema == {
		"row": pl.Int64,
		"offering_value": pl.Utf8,
		"customer_value": pl.Utf8,
		"usage_date": pl.Date,
		"unit": pl.Utf8,
		"quantity": pl.Decimal(38, 18),
		"source_key": pl.Utf8,
	}
	assert (summary.rows, summary.first_date, summary.last_date) == (2, date(2026, 1, 5), date(2026, 2, 28))
	assert summary.totals == {"GB": Decimal("1.5"), "h": Decimal(2)}
	assert (summary.offering_values, summary.customer_values) == ({"Mail", "Web"}, {"Acme", ""})
	assert (summary.repeated_keys, summary.sha256) == (0, sha256(path.read_bytes()).hexdigest())


def test_fixed_sources_need_no_columns(tmp_path: Path):
	path = write_text(tmp_path / "u.csv", "date,unit,quantity\n2026-01-05,GB,1\n")
	layout = own_layout(offering=ValueSource("Fixed", "Mail"), customer=ValueSource("Fixed", "Acme"))
	assert read_all(path, layout)[1].select("offering_value", "customer_value").row(0) == ("Mail", "Acme")


@pytest.mark.parametrize("header", [FOCUS_1_0, FOCUS_1_2])
@pytest.mark.parametrize(
	("quantity", "value", "unit"),
	[
		("BilledCost", "12.5", "USD"),
		("EffectiveCost", "11.25", "USD"),
		("ConsumedQuantity", "2", "Requests"),
		("PricingQuantity", "0.002", "1K Requests"),
	],
)
def test_focus(tmp_path: Path, header: tuple[str, ...], quantity: str, value: str, unit: str):
	row = {name: FOCUS_ROW[name] for name in header}
	_, frame = read_all(write_csv(tmp_path / "bill.csv", [row], header), focus_layout(quantity=quantity))
	assert frame.drop("source_key").row(0) == (2, "Queue", "1001", date(2024, 9, 18), unit, Decimal(value))


@pytest.mark.parametrize(
	("text", "day"),
	[
		("2024-09-18", date(2024, 9, 18)),
		("2024-09-18 22:00:00", date(2024, 9, 18)),
		("2024-09-18T22:00Z", date(2024, 9, 18)),
		("2024-09-18T22:00:00.123456789Z", date(2024, 9, 18)),
		("2024-09-18 22:00:00 UTC", date(2024, 9, 18)),
		("2024-09-19T00:30:00+02:00", date(2024, 9, 18)),
		("2024-12-31T20:00:00-0500", date(2025, 1, 1)),
		("2024-02-29", date(2024, 2, 29)),
	],
)
def test_dates_are_days_in_utc(tmp_path: Path, text: str, day: date):
	row = FOCUS_ROW | {"ChargePeriodStart": text}
	_, frame = read_all(write_csv(tmp_path / "bill.csv", [row], FOCUS_1_2), focus_layout())
	assert frame["usage_date"].item() == day


@pytest.mark.parametrize(
	("text", "value"),
	[
		("0", "0"),
		("-0", "0"),
		("+3", "3"),
		(".5", "0.5"),
		("5.", "5"),
		("007.50", "7.5"),
		(" 4 ", "4"),
		("1e3", "1000"),
		("2.5E-3", "0.0025"),
		("999999999999.999999999999999999", "999999999999.999999999999999999"),
		("0.0000000000000000005", "0"),  # half of the last decimal goes to the even neighbour
		("0.0000000000000000015", "0.000000000000000002"),
		("0.12345678901234567850", "0.123456789012345678"),
		("0.123456789012345678501", "0.123456789012345679"),
		("1" + "0" * 11 + "." + "1" * 60, "100000000000.111111111111111111"),
		("0e9999", "0"),
		("1e-9999", "0"),
		("0" * 40 + "1", "1"),
	],
)
def test_numbers(tmp_path: Path, text: str, value: str):
	_, frame = read_all(write_csv(tmp_path / "u.csv", [own_row(quantity=text)]))
	assert frame["quantity"].item() == Decimal(value)


def test_sums_are_exact_where_floats_and_28_digits_are_not(tmp_path: Path):
	rows = [own_row(number, quantity="0.1") for number in range(10)]
	rows += [own_row(10, quantity="999999999999.000000000000000001"), own_row(11, quantity="1e-18")]
	summary, _ = read_all(write_csv(tmp_path / "u.csv", rows))
	assert summary.totals == {"GB": Decimal("1000000000000.000000000000000002")}


def test_negative_values_that_are_allowed(tmp_path: Path):
	header = (*OWN_HEADER, "charge_class")
	own = write_csv(tmp_path / "u.csv", [own_row(quantity="-2", charge_class="Correction")], header)
	assert read_all(own)[0].totals == {"GB": Decimal(-2)}
	rows = [
		FOCUS_ROW | {"BilledCost": "-1", "ChargeClass": "Correction"},
		FOCUS_ROW | {"BilledCost": "-2", "ChargeCategory": "Credit"},
		FOCUS_ROW | {"BilledCost": "-4", "ChargeCategory": "Adjustment"},
	]
	bill = write_csv(tmp_path / "bill.csv", rows, FOCUS_1_2)
	assert read_all(bill, focus_layout())[0].totals == {"USD": Decimal(-7)}
	free = write_csv(tmp_path / "free.csv", [FOCUS_ROW | {"BilledCost": "-8"}], FOCUS_1_2)
	assert read_all(free, focus_layout(accept_negative=True))[0].totals == {"USD": Decimal(-8)}


def test_an_empty_focus_quantity_is_zero_and_needs_no_unit(tmp_path: Path):
	rows = [
		FOCUS_ROW | {"ConsumedQuantity": "NULL", "ConsumedUnit": "NULL"},
		FOCUS_ROW | {"ConsumedQuantity": "", "ConsumedUnit": "GB"},
	]
	path = write_csv(tmp_path / "bill.csv", rows, FOCUS_1_2)
	summary, frame = read_all(path, focus_layout(quantity="ConsumedQuantity"))
	assert frame.select("unit", "quantity").rows() == [(None, Decimal(0)), ("GB", Decimal(0))]
	assert summary.totals == {"GB": Decimal(0)}


def test_tags(tmp_path: Path):
	tags = ['{"team": " red "}', '{"team": 7}', '{"team": null}', "NULL", "", "{}", '{"team": {"a": true}}']
	rows = [FOCUS_ROW | {"Tags": cell, "ResourceId": str(index)} for index, cell in enumerate(tags)]
	path = write_csv(tmp_path / "bill.csv", rows, FOCUS_1_0 + FOCUS_1_2[len(FOCUS_1_0) :])
	summary, frame = read_all(path, focus_layout(customer=ValueSource("Tag", "team")))
	assert frame["customer_value"].to_list() == ["red", "7", "", "", "", "", '{"a": true}']
	assert summary.customer_values == {"red", "7", "", '{"a": true}'}


def test_tags_that_are_not_read_may_be_anything(tmp_path: Path):
	path = write_csv(tmp_path / "bill.csv", [FOCUS_ROW | {"Tags": "team=red"}], FOCUS_1_2)
	assert read_all(path, focus_layout())[0].rows == 1


def test_cells_with_quotes_commas_and_line_breaks(tmp_path: Path):
	cells = ['24" screen', "a,b", "line 1\nline 2", "line 1\r\nline 2", '"', 'ends with "', "é €", "\ttab\t"]
	rows = [own_row(number, offering=cell) for number, cell in enumerate(cells)]
	_, frame = read_all(write_csv(tmp_path / "u.csv", rows))
	assert frame["offering_value"].to_list() == [*cells[:-1], "tab"]
	assert frame["row"].to_list() == list(range(2, 10))  # a line break in a cell starts no row


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end", "blank lines"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(tmp_path: Path, end: str, last: str, mark: bytes):
	lines = [",".join(OWN_HEADER), *(",".join(own_row(number).values()) for number in (1, 2))]
	text = end.join(lines) + {"": "", "end": end, "blank lines": end * 3}[last]
	_, frame = read_all(write_text(tmp_path / "u.csv", mark + text.encode()))
	assert frame.select("row", "unit", "quantity").rows() == [
		(2, "GB", Decimal("1.5")),
		(3, "GB", Decimal("1.5")),
	]


def test_a_blank_line_counts_as_a_row_and_is_left_out(tmp_path: Path):
	lines = [",".join(OWN_HEADER), ",".join(own_row(1).values()), "", ",".join(own_row(2).values())]
	assert read_all(write_text(tmp_path / "u.csv", "\n".join(lines)))[1]["row"].to_list() == [2, 4]


def test_a_file_that_changes_after_the_check_is_refused(tmp_path: Path):
	path = write_csv(tmp_path / "u.csv", [own_row()])
	summary = check_file(path, own_layout())
	write_csv(path, [own_row(quantity="2")])
	assert file_sha256(path) != summary.sha256
	with pytest.raises(UsageFileError, match="changed while it was read"):
		next(read_batches(path, own_layout(), summary))


def test_a_batch_holds_at_least_one_row(tmp_path: Path):
	path = write_csv(tmp_path / "u.csv", [own_row()])
	with pytest.raises(ValueError, match="at least one row"):
		next(read_batches(path, own_layout(), check_file(path, own_layout()), 0))


def test_memory_does_not_hold_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
	"""However long the file, what is parsed at once is a block of it."""
	parsed: list[int] = []
	real = usage_source._parse
	monkeypatch.setattr(usage_source, "BLOCK_BYTES", 10_000)
	monkeypatch.setattr(
		usage_source, "_parse", lambda block, *rest: parsed.append(len(block)) or real(block, *rest)
	)
	path = write_csv(tmp_path / "u.csv", [own_row(number) for number in range(5_000)])
	summary, frame = read_all(path, batch_rows=700)
	assert (summary.rows, frame["row"].to_list()) == (5_000, list(range(2, 5_002)))
	assert max(parsed) <= 20_000 < path.stat().st_size


def test_focus_sample():
	path = focus_sample()
	summary, frame = read_all(path, focus_layout(accept_negative=True), 300)
	assert summary.rows == frame["source_key"].n_unique() == 1_000
	assert summary.totals == {"USD": Decimal("20.52022672899")}
	assert (frame["quantity"].min(), frame["quantity"].max()) == (Decimal("-2.6137"), Decimal(2))
	effective = check_file(path, focus_layout(quantity="EffectiveCost", accept_negative=True))
	assert effective.totals == {"USD": Decimal("14.97651418586")}
	consumed, rows = read_all(path, focus_layout(quantity="ConsumedQuantity", accept_negative=True))
	assert (consumed.rows, rows["unit"].null_count()) == (1_000, 1)
	error = refused(path, focus_layout())  # refunds that the provider calls usage
	assert error.count == 12
	assert places(error)[0] == (956, "BilledCost")
