"""Bad usage files: the whole file is refused; every bad row is named with field and way out (section 9)."""

from pathlib import Path

import pytest

from itil_strategy.domain import usage_source
from itil_strategy.domain.usage_layout import ValueSource, focus_layout, own_layout

from .usage_files import (
	FOCUS_1_2,
	FOCUS_ROW,
	OWN_HEADER,
	own_row,
	places,
	refused,
	write_csv,
	write_text,
)

HEADER = ",".join(OWN_HEADER) + "\n"
GOOD = "Mail,Acme,2026-01-05,GB,1.5,R-{}\n"
NO_NUMBER = "is not a number. Write digits with a point before the decimals and no thousands separators"
NO_DATE = "is not a date from 1900 to 2199. Write it as YYYY-MM-DD, for example 2026-01-31."
TOO_WIDE = "has more than 12 digits before the point. Check the number and its unit."


@pytest.mark.parametrize(
	("field", "cell", "words"),
	[
		*(
			("quantity", cell, f'"{cell}" {NO_NUMBER}')
			for cell in ("ten", "1,000", "1.000,5", "1_000", "1 000")
		),
		*(
			("quantity", cell, f'"{cell}" {NO_NUMBER}')
			for cell in ("nan", "inf", "-Infinity", "1e", ".", "--1")
		),
		*(("quantity", cell, f'"{cell}" {NO_NUMBER}') for cell in ("0x10", "1.2.3", "12€", "١٢", "1e99999")),
		("quantity", "", "The quantity is empty. Write a number; 0 if nothing was used."),
		("quantity", "NULL", "The quantity is empty."),
		("quantity", "1000000000000", f'"1000000000000" {TOO_WIDE}'),
		("quantity", "1e12", f'"1e12" {TOO_WIDE}'),
		("quantity", "1e9999", f'"1e9999" {TOO_WIDE}'),
		("quantity", "999999999999.9999999999999999999", TOO_WIDE),  # rounding makes 13 digits of it
		("quantity", "9" * 5_000, f'"{"9" * 59}…" {TOO_WIDE}'),
		("quantity", "-1", '"-1" is negative. A negative number is taken only with charge_class Correction.'),
		("quantity", "-1e-18", '"-1e-18" is negative.'),
		*(
			("date", cell, f'"{cell}" {NO_DATE}')
			for cell in ("31.12.2025", "01/02/2026", "2026-02-30", "45000")
		),
		*(
			("date", cell, f'"{cell}" {NO_DATE}')
			for cell in ("2026-1-5", "0026-01-05", "2200-01-01", "today")
		),
		*(
			("date", cell, f'"{cell}" {NO_DATE}')
			for cell in ("2026-01-05T24:00", "2026-01-05 10:60", "20260105")
		),
		("date", "", "The date is empty. Write it as YYYY-MM-DD, for example 2026-01-31."),
		("unit", "", "The unit is empty. Name the unit of the quantity."),
		("unit", " NULL ", "The unit is empty."),
	],
)
def test_bad_cells(tmp_path: Path, field: str, cell: str, words: str):
	rows = [own_row(1), own_row(2, **{field: cell}), own_row(3)]
	error = refused(write_csv(tmp_path / "u.csv", rows))
	assert (places(error), error.count) == ([(3, field)], 1)
	assert words in error.errors[0].message
	assert error.message == f"Row 3, {field}: {error.errors[0].message}"
	assert (error.row, error.field) == (3, field)


@pytest.mark.parametrize(
	("changes", "quantity", "field", "words"),
	[
		({"BilledCost": ""}, "BilledCost", "BilledCost", "The quantity is empty"),
		({"EffectiveCost": "NULL"}, "EffectiveCost", "EffectiveCost", "The quantity is empty"),
		({"BillingCurrency": "NULL"}, "BilledCost", "BillingCurrency", "The unit is empty"),
		({"ConsumedUnit": "NULL"}, "ConsumedQuantity", "ConsumedUnit", "The unit is empty"),
		({"PricingQuantity": "x"}, "PricingQuantity", "PricingQuantity", '"x" is not a number'),
		({"ChargePeriodStart": "18.09.2024"}, "BilledCost", "ChargePeriodStart", "is not a date"),
		(
			{"BilledCost": "-1"},
			"BilledCost",
			"BilledCost",
			"only with ChargeClass Correction or ChargeCategory Credit or Adjustment.",
		),
		({"BilledCost": "-1", "ChargeCategory": "Tax"}, "BilledCost", "BilledCost", "is negative"),
	],
)
def test_bad_focus_cells(tmp_path: Path, changes: dict, quantity: str, field: str, words: str):
	error = refused(
		write_csv(tmp_path / "b.csv", [FOCUS_ROW | changes], FOCUS_1_2), focus_layout(quantity=quantity)
	)
	assert places(error) == [(2, field)]
	assert words in error.errors[0].message


@pytest.mark.parametrize("cell", ["team=red", '["team"]', "7", '{"team": "red"', "[" * 100_000, "[]"])
def test_bad_tags_are_bad_rows_when_a_tag_is_read(tmp_path: Path, cell: str):
	path = write_csv(tmp_path / "b.csv", [FOCUS_ROW | {"Tags": cell}], FOCUS_1_2)
	error = refused(path, focus_layout(customer=ValueSource("Tag", "team")))
	assert places(error) == [(2, "Tags")]
	assert 'is not a JSON object. Write the tags as {"name": "value"} or leave' in error.errors[0].message


def test_one_row_with_several_faults_and_all_rows_in_order(tmp_path: Path):
	rows = [own_row(1, date="x", unit="", quantity="y"), own_row(2), own_row(3, quantity="z")]
	error = refused(write_csv(tmp_path / "u.csv", rows))
	assert places(error) == [(2, "date"), (2, "unit"), (2, "quantity"), (4, "quantity")]
	assert error.message.endswith("(3 more)")


def test_more_bad_rows_than_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setattr(usage_source, "BLOCK_BYTES", 5_000)
	rows = [own_row(number, quantity="x" if number % 2 else "1") for number in range(4_000)]
	rows[3] |= {"date": "y"}
	path = write_csv(tmp_path / "u.csv", rows)
	error = refused(path)
	assert (len(error.errors), error.count) == (1_000, 2_001)
	assert places(error)[:4] == [(3, "quantity"), (5, "date"), (5, "quantity"), (7, "quantity")]
	assert places(error)[-1] == (1_999, "quantity")
	assert len(refused(path, max_errors=5).errors) == 5


@pytest.mark.parametrize(
	("line", "words"),
	[
		(
			"Mail,Acme,2026-01-05,GB,1.5\n",
			"The row has 5 cells, but row 1 names 6 columns. Add or remove commas",
		),
		("Mail,Acme,2026-01-05,GB,1,5,R\n", "The row has 7 cells, but row 1 names 6 columns."),
		('"a,b","c\nd",2026-01-05,GB,1\n', "The row has 5 cells"),
		("Mail\n", "The row has 1 cells"),
		('24" screen,Acme,2026-01-05,GB,1,R\n', "quotation mark"),
		('"Mail" x,Acme,2026-01-05,GB,1,R\n', "A quotation mark stands inside a cell."),
		('Mail, "Acme" ,2026-01-05,GB,1,R\n', "write each quotation mark in it twice"),
		('"Mail,Acme,2026-01-05,GB,1,R\n', "A quotation mark opens a cell and never closes it. Close it"),
	],
)
def test_malformed_rows(tmp_path: Path, line: str, words: str):
	text = HEADER + GOOD.format(1) + line + GOOD.format(2) + GOOD.format(3)
	error = refused(write_text(tmp_path / "u.csv", text))
	assert places(error) == [(3, "row")]
	assert words in error.errors[0].message


def test_stray_quotation_marks_in_several_rows_are_all_named(tmp_path: Path):
	lines = [GOOD.format(number) for number in range(20)]
	for index in (3, 4, 9, 15):
		lines[index] = f'24" screen,Acme,2026-01-05,GB,1,S-{index}\n'
	error = refused(write_text(tmp_path / "u.csv", HEADER + "".join(lines)))
	assert places(error) == [(5, "row"), (6, "row"), (11, "row"), (17, "row")]


def test_rows_after_a_quotation_mark_that_never_closes_are_read(
	tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
	monkeypatch.setattr(usage_source, "BLOCK_BYTES", 1_000)
	lines = [GOOD.format(number) for number in range(200)]
	lines[100] = '"Mail,Acme,2026-01-05,GB,1,R\n'
	lines[150] = lines[150].replace("1.5", "x")
	error = refused(write_text(tmp_path / "u.csv", HEADER + "".join(lines)))
	assert places(error) == [(102, "row"), (152, "quantity")]


def test_a_row_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setattr(usage_source, "BLOCK_BYTES", 1_000)
	error = refused(write_text(tmp_path / "u.csv", HEADER + GOOD.format(1) * 50 + "x" * 5_000))
	assert places(error) == [(52, "row")]
	assert "longer than" in error.message


@pytest.mark.parametrize(
	("content", "words"),
	[
		(b"", "u.csv is empty. Export it again."),
		(b"PK\x03\x04rest", "Excel workbook or a ZIP archive. Save it as CSV UTF-8"),
		(b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
		(b"\x1f\x8brest", "The file is compressed. Unpack it"),
		(b"PAR1rest", "Let its name end in .parquet."),
		(HEADER.encode("utf-16"), "The file is in UTF-16, not UTF-8."),
		(HEADER.encode(), "The file has column names but no rows."),
		(HEADER.encode().strip(), "The file has column names but no rows."),
		((HEADER + "\n\n").encode(), "The file has column names but no rows."),
	],
)
def test_files_that_hold_no_usage(tmp_path: Path, content: bytes, words: str):
	error = refused(write_text(tmp_path / "u.csv", content))
	assert places(error) == [(0, "")]
	assert words in error.message


@pytest.mark.parametrize(
	("header", "field", "words"),
	[
		("\n", "header", "Row 1 is empty. It must name the columns."),
		("\ufeff\n", "header", "Row 1 is empty."),
		(
			"offering,customer\n",
			"date",
			'The file lacks "date", "unit", "quantity". It has "offering", "customer".',
		),
		("offering;customer;date;unit;quantity\n", "offering", "Separate the columns by commas."),
		(HEADER.replace("unit", ""), "column 4", "Column 4 has no name. Name it in row 1 or delete it."),
		(HEADER.replace("unit", "date"), "date", 'Two columns are named "date". Rename or delete one'),
		(HEADER.replace("unit", 'u"nit'), "header", "A quotation mark opens a cell and never closes it"),
		(HEADER.replace("unit", 'u"ni"t'), "header", "A quotation mark stands inside a cell"),
		(
			HEADER.replace("\n", "\r"),
			"header",
			"Save the file as CSV UTF-8 with line ends of Windows or Unix.",
		),
		(
			",".join(f"c{number}" for number in range(1_001)) + "\n",
			"header",
			"1001 columns; 1000 are the most",
		),
	],
)
def test_bad_headers(tmp_path: Path, header: str, field: str, words: str):
	error = refused(write_text(tmp_path / "u.csv", header + GOOD.format(1)))
	assert places(error) == [(1, field)]
	assert words in error.message


def test_missing_key_and_tag_columns(tmp_path: Path):
	path = write_csv(tmp_path / "u.csv", [own_row()])
	layout = own_layout(customer=ValueSource("Tag", "team"), key_columns=("{id}",))
	assert 'The file lacks "Tags", "{id}". It has "offering",' in refused(path, layout).message


@pytest.mark.parametrize("bad", [b"M\xfcller", b"a\0b"])
def test_text_that_is_not_utf_8(tmp_path: Path, bad: bytes):
	lines = [HEADER.encode(), b'"x\ny",Acme,2026-01-05,GB,1,R-1\n', GOOD.format(2).encode()]
	error = refused(write_text(tmp_path / "u.csv", b"".join([*lines, bad + b",Acme,2026-01-05,GB,1,R-3\n"])))
	assert places(error) == [(4, "row")]
	assert "not UTF-8 text. Save the file as CSV UTF-8." in error.message
	error = refused(write_text(tmp_path / "u.csv", bad + b"," + HEADER.encode()))
	assert places(error)[0][0] == 1


@pytest.mark.parametrize("name", ["u.xlsx", "u.csv.gz", "u.txt", "u"])
def test_other_kinds_of_file(tmp_path: Path, name: str):
	error = refused(write_text(tmp_path / name, HEADER + GOOD))
	assert error.message == f"{name} is neither CSV nor Parquet. Take a file that ends in .csv or .parquet."


def test_a_file_that_is_not_there(tmp_path: Path):
	assert "u.csv cannot be read (No such file" in refused(tmp_path / "u.csv").message


def test_upper_case_endings_are_taken(tmp_path: Path):
	error = refused(write_csv(tmp_path / "U.CSV", [own_row(quantity="x")]))
	assert places(error) == [(2, "quantity")]


def test_markup_and_braces_in_cells_and_names_are_quoted_as_they_are(tmp_path: Path):
	header = (*OWN_HEADER, "{x}")
	row = own_row(quantity="<b>{0}</b>") | {"{x}": ""}
	error = refused(write_csv(tmp_path / "u.csv", [row], header), own_layout(key_columns=("{x}",)))
	assert places(error) == [(2, "quantity"), (2, "{x}")]
	assert error.errors[0].message.startswith('"<b>{0}</b>" is not a number.')
	assert error.errors[1].message == "The row has no key: {x} is empty. Fill it in."
